"""The table of gradient descent for one parameter: what each step started from, what it took off, and why so much."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.explain.document import Column, Document, Section, Table
from chainrule.explain.ledger import single_number
from chainrule.explain.shown import Shown
from chainrule.training.trainer import Trainer

MOST = 20
"""Rows of a table that people see; data has all."""

_NOTES = {
    "slope": "the derivative of the loss",
    "gradient": "the slope after clipping, which the optimizer takes",
    "new": "old − step_size",
}


@dataclass(frozen=True, repr=False)
class Steps(Shown, Mapping[str, np.ndarray]):
    """Columns by name, a row a step: ``steps["step_size"]``.

    ``step`` (from 1), ``old``, ``slope`` (the loss's derivative), ``learning_rate``, every number that the optimizer
    worked out (its slope after clipping is ``gradient``), ``step_size``, and ``new``, which is ``old - step_size``.
    """

    name: str
    columns: Mapping[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def document(self) -> Document:
        """One table, a row a step."""
        heads = tuple(
            Column(name, "whole" if values.dtype.kind == "i" else "number", _NOTES.get(name, ""))
            for name, values in self.columns.items()
        )
        rows = tuple(zip(*(values.tolist() for values in self.columns.values()), strict=True))
        return Document("Steps", self.name, (Section("steps", "", (Table(heads, rows, most=MOST),)),))


def steps_of(trainer: Trainer, name: str, start: int = 0, stop: int | None = None) -> Steps:
    """Every number of the steps that one parameter made, by exact replay.

    Args:
        trainer: the training.
        name: a single number: ``dense1.weight[0, 1]``.
        start: the first of the steps, from 0.
        stop: the one after the last; by default all up to where the trainer stands.

    Raises:
        InputError: there is no such parameter, it is frozen or no single number, or there are no such steps.
    """
    parsed = single_number(trainer, name)
    index: Any = parsed.index
    rows: list[dict[str, Any]] = []
    for made in trainer.replay(start, trainer.steps_done if stop is None else stop):
        own = made.record.update.records[parsed.array]
        worked_out = {
            field: float(value[index])
            for field in own._fields
            if field != "new" and (value := getattr(own, field)) is not None
        }
        slope = float(getattr(made.record.backward.gradients[parsed.node], parsed.name)[index])
        rows.append(
            {
                "step": made.step + 1,
                "old": float(getattr(made.before.params[parsed.node], parsed.name)[index]),
                "slope": slope,
                "learning_rate": float(made.stretch.rates[0]),
                **worked_out,
                "new": float(getattr(made.after.params[parsed.node], parsed.name)[index]),
            }
        )
    return Steps(name, {column: np.array([row[column] for row in rows]) for column in rows[0]})
