"""The ledger of a prediction: why it changed between two steps, by training row and by step.

In one step the parameters go a straight way, and the prediction changes by its mean gradient on the way times the way
(:mod:`~chainrule.explain.along`); what few places on it miss of a curved prediction are its *bends*. The way is linear
in the rows' terms and in what the optimizer remembers of earlier ones
(:class:`~chainrule.optimizers.base.LinearForm`), so that from the last step back, as for a single parameter
(:mod:`~chainrule.explain.pieces`), each step's terms count what they have done by the end. Going backwards, one array
for each parameter is all that has to be carried along, however many rows there are.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from chainrule._typing import Array, Float
from chainrule.explain.account import DECAY, EARLIER, PENALTY, ROUNDING, Account
from chainrule.explain.along import Followed, Number
from chainrule.explain.pieces import batches, is_rounding, summed
from chainrule.explain.trace import Trace
from chainrule.layers.base import Context
from chainrule.network.graph import Node
from chainrule.network.parameters import flatten, unflatten
from chainrule.network.passes import NodeValues, propagate
from chainrule.ops import Ops
from chainrule.training.engine import map_arrays
from chainrule.training.progress import working
from chainrule.training.step import Made
from chainrule.training.trainer import Trainer
from chainrule.training.watching import watch_back

BENDS, STATISTICS = "bends", "running statistics"


def prediction_ledger(
    trainer: Trainer,
    trace: Trace,
    of: str = "prediction",
    start: int = 0,
    stop: int | None = None,
    *,
    progress: bool | None = None,
) -> Account:
    """Split the change of a number that the network computes for one row by training row and by step.

    Args:
        trainer: the training.
        trace: a forward pass of the row, in double precision.
        of: which number of it: ``"prediction"``, ``"P(yes)"``, ``"dense1.a[0]"``.
        start: steps that had been made before those that are split.
        stop: steps made after them; by default all that were made up to where the trainer stands.
        progress: show a progress bar; by default where standard error is a terminal.

    Raises:
        InputError: there is no such number, the trace is of several rows, or there are no such steps.
    """
    followed = Followed.of(trace, of)
    stop = trainer.steps_done if stop is None else stop
    trainer.check_made(start, stop)
    first = trainer.state_at(start)
    nothing = {name: np.zeros(np.shape(flatten(first.params)[name])) for name in first.slots}
    with working("making steps again", steps=stop - start, shown=progress) as tick:
        later, seen = watch_back(trainer, start, stop, _Split(followed.number), followed.inputs, nothing, tick)
    slope, numbers = followed.slope, trainer.row_numbers
    values = followed.offset + slope * np.append(seen.before, seen.after[-1])
    rows = batches(trainer, start, stop)
    added = slope * seen.rows
    by_row = summed(rows, added, trainer.plan.rows)
    memory = sum(float(np.sum(later[name] * slots[0])) for name, slots in first.slots.items() if slots)
    others = {
        PENALTY: slope * float(seen.penalty.sum()),
        DECAY: slope * float(seen.decay.sum()),
        EARLIER: -slope * memory,
        STATISTICS: slope * float((seen.after - seen.arrived).sum()),
        BENDS: slope * float((seen.arrived - seen.before - seen.way).sum()),
    }
    initial, final = float(values[0]), float(values[-1])
    others[ROUNDING] = final - initial - float(by_row.sum()) - sum(others.values())
    return Account(of, start, stop, initial, final, by_row, np.diff(values), others, numbers, batches=rows, added=added)


class _Step(NamedTuple):
    """What one step did to the number."""

    before: Array
    arrived: Array
    """What the number was with the new parameters."""
    after: Array
    """What it was with the new running statistics, too."""
    way: Array
    """The mean gradient on the parameters' way, times the way."""
    rows: Float[Array, " b"]
    """What the term of each row of the batch added, through all steps after it, too."""
    penalty: Array
    decay: Array


