"""What the sheets share: labels of rows, and where what goes into a node stands."""

import numpy as np

import chainrule as cr
from chainrule.explain.workbook.frame import total
from explain.workbook.reading import begun


def masked():
    """Two inputs of unequal rows, and a network on them."""
    real = np.array([[True, True], [False, True]])
    given = {name: cr.Masked(np.ones((2, 2, 1)), real.copy()) for name in ("first", "second")}
    parts = [cr.Flatten(name="flat1", inputs=["first"]), cr.Flatten(name="flat2", inputs=["second"])]
    network = cr.Network([*parts, cr.Add(inputs=["flat1", "flat2"])], inputs=["first", "second"], loss="mse")
    network = network.built({"first": (2, 1), "second": (2, 1)})
    return network.trained(*network.init(0, np.float64)).trace(given, np.zeros((2, 2)))


def test_rows_keep_the_labels_they_were_given():
    sheets = begun(masked(), rows=[1, 0], labels=["Ann", "Bob"])
    assert sheets.down(np.zeros(2)) == ["Bob", "Ann"]
    assert sheets.down(np.zeros((2, 1, 2, 5))) == ["Bob [0, 0]", "Bob [0, 1]", "Ann [0, 0]", "Ann [0, 1]"]


def test_a_nodes_mask_is_that_of_its_own_input():
    sheets = begun(masked())
    first, second, both = sheets.material.trace.nodes
    assert sheets.mask(first) is sheets.masks["first"]
    assert sheets.mask(second) is sheets.masks["second"]
    assert [block.name for block in sheets.inputs(second)] == ["second"]
    sheets.given |= {"flat1": sheets.given["second"], "flat2": sheets.given["first"]}
    assert [block.name for block in sheets.inputs(both)] == ["second", "first"]


def test_rows_of_one_length_have_no_mask():
    network = cr.Network([cr.Dense(1)]).set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})
    sheets = begun(network.trace([[3.0]]))
    assert sheets.mask(sheets.material.trace.nodes[0]) is None
    assert sheets.param(sheets.material.trace.nodes[0], "bias").name == "dense1_bias"


def test_sums_are_written_out():
    assert (total(["B5", "C5"]), total([])) == ("B5+C5", "")
