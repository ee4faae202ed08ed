"""Networks from PyTorch: a module is traced by ``torch.export``, and each of its operations becomes a layer."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingImports=false

import copy
import warnings
from typing import Any

import numpy as np

from chainrule.errors import InputError, InputTypeError
from chainrule.interop.assembly import Assembly
from chainrule.interop.packages import need
from chainrule.interop.torch_call import Arrays, Call, Unsupported, Value
from chainrule.interop.torch_operations import OPERATIONS, SUPPORTED
from chainrule.losses import Loss
from chainrule.network.graph import INPUT
from chainrule.network.network import Network


def from_torch(module: Any, example: Any, *, loss: str | Loss = "mse") -> Network:
    """Return the network that computes what a PyTorch module computes, with its parameters set.

    >>> import torch
    >>> module = torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.Softplus(), torch.nn.Linear(2, 1))
    >>> from_torch(module, torch.zeros(1, 4))
    Network  loss mse  13 parameters
      input                   (4)
      dense1  Dense softplus  (4) → (2)  10
      dense2  Dense           (2) → (1)   3

    The module is taken as it predicts (``module.eval()``), and is left as it is. Pictures, (channels, height, width)
    in PyTorch, are (height, width, channels) in the network: turn a batch by ``X.movedim(1, -1)``. Parameters are
    turned to fit (a weight is (inputs, outputs) here), those after ``Flatten`` too. LSTMs must be ``batch_first``; of
    a module that returns all that an LSTM gives, the outputs are taken.

    Args:
        module: the module; its ``forward`` must be one that ``torch.export`` can trace.
        example: a batch that it takes, of any numbers, or a tuple of several.
        loss: the loss to explain and train with; modules have none.

    Raises:
        MissingPackageError: PyTorch is not installed.
        InputTypeError: what was given is no module.
        InputError: the module does something that no layer does; the message names where.
    """
    torch = need("torch")
    if not isinstance(module, torch.nn.Module):
        raise InputTypeError(
            f"from_torch takes a torch.nn.Module and an example; got {type(module).__module__}.{type(module).__name__}."
        )
    given = example if isinstance(example, tuple) else (example,)
    examples = tuple(each if isinstance(each, torch.Tensor) else torch.as_tensor(np.asarray(each)) for each in given)
    return _Reading(_exported(module, examples)).network(loss)


def _exported(module: Any, examples: tuple[Any, ...]) -> Any:
    """The module's graph; what it is traced with is a copy, since tracing leaves its marks."""
    import torch

    copied = copy.deepcopy(module).eval()
    if isinstance(copied, torch.nn.LSTM):  # PyTorch 2.6 cannot export one by itself
        copied = torch.nn.Sequential(copied)
    try:
        with torch.no_grad():
            copied(*examples)
    except Exception as error:  # a module may raise anything
        raise InputError(
            f"{type(module).__name__} does not take an example of shape {_shapes(examples)}: {_first_line(error)}. "
            "Give from_torch a batch that the module takes."
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.export.export(copied, examples, strict=False)
    except Exception as error:  # torch.export raises all there is
        raise InputError(
            f"torch.export cannot trace {type(module).__name__}: {_first_line(error)}. Give a module whose "
            "forward makes no choices that depend on the numbers."
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def _shapes(examples: tuple[Any, ...]) -> str:
    return " and ".join(str(tuple(each.shape)) for each in examples)


class _Reading:
    """An exported graph, node by node."""

    def __init__(self, exported: Any) -> None:
        self.graph = exported.graph
        for node in list(self.graph.nodes):
            if _takes_all(node):
                node.replace_all_uses_with(node.args[0])
                self.graph.erase_node(node)
        tensors = {**exported.state_dict, **exported.constants}
        self.arrays = Arrays()
        self.inputs: list[str] = []
        for spec in exported.graph_signature.input_specs:
            if spec.target is None:
                self.inputs.append(spec.arg.name)
            else:
                self.arrays.numbers[spec.arg.name] = tensors[spec.target].detach().cpu().numpy()
                self.arrays.paths[spec.arg.name] = spec.target

    def network(self, loss: str | Loss) -> Network:
        """The network."""
        assembly = Assembly()
        values: dict[Any, Any] = {}
        shapes: dict[str, tuple[int, ...]] = {}
        result: Any = None
        for node in self.graph.nodes:
            if node.op == "placeholder" and node.name in self.inputs:
                name = INPUT if len(self.inputs) == 1 else node.name
                row = tuple(node.meta["val"].shape[1:])
                values[node] = Value(name, row, first=len(row) == 3)
                shapes[name] = (*row[1:], row[0]) if len(row) == 3 else row
            elif node.op == "call_function":
                values[node] = self.operation(assembly, node, values)
            elif node.op == "output":
                result = self.result(node, values)
        if not assembly.nodes:
            raise InputError("The module passes its input on unchanged; a network needs at least one layer.")
        if result != list(assembly.nodes)[-1]:
            raise InputError("What the module returns is not what its last layer computes: remove what is not used.")
        return assembly.network(shapes, loss)

    def operation(self, assembly: Assembly, node: Any, values: dict[Any, Any]) -> Any:
        """The value that one operation makes."""
        name = str(node.target).removeprefix("aten.").partition(".")[0]
        try:
            name = "getitem" if "getitem" in name else name
            if name not in OPERATIONS:
                raise Unsupported(f"the operation '{name}'")
            return OPERATIONS[name](assembly, Call(node, values, self.arrays))
        except Unsupported as error:
            raise InputError(f"{_place(node)}: {error} has no counterpart. {SUPPORTED}") from None

    def result(self, node: Any, values: dict[Any, Any]) -> str:
        """The name of the node whose value the module returns."""
        (returned,) = node.args
        found = [values.get(each) for each in returned]
        kept = found[0] if found else None
        if not isinstance(kept, Value) or (len(found) > 1 and not self.is_lstm(returned)):
            raise InputError(f"The module must return one tensor that its layers compute; it returns {len(found)}.")
        if kept.order is not None:
            raise InputError(
                "The module returns a flattened picture, whose values stand in another order here. Put a Linear after "
                "Flatten, or leave Flatten out."
            )
        return kept.name

    def is_lstm(self, returned: Any) -> bool:
        """Whether all that is returned comes from one LSTM."""
        return all("getitem" in str(each.target) and "lstm" in str(each.args[0].target) for each in returned)


def _takes_all(node: Any) -> bool:
    """Whether it is a slice of everything, which PyTorch 2.6 puts before a step is taken."""
    if "slice" not in str(node.target):
        return False
    axis, start, end = (*node.args[1:4], *(0, None, None)[len(node.args) - 1 :])
    size = node.args[0].meta["val"].shape[axis]
    return not start and (end is None or end >= size) and node.args[4:] in ((), (1,))


def _place(node: Any) -> str:
    """Where an operation stands: the path and class of its module."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    path, kind = stack[-1] if stack else ("", "module")
    kind = str(getattr(kind, "__name__", kind)).rpartition(".")[2]
    return f"{kind} '{path}'" if path else f"{kind}.forward"
