"""What a layer computes, one element at a time: its weighted sum, or whatever else it does, term by term."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.explain.activation_lines import activation_line
from chainrule.explain.document import Check, Line
from chainrule.explain.picture_lines import pooled
from chainrule.explain.recurrent_lines import Recurrence
from chainrule.explain.scope import Index, Product, Scope, Summands, brackets, single
from chainrule.layers.activation import ActivationLayer
from chainrule.layers.base import Layer
from chainrule.layers.batch_norm import BatchNormLayer
from chainrule.layers.convolution import Conv2DLayer
from chainrule.layers.dense import DenseLayer
from chainrule.layers.dropout import DropoutLayer
from chainrule.layers.embedding import EmbeddingLayer
from chainrule.layers.layer_norm import LayerNormLayer
from chainrule.layers.lstm import LSTMLayer
from chainrule.layers.merge import AddLayer, ConcatenateLayer
from chainrule.layers.pooling import GlobalAveragePool2DLayer, MaxPool2DLayer
from chainrule.network.graph import Node


@dataclass(frozen=True)
class Cell:
    """One element of what a node's layer computed for the row."""

    scope: Scope
    node: Node
    index: Index
    result: float

    @property
    def place(self) -> str:
        """``[0, 1]``."""
        return brackets(self.index)

    @property
    def symbol(self) -> str:
        """``z[0]``."""
        return f"z{self.place}"

    @property
    def name(self) -> str:
        """``dense1.z[0]``."""
        return f"{self.node.name}.{self.symbol}"

    @property
    def x(self) -> np.ndarray:
        """The row of the node's only input."""
        return self.scope.at(self.scope.values_of(self.node).x)

    @property
    def called(self) -> Callable[[Index], str]:
        """How the values of the node's only input are called."""
        return self.scope.source(self.node.inputs[0])

    @property
    def saved(self) -> Any:
        """What the layer kept for its backward pass."""
        return self.scope.values_of(self.node).saved

    @property
    def params(self) -> Any:
        """The layer's parameters."""
        return self.scope.trace.tree[self.node.name]

    def sum(self, formula: str, *groups: Summands) -> Line:
        """The element as a sum."""
        return self.scope.add_up(self.name, self.symbol, formula, self.result, groups, self.node.name)

    def copy(self, name: str, value: float) -> Line:
        """The element as a value that is passed on as it came."""
        return self.sum(name, single(name, value))


def sum_line(cell: Cell) -> Line:
    """One element with its arithmetic; without, where nothing is known here about the layer."""
    writer = _WRITERS.get(type(cell.node.layer))
    return writer(cell) if writer is not None else Line(cell.name, cell.symbol, "", cell.result)


def _dense(cell: Cell) -> Line:
    (unit,) = cell.index
    x, called, few = cell.x, cell.called, len(cell.x) <= cell.scope.terms + 1
    column, bias = np.asarray(cell.params.weight)[:, unit], float(cell.params.bias[unit])

    def product(i: int) -> Product:
        return (called((i,)), f"weight[{i}, {unit}]"), (float(x[i]), float(column[i]))

    summed = f"Σ_i {_any(called)}·weight[i, {unit}]"
    formula = " + ".join("·".join(product(i)[0]) for i in range(len(x))) if few else summed
    weighted, shift = Summands(x * column, product), single(f"bias[{unit}]", bias)
    return cell.sum(f"{formula} + bias[{unit}]", weighted, shift)


def _any(called: Callable[[Index], str]) -> str:
    """``dense1.a[i]``: what each of many inputs is called; ``x[i]`` where each has a name of its own."""
    name = called((0,))
    return f"{name[:-3]}[i]" if name.endswith("[0]") else "x[i]"


def _convolution(cell: Cell) -> Line:
    layer = cell.node.layer
    assert isinstance(layer, Conv2DLayer), "the table of writers says so"
    o = cell.index[2]
    top, left = cell.index[0] * layer.strides[0], cell.index[1] * layer.strides[1]
    high, wide = layer.kernel_size
    window = cell.scope.at(cell.saved.x)[top : top + high, left : left + wide]
    weight, bias = np.asarray(cell.params.weight)[..., o], float(cell.params.bias[o])

    def product(place: int) -> Product:
        a, b, c = np.unravel_index(place, weight.shape)
        names = (f"x[{top + a}, {left + b}, {c}]", f"weight[{a}, {b}, {c}, {o}]")
        return names, (float(window[a, b, c]), float(weight[a, b, c]))

    formula = f"Σ_abc x[{top} + a, {left} + b, c]·weight[a, b, c, {o}] + bias[{o}]"
    return cell.sum(formula, Summands((window * weight).ravel(), product), single(f"bias[{o}]", bias))


def _embedding(cell: Cell) -> Line:
    code, dimension = int(cell.x[cell.index[:-1]]), cell.index[-1]
    return cell.copy(f"weight[{code}, {dimension}]", float(cell.params.weight[code, dimension]))


