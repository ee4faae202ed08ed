"""Metrics as the report names, writes and compares them."""

from typing import Any

from chainrule.format import percent, short

NAMES = {"r2": "R²", "rmse": "RMSE", "mae": "MAE", "accuracy": "Accuracy", "log_loss": "Log loss", "auc": "AUC"}
MEANINGS = {
    "r2": "share of the variance explained",
    "rmse": "root of the mean squared error",
    "mae": "mean absolute error",
    "accuracy": "share of rows named right",
    "log_loss": "punishes confident mistakes",
    "auc": "area under the ROC curve",
    "loss": "what training lowered",
}
HIGHER_IS_BETTER = {
    "r2": True,
    "accuracy": True,
    "auc": True,
    "rmse": False,
    "mae": False,
    "log_loss": False,
    "loss": False,
}
"""Metrics that are not named here are shown, but none of them is marked as the best."""


def metric_text(name: str, value: Any) -> str:
    r"""Write a metric's value: accuracy as a percentage, all else to four digits.

    >>> metric_text("accuracy", 0.5), metric_text("log_loss", 0.03949)
    ('50\u202f%', '0.03949')
    """
    return percent(value) if name == "accuracy" and isinstance(value, float | int) else short(value)


def spoken(name: str) -> str:
    """A metric's or a loss's name inside a sentence.

    >>> spoken("log_loss"), spoken("rmse")
    ('log loss', 'RMSE')
    """
    return (
        name.upper()
        if name in ("ssr", "mse", "auc", "rmse", "mae")
        else "R²"
        if name == "r2"
        else name.replace("_", " ")
    )


def better(name: str, one: Any, other: Any) -> bool:
    """Whether one value of a metric is better than another by as much as can be seen.

    >>> better("mae", 1.0, 2.0), better("accuracy", 0.9, 0.95), better("mae", 1.0, 1.0000001)
    (True, False, False)
    """
    if (
        name not in HIGHER_IS_BETTER
        or one is None
        or other is None
        or metric_text(name, one) == metric_text(name, other)
    ):
        return False
    return one > other if HIGHER_IS_BETTER[name] else one < other
