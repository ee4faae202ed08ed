"""Where a factor comes from, by the kind of what it leads through: activations, layers, encoders, answers."""

from typing import TYPE_CHECKING

import numpy as np

from chainrule.activations import Activation
from chainrule.activations.softmax import LogSoftmax, Softmax
from chainrule.data.columns import BooleanEncoder, MomentEncoder
from chainrule.data.columns.moment import CYCLES
from chainrule.data.target import NumberTarget
from chainrule.explain.activation_lines import greek
from chainrule.explain.derivation.graph import Graph
from chainrule.explain.derivation.recurrent import input_rule, weight_rule
from chainrule.explain.derivation.rule import Rule, symbol
from chainrule.explain.derivation.units import Unit, name_of, values_of
from chainrule.explain.formula import plain, value_part
from chainrule.layers import (
    ActivationLayer,
    BatchNormLayer,
    Conv2DLayer,
    DenseLayer,
    DropoutLayer,
    GlobalAveragePool2DLayer,
    LayerNormLayer,
    LSTMLayer,
)
from chainrule.network.graph import Node
from chainrule.network.parameters import ParameterName

if TYPE_CHECKING:
    from chainrule.explain.trace import Trace

PASSED_ON = {"add": "added as it is", "concatenate": "passed on", "flatten": "passed on", "reshape": "passed on"}


def rule(graph: Graph, at: Unit, to: Unit, value: float) -> Rule:
    """Where the derivative of one number by its neighbour comes from."""
    if at.kind == "answer":
        return _answer_rule(graph, at)
    if at.kind == "input":
        return _cell_rule(graph, at)
    node = graph.nodes[at.node]
    if at.kind == "a":
        if node.activation is None:
            return Rule("no activation: a = z", "1")
        return activation_rule(graph.trace, node.activation, at, to)
    return _layer_rule(graph, node, at, to, value)


def activation_rule(trace: "Trace", activation: Activation, at: Unit, to: Unit) -> Rule:
    """An activation's own derivative, from its entry."""
    z, a = (float(values_of(trace, unit.node, unit.kind)[(unit.row, *unit.index)]) for unit in (to, at))
    name = activation.name
    if isinstance(activation, Softmax | LogSoftmax):
        right = activation.derivative.partition("=")[2].strip()
        same = float(at.index == to.index)
        other = float(values_of(trace, at.node, at.kind)[(at.row, *to.index)])
        values = {"a_k": a, "a_j": other, "δ_kj": same}
        own = f"{name}, a_k = {plain(activation.formula)}, a_k is {at.name}, a_j {to.node}.a{name_of('', to.index)}"
        return Rule(own, right, values, activation.formula)
    function = f"f(z) = {value_part(plain(activation.formula))}, " if activation.formula else ""
    said = f"{name}, {function}z is {to.name}"
    values = {"z": z, "a": a} | greek(activation)
    return Rule(said, activation.derivative, values, activation.formula)


def own_rule(graph: Graph, at: Unit, end: ParameterName, value: float) -> Rule:
    """Where the derivative of a pre-activation by a parameter of its own layer comes from."""
    node = graph.nodes[at.node]
    index = list(end.index or ())
    if isinstance(node.layer, LSTMLayer):
        return weight_rule(graph, node, at, end)
    if end.name in ("bias", "shift"):
        return Rule("a bias is added as it is" if end.name == "bias" else "a shift is added as it is", "1")
    if isinstance(node.layer, DenseLayer):
        source = node.inputs[0]
        name = name_of(f"{source}.a" if source in graph.nodes else source, (*at.index[:-1], index[0]))
        return Rule("what it is multiplied by", symbol(name), {name: value})
    if node.layer.kind == "embedding":
        return Rule("the row of the table that the code picks, as it is", "1")
    if end.name == "scale":
        name = name_of(f"{node.name}.normal", at.index)
        return Rule("what it is multiplied by", symbol(name), {name: value})
    return Rule(f"{node.layer.kind}'s own derivative")


def _layer_rule(graph: Graph, node: Node, at: Unit, to: Unit, value: float) -> Rule:
    layer = node.layer
    if isinstance(layer, DenseLayer):
        name = f"{node.name}.weight{name_of('', (to.index[-1], at.index[-1]))}"
        return Rule("the weight between them", symbol(name), {name: value})
    if isinstance(layer, Conv2DLayer) and (place := _kernel_place(graph, layer, node, at, to)) is not None:
        name = f"{node.name}.weight{name_of('', place)}"
        return Rule("the weight between them", symbol(name), {name: value})
    if isinstance(layer, ActivationLayer):
        return activation_rule(graph.trace, layer.activation, at, to)
    if isinstance(layer, DropoutLayer):
        if graph.trace.forward.nodes[node.name].saved.kept is None:
            return Rule("dropout passes on what it gets", "1")
        return Rule("dropout, kept, r is the rate", r"\frac{1}{1 - r}", {"r": float(layer.rate)})
    if isinstance(layer, GlobalAveragePool2DLayer):
        places = int(np.prod(values_of(graph.trace, to.node, to.kind).shape[1:3]))
        return Rule(f"a mean of {places} places", r"\frac{1}{m}", {"m": float(places)})
    if isinstance(layer, BatchNormLayer):
        return _batch_norm(graph, node, at, to) if node.name in graph.mixing else _fixed_scale(graph, node, at)
    if isinstance(layer, LayerNormLayer):
        return _layer_norm(graph, node, at, to)
    if isinstance(layer, LSTMLayer):
        return input_rule(graph, node, at, to)
    if layer.kind == "maxpool":
        return Rule("the largest of its window", "1")
    if layer.kind in PASSED_ON and value == 1:
        return Rule(PASSED_ON[layer.kind], "1")
    return Rule(f"{layer.kind}'s own derivative")


