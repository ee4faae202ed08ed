"""A file that is being written: every value has a name of its own."""

import numpy as np
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

from chainrule.interop.onnx_out.draft import Draft


def test_names_are_free_inside_their_scope():
    draft = Draft()
    assert [draft.name("a"), draft.name("a"), draft.name("a")] == ["a", "a_2", "a_3"]
    draft.scope = "dense1"
    assert [draft.name("a"), draft.name("a")] == ["dense1.a", "dense1.a_2"]


def test_constants_have_their_type():
    draft = Draft()
    draft.constant(np.array([1, 2])), draft.single(0.1)
    whole, single = (numpy_helper.to_array(each) for each in draft.constants)
    assert (whole.dtype, whole.tolist(), single.dtype, single) == (np.int64, [1, 2], np.float32, np.float32(0.1))


def test_the_file_computes_what_was_added():
    """2x + 1 by hand, under the name that was asked for."""
    draft = Draft()
    x = draft.takes("x", "FLOAT", ("n", 2))
    draft.gives(draft.add("Add", draft.add("Mul", x, draft.single(2)), draft.single(1)), "y", "FLOAT", ("n", 2))
    model = draft.model()
    assert ([each.name for each in model.graph.input], [each.name for each in model.graph.output]) == (["x"], ["y"])
    assert [(each.domain, each.version) for each in model.opset_import] == [("", 20)]
    [found] = ReferenceEvaluator(model).run(None, {"x": np.array([[1, 2]], "f")})
    assert found.tolist() == [[3, 5]]
