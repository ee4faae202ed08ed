"""Operators that are layers: their weights turned to where chainrule has them."""

from collections.abc import Callable

import numpy as np

from chainrule._typing import Array
from chainrule.interop.onnx_in.graph import Operator, Padded, Reading, Value, channels_last, in_order
from chainrule.interop.onnx_in.shapes import read_step
from chainrule.layers.base import Shape
from chainrule.layers.batch_norm import BatchNormLayer, BatchNormStats
from chainrule.layers.convolution import Conv2DLayer
from chainrule.layers.dense import DenseLayer
from chainrule.layers.embedding import EmbeddingLayer
from chainrule.layers.layer_norm import LayerNormLayer
from chainrule.layers.lstm import LSTMLayer
from chainrule.layers.merge import ConcatenateLayer
from chainrule.layers.pooling import GlobalAveragePool2DLayer, MaxPool2DLayer

_CHANNELS_AT: dict[tuple[int, ...], int] = {(2, 3): 0, (1, 2): 2}
"""Over which axes a mean may be, and where in a picture's row the channels are then."""


def _dense(reading: Reading, operator: Operator, weight: Array, bias: Array | None) -> None:
    reading.straighten(operator.inputs[0])
    before = reading.affine.get(operator.inputs[0]) if reading.uses[operator.inputs[0]] == 1 else None
    value = reading.value(operator) if before is None else reading.values[before.base]
    if value.places.ndim != 1 or weight.ndim != 2:
        operator.refuse(f"a dense layer takes one vector a row; here a row has the shape {value.places.shape}")
    inputs, units = weight.shape
    turned = np.empty_like(weight)
    turned[value.places] = weight
    if bias is not None and (bias.ndim > 1 and bias.shape[0] > 1):
        operator.refuse(f"a bias is the same for every row; here it has the shape {bias.shape}")
    spread = np.zeros(units) if bias is None else np.broadcast_to(bias.reshape(-1), (units,))
    if before is not None:
        features = np.arange(inputs) % len(before.factor)
        spread = spread + before.offset[features] @ turned
        turned = before.factor[features, None] * turned
    source = reading.add(DenseLayer(units), [reading.shaped(value, (inputs,))], weight=turned, bias=spread)
    reading.foldable[operator.outputs[0]] = source
    reading.put(operator, source, (units,), in_order((units,)))


def read_gemm(reading: Reading, operator: Operator) -> None:
    """``alpha * x @ weight + beta * bias``."""
    if operator.get("transA", 0):
        operator.refuse("it transposes the rows (transA)")
    weight, bias = reading.constant(operator, 1), reading.constant(operator, 2)
    weight = operator.get("alpha", 1.0) * np.asarray(weight, dtype=np.float64)
    weight = weight.T if operator.get("transB", 0) else weight
    _dense(reading, operator, weight, None if bias is None else operator.get("beta", 1.0) * bias)


def read_matmul(reading: Reading, operator: Operator) -> None:
    """``x @ weight``; a bias that is added to it joins it."""
    _dense(reading, operator, np.asarray(reading.constant(operator, 1), dtype=np.float64), None)


def read_concat(reading: Reading, operator: Operator) -> None:
    """Values side by side, along the last axis as the network has it."""
    values = [reading.value(operator, place) for place in range(len(operator.inputs))]
    axes = values[0].places.ndim
    axis = operator.get("axis", 0) % (axes + 1)
    if axis and axis == axes and all(value.ordered for value in values):
        shapes, form = [value.places.shape for value in values], in_order
    elif axis == 1 and all(np.array_equal(value.places, channels_last(value.places.shape)) for value in values):
        shapes, form = [(*value.places.shape[1:], value.places.shape[0]) for value in values], channels_last
    else:
        operator.refuse(f"values stand side by side along their last axis or a picture's channels, not axis {axis}")
    source = reading.add(
        ConcatenateLayer(), [reading.shaped(value, shape) for value, shape in zip(values, shapes, strict=True)]
    )
    whole = np.concatenate([value.places for value in values], axis=axis - 1).shape
    reading.put(operator, source, (*shapes[0][:-1], sum(shape[-1] for shape in shapes)), form(whole))


def read_gather(reading: Reading, operator: Operator) -> None:
    """Rows of a table of weights, by their codes; or the last step of an LSTM."""
    if operator.inputs[0] not in reading.constants:
        read_step(reading, operator)
        return
    if operator.get("axis", 0) != 0:
        operator.refuse("an embedding picks rows (axis 0) of a table that is fixed in the file")
    table, codes = np.asarray(reading.constant(operator, 0)), reading.codes(operator, 1)
    if table.ndim != 2 or codes.places.ndim > 1:
        operator.refuse("an embedding picks rows of a table with two axes, for one code a row or a sequence of them")
    shape = (*codes.places.shape, table.shape[1])
    source = reading.add(EmbeddingLayer(table.shape[0], table.shape[1]), [codes.source], weight=table)
    reading.put(operator, source, shape, in_order(shape))


