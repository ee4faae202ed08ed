"""What a run says of its data and its result is plain data, and true."""

import json

import numpy as np
import polars as pl
import pytest

from chainrule.runs.metrics import classification_metrics, regression_metrics
from chainrule.tasks import facts, fit_table

RNG = np.random.default_rng(0)
TABLE = pl.DataFrame(
    {
        "size": [None if place % 7 == 0 else place / 8 for place in range(80)],
        "on": [f"2024-01-{1 + place % 28:02d}" for place in range(80)],
        "price": RNG.normal(size=80),
        "kind": ["a", "b", "b", "c"] * 20,
    }
).with_columns(pl.col("on").str.to_date())
QUICK = {"engine": "numpy", "epochs": 2, "progress": False}


@pytest.fixture(scope="module")
def numbers():
    return fit_table(TABLE, "price", drop=["kind"], **QUICK)


@pytest.fixture(scope="module")
def classes():
    return fit_table(TABLE, "kind", drop=["price"], baselines=False, **QUICK)


def judged(run):
    """The rows that judged it, by their numbers."""
    return TABLE[[number - 1 for number in run.facts["test_rows"]["row"]]]


def test_they_are_plain_data(numbers, classes):
    for run in (numbers, classes):
        assert json.loads(json.dumps(run.facts, allow_nan=False)) == run.facts


def test_what_stands_in_the_rows_that_it_missed_by_the_most(numbers, classes):
    told = numbers.facts["test_rows"]
    off = dict(zip(told["row"], np.abs(np.subtract(told["truth"], told["prediction"])), strict=True))
    kept = list(map(int, numbers.facts["misses"]))
    assert kept == sorted(off, key=lambda row: -off[row])[:8]
    first = TABLE.row(kept[0] - 1, named=True)
    assert numbers.facts["misses"][str(kept[0])] == {"size": first["size"], "on": first["on"].isoformat()}
    told = classes.facts["test_rows"]
    wrong = {row for row, a, b in zip(told["row"], told["truth"], told["prediction"], strict=True) if a != b}
    assert set(map(int, classes.facts["misses"])) <= wrong
    assert len(classes.facts["misses"]) == min(8, len(wrong))


def test_metrics_are_those_of_the_rows_that_judge(numbers):
    rows, told = judged(numbers), numbers.facts["test_rows"]
    assert told["truth"] == pytest.approx(rows["price"].to_list(), rel=1e-12)
    assert told["prediction"] == pytest.approx(numbers.predict(rows).tolist(), rel=1e-6)
    expected = regression_metrics(rows["price"].to_numpy(), numbers.predict(rows))
    assert numbers.facts["metrics"]["test"] == pytest.approx(expected, rel=1e-6)
    assert set(numbers.facts["baselines"]) == {"mean", "linear regression", "gradient boosting"}


def test_confusion_counts_truth_by_rows_and_prediction_by_columns(classes):
    rows = judged(classes)
    counts = np.zeros((3, 3), dtype=int)
    for truth, said in zip(rows["kind"], classes.predict(rows), strict=True):
        counts["abc".index(truth), "abc".index(said)] += 1
    assert classes.facts["confusion"] == counts.tolist()
    assert classes.facts["labels"] == ["a", "b", "c"]
    codes = np.array(["abc".index(truth) for truth in rows["kind"]])
    probabilities = np.array(classes.facts["test_rows"]["probabilities"])
    assert classes.facts["metrics"]["test"] == pytest.approx(classification_metrics(codes, probabilities), rel=1e-9)


def test_the_example_is_a_whole_row_that_judged(numbers):
    example = numbers.facts["example"]
    assert example["row"] in numbers.facts["test_rows"]["row"]
    row = TABLE.row(example["row"] - 1, named=True)
    assert example["values"]["size"] == row["size"] is not None
    assert example["values"]["on"] == str(row["on"])


def test_rows_are_counted(numbers):
    split = numbers.facts["split"]
    assert (split["train"], split["test"], split["kind"]) == (64, 16, "random")
    assert split["validation"] == round(64 * 0.15)
    assert numbers.facts["rows"] == 80
    assert [column["name"] for column in numbers.facts["columns"]] == ["size", "on", "kind"]
    assert numbers.facts["columns"][0]["missing"] == 12


def test_of_many_rows_some_are_shown_evenly(monkeypatch):
    monkeypatch.setattr(facts, "SHOWN_ROWS", 5)
    run = fit_table(TABLE, "price", drop=["kind"], baselines=False, **QUICK)
    assert len(run.facts["test_rows"]["row"]) == 5
    assert run.facts["split"]["test"] == 16
