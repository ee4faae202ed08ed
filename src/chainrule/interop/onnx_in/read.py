"""An ONNX file as a network with its parameters set."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from chainrule.activations import Linear
from chainrule.errors import FileError, InputError, WiringError, list_some
from chainrule.interop.onnx_in.compute import compute
from chainrule.interop.onnx_in.elementwise import ELEMENTWISE, PARTS
from chainrule.interop.onnx_in.graph import Operator, Reading, Value, channels_last, in_order
from chainrule.interop.onnx_in.layers import LAYERS
from chainrule.interop.onnx_in.shapes import ROWS, SHAPES
from chainrule.interop.packages import need
from chainrule.layers.activation import ActivationLayer
from chainrule.losses import Loss
from chainrule.network.graph import Node
from chainrule.network.network import Network

Step = TypeVar("Step", Operator, Node)

READERS = {**LAYERS, **ELEMENTWISE, **SHAPES}
SUPPORTED = tuple(sorted({*READERS, "Constant"} - {*PARTS}))
"""The operators that can be read; of what is fixed in the file, any can be computed."""
_CHANNELS = {"Conv", "MaxPool", "GlobalAveragePool", "BatchNormalization"}
"""Operators that have the channels before the other axes."""
_KEEPS_AXES = {"Cast", "Identity", "Pad"}
"""Operators that may stand before these, and say nothing of what the axes are."""
_WHOLE = frozenset((5, 6, 7))
"""How ONNX numbers int16, int32 and int64."""
_NUMBERS = frozenset((1, 10, 11))
"""How ONNX numbers float, float16 and double."""


def from_onnx(path: str | Path, *, loss: str | Loss = "mse") -> Network:
    """Read an ONNX file as a network that can be traced, differentiated and trained further.

    Pictures (and whatever has channels) are taken and given with their channels last: where the file takes (n,
    channels, height, width), the network takes (n, height, width, channels). Rows come first, also where the file of an
    LSTM has its steps first.

    >>> import tempfile
    >>> from chainrule.network import Dense
    >>> net = Network([Dense(1, "tanh")], input_shape=1).set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     from_onnx(net.to_onnx(Path(folder) / "net.onnx"))
    Network  loss mse  2 parameters
      input               (1)
      dense1  Dense tanh  (1) → (1)  2

    Args:
        path: the file.
        loss: the loss to explain and to train further with; a file has none.

    Raises:
        FileError: there is no such file, or it is no ONNX file.
        InputError: an operator has no layer that does the same; the message names its node.
        MissingPackageError: the package onnx is not installed.
    """
    onnx = need("onnx")
    file = Path(path)
    try:
        model = onnx.load(file)
        onnx.checker.check_model(model)
    except FileNotFoundError:
        raise FileError(f"There is no file {file}.", path=file) from None
    except Exception as error:  # protobuf's and onnx's own errors have no common base
        raise FileError(f"{file} is no ONNX file that can be read: {error}", path=file) from None
    try:
        return read_model(model, loss=loss)[0]
    except WiringError:
        raise
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def read_model(model: Any, *, loss: str | Loss = "mse") -> tuple[Network, dict[str, Value]]:
    """The network of a model, and where the model's inputs and its output are in it."""
    onnx = need("onnx")
    graph = model.graph
    constants = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    operators = [
        Operator(
            node.op_type, node.name or next(filter(None, node.output)), tuple(node.input), tuple(node.output), node
        )
        for node in graph.node
    ]
    result = _result(graph.output)
    operators = _leading(operators, result, lambda each: each.outputs)
    uses = Counter(name for operator in operators if operator.kind != "Shape" for name in operator.inputs)
    uses.update([result])
    opset = max((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), default=1)
    reading = Reading(constants, uses, opset)
    taken = [each for each in graph.input if each.name not in constants]
    for each in taken:
        reading.values[each.name] = _input(each, operators)
        at = reading.values[each.name].at
        reading.rows.add(each.type.tensor_type.shape.dim[at].dim_value or ROWS)
        if each.type.tensor_type.elem_type in _WHOLE:
            reading.whole.add(each.name)
    inputs = dict(reading.values)
    for operator in operators:
        _read(reading, operator)
    output = _output(reading, result)
    nodes = _leading(reading.nodes, output.source, lambda each: [each.name])
    unused = {node.name for node in reading.nodes} - {node.name for node in nodes}
    params = {name: each for name, each in reading.params.items() if name.rpartition(".")[0] not in unused}
    network = Network(nodes, loss=loss, input_shape={name: value.shape for name, value in inputs.items()})
    network = network.set(params)
    drawn, stats = network.init(0, np.float64)
    moved = {name: each for name, each in reading.stats.items() if name not in unused}
    return network.trained(drawn, {**stats, **moved}), {**inputs, result: output}


