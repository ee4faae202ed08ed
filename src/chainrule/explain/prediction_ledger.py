"""The ledger of a prediction: why it changed between two steps, by training row and by step.

In one step the parameters go a straight way, and the prediction changes by its mean gradient on the way times the way
(:mod:`~chainrule.explain.along`); what few places on it miss of a curved prediction are its *bends*. The way is linear
in the rows' terms and in what the optimizer remembers of earlier ones
(:class:`~chainrule.optimizers.base.LinearForm`), so that from the last step back, as for a single parameter
(:mod:`~chainrule.explain.pieces`), each step's terms count what they have done by the end. Going backwards, one array
for each parameter is all that has to be carried along, however many rows there are.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule._typing import Array, Float
from chainrule.explain.account import DECAY, EARLIER, PENALTY, ROUNDING, Account
from chainrule.explain.along import Followed
from chainrule.explain.trace import Trace
from chainrule.layers.base import Context
from chainrule.network.graph import Node
from chainrule.network.parameters import flatten, unflatten
from chainrule.network.passes import NodeValues, propagate
from chainrule.ops import eager_ops
from chainrule.training.course import Replayed
from chainrule.training.engine import map_arrays
from chainrule.training.plan import bound_optimizer
from chainrule.training.progress import working
from chainrule.training.recording import bytes_of
from chainrule.training.trainer import Trainer

BENDS, STATISTICS = "bends", "running statistics"
_BYTES_AT_ONCE = 200_000_000
"""What the steps that are made again in one passage may take."""


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
    split = _Split(trainer, followed)
    with working("making steps again", steps=max(0, stop - start), shown=progress) as tick:
        for made in _backwards(trainer, start, stop):
            split.take(made)
            tick()
    return split.account(of, start, stop)


def _backwards(trainer: Trainer, start: int, stop: int) -> Iterator[Replayed]:
    """Steps made again, the last one first."""
    at_once = max(1, _BYTES_AT_ONCE // bytes_of(next(trainer.replay(start, stop))))
    while stop > start:
        first = max(start, stop - at_once)
        yield from reversed(list(trainer.replay(first, stop)))
        stop = first


class _Split:
    """What was found, from the last step back."""

    def __init__(self, trainer: Trainer, followed: Followed) -> None:
        self.trainer = trainer
        self.followed = followed
        self.by_row = np.zeros(trainer.plan.rows)
        self.others = dict.fromkeys((PENALTY, DECAY, EARLIER, STATISTICS, BENDS), 0.0)
        self.values: list[float] = []
        self._later: dict[str, Any] = defaultdict(float)
        """What one unit of memory takes off later, by parameter name."""
        self._memory = 0.0
        """What the memory before the earliest step takes off."""

    def take(self, made: Replayed) -> None:
        """Add what one step did, through all steps after it, too."""
        plan, record = self.trainer.plan, made.record
        before, after = (map_arrays(_double, tuple(state[:2])) for state in (made.before, made.after))
        moved = self.followed.along(before[0], after[0], before[1], after[1])
        if not self.values:
            self.values.append(self.followed.value(*after))
        self.values.append(self.followed.value(*before))
        old, new = flatten(before[0]), flatten(after[0])
        way = sum(float(np.vdot(slope, new[name] - old[name])) for name, slope in moved.gradient.items())
        self.others[BENDS] += moved.by_parameters - way
        self.others[STATISTICS] += moved.by_statistics
        rule, gradients = rule_of(self.trainer, made), flatten(record.backward.gradients)
        reach: dict[str, Array] = {}
        self._memory = 0.0
        for name, own in record.update.records.items():
            form = rule.linear(eager_ops(), own, plan.count_of(made.step))
            slope, later, slots = moved.gradient[name], self._later[name], made.before.slots[name]
            reach[name] = (slope * form.of_gradient + form.take * later) * _clipped(own.gradient, gradients[name])
            self._later[name] = later = slope * form.of_memory + form.keep * later
            self.others[DECAY] -= float(np.sum(slope * form.of_parameter * old[name]))
            self._memory += float(np.sum(later * slots[0])) if slots else 0.0
        everywhere = {name: reach.get(name, np.zeros_like(array)) for name, array in old.items()}
        self._take_rows(made, unflatten(everywhere, made.before.params))

    def _take_rows(self, made: Replayed, reach: dict[str, Any]) -> None:
        nodes, _ = self.trainer.plan.network.bind(made.stretch.numbers)
        rows, record = self.trainer.plan.batch_rows(made.step), made.record
        for node in nodes:
            if not reach[node.name]:
                continue
            params, values = made.before.params[node.name], record.forward.nodes[node.name]
            dz = record.backward.deltas[node.name].dz
            stats = made.before.stats.get(node.name)
            self.by_row[rows] -= row_sums_along(node, params, values, stats, dz, reach[node.name])
            if node.l1 is not None or node.l2 is not None:
                nothing = {node.name: np.zeros_like(dz)}
                penalty = propagate(eager_ops(), (node,), made.before.params, record.forward, {}, nothing).gradients
                self.others[PENALTY] -= _dot(reach[node.name], penalty[node.name])

    def account(self, name: str, start: int, stop: int) -> Account:
        """The account of all steps that were taken."""
        others = {**self.others, EARLIER: -self._memory}
        values = np.array(self.values[::-1])
        initial, final = float(values[0]), float(values[-1])
        others[ROUNDING] = final - initial - float(self.by_row.sum()) - sum(others.values())
        numbers = self.trainer.row_numbers
        return Account(name, start, stop, initial, final, self.by_row, np.diff(values), others, numbers)


def row_sums_along(
    node: Node, params: Any, values: NodeValues, stats: Any, dz: Array, direction: Any
) -> Float[np.ndarray, " n"]:
    """Each row's terms of all of a node's gradients, times a number for each parameter, added up.

    A layer that is linear in its parameters passes the numbers forward in their place, and each output counts as its
    delta says. Another passes back each row's deltas by themselves.

    Args:
        node: the node.
        params: its parameters in the pass.
        values: what it computed there.
        stats: its running statistics before it.
        dz: the loss's derivatives by its pre-activations, rows first.
        direction: the numbers, in the form of the parameters.
    """
    ops = eager_ops()
    if node.layer.linear:
        z, _ = node.layer.forward(ops, direction, values.x, Context(True, None, stats, values.mask))
        return (z * np.asarray(dz, dtype=np.float64)).reshape(len(dz), -1).sum(axis=1)
    found = np.empty(len(dz))
    for row in range(len(dz)):
        alone = np.zeros_like(dz)
        alone[row] = dz[row]
        found[row] = _dot(direction, node.layer.backward(ops, params, values.saved, alone)[1])
    return found


def rule_of(trainer: Trainer, made: Replayed) -> Any:
    """The optimizer with the numbers that it had in a step."""
    dtype = trainer.plan.dtype
    numbers = {path: dtype.type(value) for path, value in made.stretch.numbers.items()}
    return bound_optimizer(trainer.plan.optimizer, numbers).at_rate(dtype.type(made.stretch.rates[0]))


def _dot(arrays: Any, others: Any) -> float:
    return sum(float(np.sum(one * other)) for one, other in zip(arrays, others, strict=True))


def _clipped(gradient: Array, raw: Array) -> Array:
    """What clipping multiplied each number of a gradient by."""
    raw = np.asarray(raw, dtype=np.float64)
    return np.divide(gradient, raw, out=np.ones_like(raw), where=raw != 0)


def _double(array: Array) -> Array:
    array = np.asarray(array)
    return array.astype(np.float64) if array.dtype.kind == "f" else array
