"""The sentences at the top say what the numbers say."""

from dataclasses import replace

import numpy as np

from chainrule.report.material import Material
from chainrule.report.summary import best_models, chance, few_rows, summary, verdict

CLASSES = Material(
    "classification",
    "spe<cies>",
    "test rows",
    67,
    {"accuracy": 66 / 67, "log_loss": 0.04},
    {},
    baselines={"majority": {"accuracy": 0.4328, "log_loss": 1.05}, "logistic": {"accuracy": 0.97, "log_loss": 0.05}},
)
NUMBERS = Material(
    "regression", "price", "test rows", 40, {"r2": 0.9, "mae": 12.5}, {}, baselines={"mean": {"r2": 0.0, "mae": 80.0}}
)


def test_classes():
    assert summary(CLASSES) == (
        "On 67 rows it had not seen, the network named the right <em>spe&lt;cies&gt;</em> "
        "<strong>98.5\u202f%</strong> of the time; always naming the commonest would be right 43.3\u202f%."
    )


def test_numbers():
    assert summary(NUMBERS) == (
        "On 40 rows it had not seen, the network’s prediction of <em>price</em> was off by <strong>12.5</strong> on "
        "average; always saying the mean would be off by 80."
    )


def test_rows_that_were_seen_are_called_so():
    seen = replace(NUMBERS, judged="training rows", baselines={})
    assert summary(seen) == (
        "On the 40 rows it learned from, the network’s prediction was off by <strong>12.5</strong> on average."
    )
    watched = replace(CLASSES, judged="validation rows", baselines={})
    assert summary(watched) == (
        "On the 67 rows it was watched on, the network named the right class <strong>98.5\u202f%</strong> of the time."
    )


def test_nothing_measured():
    assert summary(replace(NUMBERS, metrics={})) == (
        "A network and its training; the rows that it learned from are not kept with it."
    )


def test_verdict_where_the_network_is_best():
    assert verdict(CLASSES) == "No baseline does better, by any of the metrics."
    assert verdict(replace(CLASSES, baselines={})) == ""


def test_verdict_names_better_baselines_with_their_numbers():
    better = replace(CLASSES, baselines={"boost<ing>": {"accuracy": 0.9, "log_loss": 0.03}})
    assert verdict(better) == (
        "The network is not the best by every metric: <b>boost&lt;ing&gt;</b> is better by log loss "
        "(0.0300 against 0.0400)."
    )
    all_better = replace(NUMBERS, baselines={"linear": {"r2": 0.95, "mae": 10.0}, "mean": {"r2": 0.0, "mae": 80.0}})
    assert verdict(all_better) == (
        "The network is not the best model here: <b>linear</b> is better by R² (0.950 against 0.900) "
        "and MAE (10.0 against 12.5)."
    )


def test_best_models():
    assert best_models(CLASSES, "accuracy") == {"network"}
    alike = replace(CLASSES, baselines={"boosting": {"accuracy": CLASSES.metrics["accuracy"] + 1e-9}})
    assert best_models(alike, "accuracy") == {"network", "boosting"}
    assert verdict(alike) == "No baseline does better, by any of the metrics."
    assert best_models(replace(CLASSES, baselines={}), "accuracy") == frozenset()


def test_chance():
    assert chance(CLASSES) == (
        "Judged on 67 rows, this is not exact: with 95\u202f% confidence, its accuracy lies between 92\u202f% and "
        "99.7\u202f%."
    )
    assert chance(NUMBERS) == ""
    assert chance(replace(CLASSES, judged="training rows")) == ""


def test_classes_of_few_rows_are_counted():
    rare = replace(CLASSES, labels=["no", "<yes>"], confusion=np.array([[72, 0], [1, 1]]))
    assert (
        few_rows(rare) == "Of some classes there are too few rows to judge by: 2 of class <b>&lt;yes&gt;</b>, 1 found."
    )
    assert few_rows(replace(rare, confusion=np.array([[62, 0], [1, 11]]))) == ""
    assert few_rows(CLASSES) == ""
