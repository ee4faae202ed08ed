"""One step of gradient descent: forward, loss, backward, update. Both engines repeat this function and no other.

A probe looks at what a step made.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from chainrule._typing import Array, Float
from chainrule.losses import Loss
from chainrule.network.graph import Node
from chainrule.network.parameters import flatten, unflatten
from chainrule.network.passes import Backward, Forward, LossValues, backward, forward, measure
from chainrule.ops import Ops, eager_ops
from chainrule.optimizers import Optimizer, Update, update


class Rows(NamedTuple):
    """Rows of data: a batch, or all of them."""

    inputs: Mapping[str, Any]
    """Network inputs by name, each with the rows on axis 0."""
    target: Array
    weight: Float[Array, " n"] | None


class State(NamedTuple):
    """Everything that a step changes."""

    params: dict[str, Any]
    """Node name → its layer's parameters."""
    stats: dict[str, Any]
    """Node name → its layer's running statistics."""
    slots: dict[str, Any]
    """Parameter name → what the optimizer remembers of it."""


def first_state(optimizer: Optimizer, params: dict[str, Any], stats: dict[str, Any], frozen: frozenset[str]) -> State:
    """The state before the first step: the optimizer remembers nothing yet."""
    slots = {name: optimizer.init(eager_ops(), array) for name, array in flatten(params).items() if name not in frozen}
    return State(params, stats, slots)


class StepRecord(NamedTuple):
    """Every value of one step."""

    forward: Forward
    loss: LossValues
    backward: Backward
    update: Update


class Made(NamedTuple):
    """One step, for a probe to look at: NumPy arrays, or those of the program that XLA compiles."""

    ops: Ops
    nodes: Sequence[Node]
    """The graph, with the numbers that it had in the step."""
    optimizer: Optimizer
    """The optimizer, with the numbers and the learning rate that it had."""
    count: Array
    """The number of the step, from 1, as the optimizer counts."""
    before: State
    record: StepRecord
    after: State


class Probe(Hashable, Protocol):
    """Picks out of every step what somebody wants to see, on either engine.

    It is a frozen dataclass, since programs are compiled for it and kept.
    """

    def __call__(self, made: Made, argument: Any, /) -> Any:
        """What is to be seen of the step: a (named) tuple of numbers and arrays.

        An array with the rows of the batch first is shorter in a smaller last batch; where many steps are put together
        it is filled up with zeros.

        Args:
            made: the step.
            argument: numbers for which nothing is compiled anew, as a tuple.
        """
        ...


def training_step(
    ops: Ops,
    nodes: Sequence[Node],
    loss: Loss,
    optimizer: Optimizer,
    frozen: frozenset[str],
    state: State,
    batch: Rows,
    key: Array | None,
    count: Float[Array, ""],
) -> tuple[State, StepRecord]:
    """Make one step on one batch.

    Args:
        ops: the operations to compute with.
        nodes: the graph, its numbers bound.
        loss: the loss, its numbers bound.
        optimizer: the optimizer, its numbers bound, its learning rate that of this step.
        frozen: names of the parameters that stay as they are.
        state: what the step starts from; it is not modified.
        batch: the rows of this step.
        key: random key of this step; None where no layer draws.
        count: number of this step, from 1, in the type of the parameters.

    Returns:
        The state after the step, and every value on the way. A program that does not use a value does not compute it.
    """
    done = forward(ops, nodes, state.params, state.stats, batch.inputs, training=True, key=key)
    measured = measure(ops, nodes, loss, state.params, done, batch.target, batch.weight)
    back = backward(ops, nodes, loss, state.params, done, measured)
    parameters = {name: array for name, array in flatten(state.params).items() if name not in frozen}
    gradients = flatten(back.gradients)
    updated = update(ops, optimizer, parameters, {name: gradients[name] for name in parameters}, state.slots, count)
    after = State(unflatten(updated.parameters, state.params), done.stats, dict(updated.states))
    return after, StepRecord(done, measured, back, updated)


def loss_of(ops: Ops, nodes: Sequence[Node], loss: Loss, state: State, rows: Rows) -> Float[Array, ""]:
    """Loss of rows without training on them."""
    done = forward(ops, nodes, state.params, state.stats, rows.inputs)
    return measure(ops, nodes, loss, state.params, done, rows.target, rows.weight).loss
