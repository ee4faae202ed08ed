"""One operator, as ONNX's own reference computes it."""

import numpy as np
from onnx import helper

from chainrule.interop.onnx_in.compute import compute


def test_every_output_in_order():
    node = helper.make_node("Split", ["x"], ["a", "b"], axis=0, num_outputs=2)
    first, second = compute(node, {"x": np.array([1.0, 2.0, 3.0, 4.0])}, opset=20)
    assert (first.tolist(), second.tolist()) == ([1, 2], [3, 4])


def test_types_stay_and_overflow_is_silent():
    [whole] = compute(helper.make_node("Add", ["a", "a"], ["b"]), {"a": np.array([3])}, opset=20)
    assert (whole.dtype, whole.tolist()) == (np.int64, [6])
    [large] = compute(helper.make_node("Exp", ["a"], ["b"]), {"a": np.array([1e4])}, opset=20)
    assert large.tolist() == [np.inf]
