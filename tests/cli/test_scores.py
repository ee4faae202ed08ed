"""The table of metrics: as many digits as tell models apart, and the best marked as it is written."""

import io

import pytest
from rich.console import Console

from chainrule.cli.scores import places, score_table, written


def lines(scores) -> list[list[str]]:
    console = Console(file=io.StringIO(), width=100)
    console.print(score_table(scores, "On 9 rows"))
    return [line.split("  ") for line in console.file.getvalue().splitlines() if line.strip(" ─")]


def cells(scores) -> list[list[str]]:
    return [[cell.strip() for cell in line if cell.strip()] for line in lines(scores)]


def test_the_best_of_each_metric_is_marked():
    scores = {"network": {"r2": 0.9, "rmse": 20.0}, "mean": {"r2": -0.1, "rmse": 19.0}}
    assert cells(scores) == [["On 9 rows", "R²", "RMSE"], ["network", "0.900*", "20.0"], ["mean", "-0.100", "19.0*"]]


def test_the_best_has_the_digits_that_tell_it_from_others():
    scores = {"network": {"auc": 0.999715}, "linear": {"auc": 1.0}, "majority": {"auc": 0.5}}
    assert [row[1] for row in cells(scores)[1:]] == ["0.9997", "1.0000*", "0.5000"]


def test_equal_models_are_all_the_best():
    scores = {"network": {"accuracy": 0.98001}, "linear": {"accuracy": 0.98001 - 1e-12}}
    assert [row[1] for row in cells(scores)[1:]] == ["0.980*", "0.980*"]


def test_a_network_alone_is_not_compared():
    assert cells({"network": {"mae": 1.5}}) == [["On 9 rows", "MAE"], ["network", "1.50"]]


def test_a_metric_that_a_model_lacks():
    assert cells({"network": {"auc": 0.9}, "majority": {}})[2] == ["majority", "–"]


@pytest.mark.parametrize(
    ("metric", "values", "decimals"),
    [("accuracy", [0.1], 3), ("rmse", [0.001234], 5), ("rmse", [123456.0], 0), ("mae", [0.0, float("nan")], 3)],
)
def test_decimals(metric, values, decimals):
    assert places(metric, values) == decimals


def test_zero_has_no_sign():
    assert written(-0.0004, 3) == "0.000"
    assert written(-0.0006, 3) == "-0.001"
    assert written(float("inf"), 3) == "–"
