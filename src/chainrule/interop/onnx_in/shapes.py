"""Operators that only move numbers: they change places and need no layer."""

from collections.abc import Callable
from dataclasses import replace
from math import prod

import numpy as np

from chainrule._typing import Array
from chainrule.interop.onnx_in.graph import Operator, Padded, Reading, Value, in_order

ROWS = 7919
"""Stands for the number of rows where a file computes with it: a prime, so that no other size is taken for it."""


def _moved(reading: Reading, operator: Operator, value: Value, places: Array, at: int) -> None:
    reading.put(operator, value.source, value.shape, places, at)
    joined = reading.joins(operator.inputs[0])
    if joined is not None and reading.node(joined).layer.kind in ("conv", "lstm"):
        reading.foldable[operator.outputs[0]] = joined


def read_transpose(reading: Reading, operator: Operator) -> None:
    """Axes in another order."""
    value = reading.value(operator, anywhere=True)
    order = operator.get("perm", list(range(value.places.ndim + 1))[::-1])
    inner = [axis - (axis > value.at) for axis in order if axis != value.at]
    _moved(reading, operator, value, value.places.transpose(inner), order.index(value.at))


def read_flatten(reading: Reading, operator: Operator) -> None:
    """Each row as one vector."""
    value = reading.value(operator)
    axis = operator.get("axis", 1)
    if axis % (value.places.ndim + 1) != 1:
        operator.refuse(f"rows stay rows, so it must flatten from axis 1; here it is axis {axis}")
    _moved(reading, operator, value, value.places.reshape(-1), 0)


def read_reshape(reading: Reading, operator: Operator) -> None:
    """Each row in another shape, where the rows' axis stays whole; 0 keeps an axis, -1 is whatever is left."""
    value = reading.value(operator, anywhere=True)
    given = reading.constant(operator, 1)
    shape = [] if given is None else [int(size) for size in given]
    before = [*value.places.shape[: value.at], min(reading.rows), *value.places.shape[value.at :]]
    if not operator.get("allowzero", 0):
        shape = [before[axis] if size == 0 and axis < len(before) else size for axis, size in enumerate(shape)]
    for at in sorted(range(len(shape)), key=lambda axis: axis != value.at):
        row = [size for axis, size in enumerate(shape) if axis != at]
        if -1 in row and shape[at] != -1 and (rest := -prod(row)) > 0:
            row[row.index(-1)] = value.places.size // rest
        fits = prod(row[:at]) == prod(before[: value.at]) and prod(row) == value.places.size
        if fits and shape[at] in {-1, *reading.rows} and min(row, default=1) >= 0:
            _moved(reading, operator, value, value.places.reshape(row), at)
            return
    operator.refuse(f"rows stay rows, so the shape must be (rows, …) with {value.places.size} numbers; it is {shape}")


def read_squeeze(reading: Reading, operator: Operator) -> None:
    """Axes of length 1 left out."""
    value = reading.value(operator, anywhere=True)
    given = reading.constant(operator, 1)
    axes = operator.get("axes", None) if given is None else given
    if axes is None:
        operator.refuse("its axes must be given")
    _squeeze(reading, operator, value, {int(axis) % (value.places.ndim + 1) for axis in axes})


def _squeeze(reading: Reading, operator: Operator, value: Value, axes: set[int]) -> None:
    if value.at in axes:
        operator.refuse("it changes the axis of the rows")
    inner = tuple(axis - (axis > value.at) for axis in axes)
    at = value.at - sum(axis < value.at for axis in axes)
    _moved(reading, operator, value, value.places.squeeze(inner), at)


def read_unsqueeze(reading: Reading, operator: Operator) -> None:
    """Axes of length 1 put in."""
    value = reading.value(operator, anywhere=True)
    given = reading.constant(operator, 1)
    added = operator.get("axes", []) if given is None else given
    count = value.places.ndim + 1 + len(added)
    axes = {int(axis) % count for axis in added}
    at = [axis for axis in range(count) if axis not in axes][value.at]
    inner = tuple(axis - (axis > at) for axis in axes)
    _moved(reading, operator, value, np.expand_dims(value.places, inner), at)


def read_shape(reading: Reading, operator: Operator) -> None:
    """A value's shape, to compute other shapes from; the number of rows is the one that the file was written for."""
    value = reading.value(operator, anywhere=True)
    shape = [*value.places.shape[: value.at], min(reading.rows), *value.places.shape[value.at :]]
    part = slice(operator.get("start", 0), operator.get("end", None))
    reading.constants[operator.outputs[0]] = np.array(shape[part], dtype=np.int64)


