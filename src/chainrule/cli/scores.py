"""Metrics of the network beside those of its baselines, as a table with the best of each marked."""

import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from chainrule.runs.metrics import METRICS, best_of, places, written

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

MARK = "*"


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
