"""A network in words: one line a node, with shapes and parameter counts."""

from collections.abc import Mapping, Sequence
from math import prod

from chainrule.layers.base import Shape
from chainrule.losses import Loss
from chainrule.network.graph import Node, input_shape, node_shapes
from chainrule.network.parameters import flatten
from chainrule.ops import NoDraws


def describe(
    nodes: Sequence[Node], loss: Loss, input_names: Sequence[str], input_shapes: Mapping[str, Shape] | None
) -> str:
    """Write a network as a table; shapes and counts are left out while the input shape is not known."""
    shapes = node_shapes(nodes, input_shapes) if input_shapes is not None else None
    counts = parameter_counts(nodes, shapes) if shapes is not None else {}
    rows = [(name, "", _shape(shapes[name]) if shapes else "?", "") for name in input_names]
    previous = input_names[0]
    for node in nodes:
        sources = "" if node.inputs == (previous,) else f"from {', '.join(node.inputs)}"
        kind = " ".join(filter(None, (_title(node), node.activation.name if node.activation else "", sources)))
        flow = f"{_shapes(shapes, node)} → {_shape(shapes[node.name])}" if shapes else ""
        rows.append((node.name, kind, flow, f"{counts[node.name]:,}" if counts.get(node.name) else ""))
        previous = node.name
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        f"  {name:<{widths[0]}}  {kind:<{widths[1]}}  {flow:<{widths[2]}}  {count:>{widths[3]}}".rstrip()
        for name, kind, flow, count in rows
    ]
    total = f"  {sum(counts.values()):,} parameters" if shapes else ""
    return "\n".join([f"Network  loss {loss.name}{total}", *lines])


def parameter_counts(nodes: Sequence[Node], shapes: Mapping[str, Shape]) -> dict[str, int]:
    """How many numbers each node learns."""
    rng = NoDraws(0)
    return {
        node.name: sum(
            prod(array.shape) for array in flatten({"": node.layer.init(rng, input_shape(node, shapes))}).values()
        )
        for node in nodes
    }


def multiplications(nodes: Sequence[Node], shapes: Mapping[str, Shape]) -> int:
    """How many multiplications a row's way forward takes: one a parameter and place of a picture or sequence.

    >>> from chainrule.network import Dense, Network
    >>> network = Network([Dense(2), Dense(1)], input_shape=3)
    >>> multiplications(network.nodes, network.shapes({"input": (3,)}))
    11
    """
    counts = parameter_counts(nodes, shapes)
    places = {node.name: max(prod(shapes[name][:-1]) for name in (*node.inputs, node.name)) for node in nodes}
    return sum(places[name] * count for name, count in counts.items())


def _title(node: Node) -> str:
    return type(node.layer).__name__.removesuffix("Layer")


def _shape(shape: Shape) -> str:
    return f"({', '.join(map(str, shape))})"


def _shapes(shapes: Mapping[str, Shape], node: Node) -> str:
    return " ".join(_shape(shapes[source]) for source in node.inputs)
