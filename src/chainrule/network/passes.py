"""The forward pass and the backward pass: the only ones there are. Training, prediction and explaining run these.

The forward pass visits the nodes in order. The backward pass visits them in reverse: at each node the delta of its
output comes in, the chain rule multiplies it by the node's own derivative, and the delta of its input goes on to
wherever that input came from. Where a value was used twice, its deltas add up.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from chainrule._typing import Array, Float
from chainrule.layers.base import Context
from chainrule.losses import Loss
from chainrule.network.graph import Node
from chainrule.ops import Ops, fold_in

Params = Mapping[str, Any]
"""Node name → the layer's NamedTuple of parameters (an empty tuple where there are none)."""


class Masked(NamedTuple):
    """Rows of unequal length, padded: values (n, t, …) and where they are real (n, t)."""

    values: Array
    mask: Array


class NodeValues(NamedTuple):
    """What one node computed in a forward pass."""

    x: Any
    """Its input; a tuple where it has several."""
    z: Array
    """Its layer's output, the pre-activation."""
    a: Array
    """Its activation's output; ``z`` itself where it has no activation."""
    saved: Any
    mask: Any


class Forward(NamedTuple):
    """Everything a forward pass computed."""

    nodes: dict[str, NodeValues]
    stats: dict[str, Any]
    """New running statistics of the nodes that have them."""
    output: Array
    mask: Any = None
    """Where the output is real, shape (n, t); None where all of it is."""


class NodeDeltas(NamedTuple):
    """Derivatives of the loss at one node."""

    da: Array | None
    """With respect to its activation; None at the output where loss and activation are taken as one."""
    dz: Array
    dx: Any


class Backward(NamedTuple):
    """Everything a backward pass computed."""

    deltas: dict[str, NodeDeltas]
    gradients: dict[str, Any]
    """Node name → gradient of the loss, in the form of the node's parameters."""
    inputs: dict[str, Array]
    """Derivative of the loss with respect to each network input."""


class LossValues(NamedTuple):
    """The loss of a forward pass."""

    loss: Float[Array, ""]
    """What is minimised: data loss plus penalty."""
    data_loss: Float[Array, ""]
    penalty: Float[Array, ""] | float
    weight: Array | None
    """What each row counts for, or each step of each row where some are padding; None where all count the same."""
    saved: Any
    fused: bool
    """True where ``saved`` belongs to the loss taken from the pre-activation of the output node."""


def forward(
    ops: Ops,
    nodes: Sequence[Node],
    params: Params,
    stats: Mapping[str, Any],
    inputs: Mapping[str, Any],
    *,
    training: bool = False,
    key: Array | None = None,
) -> Forward:
    """Compute every node's values, from the inputs to the output.

    Args:
        ops: the operations to compute with.
        nodes: the graph.
        params: parameters of each node.
        stats: running statistics of the nodes that have them.
        inputs: network inputs by name, each with the batch on axis 0; ``Masked`` where lengths are unequal.
        training: whether dropout drops and batch normalisation uses the batch.
        key: random key of this step; each node draws from its own, made from this one.
    """
    values = {name: value.values if isinstance(value, Masked) else value for name, value in inputs.items()}
    masks = masks_of(nodes, inputs)
    done: dict[str, NodeValues] = {}
    new_stats: dict[str, Any] = {}
    for place, node in enumerate(nodes):
        name = node.name
        x = tuple(values[source] for source in node.inputs)
        mask = tuple(masks[source] for source in node.inputs)
        if not node.layer.several_inputs:
            x, mask = x[0], mask[0]
        node_key = fold_in(ops, key, place) if key is not None and node.layer.draws else None
        context = Context(training, node_key, stats.get(name), mask)
        z, saved = node.layer.forward(ops, params[name], x, context)
        a = node.activation.forward(ops, z) if node.activation is not None else z
        if name in stats:
            new_stats[name] = saved.stats
        done[name] = NodeValues(x, z, a, saved, mask)
        values[name] = a
    return Forward(done, new_stats, values[nodes[-1].name], masks[nodes[-1].name])