def _channels(reading: Reading, operator: Operator, value: Value) -> tuple[str, Shape]:
    """A value whose axes are turned so that its channels come last: the node that has it so, and its shape there."""
    shape = (*value.places.shape[1:], value.places.shape[0])
    if not np.array_equal(value.places, channels_last(value.places.shape)):
        operator.refuse("its channels come first here, and the network computes them in another order")
    return reading.shaped(value, shape), shape


def _picture(reading: Reading, operator: Operator, value: Value | None = None) -> tuple[str, Shape]:
    value = value or reading.value(operator)
    if value.places.ndim != 3:
        operator.refuse(f"there are layers for pictures (height and width) only; a row has shape {value.places.shape}")
    return _channels(reading, operator, value)


def read_conv(reading: Reading, operator: Operator) -> None:
    """A convolution over height and width, all channels together."""
    padded = reading.padded.get(operator.inputs[0])
    source, shape = _picture(reading, operator, None if padded is None else padded.value)
    weight, bias = np.asarray(reading.constant(operator, 1)), reading.constant(operator, 2)
    if operator.get("group", 1) != 1 or set(operator.get("dilations", [1])) != {1}:
        operator.refuse("there are no layers with groups or dilations")
    filters, kernel = weight.shape[0], (weight.shape[2], weight.shape[3])
    strides = _pair(operator, "strides")
    layer = Conv2DLayer(filters, kernel, strides, _padding(operator, shape, kernel, strides, padded))
    bias = np.zeros(filters) if bias is None else bias
    source = reading.add(layer, [source], weight=weight.transpose(2, 3, 1, 0), bias=bias)
    reading.foldable[operator.outputs[0]] = source
    _put_channels(reading, operator, source, layer.output_shape(shape))


def read_max_pool(reading: Reading, operator: Operator) -> None:
    """The largest value of each window."""
    source, shape = _picture(reading, operator)
    size, strides = _pair(operator, "kernel_shape"), _pair(operator, "strides")
    if set(operator.get("dilations", [1])) != {1} or operator.get("ceil_mode", 0) or len(operator.outputs) > 1:
        operator.refuse("there are no layers with dilations, windows that stand over the edge, or places of maxima")
    if _padding(operator, shape, size, strides) != "valid":
        operator.refuse("there are no pooling layers with padding")
    layer = MaxPool2DLayer(size, strides)
    _put_channels(reading, operator, reading.add(layer, [source]), layer.output_shape(shape))


def read_average(reading: Reading, operator: Operator) -> None:
    """The mean of each channel, over height and width."""
    value = reading.value(operator)
    keeps, axes = True, [2, 3]
    if operator.kind == "ReduceMean":
        given = reading.constant(operator, 1)
        axes = sorted(int(axis) % 4 for axis in (operator.get("axes", []) if given is None else given))
        keeps = bool(operator.get("keepdims", 1))
    channels = _CHANNELS_AT.get(tuple(axes)) if value.places.ndim == 3 else None
    if channels is None:
        operator.refuse("the only means are those of a picture's channels, over its height and width")
    turned = np.moveaxis(value.places, channels, -1)
    if not np.array_equal(turned, in_order(turned.shape)):
        operator.refuse("the network computes the picture's numbers in another order")
    means = in_order(turned.shape[2:])
    name = reading.add(GlobalAveragePool2DLayer(), [reading.shaped(value, turned.shape)])
    reading.put(operator, name, means.shape, np.expand_dims(means, [axis - 1 for axis in axes]) if keeps else means)


def read_batch_norm(reading: Reading, operator: Operator) -> None:
    """Batch normalisation with the running statistics that the file has."""
    if operator.get("training_mode", 0):
        operator.refuse("it uses the batch's statistics while predicting (training_mode is 1)")
    value = reading.value(operator)
    if not value.places.ndim:
        operator.refuse("a row has no channels")
    source, shape = _channels(reading, operator, value)
    scale, shift, mean, variance = (np.asarray(reading.constant(operator, place)) for place in range(1, 5))
    layer = BatchNormLayer(momentum=round(1 - operator.get("momentum", 0.9), 7), epsilon=operator.get("epsilon", 1e-5))
    name = reading.add(layer, [source], scale=scale, shift=shift)
    reading.stats[name] = BatchNormStats(mean, variance)
    _put_channels(reading, operator, name, shape)


def read_layer_norm(reading: Reading, operator: Operator) -> None:
    """Layer normalisation over the last axis."""
    value = reading.value(operator)
    axes, axis = value.places.ndim, operator.get("axis", -1)
    if not axes or axis % (axes + 1) != axes or any(reading.uses[name] for name in operator.outputs[1:]):
        operator.refuse(f"it goes over the last axis of a row and gives one value; here it goes over axis {axis}")
    if not value.ordered:
        operator.refuse("its numbers come in another order than the network has them")
    shape = value.places.shape
    scale, shift = np.asarray(reading.constant(operator, 1)), reading.constant(operator, 2)
    layer = LayerNormLayer(epsilon=operator.get("epsilon", 1e-5))
    shift = np.zeros(shape[-1:]) if shift is None else shift
    source = reading.add(layer, [reading.shaped(value, shape)], scale=scale, shift=shift)
    reading.put(operator, source, shape, in_order(shape))


