"""Operators that work number by number, or over the last axis: activations, dropout, and what changes nothing."""

from collections.abc import Callable

import numpy as np

from chainrule import activations
from chainrule.activations import Activation, get_activation
from chainrule.interop.onnx_in.graph import Operator, Reading, in_order
from chainrule.layers.activation import ActivationLayer
from chainrule.layers.dropout import DropoutLayer

_PLAIN = {"Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus", "Softsign": "softsign"}


def _of(reading: Reading, operator: Operator) -> Activation:
    """The activation that an operator is."""
    if operator.kind in _PLAIN:
        return get_activation(_PLAIN[operator.kind])
    alpha = operator.get("alpha", None)
    match operator.kind:
        case "LeakyRelu":
            return activations.LeakyRelu(0.01 if alpha is None else alpha)
        case "Elu":
            return activations.Elu(1.0 if alpha is None else alpha)
        case "Gelu":
            return get_activation("gelu_tanh" if operator.get("approximate", "none") == "tanh" else "gelu")
        case "Selu":
            gamma = operator.get("gamma", 1.0507)
            if abs((alpha or 1.6732) - 1.6733) > 1e-3 or abs(gamma - 1.0507) > 1e-3:
                operator.refuse(f"SELU has alpha 1.6733 and gamma 1.0507; here they are {alpha:.6g} and {gamma:.6g}")
            return get_activation("selu")
        case "HardSigmoid":
            slope, half = 0.2 if alpha is None else alpha, operator.get("beta", 0.5)
            if abs(slope - 1 / 6) > 1e-6 or half != 0.5:
                operator.refuse(f"hard_sigmoid is z / 6 + 1/2; here it is {slope:.6g} z + {half:.6g}")
            return get_activation("hard_sigmoid")
        case _:
            low, high = (reading.constant(operator, place) for place in (1, 2))
            if low is None or high is None or (float(low), float(high)) != (-1.0, 1.0):
                operator.refuse("hard_tanh clips to -1 and 1; there is no layer with other limits")
            return get_activation("hard_tanh")


def read_activation(reading: Reading, operator: Operator) -> None:
    """An activation, element by element: it joins the sum before it, or is a layer of its own."""
    value, activation = reading.value(operator), _of(reading, operator)
    joined = reading.joins(operator.inputs[0])
    if joined is None:
        source = reading.add(ActivationLayer(activation), [value.source])
    else:
        source = value.source
        reading.activate(joined, activation)
    reading.put(operator, source, value.shape, value.places)


def read_softmax(reading: Reading, operator: Operator) -> None:
    """Softmax or its logarithm, over the last axis of a row."""
    value = reading.value(operator)
    axes = value.places.ndim
    axis = operator.get("axis", -1 if reading.opset >= 13 else 1)
    if axes == 0 or axis % (axes + 1) != axes:
        operator.refuse(f"softmax goes over the last axis of a row; here it goes over axis {axis} of {axes + 1}")
    if not np.array_equal(value.places, in_order(value.places.shape)):
        operator.refuse("its numbers come in another order than the network has them")
    activation = get_activation("softmax" if operator.kind == "Softmax" else "log_softmax")
    joined = reading.joins(operator.inputs[0])
    if joined is not None and value.shape == value.places.shape:
        reading.activate(joined, activation)
        reading.put(operator, value.source, value.shape, value.places)
        return
    source = reading.add(ActivationLayer(activation), [reading.shaped(value, value.places.shape)])
    reading.put(operator, source, value.places.shape, value.places)


def read_product(reading: Reading, operator: Operator) -> None:
    """SiLU, which is written as a value times its own sigmoid."""
    for z, gate in (operator.inputs, operator.inputs[::-1]):
        last = reading.nodes[-1] if reading.nodes else None
        if z not in reading.values or gate not in reading.values or last is None:
            continue
        value = reading.values[z]
        alone = last.layer == ActivationLayer(activations.Sigmoid()) and last.inputs == (value.source,)
        if alone and reading.values[gate].source == last.name and reading.uses[gate] == 1:
            reading.nodes.pop()
            source = reading.add(ActivationLayer(activations.Silu()), [value.source])
            reading.put(operator, source, value.shape, value.places)
            return
    operator.refuse("there is no layer that multiplies two values, but SiLU: z times its own sigmoid")


def read_dropout(reading: Reading, operator: Operator) -> None:
    """Dropout, which drops nothing until the network is trained further."""
    value = reading.value(operator)
    training = reading.constant(operator, 2)
    if training is not None and bool(training):
        operator.refuse("it drops while predicting (training_mode is true)")
    if any(reading.uses[name] for name in operator.outputs[1:]):
        operator.refuse("its mask is used")
    given = reading.constant(operator, 1)
    rate = float(operator.get("ratio", 0.5) if given is None else given)
    source = reading.add(DropoutLayer(rate), [value.source]) if 0 < rate < 1 else value.source
    reading.put(operator, source, value.shape, value.places)


def read_same(reading: Reading, operator: Operator) -> None:
    """Identity: another name for the same."""
    if operator.inputs[0] in reading.constants:
        reading.constants[operator.outputs[0]] = reading.constants[operator.inputs[0]]
        return
    reading.values[operator.outputs[0]] = reading.value(operator)


ELEMENTWISE: dict[str, Callable[[Reading, Operator], None]] = {
    **dict.fromkeys([*_PLAIN, "LeakyRelu", "Elu", "Selu", "Gelu", "HardSigmoid", "Clip"], read_activation),
    "Softmax": read_softmax,
    "LogSoftmax": read_softmax,
    "Mul": read_product,
    "Dropout": read_dropout,
    "Identity": read_same,
}
