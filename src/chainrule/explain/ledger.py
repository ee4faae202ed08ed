"""The ledger: why a parameter has its value. Its first value, and what each training row and each step added.

A parameter's gradient is a sum of terms, one a row. An optimizer's step is linear in the gradient and in what it
remembers of earlier gradients, with the scalings it had at that step. So what a row did to the memory goes on acting
in later steps, and the change of a parameter splits by row, exactly, for every optimizer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.explain.document import Cell, Column, Document, Section, Table
from chainrule.explain.pieces import Pieces, pieces_of
from chainrule.explain.shown import Shown
from chainrule.network.parameters import ParameterName, flatten, parse_name
from chainrule.training.trainer import Trainer

PENALTY, DECAY, EARLIER, ROUNDING = "penalty", "weight decay", "earlier steps", "rounding"
MOST_CELLS = 50_000_000
"""Numbers of rows by steps that are given at once: 400 MB."""
_MOST_COLUMNS = 8


@dataclass(frozen=True, repr=False)
class Ledger(Shown):
    """Initial value + rows + others = final value."""

    name: str
    """The parameter: ``dense1.weight[0, 1]``."""
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
    """What came from no row: penalties of the weights, weight decay, what the optimizer remembered of steps before
    ``start``, and the rounding of the type that trained."""
    row_numbers: np.ndarray
    """What each row is called."""
    pieces: Pieces
    """What it is added up from."""
    cells: Mapping[int, Mapping[str, Cell]] = field(default_factory=dict[int, Mapping[str, Cell]])
    """The raw values of the rows that pushed it most, by their numbers, where the run comes from a table."""

    def by_row_and_step(self, rows: Sequence[int] | None = None) -> np.ndarray:
        """What rows added in each step, shape (rows, steps), through what the optimizer remembered of them, too.

        Over the steps it adds up to ``by_row``; over all rows, with penalties, decay and rounding, to ``by_step``.

        Args:
            rows: numbers of rows, as in ``row_numbers``; by default all.

        Raises:
            InputError: no such row was learned from, or there are too many rows and steps for one array.
        """
        places = np.arange(len(self.row_numbers)) if rows is None else self._places(rows)
        if len(places) * len(self.by_step) > MOST_CELLS:
            raise InputError(
                f"{len(places):,} rows in {len(self.by_step):,} steps are more than {MOST_CELLS:,} numbers. Pass some "
                "of the rows (rows=[17, 190]), or split fewer steps (start, stop)."
            )
        return self.pieces.by_row_and_step(places, len(self.row_numbers))

    def _places(self, rows: Sequence[int]) -> np.ndarray:
        place_of = {int(number): place for place, number in enumerate(self.row_numbers)}
        for row in rows:
            if row not in place_of:
                nearest = sorted(place_of, key=lambda number, row=row: (abs(number - row), number))[:3]
                raise InputError(
                    f"Row {row} is none that the training learned from: these are {len(place_of):,} rows from "
                    f"{min(place_of):,} to {max(place_of):,}; the nearest are {', '.join(map(str, sorted(nearest)))}."
                )
        return np.array([place_of[row] for row in rows], dtype=np.int64)

    def top(self, count: int = 5) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
        """The rows that pushed it up most and those that pushed it down most, each with what it added."""
        order = np.argsort(self.by_row, kind="stable")
        up = [(int(self.row_numbers[i]), float(self.by_row[i])) for i in order[::-1][:count] if self.by_row[i] > 0]
        down = [(int(self.row_numbers[i]), float(self.by_row[i])) for i in order[:count] if self.by_row[i] < 0]
        return up, down

    def document(self) -> Document:
        """The rows that pushed it most and everything else that moved it, and its way step by step."""
        label = f"{self.name}, steps {self.start + 1:,} to {self.stop:,}"
        steps = self._step_table()
        rows = (self._row_table(), *self._cell_tables())
        return Document("Ledger", label, (Section("rows", "By row", rows), Section("steps", "By step", (steps,))))

    def _row_table(self) -> Table:
        up, down = self.top()
        shown = {row for row, _ in (*up, *down)}
        rest = [value for row, value in zip(self.row_numbers, self.by_row, strict=True) if int(row) not in shown]
        rows: list[tuple[Cell, ...]] = [(f"before step {self.start + 1:,}", self.initial)]
        rows += [(f"row {row:,}", value) for row, value in (*up, *reversed(down))]
        if rest:
            rows.append((f"{len(rest):,} more rows", float(np.sum(rest))))
        rows += [(name, value) for name, value in self.others.items() if value]
        rows.append((f"after step {self.stop:,}", self.final))
        return Table(
            (Column("what", "text"), Column("added")), tuple(rows), note="Everything above the last row adds up to it."
        )

    def _cell_tables(self) -> tuple[Table, ...]:
        """What stands in the rows that pushed it most."""
        if not self.cells:
            return ()
        names = list(next(iter(self.cells.values())))
        shown, more = names[:_MOST_COLUMNS], len(names) - _MOST_COLUMNS
        heads = (Column("row", "whole"), *(Column(name, "text") for name in shown))
        rows = tuple((number, *(cells[name] for name in shown)) for number, cells in self.cells.items())
        return (Table(heads, rows, "These rows", f"{more} more columns are not listed." if more > 0 else ""),)

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


def ledger(
    trainer: Trainer, name: str, start: int = 0, stop: int | None = None, *, progress: bool | None = None
) -> Ledger:
    """Split the change of one parameter by training row and by step.

    Args:
        trainer: the training.
        name: a single number: ``dense1.weight[0, 1]``.
        start: steps that had been made before those that are split.
        stop: steps made after them; by default all that were made up to where the trainer stands.
        progress: show a progress bar; by default where standard error is a terminal.

    Raises:
        InputError: there is no such parameter, it is frozen or no single number, or there are no such steps.
    """
    parsed = single_number(trainer, name)
    stop = trainer.steps_done if stop is None else stop
    pieces = pieces_of(trainer, parsed, start, stop, progress)
    reach, form = pieces.reach(), pieces.forms
    by_row, values = pieces.by_row(trainer.plan.rows), pieces.values
    others = {
        PENALTY: -float(reach.terms @ pieces.penalty),
        DECAY: -float(np.asarray(form.of_parameter) @ values[:-1]),
        EARLIER: -reach.memory * pieces.memory,
    }
    initial, final = float(values[0]), float(values[-1])
    others[ROUNDING] = final - initial - float(by_row.sum()) - sum(others.values())
    return Ledger(name, start, stop, initial, final, by_row, np.diff(values), others, trainer.row_numbers, pieces)


def single_number(trainer: Trainer, name: str) -> ParameterName:
    """Take apart the name of a single parameter that is trained.

    Raises:
        InputError: there is none of that name, it is frozen, or it is a whole array.
    """
    arrays = flatten(trainer.state.params)
    parsed = parse_name(name, arrays)
    if parsed.index is None:
        zeros = ", ".join("0" * arrays[parsed.array].ndim)
        raise InputError(f"'{name}' is a whole array; name one number of it, such as '{name}[{zeros}]'.")
    if parsed.array in trainer.plan.network.frozen_names():
        raise InputError(f"'{name}' is frozen: no step changes it.")
    return parsed
