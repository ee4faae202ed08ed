"""The numbers of a trace as a graph: the partial derivatives between neighbours.

Layers and activations give them by their own ``backward`` on unit vectors, encoders by their ``slope``. There is no
second set of formulas.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chainrule.data.target import NumberTarget
from chainrule.explain.derivation.units import Index, Kind, Place, Unit, values_of
from chainrule.explain.table_rows import FEATURES
from chainrule.layers import BatchNormLayer
from chainrule.network.graph import Node
from chainrule.network.parameters import ParameterName
from chainrule.network.passes import NodeValues
from chainrule.ops import eager_ops

if TYPE_CHECKING:
    from chainrule.explain.trace import Trace

ArrayName = tuple[str, Kind]


class Partials(NamedTuple):
    """Derivatives of one number by the numbers of one neighbouring array; those that are 0 are left out."""

    array: ArrayName
    places: tuple[np.ndarray, ...]
    """Where the others stand in the array: rows first."""
    values: np.ndarray

    def units(self) -> list[tuple[Unit, float]]:
        """Number by number."""
        return [
            (Unit(*self.array, place[0], tuple(place[1:])), float(value))
            for place, value in zip(np.stack(self.places, axis=1).tolist(), self.values, strict=True)
        ]


def nonzero(array: ArrayName, values: np.ndarray, row: int | None = None) -> Partials:
    """The partials in an array that are not 0; of one row, where it is given."""
    if row is None:
        places = np.nonzero(values)
        return Partials(array, places, values[places])
    inside = np.nonzero(values[row])
    return Partials(array, (np.full(len(inside[0]) if inside else 1, row), *inside), np.atleast_1d(values[row][inside]))


class Graph:
    """Neighbours, and how fast one moves with the other.

    Args:
        trace: the passes.
        column: the table's column that is differentiated by, where one is.
    """

    def __init__(self, trace: "Trace", column: str | None = None) -> None:
        self.trace = trace
        self.nodes = {node.name: node for node in trace.nodes}
        self.output = trace.nodes[-1].name
        self.mixing = {name for name, node in self.nodes.items() if _mixes_rows(node, trace.forward.nodes[name])}
        """Nodes that make each row's numbers from all rows (batch normalisation in training)."""
        self.column = column
        self._cell = None if column is None or trace.table is None else trace.table.slope(column)
        self._kept: dict[tuple[str, Kind, int | None, Index], list[tuple[ArrayName, np.ndarray]]] = {}

    @property
    def order(self) -> list[ArrayName]:
        """Every array, from the output back to the cells of the table."""
        found: list[ArrayName] = []
        for node in reversed(self.trace.nodes):
            found += [(node.name, "a"), (node.name, "z")]
        found += [(name, "input") for name in self.trace.inputs]
        return found + ([(self.column, "cell")] if self.column is not None else [])

    def shape(self, array: ArrayName) -> tuple[int, ...]:
        """An array's shape, rows first."""
        alone = array[1] in ("cell", "answer")
        return (self.trace.rows,) if alone else values_of(self.trace, *array).shape

    def neighbours(self, unit: Unit) -> list[Partials]:
        """The derivatives of one number by what it was made from."""
        if unit.kind == "answer":
            slope = self.answer_slope(unit.node)
            place = (np.array([unit.row]), *np.zeros((values_of(self.trace, self.output, "a").ndim - 1, 1), dtype=int))
            return [Partials((self.output, "a"), place, np.array([slope]))]
        if unit.kind == "input":
            return self._by_cell(unit)
        if unit.kind == "cell":
            return []
        row = unit.row if unit.node in self.mixing and unit.kind == "z" else None
        key = (unit.node, unit.kind, row, unit.index)
        if key not in self._kept:
            self._kept[key] = self._backward(unit, row)
        return [nonzero(array, values, None if row is not None else unit.row) for array, values in self._kept[key]]

    def answer_slope(self, name: str) -> float:
        """How fast an answer moves with the network's one output."""
        assert self.trace.table is not None
        target = self.trace.table.encoder.target
        if isinstance(target, NumberTarget):
            return target.slope
        return 1.0 if name == f"P({target.labels[1]})" else -1.0

    def own(self, unit: Unit, parameter: ParameterName) -> float:
        """The derivative of a pre-activation by a parameter of its own layer."""
        values, node = self.trace.forward.nodes[unit.node], self.nodes[unit.node]
        terms = node.layer.terms(
            self.trace.tree[unit.node],
            values.saved,
            one(values.z, unit, unit.row),
            parameter.name,
            parameter.index or (),
        )
        return float(np.asarray(terms)[unit.row])

    def between(self, start: Place | None, end: "Place | ParameterName") -> set[ArrayName]:
        """The arrays on any way from the one to the other (from the loss, where ``start`` is None)."""
        wanted = (end.node, end.kind) if isinstance(end, Place) else (end.node, "z")
        reaches: set[ArrayName] = {wanted}
        for array in reversed(self.order):
            if reaches.intersection(self.sources(array)):
                reaches.add(array)
        ways = [(self.output, "z" if self.fused else "a") if start is None else (start.node, start.kind)]
        if start is None and wanted == (self.output, "a"):
            ways = [wanted]
        if start is not None and start.kind == "answer":
            reaches |= {(start.node, "answer")} if reaches.intersection(self.sources((start.node, "answer"))) else set()
        seen: set[ArrayName] = set()
        while ways:
            array = ways.pop()
            if array in reaches and array not in seen:
                seen.add(array)
                ways += [] if array == wanted else self.sources(array)
        return seen

    @property
    def fused(self) -> bool:
        """Whether the loss is taken from the output's pre-activation."""
        return self.trace.measured is not None and self.trace.measured.fused

    def shown(self, array: ArrayName) -> ArrayName:
        """The array as it is shown: where there is no activation, ``a`` is ``z``."""
        name, kind = array
        return (name, "z") if kind == "a" and self.nodes[name].activation is None else array

    def sources(self, array: ArrayName) -> list[ArrayName]:
        """The arrays that one was made of."""
        name, kind = array
        if kind == "answer":
            return [(self.output, "a")]
        if kind == "a":
            return [(name, "z")]
        if kind == "z":
            return [(source, "a" if source in self.nodes else "input") for source in self.nodes[name].inputs]
        return [(self.column, "cell")] if kind == "input" and name == FEATURES and self.column is not None else []

    def _by_cell(self, unit: Unit) -> list[Partials]:
        if self._cell is None or self.column is None or unit.node != FEATURES:
            return []
        where, slope = self._cell
        place = unit.index[0] - where.start
        if not 0 <= place < where.stop - where.start or not slope[unit.row, place]:
            return []
        return [Partials((self.column, "cell"), (np.array([unit.row]),), slope[unit.row, place : place + 1])]

    def _backward(self, unit: Unit, row: int | None) -> list[tuple[ArrayName, np.ndarray]]:
        """A unit vector carried back through one activation or one layer: of all rows at once, where they are apart."""
        node, values = self.nodes[unit.node], self.trace.forward.nodes[unit.node]
        unit_vector = one(values.z, unit, row)
        if unit.kind == "a":
            slope = unit_vector
            if node.activation is not None:
                slope = node.activation.backward(eager_ops(), values.z, values.a, unit_vector)
            return [((unit.node, "z"), np.asarray(slope))]
        dx, _ = node.layer.backward(eager_ops(), self.trace.tree[unit.node], values.saved, unit_vector)
        found: dict[ArrayName, np.ndarray] = {}
        for source, delta in zip(node.inputs, dx if node.layer.several_inputs else (dx,), strict=True):
            if delta is not None:
                array: ArrayName = (source, "a" if source in self.nodes else "input")
                found[array] = found[array] + np.asarray(delta) if array in found else np.asarray(delta)
        return list(found.items())


def one(like: np.ndarray, unit: Unit, row: int | None) -> np.ndarray:
    """A unit vector: 1 at one number of a row, or of every row."""
    vector = np.zeros_like(np.asarray(like))
    vector[(slice(None) if row is None else row, *unit.index)] = 1
    return vector


def _mixes_rows(node: Node, values: NodeValues) -> bool:
    return isinstance(node.layer, BatchNormLayer) and bool(np.any(values.saved.share))