def read_lstm(reading: Reading, operator: Operator) -> None:
    """An LSTM that reads forward and starts at zero; its gates stand in the order i, o, f, c there, i, f, c, o here."""
    if operator.get("direction", "forward") != "forward":
        operator.refuse(f"there are no layers that read sequences in the direction '{operator.get('direction', '')}'")
    named = [each.decode() for each in operator.get("activations", [])]
    if named not in ([], ["Sigmoid", "Tanh", "Tanh"]):
        operator.refuse(f"gates have Sigmoid, Tanh and Tanh; here they have {', '.join(named)}")
    if operator.get("clip", 0) or operator.get("input_forget", 0) or reading.constant(operator, 7) is not None:
        operator.refuse("there are no LSTMs with clip, input_forget or peepholes (P)")
    for what, place in (("h", 5), ("c", 6)):
        state = reading.constant(operator, place)
        if state is not None and np.asarray(state).any():
            operator.refuse(f"an LSTM starts at zero; here initial_{what} is something else")
    value = reading.value(operator, anywhere=True)
    rows, steps = (0, 1) if operator.get("layout", 0) else (1, 0)
    if value.at != rows or value.places.ndim != 2 or not value.ordered:
        operator.refuse(f"its rows must stand along axis {rows} and the steps along {steps}")
    lengths = reading.constant(operator, 4)
    if lengths is not None and set(np.asarray(lengths).tolist()) != {len(value.places)}:
        operator.refuse("sequences of unequal length come with a mask here; leave sequence_lens out")
    weight, recurrent = (np.asarray(reading.constant(operator, place))[0] for place in (1, 2))
    units = recurrent.shape[1]
    given = reading.constant(operator, 3)
    bias = np.zeros(8 * units) if given is None else np.asarray(given)[0]
    order = np.arange(4 * units).reshape(4, units)[[0, 2, 3, 1]].reshape(-1)
    used = [place for place, name in enumerate(operator.outputs) if name and reading.uses[name]]
    if used not in ([0], [1]):
        operator.refuse("of Y, Y_h and Y_c a layer gives either Y or Y_h; here others are used")
    sequences, output = used == [0], operator.outputs[used[0]]
    source = reading.add(
        LSTMLayer(units, return_sequences=sequences),
        [reading.shaped(value, value.places.shape)],
        weight=weight.T[:, order],
        recurrent=recurrent.T[:, order],
        bias=(bias[: 4 * units] + bias[4 * units :])[order],
    )
    shape = (len(value.places), units) if sequences else (units,)
    places = np.expand_dims(in_order(shape), -2)  # the axis of directions
    reading.values[output] = Value(source, shape, places, 0 if rows == 0 else places.ndim - 1)
    if sequences:
        reading.foldable[output] = source


def _put_channels(reading: Reading, operator: Operator, source: str, shape: Shape) -> None:
    """A layer's output with its channels last, which the file has first."""
    reading.put(operator, source, shape, channels_last((shape[-1], *shape[:-1])))


def _pair(operator: Operator, name: str) -> tuple[int, int]:
    down, right = operator.get(name, [1, 1])
    return int(down), int(right)


def _padding(
    operator: Operator, shape: Shape, kernel: tuple[int, int], strides: tuple[int, int], padded: Padded | None = None
) -> str:
    """``valid``, or ``same`` where the zeros around the picture (and those put there before) are just those."""
    automatic = operator.get("auto_pad", "NOTSET")
    pads = list(operator.get("pads", [0, 0, 0, 0]))
    if padded is not None and automatic in ("NOTSET", "VALID"):
        automatic, pads = "NOTSET", [own + before for own, before in zip(pads, padded.pads, strict=True)]
    whole = [
        max((-(-size // stride) - 1) * stride + window - size, 0)
        for size, stride, window in zip(shape[:2], strides, kernel, strict=True)
    ]
    same = [*(total // 2 for total in whole), *(total - total // 2 for total in whole)]
    if automatic == "SAME_UPPER" or (automatic == "NOTSET" and pads == same):
        return "same" if any(same) else "valid"
    if automatic != "VALID" and (automatic != "NOTSET" or any(pads)):
        operator.refuse(
            f"padding is none or {same} (what keeps one window for each stride); here it is "
            f"{pads if automatic == 'NOTSET' else automatic}"
        )
    return "valid"


LAYERS: dict[str, Callable[[Reading, Operator], None]] = {
    "Gemm": read_gemm,
    "MatMul": read_matmul,
    "Concat": read_concat,
    "Gather": read_gather,
    "Conv": read_conv,
    "MaxPool": read_max_pool,
    "GlobalAveragePool": read_average,
    "ReduceMean": read_average,
    "BatchNormalization": read_batch_norm,
    "LayerNormalization": read_layer_norm,
    "LSTM": read_lstm,
}
