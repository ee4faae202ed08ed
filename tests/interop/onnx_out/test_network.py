"""A network's nodes as operators: all of them, or up to one of them."""

import numpy as np
import pytest
from onnx.reference import ReferenceEvaluator

import chainrule as cr
from chainrule.interop.onnx_out.draft import Draft
from chainrule.interop.onnx_out.network import code_inputs, write_network

NET = cr.Network([cr.Dense(1, "relu"), cr.Dense(1)]).set(
    {"dense1.weight": [[2.0]], "dense1.bias": [1.0], "dense2.weight": [[10.0]], "dense2.bias": [-1.0]}
)


@pytest.mark.parametrize(("last", "expected"), [(None, [[29.0], [-1.0]]), ("dense1", [[3.0], [0.0]])])
def test_the_output_is_the_last_node_or_the_one_asked_for(last, expected):
    draft = Draft()
    x = draft.takes("rows", "FLOAT", ("n", 1))
    draft.gives(write_network(draft, NET, {"input": x}, {"input": (1,)}, last), "y", "FLOAT", ("n", 1))
    [found] = ReferenceEvaluator(draft.model()).run(None, {"rows": np.array([[1.0], [-4.0]], "f")})
    assert found.tolist() == expected
    assert all(each.name.startswith(("dense", "y")) for each in draft.operators)


def test_inputs_that_take_codes():
    assert code_inputs(NET) == frozenset()
    assert code_inputs(cr.Network([cr.Embedding(3, 2), cr.Flatten(), cr.Dense(1)])) == {"input"}
