"""The table of gradient descent for one parameter: what each step started from, what it took off, and why so much."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.explain.document import Column, Document, Section, Table
from chainrule.explain.ledger import single_number
from chainrule.explain.shown import Shown
from chainrule.network.parameters import ParameterName
from chainrule.training.course import Replayed
from chainrule.training.progress import working
from chainrule.training.trainer import Trainer

MOST = 20
"""Rows of a table that people see; data has all."""

_FORMULAS = {
    "slope": "∂loss/∂old",
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
    formulas: Mapping[str, str] = field(default_factory=dict[str, str])
    """How each column is worked out, by its name."""

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def document(self) -> Document:
        """One table, a row a step."""
        heads = tuple(
            Column(name, "whole" if values.dtype.kind == "i" else "number", self.formulas.get(name, ""))
            for name, values in self.columns.items()
        )
        rows = tuple(zip(*(values.tolist() for values in self.columns.values()), strict=True))
        return Document("Steps", self.name, (Section("steps", "", (Table(heads, rows, most=MOST),)),))


def steps_of(
    trainer: Trainer, name: str, start: int = 0, stop: int | None = None, *, progress: bool | None = None
) -> Steps:
    """Every number of the steps that one parameter made, by exact replay.

    Args:
        trainer: the training.
        name: a single number: ``dense1.weight[0, 1]``.
        start: how many steps had been made before the first that is shown.
        stop: how many after the last; by default all up to where the trainer stands. Where it is less than ``start``,
            the steps are shown backwards, from ``start`` down.
        progress: show a progress bar; by default where standard error is a terminal.

    Raises:
        InputError: there is no such parameter, it is frozen or no single number, or there are no such steps.
    """
    parsed = single_number(trainer, name)
    index: Any = parsed.index
    stop = trainer.steps_done if stop is None else stop
    first, last = min(start, stop), max(start, stop)
    rows: list[dict[str, Any]] = []
    with working("making steps again", steps=last - first, shown=progress) as tick:
        for made in trainer.replay(first, last):
            rows.append(_row(made, parsed, index))
            tick()
    way = slice(None, None, -1 if start > stop else 1)
    columns = {column: np.array([row[column] for row in rows])[way] for column in rows[0]}
    formulas = {**_FORMULAS, **trainer.plan.optimizer.formulas()}
    return Steps(name, columns, {column: formulas[column] for column in columns if column in formulas})


def _row(made: Replayed, parsed: ParameterName, index: Any) -> dict[str, Any]:
    own = made.record.update.records[parsed.array]
    worked_out = {
        name: float(value[index]) for name in own._fields if name != "new" and (value := getattr(own, name)) is not None
    }
    return {
        "step": made.step + 1,
        "old": float(getattr(made.before.params[parsed.node], parsed.name)[index]),
        "slope": float(getattr(made.record.backward.gradients[parsed.node], parsed.name)[index]),
        "learning_rate": float(made.stretch.rates[0]),
        **worked_out,
        "new": float(getattr(made.after.params[parsed.node], parsed.name)[index]),
    }
