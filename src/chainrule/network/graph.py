"""The graph: named nodes in the order they are computed, each with the names of its inputs.

A node is a layer, followed by an activation where it has one: its layer's output is ``z``, its activation's ``a``.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from chainrule.activations import Activation
from chainrule.config import Config
from chainrule.errors import InputError, InputTypeError, WiringError, did_you_mean, list_some
from chainrule.layers.activation import ActivationLayer
from chainrule.layers.base import Layer, Shape
from chainrule.layers.merge import AddLayer, ConcatenateLayer
from chainrule.layers.pooling import GlobalAveragePool2DLayer, MaxPool2DLayer
from chainrule.layers.reshape import FlattenLayer, ReshapeLayer
from chainrule.losses import Loss

INPUT = "input"
"""Name of the only input of a network that takes one array."""


@dataclass(frozen=True)
class Node(Config):
    """One place in the network: a layer, its activation, its name and where its inputs come from."""

    layer: Layer
    activation: Activation | None = None
    name: str = ""
    """Unique in its network; empty until the node is placed in one."""
    inputs: tuple[str, ...] = ()
    """Names of nodes or network inputs; empty takes the node before."""
    l1: float | None = None
    """Adds ``l1 * sum(|weight|)`` to the loss, whose slope at a weight of 0 is taken as 0; biases are left out."""
    l2: float | None = None
    """Adds ``l2 * sum(weight**2)`` to the loss (no factor 1/2); biases are left out."""

    def check(self) -> None:
        """Penalties are not negative."""
        for name in ("l1", "l2"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise InputError(f"{self.layer.kind}: {name} must be 0 or more; got {value!r}.")


@dataclass(frozen=True)
class Residual:
    """A block whose input is added to its output: ``y = block(x) + x`` (He et al. 2016, eq. 1)."""

    block: Sequence["Part"]
    name: str = ""


@dataclass(frozen=True)
class Parallel:
    """Blocks side by side on the same input, joined along the last axis; an empty block passes its input on."""

    blocks: Sequence[Sequence["Part"]] = field(default_factory=tuple)
    name: str = ""


Part: TypeAlias = "Node | Residual | Parallel"


def wire(parts: Iterable[Any], inputs: Sequence[str]) -> tuple[Node, ...]:
    """Turn a list of layers and blocks into named nodes whose inputs are all named.

    Args:
        parts: nodes (``Dense(2)``), ``Residual`` and ``Parallel`` blocks, in order.
        inputs: names of the network's inputs; the first node takes the first.

    Raises:
        WiringError: a name stands twice, or an input is the name of no earlier node.
    """
    wiring = _Wiring(list(inputs))
    wiring.block(parts, inputs[0] if inputs else INPUT)
    if not wiring.nodes:
        raise InputError("A network needs at least one layer, for example Network([Dense(1)]).")
    return tuple(wiring.nodes)


class _Wiring:
    """The nodes placed so far."""

    def __init__(self, inputs: list[str]) -> None:
        self.known = inputs
        self.nodes: list[Node] = []
        self.counts: dict[str, int] = {}

    def block(self, parts: Iterable[Any], source: str) -> str:
        """Place parts one after another and return the name of the last."""
        for part in parts:
            if isinstance(part, Residual):
                last = self.block(part.block, source)
                source = self.place(Node(AddLayer(), name=part.name, inputs=(last, source)), source)
            elif isinstance(part, Parallel):
                ends = tuple(self.block(block, source) for block in part.blocks)
                source = self.place(Node(ConcatenateLayer(), name=part.name, inputs=ends), source)
            elif isinstance(part, Node):
                source = self.place(part, source)
            else:
                raise InputTypeError(
                    f"A network is a list of layers such as Dense(2, 'relu'); got {part!r} of type "
                    f"{type(part).__name__}."
                )
        return source

    def place(self, node: Node, source: str) -> str:
        """Give a node its name and inputs."""
        kind = node.layer.kind
        self.counts[kind] = self.counts.get(kind, 0) + 1
        name = node.name or f"{kind}{self.counts[kind]}"
        inputs = node.inputs or (source,)
        if name in self.known:
            raise WiringError(f"Two nodes are named '{name}'; give one of them another name=.", node=name)
        for wanted in inputs:
            if wanted not in self.known:
                raise WiringError(
                    f"'{name}' takes its input from '{wanted}', which is no earlier node; there are "
                    f"{list_some(self.known)}.{did_you_mean(wanted, self.known)}",
                    node=name,
                )
        if len(inputs) != 1 and not node.layer.several_inputs:
            raise WiringError(f"'{name}' takes one input; got {len(inputs)}: {list_some(inputs)}.", node=name)
        self.nodes.append(replace(node, name=name, inputs=inputs))
        self.known.append(name)
        return name


def node_shapes(nodes: Sequence[Node], input_shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """Shape of one output row of every input and node.

    Raises:
        WiringError: a layer cannot take what comes in; the message names the node and both shapes.
    """
    shapes = dict(input_shapes)
    for node in nodes:
        missing = [wanted for wanted in node.inputs if wanted not in shapes]
        if missing:
            raise WiringError(
                f"'{node.name}' takes its input from '{missing[0]}', but the data have only {list_some(input_shapes)}.",
                node=node.name,
            )
        shape = input_shape(node, shapes)
        try:
            shapes[node.name] = node.layer.output_shape(shape)
        except InputError as error:
            came = tuple(shapes[wanted] for wanted in node.inputs)
            sources = ", ".join(f"'{wanted}' {shapes[wanted]}" for wanted in node.inputs)
            raise WiringError(
                f"'{node.name}' does not fit what comes from {sources}: {error}", node=node.name, shapes=came
            ) from None
    return shapes


def input_shape(node: Node, shapes: Mapping[str, Shape]) -> Any:
    """The input shape of a node, in the form its layer takes it."""
    found = tuple(shapes[name] for name in node.inputs)
    return found if node.layer.several_inputs else found[0]


def numbers_of(nodes: Sequence[Node], loss: Loss) -> dict[str, float]:
    """Every number in the layers and the loss: ``{"dropout1.rate": 0.5, "loss.delta": 1.0}``."""
    found = {_public(node, path): value for node in nodes for path, value in node.numbers().items()}
    return found | {f"loss.{path}": value for path, value in loss.numbers().items()}


def bind_numbers(nodes: Sequence[Node], loss: Loss, numbers: Mapping[str, Any]) -> tuple[tuple[Node, ...], Loss]:
    """The graph and the loss with the numbers given, named as :func:`numbers_of` names them, in their places."""
    bound = tuple(node.bind({path: numbers[_public(node, path)] for path in node.numbers()}) for node in nodes)
    return bound, loss.bind({path: numbers[f"loss.{path}"] for path in loss.numbers()})


def _public(node: Node, path: str) -> str:
    """``layer.rate`` of ``dropout1`` is ``dropout1.rate``."""
    return f"{node.name}.{path.removeprefix('layer.')}"


_PASS_ON = (FlattenLayer, ReshapeLayer, MaxPool2DLayer, GlobalAveragePool2DLayer, ConcatenateLayer)
"""Layers whose output lies where their inputs do."""


def range_of(nodes: Sequence[Node], name: str) -> tuple[float, float]:
    """Lowest and highest value that a node promises; infinite where it promises none.

    >>> from chainrule.network import Dense, Flatten
    >>> range_of(wire([Dense(2, "sigmoid"), Flatten()], ["input"]), "flatten1")
    (0.0, 1.0)
    """
    node = next((each for each in nodes if each.name == name), None)
    if node is None:
        return -math.inf, math.inf
    if node.activation is not None:
        return node.activation.range
    if isinstance(node.layer, ActivationLayer):
        return node.layer.activation.range
    if isinstance(node.layer, _PASS_ON):
        lows, highs = zip(*(range_of(nodes, source) for source in node.inputs), strict=True)
        return min(lows), max(highs)
    return -math.inf, math.inf


def check_output(nodes: Sequence[Node], loss: Loss) -> None:
    """Raise where the loss takes probabilities, and the last node does not promise any.

    Raises:
        WiringError: says which output is wanted, and which loss takes any number.
    """
    last = nodes[-1]
    (low, high), (lowest, highest) = range_of(nodes, last.name), loss.takes
    if low >= lowest and high <= highest:
        return
    activation = last.layer.activation if isinstance(last.layer, ActivationLayer) else last.activation
    said = "has no activation and" if activation is None else f"has the activation '{activation.name}' and"
    where = "may be any number" if math.isinf(low) and math.isinf(high) else f"goes from {low:g} to {high:g}"
    raise WiringError(
        f"Loss '{loss.name}' takes probabilities, from 0 to 1; the output '{last.name}' {said} {where}. Give it "
        f"the activation '{loss.fuses}', or the network the loss '{loss.fused.name}', which takes any number.",
        node=last.name,
    )
