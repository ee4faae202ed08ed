"""Operators that move numbers: the places are those that NumPy gives, no layer is added, and rows stay rows."""

from collections import Counter

import numpy as np
import pytest
from onnx import helper

from chainrule.interop.onnx_in.graph import Operator, Reading, Value, in_order
from chainrule.interop.onnx_in.shapes import ROWS, SHAPES
from interop.onnx_in.files import one, why

CASES = {
    "Transpose": ({"perm": [0, 2, 1]}, [], lambda x: x.transpose(0, 2, 1), 0),
    "Transpose of rows": ({"perm": [2, 0, 1]}, [], lambda x: x, 1),
    "Flatten": ({}, [], lambda x: x.reshape(1, -1), 0),
    "Reshape": ({}, [-1, 3, 2], lambda x: x.reshape(1, 3, 2), 0),
    "Reshape of what is left": ({}, [0, 3, -1], lambda x: x.reshape(1, 3, 2), 0),
    "Reshape of all to one": ({}, [0, -1], lambda x: x.reshape(1, 6), 0),
    "Pad of nothing": ({}, [0, 0, 0, 0, 0, 0], lambda x: x, 0),
    "Unsqueeze": ({}, [1, -1], lambda x: x.reshape(1, 1, 2, 3, 1), 0),
}


@pytest.mark.parametrize("case", CASES)
def test_places(case):
    attributes, constant, expected, at = CASES[case]
    kind = case.partition(" ")[0]
    inputs = ["x", "c"] if constant else ["x"]
    node = helper.make_node(kind, inputs, ["y"], **attributes)
    reading = Reading({"c": np.array(constant)}, Counter(), 20, rows={ROWS})
    reading.values["x"] = Value("input", (2, 3), in_order((2, 3)))
    SHAPES[kind](reading, Operator(kind, "here", tuple(inputs), ("y",), node))
    found = reading.values["y"]
    whole = expected(in_order((2, 3))[None])
    if case == "Transpose of rows":
        whole = in_order((2, 3)).T[None]
    np.testing.assert_array_equal(found.places, whole[0])
    assert (found.source, found.shape, found.at, reading.nodes) == ("input", (2, 3), at, [])


def test_a_slice_of_everything():
    reading = Reading({"a": np.array([0, 0]), "b": np.array([2**31, 3])}, Counter(), 20, rows={ROWS})
    reading.constants["c"] = np.array([0, -1])
    reading.values["x"] = Value("input", (2, 3), in_order((2, 3)))
    node = helper.make_node("Slice", ["x", "a", "b", "c"], ["y"])
    SHAPES["Slice"](reading, Operator("Slice", "here", ("x", "a", "b", "c"), ("y",), node))
    np.testing.assert_array_equal(reading.values["y"].places, in_order((2, 3)))
    node = helper.make_node("Slice", ["x"], ["z"], starts=[0], ends=[2], axes=[1])
    SHAPES["Slice"](reading, Operator("Slice", "here", ("x",), ("z",), node))
    np.testing.assert_array_equal(reading.values["z"].places, in_order((2, 3)))


def test_the_shape_has_the_files_rows():
    reading = Reading({}, Counter(), 20, rows={ROWS, 9000})
    reading.values["x"] = Value("input", (2, 3), in_order((2, 3)), at=1)
    node = helper.make_node("Shape", ["x"], ["y"], start=1)
    SHAPES["Shape"](reading, Operator("Shape", "here", ("x",), ("y",), node))
    assert reading.constants["y"].tolist() == [ROWS, 3]


OPERATORS = {
    "rows stay rows, so the shape must be (rows, …) with 4 numbers; it is [2, 2]": (
        *(one("Reshape", "x shape"), (4,)),
        {"shape": np.array([2, 2])},
    ),
    "rows stay rows, so it must flatten from axis 1; here it is axis 0": (one("Flatten", axis=0), (4,), {}),
    "of a value it may only take the last step of an LSTM's outputs": (
        *(one("Slice", "x one four ax"), (4,)),
        {"one": np.array([1]), "four": np.array([4]), "ax": np.array([1])},
    ),
    "padding is with zeros, as many as the file says": (
        *(one("Pad", "x pads", mode="reflect"), (4,)),
        {"pads": np.array([0, 1, 0, 0])},
    ),
    "there are layers that pad a picture's height and width only": (
        *(one("Pad", "x pads"), (4,)),
        {"pads": np.array([0, 1, 0, 0])},
    ),
    "a convolution pads by itself, and nothing else does": (
        *(one("Pad", "x pads"), (1, 4, 4)),
        {"pads": np.array([0, 0, 1, 1, 0, 0, 1, 1])},
    ),
    "its axes must be given": (one("Squeeze"), (1,), {}),
    "it changes the axis of the rows": (one("Squeeze", "x axes"), (1,), {"axes": np.array([0])}),
}


@pytest.mark.parametrize("reason", OPERATORS)
def test_why_an_operator_is_refused(reason, tmp_path):
    assert why(tmp_path, *OPERATORS[reason]) == f"{reason}."
