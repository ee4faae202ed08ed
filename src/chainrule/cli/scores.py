"""Metrics of the network beside those of its baselines, as a table with the best of each marked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

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


def written(metric: str, value: float) -> str:
    """Write a metric: shares to three decimals, all else to four digits.

    >>> written("accuracy", 0.98551), written("rmse", 0.012345), written("rmse", 48211.7)
    ('0.986', '0.01235', '48,212')
    """
    if value != value:
        return "–"
    if metric in HIGHER_IS_BETTER:
        return f"{value:.3f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def best_of(metric: str, values: Mapping[str, float]) -> frozenset[str]:
    """The names with the best value; several where they are written alike.

    >>> sorted(best_of("rmse", {"network": 2.00001, "mean": 5.0, "linear regression": 2.0}))
    ['linear regression', 'network']
    """
    finite = {name: value for name, value in values.items() if value == value}
    if not finite:
        return frozenset()
    best = (max if metric in HIGHER_IS_BETTER else min)(finite.values())
    return frozenset(name for name, value in finite.items() if written(metric, value) == written(metric, best))


def score_table(scores: Mapping[str, Mapping[str, float]], title: str) -> "Table":
    """A row a model and a column a metric; ``scores`` is model → metric → value."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    metrics = [metric for metric in LABELS if any(metric in values for values in scores.values())]
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="")
    table.add_column(Text(title, style="bold"))
    for metric in metrics:
        table.add_column(LABELS[metric] + " ", justify="right")
    best = {
        metric: best_of(metric, {name: values[metric] for name, values in scores.items() if metric in values})
        for metric in metrics
    }
    for name, values in scores.items():
        cells: list[Text] = []
        for metric in metrics:
            text = written(metric, values[metric]) if metric in values else "–"
            won = name in best[metric] and len(scores) > 1
            cells.append(Text(text + (MARK if won else " "), style="bold green" if won else ""))
        table.add_row(Text(name), *cells)
    return table