def _fixed_scale(graph: Graph, node: Node, at: Unit) -> Rule:
    """Batch normalisation by running statistics is a multiplication."""
    place = at.index[-1]
    saved, params = graph.trace.forward.nodes[node.name].saved, graph.trace.tree[node.name]
    values = {"γ": float(params.scale[place]), "s": float(saved.deviation[place])}
    return Rule("batchnorm by running statistics, γ is the scale, s the deviation", r"\frac{\gamma}{s}", values)


def _layer_norm(graph: Graph, node: Node, at: Unit, to: Unit) -> Rule:
    """Every feature of a row moves its mean and its deviation."""
    saved, params = graph.trace.forward.nodes[node.name].saved, graph.trace.tree[node.name]
    normal = np.asarray(saved.normal)[(at.row, *at.index[:-1])]
    place, other = at.index[-1], to.index[-1]
    values = {
        "γ_k": float(params.scale[place]),
        "s": float(np.asarray(saved.deviation)[(at.row, *at.index[:-1], 0)]),
        "δ_kj": float(place == other),
        "u_k": float(normal[place]),
        "u_j": float(normal[other]),
        "m": float(len(normal)),
    }
    function = value_part(plain(LayerNormLayer.formula))
    said = f"layernorm, y_k = {function}, u = (x − μ)/s, μ and s over the row's m features"
    return Rule(said, LayerNormLayer.derivative, values)


def _batch_norm(graph: Graph, node: Node, at: Unit, to: Unit) -> Rule:
    """Every value of a feature in the batch moves the feature's mean and deviation."""
    saved, params = graph.trace.forward.nodes[node.name].saved, graph.trace.tree[node.name]
    normal, place = np.asarray(saved.normal), at.index[-1]
    values = {
        "γ": float(params.scale[place]),
        "s": float(saved.deviation[place]),
        "δ_kj": float((at.row, at.index) == (to.row, to.index)),
        "u_k": float(normal[(at.row, *at.index)]),
        "u_j": float(normal[(to.row, *to.index)]),
        "n": 1 / float(np.max(saved.share)),
    }
    function, number = value_part(plain(BatchNormLayer.formula)), graph.trace.row_number
    said = f"batchnorm, y_k = {function}, u = (x − μ)/s, μ and s over the feature's n values in the batch"
    also = f"; k is row {number(at.row):,}, j row {number(to.row):,}, by way of μ and s" if to.row != at.row else ""
    return Rule(said + also, BatchNormLayer.derivative, values)


def _kernel_place(graph: Graph, layer: Conv2DLayer, node: Node, at: Unit, to: Unit) -> tuple[int, ...] | None:
    """Which weight of a kernel lies between a value of the picture and an output; None where it is not one alone."""
    top, left = graph.trace.forward.nodes[node.name].saved.inside[:2]
    a = to.index[0] + top - at.index[0] * layer.strides[0]
    b = to.index[1] + left - at.index[1] * layer.strides[1]
    inside = 0 <= a < layer.kernel_size[0] and 0 <= b < layer.kernel_size[1]
    return (a, b, to.index[2], at.index[2]) if inside else None


def _answer_rule(graph: Graph, at: Unit) -> Rule:
    assert graph.trace.table is not None
    target = graph.trace.table.encoder.target
    if isinstance(target, NumberTarget):
        said = f"{target.name} = ŷ·scale + mean"
        return Rule(said, r"\mathrm{scale}", {"scale": target.scale}, r"\hat{y}\, \mathrm{scale} + \mathrm{mean}")
    one = at.node == f"P({target.labels[1]})"
    return Rule("the network's output" if one else "1 − the network's output", "1" if one else "-1")


def _cell_rule(graph: Graph, at: Unit) -> Rule:
    """The encoder's slope: d feature / d raw."""
    assert graph.trace.table is not None
    assert graph.column is not None
    encoder = graph.trace.table.encoder
    column, feature = encoder.column(graph.column), encoder.feature_names[at.index[0]]
    if isinstance(column, BooleanEncoder):
        return Rule(f"{feature}: the step from {column.false} to {column.true}", "1")
    if isinstance(column, MomentEncoder) and feature != column.name:
        wave = feature.rpartition(" ")[2]
        cycle = feature.removesuffix(f" {wave}").rpartition(" ")[2]
        place = at.index[0] + (1 if wave == "sin" else -1)
        other = float(values_of(graph.trace, at.node, "input")[at.row, place])
        sign, name = ("", "c") if wave == "sin" else ("-", "s")
        period = next(each.period for key, each in CYCLES.items() if key == cycle)
        said = f"{feature}, {name} is its {'cosine' if name == 'c' else 'sine'}, P the seconds of a {cycle}"
        return Rule(said, rf"{sign}\frac{{2 \pi}}{{P}} {name}", {name: other, "P": period})
    scale = float(getattr(column, "scale", 1.0))
    raw = "t" if isinstance(column, MomentEncoder) else "x"
    per = ", per second" if raw == "t" else ""
    said = f"{feature} = ({raw} − mean)/scale{per}"
    return Rule(
        said, r"\frac{1}{\mathrm{scale}}", {"scale": scale}, rf"\frac{{{raw} - \mathrm{{mean}}}}{{\mathrm{{scale}}}}"
    )
