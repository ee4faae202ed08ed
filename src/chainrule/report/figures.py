"""Metrics as the report names and writes them."""

from typing import Any

from chainrule.format import percent, short
from chainrule.runs.metrics import METRICS


def metric_text(name: str, value: Any) -> str:
    r"""Write a metric's value: accuracy as a percentage, all else to four digits.

    >>> metric_text("accuracy", 0.5), metric_text("log_loss", 0.03949)
    ('50\u202f%', '0.03949')
    """
    return percent(value) if name == "accuracy" and isinstance(value, float | int) else short(value)


def spoken(name: str) -> str:
    """A metric's or a loss's name inside a sentence.

    >>> spoken("log_loss"), spoken("rmse"), spoken("mse")
    ('log loss', 'RMSE', 'MSE')
    """
    if name in METRICS:
        return METRICS[name].name
    return name.upper() if name in ("ssr", "mse") else name.replace("_", " ")
