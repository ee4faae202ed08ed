"""ONNX files with few operators, and why one is refused."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import chainrule as cr
from chainrule.errors import InputError


def write(
    path: Path,
    operators: Sequence[Any],
    constants: Mapping[str, Any],
    row: Sequence[Any],
    rows: Any = "n",
    axes: int = 2,
) -> Path:
    """A file whose input ``x`` has rows of that shape, and whose output is ``y``."""
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, *row])]
    gives = [helper.make_tensor_value_info("y", TensorProto.FLOAT, list("nmop"[:axes]))]
    arrays = [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()]
    graph = helper.make_graph(operators, "other", given, gives, arrays)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)
    return path


def nodes(*written: tuple[str, str, str]) -> list[Any]:
    """Operators by kind, inputs and output."""
    return [helper.make_node(kind, names.split(), [out]) for kind, names, out in written]


def one(kind: str, inputs: str = "x", **attributes: Any) -> Any:
    """The operator that gives ``y``."""
    return helper.make_node(kind, inputs.split(), ["y"], **attributes)


def refused(path: Path) -> str:
    """Why a file cannot be read."""
    with pytest.raises(InputError) as caught:
        cr.from_onnx(path)
    return str(caught.value).removeprefix(f"{path}: ")


def why(folder: Path, operator: Any, row: Sequence[int], constants: Mapping[str, Any]) -> str:
    """Why an operator cannot be read; its input ``t`` is one number a row, computed from ``x``."""
    before = nodes(("MatMul", "x narrow", "t")) if "t" in operator.input else []
    constants = {**constants, "narrow": np.ones((3, 1), "f")}
    found = refused(write(folder / "net.onnx", [*before, operator], constants, row))
    begin = f"The operator {operator.op_type} (node 'y') cannot be read: "
    assert found.startswith(begin)
    return found.removeprefix(begin)