def _result(outputs: Any) -> str:
    """The output of numbers; the labels that stand beside it in files of scikit-learn's models are left out."""
    numbers = [each.name for each in outputs if each.type.tensor_type.elem_type in _NUMBERS]
    if len(outputs) == 1:
        return outputs[0].name
    if len(numbers) != 1:
        raise InputError(f"A network has one output; the file has {list_some(each.name for each in outputs)}.")
    return numbers[0]


def _leading(steps: list[Step], last: str, makes: Callable[[Step], Iterable[str]]) -> list[Step]:
    """The steps that a value comes from, in their order."""
    names, found = {last}, list[Step]()
    for step in reversed(steps):
        if not names.isdisjoint(makes(step)):
            names.update(step.inputs)
            found.append(step)
    return found[::-1]


def _read(reading: Reading, operator: Operator) -> None:
    if set(operator.inputs) <= {"", *reading.constants} and not operator.kind.startswith("Random"):
        fixed = {name: reading.constants[name] for name in operator.inputs if name}
        outputs = [name for name in operator.outputs if name]
        reading.constants |= zip(outputs, compute(operator.node, fixed, reading.opset), strict=True)
        return
    if operator.node.domain == "ai.onnx.ml":
        raise InputError(
            f"The operator {operator.kind} (node '{operator.name}') cannot be read: it is one of scikit-learn's models "
            "and encoders. Read the fitted model itself: cr.from_sklearn(model)."
        )
    if operator.kind not in READERS:
        raise InputError(
            f"The operator {operator.kind} (node '{operator.name}') cannot be read: no layer does the same. Those that "
            f"can are {', '.join(SUPPORTED)}; and what together is an activation."
        )
    READERS[operator.kind](reading, operator)


def _input(given: Any, operators: list[Operator]) -> Value:
    names, taking = {given.name}, list[Operator]()
    for each in operators:
        if names & {*each.inputs[:1]}:
            taking.append(each)
            names |= {*each.outputs} if each.kind in _KEEPS_AXES else set()
    at = int(any(each.kind == "LSTM" and not each.get("layout", 0) for each in taking))
    sizes = [each.dim_value for each in given.type.tensor_type.shape.dim]
    row = tuple(sizes[:at] + sizes[at + 1 :])
    if len(sizes) <= at or not all(row):
        raise InputError(
            f"The input '{given.name}' must have a fixed shape but for its rows; the file says "
            f"({', '.join(each.dim_param or str(each.dim_value) for each in given.type.tensor_type.shape.dim)}). "
            "Write the file again with the sizes fixed."
        )
    if len(row) > 1 and any(each.kind in _CHANNELS for each in taking):
        return Value(given.name, (*row[1:], row[0]), channels_last(row))
    return Value(given.name, row, in_order(row), at)


def _output(reading: Reading, name: str) -> Value:
    if name in reading.constants:
        raise InputError(f"The output '{name}' is a constant: it comes from none of the file's inputs.")
    value = reading.settled(name)
    if not reading.nodes:  # a file that only moves numbers: one layer makes it a network
        value = replace(value, source=reading.add(ActivationLayer(Linear()), [value.source]))
    shape = value.places.shape
    if value.ordered:
        source = reading.shaped(value, shape)
    elif len(shape) > 1 and np.array_equal(value.places, channels_last(shape)):
        shape = (*shape[1:], shape[0])
        source = reading.shaped(value, shape)
    else:
        raise InputError(f"The output '{name}' has its numbers in another order than the network computes them.")
    return replace(value, source=source, shape=shape)
