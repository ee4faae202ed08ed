"""Where NaN or infinity was first made: the step is made again on NumPy and every value is looked at in order."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from chainrule.network.parameters import flatten
from chainrule.training.eager import EagerEngine
from chainrule.training.engine import Stretch
from chainrule.training.step import State, StepRecord


class Culprit(NamedTuple):
    """The first value that was not finite."""

    node: str
    what: str
    """What it is in words: ``dense1.z``, or ``the gradient of dense1.weight``."""
    value: float
    batch_row: int | None
    """Place of its row in the step's batch; None for a value that belongs to no single row."""
    outside: bool = False
    """Whether the loss is not defined for the prediction there."""


def find_culprit(engine: EagerEngine, state: State, stretch: Stretch) -> Culprit | None:
    """Make the first step of a stretch again and return its first value that is not finite; None where all are."""
    after, record = engine.step(state, stretch)
    for node, what, array, by_row in _in_order(record, after):
        places = np.argwhere(~np.isfinite(np.asarray(array)))
        if len(places):
            row = int(places[0][0]) if by_row else None
            loss, output = engine.plan.network.loss, np.asarray(record.forward.output)
            outside = what == "the loss" and row is not None and bool(loss.outside(output[[row]]))
            return Culprit(node, what, float(np.asarray(array)[tuple(places[0])]), row, outside)
    return None


def _in_order(record: StepRecord, after: State) -> Iterator[tuple[str, str, Any, bool]]:
    for name, values in record.forward.nodes.items():
        yield name, f"{name}.z", values.z, True
        yield name, f"{name}.a", values.a, True
    output = list(record.forward.nodes)[-1]
    yield output, "the loss", record.loss.saved.rows, True
    yield output, "the loss", record.loss.loss, False
    for name, deltas in record.backward.deltas.items():
        if deltas.da is not None:
            yield name, f"the delta of {name}.a", deltas.da, True
        yield name, f"the delta of {name}.z", deltas.dz, True
        yield from _named(name, "the gradient of", {name: record.backward.gradients[name]})
    for name, array in flatten(after.params).items():
        yield name.rpartition(".")[0], f"the new value of {name}", array, False


def _named(node: str, what: str, arrays: Mapping[str, Any]) -> Iterator[tuple[str, str, Any, bool]]:
    for name, array in flatten(arrays).items():
        yield node, f"{what} {name}", array, False
