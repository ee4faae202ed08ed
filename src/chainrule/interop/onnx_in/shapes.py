"""Operators that only move numbers: they change places and need no layer."""

from collections.abc import Callable
from math import prod

import numpy as np

from chainrule._typing import Array
from chainrule.interop.onnx_in.graph import Operator, Reading


def _moved(reading: Reading, operator: Operator, places: Array) -> None:
    value = reading.value(operator)
    reading.put(operator, value.source, value.shape, places)


def read_transpose(reading: Reading, operator: Operator) -> None:
    """Axes in another order; rows stay rows."""
    places = reading.value(operator).places
    order = operator.get("perm", list(range(places.ndim + 1))[::-1])
    if order[0] != 0:
        operator.refuse("it moves the axis of the rows")
    _moved(reading, operator, places.transpose([axis - 1 for axis in order[1:]]))


def read_flatten(reading: Reading, operator: Operator) -> None:
    """Each row as one vector."""
    places = reading.value(operator).places
    axis = operator.get("axis", 1)
    if axis % (places.ndim + 1) != 1:
        operator.refuse(f"rows stay rows, so it must flatten from axis 1; here it is axis {axis}")
    _moved(reading, operator, places.reshape(-1))


def read_reshape(reading: Reading, operator: Operator) -> None:
    """Each row in another shape; 0 keeps an axis, -1 is whatever is left."""
    places = reading.value(operator).places
    given = reading.constant(operator, 1)
    shape = [] if given is None else [int(size) for size in given]
    keeps = not operator.get("allowzero", 0)
    row = [
        places.shape[axis - 1] if size == 0 and keeps and axis <= places.ndim else size
        for axis, size in enumerate(shape)
        if axis
    ]
    if -1 in row and (rest := -prod(row)) > 0:
        row[row.index(-1)] = places.size // rest
    if not shape or shape[0] not in {0, -1, *reading.rows} or prod(row) != places.size or min(row, default=1) < 0:
        operator.refuse(f"rows stay rows, so the shape must be (rows, …) with {places.size} numbers; it is {shape}")
    _moved(reading, operator, places.reshape(row))


def read_squeeze(reading: Reading, operator: Operator) -> None:
    """Axes of length 1 left out, or put in."""
    places = reading.value(operator).places
    given = reading.constant(operator, 1)
    axes = operator.get("axes", None) if given is None else given
    if axes is None:
        operator.refuse("its axes must be given")
    added = len(axes) if operator.kind == "Unsqueeze" else 0
    where = tuple(int(axis) % (places.ndim + 1 + added) - 1 for axis in axes)
    if -1 in where:
        operator.refuse("it changes the axis of the rows")
    change = np.expand_dims if operator.kind == "Unsqueeze" else np.squeeze
    _moved(reading, operator, change(places, where))


SHAPES: dict[str, Callable[[Reading, Operator], None]] = {
    "Transpose": read_transpose,
    "Flatten": read_flatten,
    "Reshape": read_reshape,
    "Squeeze": read_squeeze,
    "Unsqueeze": read_squeeze,
}
