"""A network that is being read: its nodes so far, and where each value of the file is in it.

ONNX has a picture's channels before its height, chainrule has them last. So every value of the file carries, for
each of its numbers, the number's place in the row that the network computes: transposing and reshaping only move
these places and need no layer.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import Any, NoReturn

import numpy as np

from chainrule._typing import Array, Int
from chainrule.activations import Activation, Linear
from chainrule.errors import InputError
from chainrule.interop.onnx_in.compute import compute
from chainrule.interop.onnx_in.formulas import GRID, recognised
from chainrule.interop.packages import need
from chainrule.layers.activation import ActivationLayer
from chainrule.layers.base import Layer, Shape
from chainrule.layers.batch_norm import BatchNormLayer, BatchNormStats
from chainrule.layers.merge import AddLayer
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
    at: int = 0
    """Which of the file's axes is that of the rows; the network has it first."""

    @property
    def ordered(self) -> bool:
        """Whether the numbers of a row stand in the file's order."""
        return np.array_equal(self.places, in_order(self.places.shape))


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


@dataclass(frozen=True, eq=False)
class Operator:
    """One operator of the file, with its attributes as plain values."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    node: Any
    """As it stands in the file."""

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """Its attributes, as ONNX has them."""
        read = need("onnx").helper.get_attribute_value
        return {each.name: read(each) for each in self.node.attribute}

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


@dataclass(frozen=True)
class Formula:
    """What operators, number by number, make of one value: an activation, or a part of one."""

    base: str
    """The value."""
    sample: Array
    """The formula on the grid of :mod:`chainrule.interop.onnx_in.formulas`."""
    operators: tuple[Operator, ...] = ()


@dataclass(frozen=True)
class Affine:
    """``factor * x + offset`` of one value; it becomes a layer, or part of one, when something takes it."""

    base: str
    """The value."""
    factor: Array
    offset: Array
    """A number each for every feature, along the last axis of the network's row."""


@dataclass(frozen=True)
class Padded:
    """A picture with zeros around it, which only a convolution takes."""

    operator: Operator
    value: Value
    pads: list[int]
    """Above, to the left, below and to the right."""