def masks_of(nodes: Sequence[Node], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Which steps are real in each input and in what each node gives, by name; None where all are."""
    masks = {name: value.mask if isinstance(value, Masked) else None for name, value in inputs.items()}
    for node in nodes:
        coming = tuple(masks[source] for source in node.inputs)
        masks[node.name] = node.layer.output_mask(coming if node.layer.several_inputs else coming[0])
    return masks


Chain = Sequence[Callable[[Array], Array]]
"""What the nodes of a network do, one after the other."""


def chain_of(
    ops: Ops, nodes: Sequence[Node], inputs: Sequence[str], params: Params, stats: Mapping[str, Any]
) -> Chain | None:
    """The nodes of a network that is a chain, made ready for :func:`output_of`; None for any other graph."""
    if len(inputs) != 1:
        return None
    chain: list[Callable[[Array], Array]] = []
    before = inputs[0]
    for node in nodes:
        if node.inputs != (before,) or node.layer.several_inputs:
            return None
        chain.append(node.layer.predicting(ops, params[node.name], Context(stats=stats.get(node.name))))
        if node.activation is not None:
            chain.append(node.activation.predicting(ops))
        before = node.name
    return tuple(chain)


def output_of(chain: Chain, x: Array) -> Array:
    """The output that :func:`forward` computes, for a chain that predicts rows without a mask; nothing is recorded."""
    for step in chain:
        x = step(x)
    return x


def fuses(nodes: Sequence[Node], loss: Loss) -> bool:
    """Whether the loss and the output's activation are taken as one, from the pre-activation: stable at any size."""
    activation = nodes[-1].activation
    return activation is not None and activation.name == loss.fuses


def measure(
    ops: Ops,
    nodes: Sequence[Node],
    loss: Loss,
    params: Params,
    done: Forward,
    target: Array,
    weight: Array | None,
) -> LossValues:
    """Compute the loss of a forward pass, with the penalties of the layers that have them; padding does not count."""
    fused = fuses(nodes, loss)
    weight = _counted(ops, done, weight)
    if fused:
        data_loss, saved = loss.fused.forward(ops, done.nodes[nodes[-1].name].z, target, weight)
    else:
        data_loss, saved = loss.forward(ops, done.output, target, weight)
    penalty = 0.0
    for node in nodes:
        for array in _penalised(node, params):
            if node.l1 is not None:
                penalty = penalty + node.l1 * ops.sum(ops.abs(array))
            if node.l2 is not None:
                penalty = penalty + node.l2 * ops.sum(array * array)
    return LossValues(data_loss + penalty, data_loss, penalty, weight, saved, fused)


def _counted(ops: Ops, done: Forward, weight: Array | None) -> Array | None:
    """What rows count for, or their steps where the output has padding: a row's steps as the row does."""
    if done.mask is None or done.output.ndim < 3:
        return weight
    real = ops.astype(done.mask, done.output.dtype)
    return real if weight is None else real * ops.expand_dims(weight, axis=1)


def backward(
    ops: Ops, nodes: Sequence[Node], loss: Loss, params: Params, done: Forward, measured: LossValues
) -> Backward:
    """Carry the loss's derivative from the output back to every parameter and every input."""
    output = nodes[-1].name
    if measured.fused:
        return propagate(ops, nodes, params, done, {}, {output: loss.fused.backward(ops, measured.saved)})
    return propagate(ops, nodes, params, done, {output: loss.backward(ops, measured.saved)}, {})


def propagate(
    ops: Ops,
    nodes: Sequence[Node],
    params: Params,
    done: Forward,
    da: Mapping[str, Array],
    dz: Mapping[str, Array],
    *,
    gradients_too: bool = True,
) -> Backward:
    """Carry deltas back through the graph, from wherever they are given: at activations or at pre-activations.

    Without ``gradients_too`` those of the parameters are left out, which for wide layers is a third of the work.
    """
    waiting = dict(da)
    deltas: dict[str, NodeDeltas] = {}
    gradients: dict[str, Any] = {}
    for node in reversed(nodes):
        name = node.name
        values = done.nodes[name]
        node_da = waiting.pop(name, None)
        if name in dz:
            node_dz = dz[name]
        elif node_da is None:
            node_dz = ops.zeros_like(values.z)
        elif node.activation is None:
            node_dz = node_da
        else:
            node_dz = node.activation.backward(ops, values.z, values.a, node_da)
        if gradients_too:
            dx, gradient = node.layer.backward(ops, params[name], values.saved, node_dz)
            gradients[name] = _with_penalty(ops, node, params[name], gradient)
        else:
            dx = node.layer.delta(ops, params[name], values.saved, node_dz)
        deltas[name] = NodeDeltas(node_da, node_dz, dx)
        for source, delta in zip(node.inputs, dx if node.layer.several_inputs else (dx,), strict=True):
            if delta is not None:  # whole numbers, such as an embedding's codes, have no derivative
                waiting[source] = waiting[source] + delta if source in waiting else delta
    return Backward(deltas, gradients, waiting)


def _penalised(node: Node, params: Params) -> list[Array]:
    """The arrays that a node's penalties fall on: all its parameters but vectors (biases, scales)."""
    if node.l1 is None and node.l2 is None:
        return []
    return [array for array in params[node.name] if array.ndim > 1]


def _with_penalty(ops: Ops, node: Node, params: Any, gradient: Any) -> Any:
    if node.l1 is None and node.l2 is None:
        return gradient
    parts: list[Array] = []
    for array, slope in zip(params, gradient, strict=True):
        if array.ndim > 1:
            if node.l1 is not None:
                slope = slope + node.l1 * ops.sign(array)
            if node.l2 is not None:
                slope = slope + 2 * node.l2 * array
        parts.append(slope)
    return type(gradient)(*parts)
