"""Metrics of the outputs that losses stand for, by hand; and which of several models is the best."""

import numpy as np
import pytest

from chainrule.losses import get_loss
from chainrule.runs.metrics import (
    METRICS,
    best_of,
    classification_metrics,
    log_loss,
    metrics_for,
    normal,
    probabilities_of,
    regression_metrics,
    rmse,
)


def test_numbers():
    metrics = regression_metrics(np.array([1.0, 2.0, 6.0]), np.array([1.0, 4.0, 5.0]))
    # residuals 0, 2, 1; squares around the mean of 3: 4 + 1 + 9
    assert metrics == pytest.approx({"r2": 1 - 5 / 14, "rmse": (5 / 3) ** 0.5, "mae": 1.0}, rel=1e-14)


def test_one_number_has_no_variance_to_explain():
    assert regression_metrics(np.array([1.0]), np.array([3.0])) == {"rmse": 2.0, "mae": 2.0}


def test_classes():
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.5, 0.3, 0.2]])
    metrics = classification_metrics(np.array([0, 1, 2]), probabilities)
    assert metrics["accuracy"] == 2 / 3
    assert metrics["log_loss"] == pytest.approx(-np.log([0.7, 0.6, 0.2]).mean(), rel=1e-12)
    # one against the rest: 0.7 beats 0.1 and 0.5; 0.6 beats 0.2 and 0.3; 0.2 beats 0.1 but not 0.3
    assert metrics["auc"] == pytest.approx((1 + 1 + 0.5) / 3, rel=1e-12)


def test_probabilities_that_add_up_to_one_only_in_float32_are_scaled():
    rounded = np.array([[0.7, 0.3001], [0.2, 0.8]], dtype=np.float32)
    metrics = classification_metrics(np.array([0, 1]), rounded)
    assert metrics["log_loss"] == pytest.approx(-(np.log(0.7 / 1.0001) + np.log(0.8)) / 2, rel=1e-6)


def test_a_class_that_does_not_occur_leaves_no_curve():
    assert "auc" not in classification_metrics(np.array([0, 0]), np.array([[0.7, 0.3], [0.4, 0.6]]))


@pytest.mark.parametrize(
    ("loss", "output"),
    [
        ("cross_entropy", [[0.8, 0.2], [0.25, 0.75]]),
        ("cross_entropy_from_logits", np.log([[0.8, 0.2], [0.25, 0.75]])),
        ("binary_cross_entropy", [[0.2], [0.75]]),
        ("binary_cross_entropy_from_logits", np.log([[0.2 / 0.8], [0.75 / 0.25]])),
    ],
)
def test_every_loss_over_classes_gives_the_same_metrics(loss, output):
    target = np.array([0, 1]) if loss.startswith("cross") else np.array([[0.0], [1.0]])
    metrics = metrics_for(get_loss(loss), target, np.asarray(output))
    assert metrics == pytest.approx(
        {"accuracy": 1.0, "log_loss": -(np.log(0.8) + np.log(0.75)) / 2, "auc": 1.0}, rel=1e-12
    )


def test_losses_over_numbers():
    assert metrics_for(get_loss("mae"), np.array([[1.0], [2.0]]), np.array([[1.0], [4.0]]))["mae"] == 1.0


def test_the_best_is_the_one_with_the_better_end():
    values = {"network": 0.9, "linear": 0.8, "none": float("nan")}
    assert best_of("accuracy", values, str) == {"network"}
    assert best_of("log_loss", values, str) == {"linear"}
    assert best_of("something else", values, str) == frozenset()
    assert best_of("mae", {"none": float("nan")}, str) == frozenset()


def test_alike_is_what_is_written_alike():
    values = {"network": 0.90001, "linear": 0.90002, "mean": 0.5}
    assert best_of("r2", values, "{:.3f}".format) == {"network", "linear"}
    assert best_of("r2", values, "{:.6f}".format) == {"linear"}


def test_every_metric_has_words():
    assert METRICS["log_loss"].heading == "Log loss"
    assert METRICS["r2"].heading == METRICS["r2"].name == "R²"
    assert all(metric.name and metric.meaning for metric in METRICS.values())


def test_the_second_of_two_classes_is_the_output():
    np.testing.assert_array_equal(probabilities_of(np.array([[0.25], [1.0]])), [[0.75, 0.25], [0.0, 1.0]])


def test_errors_and_log_loss_are_scikit_learn_s():
    from sklearn import metrics

    rng = np.random.default_rng(0)
    truth, answers = rng.normal(size=(9, 2)), rng.normal(size=(9, 2)).astype(np.float32)
    assert rmse(truth, answers) == pytest.approx(metrics.root_mean_squared_error(truth, answers), rel=1e-12)
    wide = normal(np.array([[0.2, 0.8, 0.0], [0.0, 0.5, 0.5], [0.1, 0.2, 0.7]], dtype=np.float32))
    codes = np.array([2, 1, 2])
    assert log_loss(codes, wide) == pytest.approx(metrics.log_loss(codes, wide, labels=[0, 1, 2]), rel=1e-12)
