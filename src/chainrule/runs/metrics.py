"""How good predictions are, in the measures that fit the loss, as scikit-learn has them."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chainrule.activations import get_activation
from chainrule.losses import Loss
from chainrule.ops import eager_ops

if TYPE_CHECKING:
    from chainrule.data.encode import TableEncoder


class Metric(NamedTuple):
    """What a metric is called inside a sentence, what it means, and which end of it is the good one."""

    name: str
    meaning: str
    higher_is_better: bool

    @property
    def heading(self) -> str:
        """The name where a line begins."""
        return self.name[0].upper() + self.name[1:]


METRICS = {
    "r2": Metric("R²", "share of the variance explained", True),
    "rmse": Metric("RMSE", "root of the mean squared error", False),
    "mae": Metric("MAE", "mean absolute error", False),
    "accuracy": Metric("accuracy", "share of rows named right", True),
    "log_loss": Metric("log loss", "punishes confident mistakes", False),
    "auc": Metric("AUC", "area under the ROC curve", True),
    "loss": Metric("loss", "what training lowered", False),
}
"""Metrics that are not named here are shown, but none of them is marked as the best."""

METRICS_OF = {
    "number": ("r2", "rmse", "mae"),
    "binary": ("accuracy", "log_loss", "auc"),
    "class": ("accuracy", "log_loss", "auc"),
}
"""What is measured beside the loss, by what the loss is over."""
_MOST_PLACES = 8


def best_of(metric: str, values: Mapping[str, float], write: Callable[[float], str]) -> frozenset[str]:
    """The names whose value, as it is written, is the best one; several where they look alike.

    >>> sorted(best_of("rmse", {"network": 2.001, "mean": 5.0, "linear": 2.0}, "{:.2f}".format))
    ['linear', 'network']
    """
    finite = {name: value for name, value in values.items() if np.isfinite(value)}
    if metric not in METRICS or not finite:
        return frozenset()
    best = (max if METRICS[metric].higher_is_better else min)(finite.values())
    return frozenset(name for name, value in finite.items() if write(value) == write(best))


def places(metric: str, values: Iterable[float]) -> int:
    """How many decimals a column needs: three for shares, else three digits of the smallest value.

    And as many more as tell the best value from all others, but those within 1e-8 of it.

    >>> places("auc", [0.5, 1.0]), places("rmse", [0.2597, 4.703]), places("rmse", [48211.7, 51000.0])
    (3, 3, 0)
    >>> places("auc", [0.999715, 1.0, 0.5]), places("auc", [1 - 1e-12, 1.0])
    (4, 3)
    """
    finite = [value for value in values if math.isfinite(value)]
    sizes = [abs(value) for value in finite if value]
    known = METRICS.get(metric)
    if not sizes:
        return 3
    if known is None:
        return _digits(sizes)
    decimals = 3 if known.higher_is_better else _digits(sizes)
    best = (max if known.higher_is_better else min)(finite)
    others = [value for value in finite if written(value, _MOST_PLACES) != written(best, _MOST_PLACES)]
    while any(written(value, decimals) == written(best, decimals) for value in others):
        decimals += 1
    return decimals


def _digits(sizes: list[float]) -> int:
    """Decimals that show three digits of the smallest."""
    return min(max(2 - math.floor(math.log10(min(sizes))), 0), _MOST_PLACES)


def written(value: float, decimals: int) -> str:
    """Write a metric; no minus sign before zero.

    >>> written(0.98551, 3), written(48211.7, 0), written(-0.0001, 3), written(float("nan"), 3)
    ('0.986', '48,212', '0.000', '–')
    """
    if not math.isfinite(value):
        return "–"
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def metrics_for(loss: Loss, target: np.ndarray, output: np.ndarray) -> dict[str, float]:
    """Metrics of a network's output, by what its loss is over: numbers, two classes or several; of steps one by one."""
    if output.ndim > 2:
        target, output = target.reshape(-1, *target.shape[output.ndim - 1 :]), output.reshape(-1, output.shape[-1])
    if loss.target_kind == "number":
        return regression_metrics(target, output)
    probabilities = output if loss.fuses else _probabilities(output)
    if loss.target_kind == "binary":
        second = probabilities.reshape(-1)
        return classification_metrics(target.reshape(-1).astype(int), np.stack([1 - second, second], axis=1))
    return classification_metrics(target, probabilities)


def table_metrics(encoder: "TableEncoder", encoded: np.ndarray, output: np.ndarray) -> dict[str, float]:
    """Metrics of outputs against a table's encoded targets; errors of numbers are in the target's own units."""
    if encoder.target.kind == "number":
        return regression_metrics(encoder.target.decode(encoded), encoder.target.decode(output[:, 0]))
    return classification_metrics(encoded, probabilities_of(output))


def probabilities_of(output: np.ndarray) -> np.ndarray:
    """Probability of each class, also where the network has one output for two classes."""
    return np.hstack([1 - output, output]) if output.shape[1] == 1 else output


def regression_metrics(target: np.ndarray, prediction: np.ndarray) -> dict[str, float]:
    """R², RMSE and MAE, in the units given."""
    from sklearn.metrics import mean_absolute_error, r2_score

    metrics = {"rmse": rmse(target, prediction), "mae": float(mean_absolute_error(target, prediction))}
    return {"r2": float(r2_score(target, prediction)), **metrics} if len(target) > 1 else metrics


def rmse(target: np.ndarray, prediction: np.ndarray) -> float:
    """Root mean squared error, of several outputs their mean: scikit-learn's number, faster.

    >>> round(rmse(np.array([1.0, 2.0]), np.array([1.0, 4.0])), 4)
    1.4142
    """
    return float(np.mean(np.sqrt(np.mean(np.square(np.subtract(target, prediction, dtype=np.float64)), axis=0))))


def log_loss(codes: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean of minus the logarithm of the right class's probability, held above 2.2e-16: scikit-learn's number, faster.

    >>> round(log_loss(np.array([0, 1]), np.array([[0.5, 0.5], [0.9, 0.1]])), 4)
    1.4979

    Args:
        codes: class of each row, shape (n,).
        probabilities: shape (n, classes); each row's add up to 1.
    """
    own = probabilities[np.arange(len(codes)), codes]
    return float(-np.log(np.clip(own, np.finfo(np.float64).eps, 1)).mean())


def normal(probabilities: np.ndarray) -> np.ndarray:
    """Probabilities of which each row's add up to 1 in double precision, too, shape (n, classes)."""
    wide = np.asarray(probabilities, dtype=np.float64)
    return wide / wide.sum(axis=1, keepdims=True)


def classification_metrics(codes: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Accuracy, log loss and (where every class occurs) the area under the ROC curve, one class against the rest.

    Args:
        codes: class of each row, shape (n,).
        probabilities: shape (n, classes).
    """
    from sklearn.metrics import roc_auc_score

    classes = np.arange(probabilities.shape[1])
    wide = normal(probabilities)
    metrics = {
        "accuracy": float((wide.argmax(axis=1) == codes).mean()),
        "log_loss": log_loss(codes, wide),
    }
    if len(np.unique(codes)) == len(classes):
        scores = wide[:, 1] if len(classes) == 2 else wide
        metrics["auc"] = float(roc_auc_score(codes, scores, multi_class="ovr", labels=classes))
    return metrics


def _probabilities(logits: np.ndarray) -> np.ndarray:
    """Probabilities of an output that the loss takes as logits."""
    wide = np.asarray(logits, dtype=np.float64)
    return get_activation("sigmoid" if wide.shape[-1] == 1 else "softmax").forward(eager_ops(), wide)
