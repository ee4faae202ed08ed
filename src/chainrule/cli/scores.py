"""Metrics of the network beside those of its baselines, as a table with the best of each marked."""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

LABELS = {
    "r2": "R²",
    "rmse": "RMSE",
    "mae": "MAE",
    "accuracy": "accuracy",
    "log_loss": "log loss",
    "auc": "AUC",
}
HIGHER_IS_BETTER = frozenset({"r2", "accuracy", "auc"})
MARK = "*"


def places(metric: str, values: Iterable[float]) -> int:
    """How many decimals a column needs: three for shares, else three digits of the smallest value.

    >>> places("auc", [0.5, 1.0]), places("rmse", [0.2597, 4.703]), places("rmse", [48211.7, 51000.0])
    (3, 3, 0)
    """
    sizes = [abs(value) for value in values if math.isfinite(value) and value]
    if metric in HIGHER_IS_BETTER or not sizes:
        return 3
    return min(max(2 - math.floor(math.log10(min(sizes))), 0), 8)


def written(value: float, decimals: int) -> str:
    """Write a metric; no minus sign before zero.

    >>> written(0.98551, 3), written(48211.7, 0), written(-0.0001, 3), written(float("nan"), 3)
    ('0.986', '48,212', '0.000', '–')
    """
    if not math.isfinite(value):
        return "–"
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def best_of(metric: str, texts: Mapping[str, str]) -> frozenset[str]:
    """The names with the best value as it is written; several where they are alike.

    >>> sorted(best_of("rmse", {"network": "2.00", "mean": "5.00", "linear regression": "2.00"}))
    ['linear regression', 'network']
    """
    values = {name: float(text.replace(",", "")) for name, text in texts.items() if text != "–"}
    if not values:
        return frozenset()
    best = (max if metric in HIGHER_IS_BETTER else min)(values.values())
    return frozenset(name for name, value in values.items() if value == best)


def score_table(scores: Mapping[str, Mapping[str, float]], title: str) -> "Table":
    """A row a model and a column a metric; ``scores`` is model → metric → value."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="")
    table.add_column(Text(title, style="bold"))
    columns: list[list[Text]] = []
    for metric, label in LABELS.items():
        values = {name: found[metric] for name, found in scores.items() if metric in found}
        if not values:
            continue
        decimals = places(metric, values.values())
        texts = {name: written(values.get(name, math.nan), decimals) for name in scores}
        best = best_of(metric, texts) if len(scores) > 1 else frozenset[str]()
        table.add_column(f"{label} ", justify="right")
        columns.append([_cell(text, best=name in best) for name, text in texts.items()])
    for name, *cells in zip(scores, *columns, strict=True):
        table.add_row(Text(name), *cells)
    return table


def _cell(text: str, *, best: bool) -> "Text":
    from rich.text import Text

    return Text(text + MARK, style="bold green") if best else Text(f"{text} ")