def read_step(reading: Reading, operator: Operator) -> None:
    """The last step of an LSTM's outputs, of which nothing else is used; or all that there is along an axis."""
    value, index = reading.value(operator, anywhere=True), reading.constant(operator, 1)
    axis = operator.get("axis", 0) % (value.places.ndim + 1)
    if axis == value.at or index is None or index.ndim:
        operator.refuse("of a value it may only take the last step of an LSTM's outputs")
    if value.places.shape[axis - (axis > value.at)] == 1:
        _squeeze(reading, operator, value, {axis})
    else:
        _last_step(reading, operator, value, axis, int(index))


def read_slice(reading: Reading, operator: Operator) -> None:
    """The last step of an LSTM's outputs, as a sequence of one; or all that there is along an axis."""
    value = reading.value(operator, anywhere=True)
    starts, ends, given, strides = (reading.constant(operator, place) for place in range(1, 5))
    if starts is None or ends is None:  # until opset 9
        starts, ends = np.array(operator.get("starts", [])), np.array(operator.get("ends", []))
        given = np.array(operator.get("axes", range(len(starts))))
    axes = np.arange(len(starts)) if given is None else given % (value.places.ndim + 1)
    whole = [*value.places.shape[: value.at], min(reading.rows), *value.places.shape[value.at :]]
    strides = np.ones(len(axes), dtype=np.int64) if strides is None else strides
    taken = {
        int(axis): range(whole[axis])[slice(int(start), int(end), int(stride))]
        for axis, start, end, stride in zip(axes, starts, ends, strides, strict=True)
    }
    parts = {axis: part for axis, part in taken.items() if part != range(whole[axis])}
    if not parts:
        _moved(reading, operator, value, value.places, value.at)
        return
    ((axis, part),) = parts.items() if len(parts) == 1 else [(value.at, range(0))]
    if axis == value.at or len(part) != 1:
        operator.refuse("of a value it may only take the last step of an LSTM's outputs")
    step = _last_step(reading, operator, value, axis, part[0])
    at = axis - (axis > value.at)
    reading.put(operator, step.source, step.shape, np.expand_dims(step.places, at), value.at)


def _last_step(reading: Reading, operator: Operator, value: Value, axis: int, index: int) -> Value:
    """Make an LSTM give its last step alone."""
    steps = np.moveaxis(value.places, axis - (axis > value.at), 0)
    joined = reading.joins(operator.inputs[0])
    if (
        joined is None
        or reading.node(joined).layer.kind != "lstm"
        or index % len(steps) != len(steps) - 1
        or not np.array_equal(steps, in_order(value.shape))
    ):
        operator.refuse(
            "of a value it may only take the last step of an LSTM's outputs, where nothing takes the others"
        )
    reading.change(joined, layer=replace(reading.node(joined).layer, return_sequences=False))
    reading.put(operator, value.source, value.shape[1:], in_order(value.shape[1:]), value.at - (axis < value.at))
    return reading.values[operator.outputs[0]]


def read_pad(reading: Reading, operator: Operator) -> None:
    """Zeros around a picture, for the convolution behind it."""
    value, pads = reading.value(operator), reading.constant(operator, 1)
    filled = reading.constant(operator, 2)
    if pads is None or operator.get("mode", "constant") != "constant" or (filled is not None and filled.any()):
        operator.refuse("padding is with zeros, as many as the file says")
    axes = value.places.ndim + 1
    given = reading.constant(operator, 3)
    whole = np.zeros((2, axes), dtype=np.int64)
    whole[:, np.arange(axes) if given is None else given] = pads.reshape(2, -1)
    if not whole.any():
        _moved(reading, operator, value, value.places, 0)
        return
    if axes != 4 or whole[:, :2].any():
        operator.refuse("there are layers that pad a picture's height and width only")
    reading.padded[operator.outputs[0]] = Padded(operator, value, whole[:, 2:].reshape(-1).tolist())


SHAPES: dict[str, Callable[[Reading, Operator], None]] = {
    "Transpose": read_transpose,
    "Flatten": read_flatten,
    "Pad": read_pad,
    "Reshape": read_reshape,
    "Shape": read_shape,
    "Slice": read_slice,
    "Squeeze": read_squeeze,
    "Unsqueeze": read_unsqueeze,
}