def _add(cell: Cell) -> Line:
    values = [float(cell.scope.at(x)[cell.index]) for x in cell.scope.values_of(cell.node).x]
    names = [cell.scope.source(name)(cell.index) for name in cell.node.inputs]
    return cell.sum(" + ".join(names), *map(single, names, values))


def _concatenate(cell: Cell) -> Line:
    xs = cell.scope.values_of(cell.node).x
    ends = np.cumsum([x.shape[-1] for x in xs]).tolist()
    which = int(np.searchsorted(ends, cell.index[-1], side="right"))
    index = (*cell.index[:-1], cell.index[-1] - (ends[which - 1] if which else 0))
    return cell.copy(cell.scope.source(cell.node.inputs[which])(index), float(cell.scope.at(xs[which])[index]))


def _dropout(cell: Cell) -> Line:
    layer, kept = cell.node.layer, cell.saved.kept
    value, name = float(cell.x[cell.index]), cell.called(cell.index)
    if kept is None:
        return cell.copy(name, value)
    if not cell.scope.at(kept)[cell.index]:
        return Line(cell.name, cell.symbol, "", cell.result, note=f"{name} was dropped")
    values = {"x": value} | layer.numbers()
    return Line(cell.name, cell.symbol, "x/(1 − rate)", cell.result, values=values, note=f"x is {name}")


def _pooled(cell: Cell) -> Line:
    return pooled(cell.scope, cell.node, cell.index, cell.result)


def _lstm(cell: Cell) -> Line:
    """An output of a step; where there is one for the whole sequence, that of its last step."""
    steps = Recurrence.of(cell.scope, cell.node)
    if not steps.steps:
        return Line(cell.name, cell.symbol, "", cell.result, note="every step of this row is padding")
    index = cell.index if len(cell.index) > 1 else (steps.steps[-1], *cell.index)
    cell.scope.compare(cell.name, float(steps.h[index]), cell.result, numbers=4)
    return Line(cell.name, cell.symbol, f"h{brackets(index)}", cell.result)


def normal_line(cell: Cell) -> list[Line]:
    """Of a normalised value what it was brought to, before it is scaled and shifted; nothing for other layers."""
    layer, scope = cell.node.layer, cell.scope
    if not isinstance(layer, BatchNormLayer | LayerNormLayer) or scope.rounding is not None:
        return []
    x, place = float(cell.x[cell.index]), cell.index[-1]
    if isinstance(layer, LayerNormLayer):
        row = cell.x[cell.index[:-1]]
        mean, variance = float(row.mean()), float(row.var())
    else:
        mean, variance = (float(statistic[place]) for statistic in _statistics(cell))
    result = float(scope.at(cell.saved.normal)[cell.index])
    deviation = (variance + layer.epsilon) ** 0.5
    symbol = f"normal{cell.place}"
    name = f"{cell.node.name}.{symbol}"
    size = 1 + (abs(x) + abs(mean)) / deviation
    scope.checks.append(Check(name, (x - mean) / deviation, result, scope.slack(16, size)))
    values = {"x": x, "mean": mean, "variance": variance, "epsilon": layer.epsilon}
    return [Line(name, symbol, "(x − mean)/√(variance + epsilon)", result, values=values)]


def _statistics(cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    """The mean and variance that batch normalisation took: the batch's where it trained, else the running ones."""
    share, x = np.asarray(cell.saved.share), np.asarray(cell.scope.values_of(cell.node).x)
    if not share.any():
        return np.asarray(cell.saved.stats.mean), np.asarray(cell.saved.stats.variance)
    axes = tuple(range(x.ndim - 1))
    mean = (share * x).sum(axis=axes)
    return mean, (share * (x - mean) ** 2).sum(axis=axes)


def _normalised(cell: Cell) -> Line:
    place = cell.index[-1]
    scale, shift = float(cell.params.scale[place]), float(cell.params.shift[place])
    normal = float(cell.scope.at(cell.saved.normal)[cell.index])
    names = (f"scale[{place}]", f"normal{cell.place}")
    product = Summands(np.asarray([scale * normal]), lambda _: (names, (scale, normal)))
    return cell.sum(f"{'·'.join(names)} + shift[{place}]", product, single(f"shift[{place}]", shift))


def _activation(cell: Cell) -> Line:
    layer = cell.node.layer
    assert isinstance(layer, ActivationLayer), "the table of writers says so"
    z = cell.scope.at(cell.scope.values_of(cell.node).z)
    return activation_line(cell.scope, layer.activation, f"{cell.node.name}.z", "z", "x", cell.x, z, cell.index)


_WRITERS: dict[type[Layer], Callable[[Cell], Line]] = {
    ActivationLayer: _activation,
    AddLayer: _add,
    BatchNormLayer: _normalised,
    ConcatenateLayer: _concatenate,
    Conv2DLayer: _convolution,
    DenseLayer: _dense,
    DropoutLayer: _dropout,
    EmbeddingLayer: _embedding,
    GlobalAveragePool2DLayer: _pooled,
    LayerNormLayer: _normalised,
    LSTMLayer: _lstm,
    MaxPool2DLayer: _pooled,
}
