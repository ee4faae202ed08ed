"""Numbers and names as the report writes them: few digits, a true minus sign, thousands apart."""

import math
from typing import Any

from chainrule.explain.format import number

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


def short(value: Any, digits: int = 4) -> str:
    """Write a number with so many significant digits; whole numbers in full, and nothing at all as a dash.

    >>> short(0.0394925), short(-1234567.8), short(344), short(None)
    ('0.03949', '−1,234,568', '344', '–')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    size = abs(float(value))
    if size == 0 or not math.isfinite(size):
        return number(value)
    if 1e-4 <= size < 1e15:
        decimals = max(0, digits - 1 - math.floor(math.log10(size)))
        text = f"{size:,.{decimals}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return f"−{text}" if value < 0 else text
    return number(value, digits)


def percent(share: float) -> str:
    r"""Write a share as a percentage that is 0 or 100 only where the share is 0 or 1.

    >>> percent(0.98551), percent(1.0), percent(0.99996), percent(0.5)
    ('98.6\u202f%', '100\u202f%', '99.996\u202f%', '50\u202f%')
    """
    decimals = 1
    while decimals < 6 and round(100 * share, decimals) in (0, 100) and share not in (0, 1):
        decimals += 1
    text = number(round(100 * share, decimals), 6)
    return f"{text}\u202f%"


def count(number: int, one: str, many: str = "") -> str:
    """Write how many of a thing there are.

    >>> count(1, "row"), count(5379, "parameter"), count(2, "class", "classes")
    ('1 row', '5,379 parameters', '2 classes')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


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


def clip(text: Any, most: int = 40) -> str:
    """Cut a long text.

    >>> clip("a very long name", 8)
    'a very …'
    """
    written = str(text)
    return written if len(written) <= most else f"{written[: most - 1]}…"


def listed(names: list[str]) -> str:
    """Join names as in a sentence.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
