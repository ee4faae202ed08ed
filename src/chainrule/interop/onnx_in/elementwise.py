"""Operators that work number by number, or over the last axis: activations, dropout, and what changes nothing."""

from collections.abc import Callable

from chainrule.activations import get_activation
from chainrule.interop.onnx_in.affine import read_affine
from chainrule.interop.onnx_in.formulas import GRID
from chainrule.interop.onnx_in.graph import Formula, Operator, Reading
from chainrule.layers.activation import ActivationLayer
from chainrule.layers.dropout import DropoutLayer

ACTIVATIONS = (
    "Clip", "Elu", "Gelu", "HardSigmoid", "Identity", "LeakyRelu", "Relu", "Selu", "Sigmoid", "Softplus", "Softsign",
    "Tanh",
)  # fmt: skip
"""Operators that are an activation by themselves."""
PARTS = (
    "Abs", "Cast", "Celu", "Div", "Erf", "Exp", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Log", "Max", "Min",
    "Mul", "Neg", "Pow", "PRelu", "Reciprocal", "Sqrt", "Sub", "Swish", "Where",
)  # fmt: skip
"""Operators that are one together with others, or with some numbers only."""


def read_elementwise(reading: Reading, operator: Operator) -> None:
    """What an operator makes of one value, number by number; it becomes a layer when something takes it."""
    rows = [name for name in operator.inputs if name and name not in reading.constants]
    constants = [reading.constants[name] for name in operator.inputs if name in reading.constants]
    if operator.kind == "Cast" and rows[0] in reading.whole:
        reading.whole.add(operator.outputs[0])
        reading.values[operator.outputs[0]] = reading.values[rows[0]]
        return
    if any(each.size != 1 for each in constants):
        if operator.kind in ("Sub", "Mul", "Div") and read_affine(reading, operator):
            return
        operator.refuse("of constants it may only take single numbers, the same for every number of a row")
    for name in rows:
        if name in reading.affine:
            reading.settled(name)
    formulas = {name: reading.formulas.get(name, Formula(name, GRID)) for name in rows}
    if len({each.base for each in formulas.values()}) != 1:
        operator.refuse("there is no layer that works on two values so")
    sample = reading.sample(operator, {name: each.sample for name, each in formulas.items()})
    parts = dict.fromkeys(part for each in formulas.values() for part in each.operators)
    whole = Formula(formulas[rows[0]].base, sample, (*parts, operator))
    reading.formulas[operator.outputs[0]] = whole


def read_add(reading: Reading, operator: Operator) -> None:
    """A bias, a part of an activation, or the sum of two values."""
    for name in operator.inputs:
        reading.unfold(name)
    x, constant = sorted(operator.inputs, key=lambda name: name in reading.constants)
    if constant in reading.constants:
        if reading.constants[constant].size > 1:
            if not read_affine(reading, operator):
                operator.refuse("a constant that is added must have one number for each feature, as a bias has")
            return
        if _begins(reading, x) and read_affine(reading, operator):
            return
    bases = {reading.formulas[name].base if name in reading.formulas else name for name in operator.inputs}
    if len(bases - set(reading.constants)) == 1:
        read_elementwise(reading, operator)
    else:
        reading.add_up(operator)


def _begins(reading: Reading, x: str) -> bool:
    """Whether a value is a sum without a bias; a number added to another is rather the beginning of an activation."""
    joined = reading.joins(x)
    bias = reading.params.get(f"{joined}.bias")
    return bias is not None and not bias.any()


def read_softmax(reading: Reading, operator: Operator) -> None:
    """Softmax or its logarithm, over the last axis of a row."""
    value = reading.value(operator)
    axes = value.places.ndim
    axis = operator.get("axis", -1 if reading.opset >= 13 else 1)
    if axes == 0 or axis % (axes + 1) != axes:
        operator.refuse(f"softmax goes over the last axis of a row; here it goes over axis {axis} of {axes + 1}")
    if not value.ordered:
        operator.refuse("its numbers come in another order than the network has them")
    activation = get_activation("softmax" if operator.kind == "Softmax" else "log_softmax")
    joined = reading.joins(operator.inputs[0])
    if joined is not None and reading.node(joined).layer.kind == "dense":
        reading.change(joined, activation=activation)
        reading.values[operator.outputs[0]] = value
        return
    source = reading.add(ActivationLayer(activation), [reading.shaped(value, value.places.shape)])
    reading.put(operator, source, value.places.shape, value.places)


def read_dropout(reading: Reading, operator: Operator) -> None:
    """Dropout, which drops nothing until the network is trained further."""
    value = reading.value(operator, anywhere=True)
    training = reading.constant(operator, 2)
    if training is not None and bool(training):
        operator.refuse("it drops while predicting (training_mode is true)")
    if any(reading.uses[name] for name in operator.outputs[1:]):
        operator.refuse("its mask is used")
    given = reading.constant(operator, 1)
    rate = float(operator.get("ratio", 0.5) if given is None else given)
    source = reading.add(DropoutLayer(rate), [value.source]) if 0 < rate < 1 else value.source
    reading.put(operator, source, value.shape, value.places, value.at)


ELEMENTWISE: dict[str, Callable[[Reading, Operator], None]] = {
    **dict.fromkeys([*ACTIVATIONS, *PARTS], read_elementwise),
    "Add": read_add,
    "Softmax": read_softmax,
    "LogSoftmax": read_softmax,
    "Dropout": read_dropout,
}
