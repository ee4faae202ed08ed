"""Where each number of a file's value stands in the network's row, and what may join a node."""

from collections import Counter

import numpy as np
import pytest
from onnx import helper

from chainrule.activations import get_activation
from chainrule.errors import InputError
from chainrule.interop.onnx_in.graph import Operator, Reading, Value, channels_last, in_order
from chainrule.layers.dense import DenseLayer


def operator(kind, inputs, **attributes) -> Operator:
    node = helper.make_node(kind, inputs.split(), ["y"], **attributes)
    return Operator(kind, "here", tuple(inputs.split()), ("y",), node)


def reading(**uses) -> Reading:
    return Reading({"c": np.ones(2)}, Counter(uses), 20)


def test_order():
    assert Value("input", (2, 3), in_order((2, 3))).ordered
    picture = Value("input", (1, 3, 2), channels_last((2, 1, 3)))
    assert not picture.ordered
    row = np.array([[[10, 20], [11, 21], [12, 22]]])  # height 1, width 3, channels 2
    assert row.ravel()[picture.places].tolist() == [[[10, 11, 12]], [[20, 21, 22]]]


def test_attributes_are_plain_values():
    elu = operator("Elu", "x", alpha=0.1, text="same")
    assert (elu.get("alpha", 1.0), elu.get("text", ""), elu.get("axis", -1)) == (0.1, "same", -1)
    with pytest.raises(InputError) as caught:
        elu.refuse("there is none")
    assert str(caught.value) == "The operator Elu (node 'here') cannot be read: there is none."


def test_nodes_are_counted_by_kind_and_shapes_put_between():
    found = reading()
    names = [found.add(DenseLayer(1), ["input"], weight=np.ones((2, 1))), found.add(DenseLayer(3), ["dense1"])]
    assert names == ["dense1", "dense2"]
    assert list(found.params) == ["dense1.weight"]
    value = Value("dense2", (4,), in_order((2, 2)))
    assert found.shaped(value, (4,)) == "dense2"
    assert (found.shaped(value, (2, 2)), found.node("reshape1").inputs) == ("reshape1", ("dense2",))
    found.change("dense2", activation=get_activation("relu"))
    assert [getattr(node.activation, "name", None) for node in found.nodes] == [None, "relu", None]


def test_what_is_taken_twice_joins_nothing():
    found = reading(once=1, twice=2)
    found.foldable = {"once": "dense1", "twice": "dense2"}
    assert [found.joins(name) for name in ("once", "twice", "other")] == ["dense1", None, None]


def test_inputs_that_are_no_rows():
    found = reading()
    found.values["x"] = Value("input", (2,), in_order((2,)), at=1)
    for inputs, message in {
        "c": "its input 'c' is a constant, where the network's rows were expected",
        "x": "rows come first there; in its input 'x' they stand along axis 1",
    }.items():
        with pytest.raises(InputError) as caught:
            found.value(operator("Relu", inputs))
        assert str(caught.value) == f"The operator Relu (node 'here') cannot be read: {message}."
    assert found.value(operator("Relu", "x"), anywhere=True).source == "input"
