"""A network that is being read: its nodes so far, and where each value of the file is in it.

ONNX has a picture's channels before its height, chainrule has them last. So every value of the file carries, for
each of its numbers, the number's place in the row that the network computes: transposing and reshaping only move
these places and need no layer.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, NoReturn

import numpy as np

from chainrule._typing import Array, Int
from chainrule.errors import InputError
from chainrule.layers.base import Layer, Shape
from chainrule.layers.reshape import FlattenLayer, ReshapeLayer
from chainrule.network.graph import Node


@dataclass(frozen=True)
class Value:
    """One value of the file, as the network has it."""

    source: str
    """The node or network input that computes it."""
    shape: Shape
    """The shape of one row there."""
    places: Int[Array, "*s"]
    """In the file's shape of one row: where each number stands in the network's row, taken as one long vector."""


def in_order(shape: Shape) -> Int[Array, "*s"]:
    """The places of a row that the network has just as the file has it.

    >>> in_order((2, 2))
    array([[0, 1],
           [2, 3]])
    """
    return np.arange(prod(shape)).reshape(shape)


def channels_last(shape: Shape) -> Int[Array, "*s"]:
    """The places of a row of the file's shape, channels first, that the network has with its channels last.

    >>> channels_last((2, 1, 3))
    array([[[0, 2, 4]],
    <BLANKLINE>
           [[1, 3, 5]]])
    """
    return np.moveaxis(in_order((*shape[1:], shape[0])), -1, 0)


@dataclass
class Operator:
    """One operator of the file, with its attributes as plain values."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]

    def get(self, name: str, default: Any) -> Any:
        """An attribute; texts are str, and numbers the shortest that are the same in ONNX's single precision."""
        value = self.attributes.get(name, default)
        if isinstance(value, float):
            return float(str(np.float32(value)))
        return value.decode() if isinstance(value, bytes) else value

    def refuse(self, why: str) -> NoReturn:
        """Say that no layer does what it asks for.

        Raises:
            InputError: always.
        """
        raise InputError(f"The operator {self.kind} (node '{self.name}') cannot be read: {why}.")


@dataclass
class Reading:
    """Nodes, parameters and values so far."""

    constants: dict[str, Array]
    uses: Counter[str]
    """How often each value of the file is taken."""
    opset: int
    values: dict[str, Value] = field(default_factory=dict[str, Value])
    nodes: list[Node] = field(default_factory=list[Node])
    params: dict[str, Array] = field(default_factory=dict[str, Array])
    stats: dict[str, Any] = field(default_factory=dict[str, Any])
    rows: set[int] = field(default_factory=set[int])
    """How many rows the file was written for, where it says so (else 0); the network takes any number."""
    foldable: dict[str, str] = field(default_factory=dict[str, str])
    """Values of the file that are a layer's sum → the node: an activation or a bias may still join it."""

    def value(self, operator: Operator, place: int = 0) -> Value:
        """An operator's input that the network computes."""
        name = operator.inputs[place]
        if name not in self.values:
            operator.refuse(f"its input '{name}' is a constant, where the network's rows were expected")
        return self.values[name]

    def constant(self, operator: Operator, place: int) -> Array | None:
        """An operator's input that is fixed in the file; None where it is left out."""
        if place >= len(operator.inputs) or not operator.inputs[place]:
            return None
        name = operator.inputs[place]
        if name not in self.constants:
            operator.refuse(f"its input '{name}' must be fixed in the file; here it is computed or passed in")
        return self.constants[name]

    def add(self, layer: Layer, inputs: Sequence[str], **params: Array) -> str:
        """Add a node; returns its name."""
        count = sum(node.layer.kind == layer.kind for node in self.nodes) + 1
        name = f"{layer.kind}{count}"
        self.nodes.append(Node(layer, name=name, inputs=tuple(inputs)))
        self.params |= {f"{name}.{param}": array for param, array in params.items()}
        return name

    def shaped(self, value: Value, shape: Shape) -> str:
        """The node with a value's row in another shape: the same, or one that is put behind it."""
        if value.shape == shape:
            return value.source
        return self.add(FlattenLayer() if len(shape) == 1 else ReshapeLayer(shape), [value.source])

    def put(self, operator: Operator, source: str, shape: Shape, places: Array) -> None:
        """Say where an operator's output is."""
        self.values[operator.outputs[0]] = Value(source, shape, places)

    def joins(self, name: str) -> int | None:
        """The place of the node that a value is the sum of, when nothing else takes that sum."""
        if self.uses[name] != 1 or name not in self.foldable:
            return None
        return next(place for place, node in enumerate(self.nodes) if node.name == self.foldable[name])

    def activate(self, place: int, activation: Any) -> None:
        """Give a node its activation."""
        self.nodes[place] = replace(self.nodes[place], activation=activation)
