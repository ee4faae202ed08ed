"""A graph that is being written: operators one after another, and the constants they take."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule._typing import Array
from chainrule.interop.packages import need

OPSET = 20
"""The version of ONNX's operators; the first with Gelu."""
IR_VERSION = 10
"""The version of the file format."""
FLOAT, INT64, DOUBLE = 1, 7, 11
"""How ONNX numbers its types."""


@dataclass
class Draft:
    """Operators and constants so far.

    >>> draft = Draft()
    >>> draft.add("Relu", "x"), draft.add("Mul", "x", draft.constant(np.float32(2)))
    ('Relu', 'Mul')
    """

    operators: list[Any] = field(default_factory=list[Any])
    constants: list[Any] = field(default_factory=list[Any])
    inputs: list[Any] = field(default_factory=list[Any])
    outputs: list[Any] = field(default_factory=list[Any])
    scope: str = ""
    """What names of operators begin with: the network's node that they belong to."""
    _used: set[str] = field(default_factory=set[str])

    def name(self, wanted: str) -> str:
        """A name that no other value has, inside the scope."""
        whole = f"{self.scope}.{wanted}" if self.scope else wanted
        found, count = whole, 1
        while found in self._used:
            count += 1
            found = f"{whole}_{count}"
        self._used.add(found)
        return found

    def constant(self, value: Array, name: str = "constant") -> str:
        """Put an array into the file; returns its name."""
        name = self.name(name)
        self.constants.append(need("onnx").numpy_helper.from_array(np.asarray(value), name))
        return name

    def single(self, value: Array | float, name: str = "constant") -> str:
        """Put an array or a number into the file in single precision; returns its name."""
        return self.constant(np.asarray(value, dtype=np.float32), name)

    def add(self, operator: str, *inputs: str, domain: str = "", output: str = "", **attributes: Any) -> str:
        """Add an operator with one output; returns the output's name."""
        output = output or self.name(operator)
        self.add_several(operator, inputs, [output], domain=domain, **attributes)
        return output

    def add_several(
        self, operator: str, inputs: Sequence[str], outputs: Sequence[str], *, domain: str = "", **attributes: Any
    ) -> None:
        """Add an operator whose outputs have the names given."""
        helper = need("onnx").helper
        made = helper.make_node(operator, inputs, outputs, name=outputs[0], domain=domain, **attributes)
        self.operators.append(made)

    def takes(self, name: str, kind: str, shape: tuple[int | str, ...]) -> str:
        """Declare an input of the file: ``kind`` is FLOAT, DOUBLE, INT64, BOOL or STRING."""
        self.inputs.append(self._value(name, kind, shape))
        return self.name(name)

    def gives(self, value: str, name: str, kind: str, shape: tuple[int | str, ...]) -> None:
        """Declare a value as an output of the file, under a name of its own."""
        self.scope = ""
        name = self.name(name)
        self.add("Identity", value, output=name)
        self.outputs.append(self._value(name, kind, shape))

    def _value(self, name: str, kind: str, shape: tuple[int | str, ...]) -> Any:
        onnx = need("onnx")
        return onnx.helper.make_tensor_value_info(name, getattr(onnx.TensorProto, kind), list(shape))

    def model(self) -> Any:
        """The whole file, checked by the onnx package."""
        onnx = need("onnx")
        helper = onnx.helper
        graph = helper.make_graph(self.operators, "chainrule", self.inputs, self.outputs, self.constants)
        domains = {operator.domain for operator in self.operators}
        opsets = [helper.make_opsetid("", OPSET)]
        opsets += [helper.make_opsetid("ai.onnx.ml", 3)] if "ai.onnx.ml" in domains else []
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="chainrule")
        onnx.checker.check_model(model, full_check=True)
        return model