@dataclass(frozen=True)
class _Split:
    """Splits a step; carries along what one unit of memory takes off later, by parameter name."""

    number: Number

    def __call__(self, made: Made, argument: Any, /) -> tuple[dict[str, Array], _Step]:
        later, inputs = argument
        ops = made.ops
        before, after = (map_arrays(_double, tuple(state[:2])) for state in (made.before, made.after))
        moved = self.number.along(ops, before[0], after[0], before[1], after[1], inputs)
        old, new, gradients = flatten(before[0]), flatten(after[0]), flatten(made.record.backward.gradients)
        way = sum(ops.sum(slope * (new[name] - old[name])) for name, slope in moved.gradient.items())
        reach, earlier, decay, sizes = {}, {}, 0.0, _sizes(made)
        for name, own in made.record.update.records.items():
            form = map_arrays(_double, made.optimizer.linear(ops, own, made.count))
            slope = moved.gradient[name]
            unit = slope * form.of_gradient + form.take * later[name]
            unit = unit * _clipped(ops, own.gradient, gradients[name])
            if name in sizes:
                rate, raw, rows = made.optimizer.learning_rate, gradients[name], made.record.forward.output.shape[0]
                lost = is_rounding(_double(raw), _double(sizes[name]), form.of_gradient, rate, rows, raw.dtype)
                unit = ops.where(lost, 0.0, unit)
            reach[name] = unit
            earlier[name] = slope * form.of_memory + form.keep * later[name]
            decay = decay - ops.sum(slope * form.of_parameter * old[name])
        everywhere = {name: reach[name] if name in reach else ops.zeros_like(array) for name, array in old.items()}
        rows, penalty = _of_rows(made, unflatten(everywhere, made.before.params))
        return earlier, _Step(moved.before, moved.arrived, moved.after, way, rows, penalty, decay)


def _sizes(made: Made) -> dict[str, Array]:
    """The sums of the absolute values of terms, by parameter name, of layers whose terms are products."""
    ops, found = made.ops, {}
    for node in made.nodes:
        if node.layer.linear:
            saved = map_arrays(_size, made.record.forward.nodes[node.name].saved)
            dz = _size(made.record.backward.deltas[node.name].dz)
            found[node.name] = node.layer.backward(ops, made.before.params[node.name], saved, dz)[1]
    return flatten(found)


def _size(number: Any) -> Any:
    return abs(number) if getattr(number, "dtype", np.dtype(int)).kind == "f" else number


def _of_rows(made: Made, reach: dict[str, Any]) -> tuple[Array, Any]:
    """What the rows of a batch added, and what penalties did, given what a unit of each gradient takes off."""
    ops, record, rows, penalty = made.ops, made.record, 0.0, 0.0
    for node in made.nodes:
        if not reach[node.name]:
            continue
        params, values = made.before.params[node.name], record.forward.nodes[node.name]
        dz, stats = record.backward.deltas[node.name].dz, made.before.stats.get(node.name)
        rows = rows - row_sums_along(ops, node, params, values, stats, dz, reach[node.name])
        if node.l1 is not None or node.l2 is not None:
            nothing = {node.name: ops.zeros_like(dz)}
            slopes = propagate(ops, (node,), made.before.params, record.forward, {}, nothing).gradients
            penalty = penalty - _dot(ops, reach[node.name], slopes[node.name])
    return rows, penalty


def row_sums_along(
    ops: Ops, node: Node, params: Any, values: NodeValues, stats: Any, dz: Array, direction: Any
) -> Float[Array, " n"]:
    """Each row's terms of all of a node's gradients, times a number for each parameter, added up.

    A layer that is linear in its parameters passes the numbers forward in their place, and each output counts as its
    delta says. Another passes back each row's deltas by themselves.

    Args:
        ops: the operations to compute with.
        node: the node.
        params: its parameters in the pass.
        values: what it computed there.
        stats: its running statistics before it.
        dz: the loss's derivatives by its pre-activations, rows first.
        direction: the numbers, in the form of the parameters, in double precision.
    """
    if node.layer.linear:
        z, _ = node.layer.forward(ops, direction, values.x, Context(True, None, stats, values.mask))
        return ops.row_sums(z * _double(dz))

    def alone(carry: Array, row: Array) -> tuple[Array, Array]:
        only = dz * ops.reshape(row, (-1, *(1,) * (dz.ndim - 1)))
        return carry, _dot(ops, direction, node.layer.backward(ops, params, values.saved, only)[1])

    return ops.scan(alone, ops.zeros(()), ops.eye(dz.shape[0], dtype=dz.dtype))[1]


def _dot(ops: Ops, arrays: Any, others: Any) -> Array:
    return sum(ops.sum(one * other) for one, other in zip(arrays, others, strict=True))


def _clipped(ops: Ops, gradient: Array, raw: Array) -> Array:
    """What clipping multiplied each number of a gradient by."""
    raw = _double(raw)
    return ops.where(raw != 0, gradient / ops.where(raw != 0, raw, 1.0), 1.0)


def _double(number: Any) -> Any:
    """In double precision; whole numbers stay as they are."""
    if not hasattr(number, "dtype"):
        return number
    return number.astype(np.float64) if number.dtype.kind == "f" else number
