"""How a number came from one value to another: what each training row and step added, and what came from no row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.explain.document import Cell, Column, Document, Rest, Section, Table
from chainrule.explain.pieces import spread
from chainrule.explain.shown import Shown
from chainrule.format import count

PENALTY, DECAY, EARLIER, ROUNDING = "penalty", "weight decay", "earlier steps", "rounding"
_MOST_COLUMNS = 8
MOST_CELLS = 50_000_000
"""Numbers of rows by steps that are given at once: 400 MB."""
_NOTABLE = 1e-9
"""Share of what the steps added from which on rounding is explained."""
_ROUNDED = (
    "Rounding is what the training lost in the digits of its numbers: more where a gradient is 0 but for rounding, as "
    "before batch normalisation, and Adam divides it by almost 0."
)


@dataclass(frozen=True, repr=False)
class Account(Shown):
    """What a number was before some steps + what rows did + others = what it was after them."""

    name: str
    """The number: ``dense1.weight[0, 1]``, ``prediction``."""
    start: int
    """Steps that had been made before; 0 for the whole training."""
    stop: int
    initial: float
    final: float
    by_row: np.ndarray
    """What each training row added, shape (n,)."""
    by_step: np.ndarray
    """What each step added, shape (steps,): ``initial + by_step.sum() == final``."""
    others: Mapping[str, float]
    """What came from no row, by what it is: penalties of the weights, weight decay, rounding and so on."""
    row_numbers: np.ndarray
    """What each row is called."""
    batches: np.ndarray = field(default_factory=partial(np.empty, (0, 0), dtype=np.int64), kw_only=True)
    """Places of the rows of each step's batch, shape (steps, b); −1 behind the last of a smaller one."""
    added: np.ndarray = field(default_factory=partial(np.empty, (0, 0)), kw_only=True)
    """What each of them added in all by its term in that step, shape (steps, b)."""
    cells: Mapping[int, Mapping[str, Cell]] = field(default_factory=dict[int, Mapping[str, Cell]], kw_only=True)
    """The raw values of the rows that pushed it most, by their numbers, where the run comes from a table."""

    def top(self, count: int = 5) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
        """The rows that pushed it up most and those that pushed it down most, each with what it added."""
        order = np.argsort(self.by_row, kind="stable")
        up = [(int(self.row_numbers[i]), float(self.by_row[i])) for i in order[::-1][:count] if self.by_row[i] > 0]
        down = [(int(self.row_numbers[i]), float(self.by_row[i])) for i in order[:count] if self.by_row[i] < 0]
        return up, down

    def by_row_and_batch(self, rows: Sequence[int] | None = None) -> np.ndarray:
        """What rows added, by the step whose batch they were in, shape (rows, steps).

        Each number is all that the row's term of that step has done by the end, through the optimizer's memory, too;
        over the steps it adds up to ``by_row``.

        Args:
            rows: numbers of rows, as in ``row_numbers``; by default all.

        Raises:
            InputError: no such row was learned from, or there are too many rows and steps for one array.
        """
        return spread(self.batches, self.added, self._places(rows), len(self.row_numbers))

    def _places(self, rows: Sequence[int] | None) -> np.ndarray:
        """Where rows stand among all of them, by their numbers."""
        numbers = self.row_numbers.tolist()
        found = range(len(numbers)) if rows is None else [_place(numbers, row) for row in rows]
        if len(found) * len(self.by_step) > MOST_CELLS:
            raise InputError(
                f"{len(found):,} rows in {len(self.by_step):,} steps are more than {MOST_CELLS:,} numbers. Pass some "
                "of the rows (rows=[17, 190]), or split fewer steps (start, stop)."
            )
        return np.array(found, dtype=np.int64)

    def document(self) -> Document:
        """The rows that pushed it most and everything else that moved it, and its way step by step."""
        label = f"{self.name}, steps {self.start + 1:,} to {self.stop:,}"
        steps = self._step_table()
        rows = (self._row_table(), *self._cell_tables())
        return Document("Ledger", label, (Section("rows", "By row", rows), Section("steps", "By step", (steps,))))

    def _row_table(self) -> Table:
        up, down = self.top()
        shown = {row for row, _ in (*up, *down)}
        left = np.flatnonzero(~np.isin(self.row_numbers, list(shown)))
        left = left[np.argsort(-np.abs(self.by_row[left]), kind="stable")]
        rows: list[tuple[Cell, ...]] = [(f"before step {self.start + 1:,}", self.initial)]
        rows += [(f"row {row:,}", value) for row, value in (*up, *reversed(down))]
        rest = None
        if len(left):
            rows.append((count(len(left), "more row"), float(self.by_row[left].sum())))
            rest = Rest(len(left), lambda most: left[:most].tolist(), self._row)
        rows += [(name, value) for name, value in self.others.items() if value]
        rows.append((f"after step {self.stop:,}", self.final))
        note = "Everything above the last row adds up to it."
        if abs(self.others.get(ROUNDING, 0.0)) > _NOTABLE * np.abs(self.by_step).sum():
            note += f" {_ROUNDED}"
        return Table((Column("what", "text"), Column("added")), tuple(rows), note=note, rest=rest)

    def _row(self, place: int) -> tuple[Cell, ...]:
        """What one of the rows added."""
        return f"row {self.row_numbers[place]:,}", float(self.by_row[place])

    def _cell_tables(self) -> tuple[Table, ...]:
        """What stands in the rows that pushed it most."""
        if not self.cells:
            return ()
        names = list(next(iter(self.cells.values())))
        shown, more = names[:_MOST_COLUMNS], len(names) - _MOST_COLUMNS
        heads = (Column("row", "whole"), *(Column(name, "text") for name in shown))
        rows = tuple((number, *(cells[name] for name in shown)) for number, cells in self.cells.items())
        return (Table(heads, rows, "These rows", f"{count(more, 'more column')} not listed." if more > 0 else ""),)

    def _step_table(self) -> Table:
        after = self.initial + np.cumsum(self.by_step)
        steps = range(self.start + 1, self.stop + 1)
        rows = tuple(zip(steps, self.by_step.tolist(), after.tolist(), strict=True))
        return Table((Column("step", "whole"), Column("added"), Column("value after it")), rows, most=10)

    def to_dict(self) -> dict[str, Any]:
        """The document and, whole, what each row and each step added."""
        return super().to_dict() | {
            "initial": self.initial,
            "final": self.final,
            "rows": self.row_numbers.tolist(),
            "by_row": self.by_row.tolist(),
            "by_step": self.by_step.tolist(),
            "others": dict(self.others),
            "cells": {str(row): dict(cells) for row, cells in self.cells.items()},
        }


def _place(numbers: list[int], row: int) -> int:
    """Where a row stands, by its number."""
    if row not in numbers:
        nearest = sorted(sorted(numbers, key=lambda number: (abs(number - row), number))[:3])
        raise InputError(
            f"Row {row} is none that the training learned from: these are {len(numbers):,} rows from "
            f"{min(numbers):,} to {max(numbers):,}; the nearest are {', '.join(map(str, nearest))}."
        )
    return numbers.index(row)
