"""Where a network is asked about values that it has not learned from."""

from collections.abc import Iterator

import numpy as np

from chainrule._typing import Array, Float
from chainrule.explain.effects.columns import Cells, Column
from chainrule.explain.effects.subject import Subject


def ends(column: Column, cells: Cells) -> tuple[float, float]:
    """The smallest and the largest value of a column of numbers or times; NaN where there is none."""
    values = column.values(cells)
    values = values[~np.isnan(values)]
    return (float(values.min()), float(values.max())) if len(values) else (np.nan, np.nan)


def outside(subject: Subject, cells: Cells) -> Iterator[str]:
    """A sentence for every column of numbers or times with rows outside of what it was trained on."""
    if subject.learned is None or cells is subject.learned:
        return
    for column in subject.columns:
        if column.levels is None:
            yield from outside_range(column, column.values(cells), subject.learned, "rows")


def outside_range(column: Column, values: Float[Array, " n"], learned: Cells, what: str) -> Iterator[str]:
    """A sentence where some values lie outside of the training rows' range."""
    low, high = ends(column, learned)
    count = int(((values < low) | (values > high)).sum())
    if count:
        yield (
            f"'{column.name}' of {count:,} of the {len(values):,} {what} lies outside of the training rows "
            f"({column.told(low)} to {column.told(high)}): there the network was never told what is right."
        )
