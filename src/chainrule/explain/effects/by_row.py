"""The effect of every column on every answer, row by row.

A number has a slope: the derivative through the network and the encoder. A category or a truth has levels: the change
of the answer from the base level to another, all else equal, whatever the row's own level is.

Shapes: n rows, v variables, o answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from chainrule._typing import Array, Float
from chainrule.data.cells import Label, key
from chainrule.data.columns import WideEncoder
from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.explain.effects.columns import UNITS, Cells, Column, base_level, find_column
from chainrule.explain.effects.subject import Subject
from chainrule.format import listed

MOST_PREDICTIONS = 50_000_000
"""More than so many would take many minutes, and gigabytes of memory."""


@dataclass(frozen=True)
class Variable:
    """One line of a table of effects: a number's slope, or a level against the base."""

    name: str
    """``price``, or ``island = Dream``."""
    column: Column
    unit: str = ""
    """What points in time move by: ``day``."""
    level: Label | None = None
    """What the column is changed to; None for a slope."""
    base: Label | None = None
    """The level that it is changed from."""

    @property
    def is_level(self) -> bool:
        """Whether it is a change between levels."""
        return self.level is not None

    @property
    def note(self) -> str:
        """What the effect is of, where that is no unit of the number itself."""
        if self.base is not None:
            return f"against {key(self.base)}"
        return f"a {self.unit}" if self.unit else ""


class ByRow(NamedTuple):
    """Effects of rows."""

    variables: tuple[Variable, ...]
    values: Float[Array, "n v"]
    """The raw numbers (of points in time: seconds); of a level 1 where the row has it, else 0; NaN at a gap."""
    answers: Float[Array, "n o"]
    effects: Float[Array, "n v o"]
    """NaN where the row has no value to move from."""
    notes: tuple[str, ...]


def effects_by_row(
    subject: Subject,
    cells: Cells,
    wanted: Sequence[str] | None = None,
    base: Mapping[str, object] | None = None,
    per: Mapping[str, str] | None = None,
) -> ByRow:
    """The effect of columns on every answer for every row.

    Args:
        subject: the fitted network.
        cells: the rows.
        wanted: the columns; by default all but categories of very many levels.
        base: the level that each category's others are compared with; by default the first.
        per: the unit that points in time move by; by default a day, and an hour for times of day.

    Raises:
        InputError: there is no such column, level or unit, or the levels are too many for so many rows.
    """
    chosen, notes = _chosen(subject.columns, wanted)
    _check_size(chosen, cells.rows)
    bases = {name: base_level(find_column(subject.columns, name), level) for name, level in (base or {}).items()}
    units = {name: _unit(find_column(subject.columns, name), unit) for name, unit in (per or {}).items()}
    answers, slopes = subject.slopes(cells.inputs)
    variables: list[Variable] = []
    values: list[np.ndarray] = []
    effects: list[np.ndarray] = []
    for column in chosen:
        if column.levels is None:
            raw = column.values(cells)
            unit = units.get(column.name, column.unit) if column.is_time else ""
            variables.append(Variable(column.name, column, unit))
            values.append(raw)
            effects.append(subject.slope(column, raw, slopes) * UNITS.get(unit, 1.0))
            if column.cycles:
                turning = listed([f"the {cycle}" for cycle in column.cycles])
                notes += (
                    f"The effect of '{column.name}' is the slope at each row's own moment, in which the answer turns "
                    f"with {turning}, too; effects.over('{column.name}') shows its course.",
                )
            continue
        compared = bases.get(column.name, base_level(column))
        held = column.held(cells)
        before = subject.predict(column.put(cells.inputs, column.encode([compared])))
        for level in column.levels:
            if level != compared:
                name = f"{column.name} = {key(level)}"
                variables.append(Variable(name, column, "", level, compared))
                values.append(np.asarray([each == level for each in held], dtype=np.float64))
                effects.append(subject.predict(column.put(cells.inputs, column.encode([level]))) - before)
    return ByRow(tuple(variables), np.stack(values, axis=1), answers, np.stack(effects, axis=1), notes)


def _chosen(columns: Sequence[Column], wanted: Sequence[str] | None) -> tuple[list[Column], tuple[str, ...]]:
    """The columns that effects are of, and why others are not."""
    if wanted is not None:
        if isinstance(wanted, str) or not wanted:
            raise InputError(f"columns must be names of columns, ['{wanted or columns[0].name}']; got {wanted!r}.")
        found = [find_column(columns, name) for name in dict.fromkeys(wanted)]
        for column in found:
            if column.levels is not None and len(column.levels) < 2:
                raise InputError(f"'{column.name}' has one value in the training rows: there is nothing to compare.")
        return found, ()
    kept: list[Column] = []
    notes: list[str] = []
    for column in columns:
        levels = column.levels
        if levels is not None and len(levels) < 2:
            notes.append(f"'{column.name}' has one value in the training rows: there is nothing to compare.")
        elif levels is not None and isinstance(column.encoder, WideEncoder):
            notes.append(f"'{column.name}' has {len(levels)} levels: columns=['{column.name}'] compares them.")
        else:
            kept.append(column)
    if not kept:
        raise InputError(f"There is no column to give effects of. {' '.join(notes)}")
    return kept, tuple(notes)


def _check_size(columns: Sequence[Column], rows: int) -> None:
    levels = {column.name: len(column.levels) for column in columns if column.levels is not None}
    total = sum(levels.values())
    if rows * total > MOST_PREDICTIONS:
        widest = max(levels, key=levels.__getitem__)
        raise InputError(
            f"'{widest}' has {levels[widest]:,} levels: to compare them in {rows:,} rows takes {rows * total:,} "
            f"predictions, and at most {MOST_PREDICTIONS:,} are made. Give fewer rows, up to "
            f"{MOST_PREDICTIONS // total:,}: run.effects(rows)."
        )


def _unit(column: Column, unit: str) -> str:
    if not column.is_time:
        raise InputError(f"per= is for points in time, and '{column.name}' holds none; leave it out.")
    if unit not in UNITS:
        raise InputError(
            f"The effect of '{column.name}' is given a {list_some(UNITS)}; got '{unit}'.{did_you_mean(unit, UNITS)}"
        )
    return unit
