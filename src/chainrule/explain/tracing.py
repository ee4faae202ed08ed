"""Making traces: of a network as it is set, of one in any state, and of a step that was made again."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainrule._typing import Array
from chainrule.errors import InputError
from chainrule.explain.trace import Trace
from chainrule.losses import Loss
from chainrule.network.cores import one_thread
from chainrule.network.graph import Node
from chainrule.network.inputs import float_type
from chainrule.network.network import Network
from chainrule.network.passes import backward, forward, measure
from chainrule.ops import Ops, eager_ops
from chainrule.training.course import Replayed
from chainrule.training.plan import Plan
from chainrule.training.rows import make_rows, owned
from chainrule.training.step import Rows


def trace_network(network: Network, X: Any, y: Any = None, *, weight: Any = None, dtype: Any = np.float64) -> Trace:
    """Trace a network whose parameters are all set.

    Args:
        network: the network.
        X: inputs, shape (n, …), or a mapping of such arrays by input name.
        y: targets; None for a forward pass alone.
        weight: None, or what each row counts for, shape (n,).
        dtype: what to compute in.

    Raises:
        InputError: parameters are not set, or inputs and targets do not fit.
    """
    kind = float_type(dtype)
    params, stats, inputs = network.ready(X, kind)
    if y is None:
        return trace_state(network.nodes, network.loss, params, stats, owned(inputs, X))
    _, rows = make_rows(network, inputs, y, weight, kind)
    inputs, target, weight = owned(rows, X)
    trace = trace_state(network.nodes, network.loss, params, stats, inputs, target, weight)
    refuse_outside(network.loss, trace.forward.output)
    return trace


def refuse_outside(loss: Loss, output: Array) -> None:
    """Raise ``InputError`` where predictions are none that the loss is defined for."""
    if wrong := loss.outside(np.asarray(output)):
        raise InputError(
            f"There is no loss: {wrong}. The last activation gives values outside the limits it was registered with."
        )


def trace_made(plan: Plan, made: Replayed, batch: Rows, row_numbers: np.ndarray) -> Trace:
    """The passes of one step that was made again, on the rows of its batch: what it computed, and nothing new."""
    numbers = {path: plan.dtype.type(value) for path, value in made.stretch.numbers.items()}
    nodes, loss = plan.network.bind(numbers)
    record = made.record
    return Trace(
        nodes,
        loss,
        made.before.params,
        batch.inputs,
        record.forward,
        batch.target,
        batch.weight,
        record.loss,
        record.backward,
        row_numbers=row_numbers,
    )


def trace_state(
    nodes: Sequence[Node],
    loss: Loss,
    params: Mapping[str, Any],
    stats: Mapping[str, Any],
    inputs: Mapping[str, Any],
    target: Array | None = None,
    weight: Array | None = None,
    *,
    training: bool = False,
    key: Array | None = None,
    ops: Ops | None = None,
) -> Trace:
    """Make the passes of a network in a state, as it is at any step of a training, and keep every value.

    Args:
        nodes: the graph.
        loss: the loss.
        params: parameters of each node.
        stats: running statistics of the nodes that have them.
        inputs: network inputs by name, each with the rows on axis 0.
        target: targets, in the form the loss takes them; None for a forward pass alone.
        weight: what each row counts for, or None.
        training: whether to pass as training does (dropout drops).
        key: random key of the step, where ``training``.
        ops: the operations to compute with; NumPy's by default.
    """
    ops = ops or eager_ops()
    with one_thread:
        done = forward(ops, nodes, params, stats, inputs, training=training, key=key)
        if target is None:
            return Trace(tuple(nodes), loss, params, inputs, done, training=training, key=key)
        measured = measure(ops, nodes, loss, params, done, target, weight)
        back = backward(ops, nodes, loss, params, done, measured)
    return Trace(tuple(nodes), loss, params, inputs, done, target, weight, measured, back, training, key)
