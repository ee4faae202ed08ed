"""What a network's answers rest on is what they get worse without."""

import numpy as np
import polars as pl
import pytest

import chainrule as cr
from chainrule.tasks import fit_table, importance

RNG = np.random.default_rng(0)
QUICK = {"engine": "numpy", "baselines": False, "progress": False, "hidden_layers": (), "early_stopping": None}
TABLE = pl.DataFrame(
    {
        "noise": RNG.normal(size=300),
        "city": [f"c{place % 60:02d}" for place in range(300)],
        "size": RNG.normal(size=300),
        "shop": ["A", "B", "C"] * 100,
    }
)


def test_of_a_line_it_is_the_variance_that_goes():
    """Shuffling x in y = 3x adds the variance of 3(x - x'), which is 2 * 9, to the squared error."""
    run = fit_table(TABLE[["noise", "size"]].with_columns(y=3 * pl.col("size")), "y", test=0.5, epochs=60, **QUICK,
                    optimizer=cr.Adam(0.05))  # fmt: skip
    found = run.facts["importance"]
    assert (found["metric"], found["rows"], found["repeats"]) == ("rmse", 150, 5)
    assert list(found["costs"]) == ["size", "noise"]
    rows = [number - 1 for number in run.facts["test_rows"]["row"]]
    assert found["costs"]["size"] == pytest.approx(3 * 2**0.5 * TABLE["size"].to_numpy()[rows].std(), rel=0.1)
    assert found["costs"]["noise"] == pytest.approx(0, abs=0.05)


def test_columns_of_several_features_and_wide_ones_are_shuffled_whole(monkeypatch):
    """The classes rest on the city, an embedding, alone; few rows are looked at."""
    monkeypatch.setattr(importance, "MOST_ROWS", 40)
    odd = pl.col("city").str.slice(1).cast(pl.Int64) % 2 == 1
    run = fit_table(TABLE.with_columns(y=pl.when(odd).then(pl.lit("odd")).otherwise(pl.lit("even"))), "y", epochs=60,
                    **QUICK, optimizer=cr.Adam(0.05))  # fmt: skip
    found = run.facts["importance"]
    assert (found["metric"], found["rows"]) == ("log_loss", 40)
    assert set(found["costs"]) == {"city", "size", "shop", "noise"}
    assert next(iter(found["costs"])) == "city"
    assert found["costs"]["city"] > 10 * found["costs"]["shop"]


@pytest.mark.parametrize("target", ["size", "shop"])
def test_its_errors_are_those_that_the_run_is_judged_by(target):
    run = fit_table(TABLE.drop("city"), target, epochs=1, **QUICK)
    test = TABLE[[number - 1 for number in run.facts["test_rows"]["row"]]]
    output = run.predict_arrays(run.encode(run.read(test)).inputs)
    truth = run.table.target.encode(run.read(test).frame[target])
    known = run.facts["metrics"]["test"]
    expected = known["rmse" if target == "size" else "log_loss"]
    assert importance.error_of(run.table, truth, output) == pytest.approx(expected, rel=1e-6)


def test_nothing_of_very_wide_tables(monkeypatch):
    monkeypatch.setattr(importance, "MOST_COLUMNS", 1)
    run = fit_table(TABLE[["noise", "size"]].with_columns(y=3 * pl.col("size")), "y", epochs=1, **QUICK)
    assert run.facts["importance"] is None
