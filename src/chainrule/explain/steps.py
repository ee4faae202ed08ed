"""The table of gradient descent for one parameter: what each step started from, what it took off, and why so much."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from chainrule._typing import Array
from chainrule.explain.document import Column, Document, Section, Table
from chainrule.explain.ledger import single_number
from chainrule.explain.shown import Shown
from chainrule.training.engine import map_arrays
from chainrule.training.progress import working
from chainrule.training.step import Made
from chainrule.training.trainer import Trainer
from chainrule.training.watching import watch

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
    stop = trainer.steps_done if stop is None else stop
    first, last = min(start, stop), max(start, stop)
    trainer.check_made(first, last)
    with working("making steps again", steps=last - first, shown=progress) as tick:
        seen = watch(trainer, first, last, _Row(parsed.node, parsed.name), parsed.index or (), tick)
    numbers = {
        name: values for name, values in seen.worked_out._asdict().items() if name != "new" and values is not None
    }
    columns = {
        "step": np.arange(first + 1, last + 1),
        "old": seen.old,
        "slope": seen.slope,
        "learning_rate": trainer.stretch(first, last).rates,
        **numbers,
        "new": seen.new,
    }
    way = slice(None, None, -1 if start > stop else 1)
    columns = {
        column: values[way] if column == "step" else values[way].astype(np.float64)
        for column, values in columns.items()
    }
    formulas = {**_FORMULAS, **trainer.plan.optimizer.formulas()}
    return Steps(name, columns, {column: formulas[column] for column in columns if column in formulas})


class _Seen(NamedTuple):
    """One step of one number."""

    old: Array
    slope: Array
    worked_out: Any
    """What the optimizer made of it, in the form of its record."""
    new: Array


@dataclass(frozen=True)
class _Row:
    """Picks one number's step; its index is the probe's argument."""

    node: str
    name: str

    def __call__(self, made: Made, index: Any) -> _Seen:
        own = made.record.update.records[f"{self.node}.{self.name}"]
        return _Seen(
            getattr(made.before.params[self.node], self.name)[index],
            getattr(made.record.backward.gradients[self.node], self.name)[index],
            map_arrays(lambda array: array[index], own),
            getattr(made.after.params[self.node], self.name)[index],
        )
