"""Two trainings step by step, value by value, in the order in which they are computed: the first that differs."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from chainrule.explain.trace import Trace
from chainrule.explain.tracing import trace_made
from chainrule.network.parameters import flatten
from chainrule.network.passes import Masked
from chainrule.training.course import Replayed
from chainrule.training.eager import EagerEngine
from chainrule.training.step import Rows, State
from chainrule.training.trainer import Trainer

INITIAL, STATISTICS = "initial parameter", "running statistic"
BATCH, SETTING = "batch", "setting"
FORWARD, LOSS, BACKWARD = "forward pass", "loss", "backward pass"
GRADIENT, OPTIMIZER, PARAMETER, MEMORY = "gradient", "optimizer", "new parameter", "memory"
PER_ROW = (BATCH, FORWARD, BACKWARD)
"""Stages whose arrays have the rows of the batch first."""


class Value(NamedTuple):
    """One array of a step."""

    stage: str
    name: str
    """``dense1.z``; for an optimizer's number of a parameter ``dense1.weight m``."""
    array: np.ndarray


class Found(NamedTuple):
    """The first element of an array that differs."""

    place: tuple[int, ...]
    a: float
    b: float


def first_difference(a: np.ndarray, b: np.ndarray, tolerance: float) -> tuple[Found | None, float]:
    """The first element that differs by more than a share of the arrays' largest, and the largest such share.

    Two NaN agree, and so do two infinities of one sign. Arrays of different shapes differ in their number of rows.

    >>> first_difference(np.array([1.0, 2.0]), np.array([1.0, 2.1]), 0.01)[0]
    Found(place=(1,), a=2.0, b=2.1)
    """
    one, other = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    if same.all():
        return None, 0.0
    sizes = np.maximum(np.abs(one), np.abs(other))
    finite = np.isfinite(sizes)
    scale = float(sizes[finite].max()) if finite.any() else 1.0
    with np.errstate(invalid="ignore"):
        apart = np.where(same, 0.0, np.abs(one - other)) / (scale or 1.0)
    apart = np.where(finite | same, apart, np.inf)
    if not (apart > tolerance).any():
        return None, float(apart.max())
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(apart > tolerance)), apart.shape))
    return Found(index, float(one[index]), float(other[index])), float(apart.max())


class Side:
    """One of the trainings."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self._eager = EagerEngine(trainer.plan, trainer.rows, None)

    def batch(self, step: int) -> Rows:
        """The rows of a step (from 0)."""
        return self._eager.batch(step)

    def row_numbers(self, step: int) -> tuple[int, ...]:
        """What the rows of a step's batch are called."""
        return tuple(int(row) for row in self.trainer.row_numbers[self.trainer.plan.batch_rows(step)])

    def trace(self, made: Replayed) -> Trace:
        """The passes of a step."""
        numbers = self.trainer.row_numbers[self.trainer.plan.batch_rows(made.step)]
        return trace_made(self.trainer.plan, made, self.batch(made.step), numbers)

    def initial(self, state: State) -> Iterator[Value]:
        """What training starts from."""
        for name, array in flatten(state.params).items():
            yield Value(INITIAL, name, array)
        yield from _statistics(state)

    def values(self, made: Replayed) -> Iterator[Value]:
        """Every array of a step, in the order in which they are computed."""
        yield from self._batch(made.step)
        record = made.record
        for node, done in record.forward.nodes.items():
            yield Value(FORWARD, f"{node}.z", done.z)
            yield Value(FORWARD, f"{node}.a", done.a)
        yield Value(LOSS, "data loss", np.asarray(record.loss.data_loss))
        yield Value(SETTING, "penalty", np.asarray(record.loss.penalty))
        yield Value(LOSS, "loss", np.asarray(record.loss.loss))
        for node, deltas in record.backward.deltas.items():
            for kind, array in (("da", deltas.da), ("dz", deltas.dz)):
                if array is not None:
                    yield Value(BACKWARD, f"{node}.{kind}", array)
            for name, array in flatten({node: record.backward.gradients[node]}).items():
                yield Value(GRADIENT, name, array)
        yield Value(SETTING, "learning_rate", made.stretch.rates[0])
        for name, number in made.stretch.numbers.items():
            yield Value(SETTING, name, np.asarray(number))
        for name, own in record.update.records.items():
            for field in own._fields:
                if getattr(own, field) is not None and field != "new":
                    yield Value(OPTIMIZER, f"{name} {field}", getattr(own, field))
        for name, array in flatten(made.after.params).items():
            yield Value(PARAMETER, name, array)
        for name, memory in made.after.slots.items():
            for field in getattr(memory, "_fields", ()):
                yield Value(MEMORY, f"{name} {field}", getattr(memory, field))
        yield from _statistics(made.after)

    def _batch(self, step: int) -> Iterator[Value]:
        batch = self.batch(step)
        yield Value(SETTING, "rows in the batch", np.asarray(len(batch.target)))
        for name, given in batch.inputs.items():
            values = given.values if isinstance(given, Masked) else given
            yield Value(BATCH, name, values)
            if isinstance(given, Masked):
                yield Value(BATCH, f"{name}.mask", given.mask)
        yield Value(BATCH, "target", batch.target)
        weight = np.ones(len(batch.target)) if batch.weight is None else batch.weight
        yield Value(BATCH, "weight of the row", weight)


def _statistics(state: State) -> Iterator[Value]:
    for name, array in flatten(state.stats).items():
        yield Value(STATISTICS, name, array)


def update_of(made: Replayed, name: str, index: tuple[int, ...]) -> Mapping[str, float]:
    """Every number of one parameter's step: its old value, its slope, what the optimizer made of it, its new value."""
    node, _, field = name.rpartition(".")
    found = {"old": _element(flatten(made.before.params)[name], index)}
    found["slope"] = _element(getattr(made.record.backward.gradients[node], field), index)
    found["learning_rate"] = float(made.stretch.rates[0])
    own: Any = made.record.update.records.get(name, ())
    for kind in getattr(own, "_fields", ()):
        if kind != "new" and getattr(own, kind) is not None:
            found[kind] = _element(getattr(own, kind), index)
    return found | {"new": _element(flatten(made.after.params)[name], index)}


def _element(array: Any, index: tuple[int, ...]) -> float:
    return float(np.broadcast_to(np.asarray(array), np.shape(array) or ())[index if np.ndim(array) else ()])
