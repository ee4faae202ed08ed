"""``factor * x + offset``, with numbers of its own for each feature: into the layer beside it, or a normalisation.

Biases that stand alone, scaled inputs, and batch normalisation as exporters spell it out: Sub, Mul and Add.
"""

import numpy as np

from chainrule._typing import Array
from chainrule.interop.onnx_in.graph import Affine, Operator, Reading, Value


def read_affine(reading: Reading, operator: Operator) -> bool:
    """Read Add, Sub, Mul or Div of a value and a constant, where the constant's numbers belong to features.

    Returns:
        Whether it is that; if not, nothing is changed.
    """
    left, right = operator.inputs
    x, constant = (left, right) if right in reading.constants else (right, left)
    if constant not in reading.constants or x in reading.constants or (operator.kind == "Div" and x == right):
        return False
    reading.unfold(x)
    if x in reading.formulas:
        reading.settled(x)
    pending = reading.affine.get(x) if reading.uses[x] == 1 else None
    value = reading.values[pending.base] if pending is not None else reading.settled(x)
    numbers = by_feature(value, reading.constants[constant].astype(np.float64))
    if numbers is None:
        return False
    one, zero = np.ones_like(numbers), np.zeros_like(numbers)
    sign = -one if x == right else one
    factor, offset = {
        "Add": (one, numbers),
        "Sub": (sign, -sign * numbers),
        "Mul": (numbers, zero),
        "Div": (1 / numbers, zero),
    }[operator.kind]
    if pending is not None:
        del reading.affine[x]
        base, factor, offset = pending.base, factor * pending.factor, factor * pending.offset + offset
    else:
        base = x
    reading.put_affine(operator.outputs[0], Affine(base, factor, offset))
    return True


def by_feature(value: Value, constant: Array) -> Array | None:
    """A constant's number for each feature, along the last axis of the network's row; None where it is none such.

    >>> by_feature(Value("x", (2,), np.array([1, 0])), np.array([[3.0, 4.0]]))
    array([4., 3.])
    """
    row = value.places.shape
    if not value.shape or value.at or constant.ndim > len(row) + 1:
        return None
    if constant.ndim == len(row) + 1:
        if constant.shape[0] != 1:
            return None
        constant = constant[0]
    try:
        every = np.broadcast_to(constant, row).reshape(-1)
    except ValueError:
        return None
    features = value.places.reshape(-1) % value.shape[-1]
    found = np.empty(value.shape[-1])
    found[features] = every
    return found if np.array_equal(found[features], every) else None
