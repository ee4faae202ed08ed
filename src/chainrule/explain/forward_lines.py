"""The forward pass of one row as arithmetic: each node's sum, then its activation."""

from typing import Any

import numpy as np

from chainrule.activations import Activation
from chainrule.explain.activation_lines import activation_line
from chainrule.explain.cells import Cell, normal_line, sum_line
from chainrule.explain.document import Line, Section
from chainrule.explain.recurrent_lines import FORWARD, Recurrence, padding_line
from chainrule.explain.scope import Index, Scope
from chainrule.layers.batch_norm import BatchNormLayer
from chainrule.layers.convolution import Conv2DLayer
from chainrule.layers.dropout import DropoutLayer
from chainrule.layers.embedding import EmbeddingLayer
from chainrule.layers.layer_norm import LayerNormLayer
from chainrule.layers.lstm import LSTMLayer
from chainrule.layers.pooling import GlobalAveragePool2DLayer, MaxPool2DLayer
from chainrule.layers.reshape import FlattenLayer, ReshapeLayer
from chainrule.network.graph import Node


def forward_sections(scope: Scope) -> list[Section]:
    """A section for each node, in the order they are computed."""
    return [_section(scope, node) for node in scope.trace.nodes]


def _section(scope: Scope, node: Node) -> Section:
    values, name = scope.values_of(node), node.name
    title, note = _title(scope, node), _remark(scope, node)
    if isinstance(node.layer, FlattenLayer | ReshapeLayer) and node.activation is None:
        return Section("forward", title, (), note)
    z, a = scope.at(values.z), scope.at(values.a)
    picked = scope.pick(a, name, f"{name}.z", f"{name}.a", real=real_steps(scope, node))
    items = z.tolist()
    lines = Recurrence.of(scope, node).forward_lines() if isinstance(node.layer, LSTMLayer) else list[Line]()
    for index in picked.indices:
        cell = Cell(scope, node, index, _item(items, index))
        lines += [*normal_line(cell), sum_line(cell)]
        if node.activation is not None:
            lines.append(activation_line(scope, node.activation, f"{name}.a", "a", "z", z, a, index))
    what, arrays = ("values", {"z": z}) if node.activation is None else ("pairs of z and a", {"z": z, "a": a})
    lines += scope.rest(picked, name, what, name, arrays)
    lines += _padding(scope, node)
    return Section("forward", title, tuple(lines), note)


def _title(scope: Scope, node: Node) -> str:
    """Name, kind and shapes of a node: ``dense1: Dense softplus, (1) → (2)``."""
    values = scope.values_of(node)
    kind = type(node.layer).__name__.removesuffix("Layer")
    function = node.activation if node.activation is not None else getattr(node.layer, "activation", None)
    if isinstance(function, Activation):
        kind = f"{kind} {function.name}"
    xs = values.x if isinstance(values.x, tuple) else (values.x,)
    return f"{node.name}: {kind}, {' '.join(map(_shape, xs))} → {_shape(values.a)}"


def _shape(array: Any) -> str:
    return f"({', '.join(map(str, np.shape(array)[1:]))})"


def _item(items: Any, index: Index) -> float:
    for place in index:
        items = items[place]
    return float(items)


def real_steps(scope: Scope, node: Node) -> np.ndarray | None:
    """Which of the row's time steps are real, where some are padding."""
    mask = node.layer.output_mask(scope.values_of(node).mask)
    if mask is None or np.ndim(scope.values_of(node).z) < 3:
        return None
    real = scope.at(mask)
    return None if real.all() else real


def _padding(scope: Scope, node: Node) -> list[Line]:
    real = real_steps(scope, node)
    return [] if real is None else [padding_line(node, real)]


def _remark(scope: Scope, node: Node) -> str:
    """What to say about a layer before its lines."""
    match node.layer:
        case FlattenLayer():
            return f"The same {_size(scope, node):,} values in one row; padding becomes 0."
        case ReshapeLayer():
            return f"The same {_size(scope, node):,} values in another shape."
        case EmbeddingLayer():
            codes = np.atleast_1d(scope.at(scope.values_of(node).x))
            more = ", …" if len(codes) > scope.terms else ""
            shown = ", ".join(map(str, codes[: scope.terms].tolist()))
            return f"The rows of weight that {node.inputs[0]} says: {shown}{more}."
        case DropoutLayer() if scope.values_of(node).saved.kept is None:
            return "Dropout only drops while training; here every value passes."
        case Conv2DLayer(padding="same"):
            return "x is the picture with the zeros around it that padding='same' adds."
        case LayerNormLayer():
            return f"{_NORMAL} of the row's features."
        case LSTMLayer():
            return FORWARD
        case BatchNormLayer():
            return f"{_NORMAL} of {'the running statistics' if _is_running(scope, node) else 'the batch'}."
        case GlobalAveragePool2DLayer():
            return "Each value is the mean of its channel over the whole picture."
        case MaxPool2DLayer():
            return "Each value is the largest of its window."
        case _:
            return ""


_NORMAL = "normal = (x − mean)/√(variance + epsilon), with mean and variance"


def _size(scope: Scope, node: Node) -> int:
    return scope.at(scope.values_of(node).z).size


def _is_running(scope: Scope, node: Node) -> bool:
    return not np.any(scope.values_of(node).saved.share)
