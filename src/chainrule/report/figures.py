"""Metrics as the report names and writes them."""

from typing import Any

from chainrule.format import percent
from chainrule.runs.metrics import METRICS, written


def metric_text(name: str, value: Any, decimals: int) -> str:
    r"""Write a metric's value with so many decimals; accuracy as a percentage, which has two less.

    >>> metric_text("accuracy", 0.5, 3), metric_text("log_loss", 0.03949, 3), metric_text("r2", -6.89e-06, 3)
    ('50\u202f%', '0.039', '0.000')
    """
    if value is None:
        return "–"
    return percent(value, max(decimals - 2, 1)) if name == "accuracy" else written(value, decimals).replace("-", "−")


def spoken(name: str) -> str:
    """A metric's or a loss's name inside a sentence.

    >>> spoken("log_loss"), spoken("rmse"), spoken("mse")
    ('log loss', 'RMSE', 'MSE')
    """
    if name in METRICS:
        return METRICS[name].name
    return name.upper() if name in ("ssr", "mse") else name.replace("_", " ")
