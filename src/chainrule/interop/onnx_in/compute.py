"""One operator of a file, computed by onnx's own reference: on what is fixed in the file, and on samples."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule._typing import Array
from chainrule.interop.packages import need


def compute(node: Any, arrays: Mapping[str, Array], opset: int) -> list[Any]:
    """The outputs of one operator for these inputs, as ONNX defines it.

    >>> node = need("onnx").helper.make_node("Concat", ["a", "b"], ["c"], axis=0)
    >>> compute(node, {"a": np.array([1, 2]), "b": np.array([3])}, opset=20)
    [array([1, 2, 3])]
    """
    helper = need("onnx").helper
    given = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in arrays.items()
    ]
    gives = [helper.make_empty_tensor_value_info(name) for name in node.output if name]
    graph = helper.make_graph([node], "one", given, gives)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    with np.errstate(all="ignore"):  # of samples far from zero, what is not taken may overflow
        return need("onnx.reference").ReferenceEvaluator(model).run(None, dict(arrays))
