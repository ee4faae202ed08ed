"""Metrics of the network beside those of its baselines, as a table with the best of each marked."""

import math
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from chainrule.runs.metrics import METRICS, best_of

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

MARK = "*"


def places(metric: str, values: Iterable[float]) -> int:
    """How many decimals a column needs: three for shares, else three digits of the smallest value.

    >>> places("auc", [0.5, 1.0]), places("rmse", [0.2597, 4.703]), places("rmse", [48211.7, 51000.0])
    (3, 3, 0)
    """
    sizes = [abs(value) for value in values if math.isfinite(value) and value]
    if METRICS[metric].higher_is_better or not sizes:
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


def score_table(scores: Mapping[str, Mapping[str, float]], title: str) -> "Table":
    """A row a model and a column a metric; ``scores`` is model → metric → value."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="")
    table.add_column(Text(title, style="bold"))
    columns: list[list[Text]] = []
    for metric, (label, *_) in METRICS.items():
        values = {name: found[metric] for name, found in scores.items() if metric in found}
        if not values:
            continue
        write = partial(written, decimals=places(metric, values.values()))
        best = best_of(metric, values, write) if len(scores) > 1 else frozenset[str]()
        table.add_column(f"{label} ", justify="right")
        columns.append([_cell(write(values.get(name, math.nan)), best=name in best) for name in scores])
    for name, *cells in zip(scores, *columns, strict=True):
        table.add_row(Text(name), *cells)
    return table


def _cell(text: str, *, best: bool) -> "Text":
    from rich.text import Text

    return Text(text + MARK, style="bold green") if best else Text(f"{text} ")