@dataclass
class Reading:
    """Nodes, parameters and values so far."""

    constants: dict[str, Array]
    uses: Counter[str]
    """How often each value of the file is taken."""
    opset: int
    values: dict[str, Value] = field(default_factory=dict[str, Value])
    formulas: dict[str, Formula] = field(default_factory=dict[str, Formula])
    """Values that become a layer when something takes them: what they are part of may be an activation."""
    affine: dict[str, Affine] = field(default_factory=dict[str, Affine])
    """Values that a dense layer behind them may take in."""
    padded: dict[str, Padded] = field(default_factory=dict[str, Padded])
    whole: set[str] = field(default_factory=set[str])
    """Values that are whole numbers, from 0: codes."""
    nodes: list[Node] = field(default_factory=list[Node])
    params: dict[str, Array] = field(default_factory=dict[str, Array])
    stats: dict[str, Any] = field(default_factory=dict[str, Any])
    rows: set[int] = field(default_factory=set[int])
    """How many rows the file was written for, or what stands for their number; the network takes any."""
    foldable: dict[str, str] = field(default_factory=dict[str, str])
    """Values of the file that are all of a layer's output → the node: what takes them alone may join it."""

    def value(self, operator: Operator, place: int = 0, *, anywhere: bool = False) -> Value:
        """An operator's input that the network computes.

        Args:
            operator: the operator.
            place: which of its inputs.
            anywhere: whether the rows may stand along another axis than the first.
        """
        name = operator.inputs[place]
        if name in self.constants:
            operator.refuse(f"its input '{name}' is a constant, where the network's rows were expected")
        value = self.settled(name)
        if value.at and not anywhere:
            operator.refuse(f"rows come first there; in its input '{name}' they stand along axis {value.at}")
        return value

    def settled(self, name: str) -> Value:
        """A value that the network computes; a formula becomes the activation that it is."""
        if name in self.formulas:
            self._settle(name, self.formulas.pop(name))
        if name in self.affine:
            self._normalise(name, self.affine.pop(name))
        if name in self.padded:
            self.padded[name].operator.refuse("a convolution pads by itself, and nothing else does")
        return self.values[name]

    def unfold(self, name: str) -> None:
        """Settle a formula that changes nothing, such as Cast and Identity."""
        if name in self.formulas and np.array_equal(self.formulas[name].sample, GRID):
            self.settled(name)

    def codes(self, operator: Operator, place: int) -> Value:
        """An operator's input of codes; what changes none of them, such as counting from the end, is left out."""
        name = operator.inputs[place]
        codes = (GRID >= 0) & (np.floor(GRID) == GRID)
        formula = self.formulas.get(name)
        if formula is not None and formula.base in self.whole and np.array_equal(formula.sample[codes], GRID[codes]):
            return self.values[formula.base]
        return self.value(operator, place)

    def put_affine(self, name: str, found: Affine) -> None:
        """Say what a value is: part of the sum that it is made of, where nothing else takes that, or for later."""
        if not self._fold(name, found):
            self.affine[name] = found

    def straighten(self, name: str) -> None:
        """A formula whose values lie on a line, before a dense layer that can take it in."""
        formula = self.formulas.get(name)
        if formula is not None and self.uses[name] == 1 and (found := self._line(formula)) is not None:
            del self.formulas[name]
            self.put_affine(name, found)

    def _line(self, formula: Formula) -> Affine | None:
        """The line on which a formula's values lie, unless it changes nothing or does not rise or fall."""
        first, last = float(formula.sample[0]), float(formula.sample[-1])
        line = np.linspace(first, last, len(GRID))
        if first == last or recognised(formula.sample).same or not np.allclose(formula.sample, line, rtol=1e-6):
            return None
        features = self.values[formula.base].shape[-1:] or (1,)
        return Affine(
            formula.base,
            np.full(features, (last - first) / (GRID[-1] - GRID[0])),
            np.full(features, (first + last) / 2),
        )

    def _fold(self, name: str, found: Affine) -> bool:
        """Scale and shift the sum that a value is made of, where there is one that nothing else takes."""
        joined = self.joins(found.base)
        if joined is None or self.node(joined).layer.kind not in ("dense", "conv"):
            return False
        self.params[f"{joined}.weight"] = self.params[f"{joined}.weight"] * found.factor
        self.params[f"{joined}.bias"] = self.params[f"{joined}.bias"] * found.factor + found.offset
        self.values[name], self.foldable[name] = self.values[found.base], joined
        return True

    def _normalise(self, name: str, found: Affine) -> None:
        """Batch normalisation with running statistics that do the same; its scale is 1 where that can be."""
        value, epsilon = self.values[found.base], 1e-5
        with np.errstate(divide="ignore"):
            variance = 1 / found.factor**2 - epsilon
        plain = (found.factor > 0) & (variance > 0) & np.isfinite(variance)
        variance, scale = np.where(plain, variance, 1 - epsilon), np.where(plain, 1.0, found.factor)
        shift = np.where(plain, 0.0, found.offset)
        mean = np.where(plain, -found.offset / np.where(plain, found.factor, 1.0), 0.0)
        source = self.add(BatchNormLayer(epsilon=epsilon), [value.source], scale=scale, shift=shift)
        self.stats[source] = BatchNormStats(mean, variance)
        self.values[name] = replace(value, source=source)

    def _settle(self, name: str, formula: Formula) -> None:
        last, base = formula.operators[-1], self.values[formula.base]
        found = recognised(formula.sample)
        if found.same:
            self.values[name] = self._activated(name, formula, base, found.activation)
            return
        rows = [each for each in last.inputs if each and each not in self.constants]
        stages = {each for each in rows if each in self.formulas}
        for each in rows:
            self.settled(each)
        if last.kind == "Add" and len(set(rows)) == 2:
            self.add_up(last)
        elif (line := self._line(formula)) is not None and self._fold(name, line):
            return
        elif stages and len(set(rows)) == 1:  # an activation after another
            self._settle(name, Formula(rows[0], self.sample(last, {rows[0]: GRID}), (last,)))
        else:
            near = f"; the nearest, {found.activation.name}, is {found.distance:.2g} away at z = {found.z:g}"
            last.refuse(f"what it makes of '{formula.base}' is no activation{near if found.distance <= 1 else ''}")

    def _activated(self, name: str, formula: Formula, base: Value, activation: Activation) -> Value:
        """A value with its activation: in the node before it, where nothing else takes that node's sum."""
        inside = Counter(each for operator in formula.operators for each in operator.inputs)
        between = [formula.base, *(each.outputs[0] for each in formula.operators[:-1])]
        joins = self.foldable.get(formula.base) if all(inside[each] == self.uses[each] for each in between) else None
        if isinstance(activation, Linear):
            if joins is not None:
                self.foldable[name] = joins
            return base
        if joins is not None and self.node(joins).layer.kind in ("dense", "conv"):
            self.change(joins, activation=activation)
            return base
        return replace(base, source=self.add(ActivationLayer(activation), [base.source]))

    def sample(self, operator: Operator, grids: Mapping[str, Array]) -> Array:
        """What an operator makes of samples of its inputs; constants are single numbers."""
        arrays = dict(grids)
        for name in operator.inputs:
            if name in self.constants:
                array = self.constants[name].reshape(())
                arrays[name] = array.astype(np.float64) if array.dtype.kind in "fiu" else array
        try:
            found = compute(operator.node, arrays, self.opset)[0]
        except Exception:  # onnx's reference raises whatever NumPy and its own checks do
            found = np.array("")
        if found.dtype.kind not in "fiub":
            operator.refuse("it cannot be computed number by number")
        return found

    def add_up(self, operator: Operator) -> None:
        """The sum of two values of one shape."""
        values = [self.value(operator, place, anywhere=True) for place in range(len(operator.inputs))]
        first = values[0]
        if any(each.at != first.at or not np.array_equal(each.places, first.places) for each in values):
            operator.refuse("it adds values of one shape only")
        source = self.add(AddLayer(), [self.shaped(each, first.shape) for each in values])
        self.put(operator, source, first.shape, first.places, first.at)

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

    def put(self, operator: Operator, source: str, shape: Shape, places: Array, at: int = 0) -> None:
        """Say where an operator's output is."""
        self.values[operator.outputs[0]] = Value(source, shape, places, at)

    def joins(self, name: str) -> str | None:
        """The node that a value is all of, when nothing else takes it."""
        return self.foldable.get(name) if self.uses[name] == 1 else None

    def node(self, name: str) -> Node:
        """A node by its name."""
        return next(node for node in self.nodes if node.name == name)

    def change(self, name: str, **changes: Any) -> None:
        """Give a node another activation or layer."""
        self.nodes = [replace(node, **changes) if node.name == name else node for node in self.nodes]
