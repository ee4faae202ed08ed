"""One step of gradient descent: forward, loss, backward, update. Both engines repeat this function and no other."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

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
