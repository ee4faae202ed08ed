"""A derivative of a traced pass, as PyTorch's autograd finds it in the same graph of PyTorch's own modules and losses.

What a derivation's check shows beside the backward pass; everything is in double precision.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.activations import Activation
from chainrule.data.columns import MomentEncoder
from chainrule.data.columns.moment import CYCLES
from chainrule.errors import InputError
from chainrule.explain.derivation.units import LOSS, Place, find
from chainrule.explain.table_rows import FEATURES
from chainrule.interop.packages import need
from chainrule.losses import Loss, real_steps
from chainrule.network.graph import Node
from chainrule.network.parameters import ParameterName, flatten
from chainrule.network.passes import Masked

if TYPE_CHECKING:
    from chainrule.explain.trace import Trace


def torch_derivative(trace: "Trace", of: str, wrt: str, rows: tuple[int, ...]) -> float:
    """The derivative by PyTorch's autograd.

    Raises:
        MissingPackageError: PyTorch is not installed.
        InputError: PyTorch has no counterpart of a layer or of what is asked.
    """
    torch = need("torch")
    end = find(trace, wrt)
    start = None if of == LOSS else find(trace, of)
    assert not isinstance(start, ParameterName)
    if start is None and isinstance(end, ParameterName) and len(rows) < trace.rows:
        raise InputError("one row's part of the loss is not compared: differentiate it without row=.")
    graph = _Graph(trace, end, rows[0])
    result = graph.loss(held=end) if start is None else graph.number(start, rows[0])
    leaf, place = graph.leaf(end, rows[0])
    (slope,) = torch.autograd.grad(result, leaf, allow_unused=True)
    return 0.0 if slope is None else float(slope[place])


class _Graph:
    """The forward pass, with every array kept."""

    def __init__(self, trace: "Trace", end: "Place | ParameterName", row: int) -> None:
        import torch

        self.trace = trace
        self.params = {name: _leaf(each) for name, each in flatten(trace.tree).items()}
        self.arrays: dict[tuple[str, str], Any] = {}
        for name, given in trace.inputs.items():
            given = given.values if isinstance(given, Masked) else given
            whole = np.asarray(given).dtype.kind != "f"
            self.arrays[name, "input"] = torch.tensor(np.asarray(given)) if whole else _leaf(given)
        self.cell = None
        if isinstance(end, Place) and end.kind == "cell":
            self.cell = self._encode(end.node, row)
        for node in trace.nodes:
            sources = [self.arrays[source, "input" if source in trace.inputs else "a"] for source in node.inputs]
            z = self._layer(node, sources)
            self.arrays[node.name, "z"] = z
            self.arrays[node.name, "a"] = z if node.activation is None else _activated(node.activation, node, z)

    def number(self, place: Place, row: int) -> Any:
        """One number of a row."""
        if place.kind == "answer":
            from chainrule.explain.derivation.graph import Graph

            output = self.arrays[self.trace.nodes[-1].name, "a"]
            return Graph(self.trace).answer_slope(place.node) * output[row].reshape(-1)[0]
        return self.arrays[place.node, place.kind][(row, *(place.index or ()))]

    def leaf(self, end: "Place | ParameterName", row: int) -> tuple[Any, tuple[int, ...]]:
        """What is differentiated by, and where in it."""
        if isinstance(end, ParameterName):
            return self.params[end.array], end.index or ()
        if end.kind == "cell":
            return self.cell, ()
        return self.arrays[end.node, end.kind], (row, *(end.index or ()))

    def loss(self, held: "Place | ParameterName") -> Any:
        """The loss with its penalties."""
        trace, output = self.trace, self.trace.nodes[-1]
        by_output = isinstance(held, Place) and (held.node, held.kind) == (output.name, "a")
        fused = trace.measured is not None and trace.measured.fused and not by_output
        loss = trace.loss_function.fused if fused else trace.loss_function
        found = _loss(
            loss,
            self.arrays[output.name, "z" if fused else "a"],
            trace.target,
            trace.counts,
        )
        for node in trace.nodes:
            for name, array in self.params.items():
                if name.rpartition(".")[0] == node.name and array.ndim > 1:
                    found = found + (node.l1 or 0.0) * array.abs().sum() + (node.l2 or 0.0) * (array**2).sum()
        return found

    def _encode(self, column: str, row: int) -> Any:
        """A cell as a leaf, from which its features are made; what it is becomes a number first."""
        import torch

        table = self.trace.table
        assert table is not None
        encoder, where = table.encoder.column(column), table.encoder.places[column]
        features = self.arrays[FEATURES, "input"].detach().clone()
        if not table.slope(column)[1][row].any():
            raise InputError("an empty cell is not compared.")
        cell = _leaf(float(features[row, where.start]) * float(getattr(encoder, "scale", 1.0)))
        made = [cell / float(getattr(encoder, "scale", 1.0))]
        if isinstance(encoder, MomentEncoder):
            moment = cell + encoder.mean
            for name in encoder.cycles:
                angle = 2 * torch.pi * (moment - CYCLES[name].start) / CYCLES[name].period
                made += [torch.sin(angle), torch.cos(angle)]
        for place, value in enumerate(made):
            features[row, where.start + place] = value
        self.arrays[FEATURES, "input"] = features
        return cell

    def _layer(self, node: Node, sources: list[Any]) -> Any:
        """What the modules of a layer make of its inputs, in training or not as in the trace."""
        import torch

        from chainrule.interop.torch_layers import MASKED, layer_pieces

        layer: Any = node.layer
        saved, mask = self.trace.forward.nodes[node.name].saved, self.trace.forward.nodes[node.name].mask
        if getattr(saved, "kept", None) is not None:  # the numbers that dropout dropped, and no new ones
            return sources[0] * torch.tensor(np.asarray(saved.kept)) / (1 - float(layer.rate))
        if layer.kind == "activation":
            return _activated(layer.activation, node, sources[0])
        own = {
            name.rpartition(".")[2]: each for name, each in self.params.items() if name.rpartition(".")[0] == node.name
        }
        if hasattr(saved, "stats"):
            if mask is not None:
                raise InputError("batch normalisation of rows of unequal length is not compared.")
            own |= {name: torch.tensor(np.asarray(each, np.float64)) for name, each in saved.stats._asdict().items()}
        values = [_turned(each, 1) for each in sources]
        masked = layer.kind in MASKED and mask is not None
        if masked:
            values.append(torch.tensor(np.asarray(mask)))
        for piece in layer_pieces(node, own, tuple(sources[0].shape[1:]), masked=masked):
            module = piece.module.double().train(bool(np.any(getattr(saved, "share", False))))
            values = [torch.func.functional_call(module, dict(piece.weights), tuple(values))]
        return _turned(values[0], -1)


def _turned(x: Any, to: int) -> Any:
    """Pictures with their channels first (1), as PyTorch takes them, or last (-1)."""
    return x.movedim(-to, to) if x.ndim == 4 else x


def _activated(activation: Activation, node: Node, z: Any) -> Any:
    import torch

    from chainrule.interop.torch_layers import activation_module

    if activation.name == "hard_sigmoid":  # PyTorch's own has a slope of 1/6 in single precision
        return torch.clamp(z / 6 + 0.5, 0, 1)
    return _turned(activation_module(activation, node.name, z.ndim - 1)(_turned(z, 1)), -1)


def _leaf(values: Any) -> Any:
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float64), requires_grad=True)


def _loss(loss: Loss, given: Any, target: Any, weight: Any) -> Any:
    """PyTorch's loss of each number, then the mean (or sum) as the loss takes it."""
    import torch
    from torch.nn import functional

    if np.ndim(weight) > 1:
        weight, given, target = real_steps(np.asarray(weight), given, np.asarray(target))
    numbers = loss.numbers()
    classes = loss.target_kind == "class"
    y = torch.tensor(np.asarray(target))
    if classes and y.ndim < given.ndim:
        y = functional.one_hot(y.long(), given.shape[-1])
    y = y.to(torch.float64)
    known: dict[str, Callable[[], Any]] = {
        "ssr": lambda: functional.mse_loss(given, y, reduction="none"),
        "mse": lambda: functional.mse_loss(given, y, reduction="none"),
        "mae": lambda: functional.l1_loss(given, y, reduction="none"),
        "huber": lambda: functional.huber_loss(given, y, reduction="none", delta=numbers["delta"]),
        "log_cosh": lambda: torch.log(torch.cosh(given - y)),
        "quantile": lambda: torch.maximum(numbers["quantile"] * (y - given), (numbers["quantile"] - 1) * (y - given)),
        "binary_cross_entropy": lambda: functional.binary_cross_entropy(given, y, reduction="none"),
        "binary_cross_entropy_from_logits": lambda: functional.binary_cross_entropy_with_logits(
            given, y, reduction="none"
        ),
        "cross_entropy": lambda: -y * torch.log(given),
        "cross_entropy_from_logits": lambda: -y * torch.log_softmax(given, dim=-1),
        "poisson": lambda: functional.poisson_nll_loss(given, y, log_input=False, eps=0.0, reduction="none"),
        "poisson_from_log": lambda: functional.poisson_nll_loss(given, y, log_input=True, reduction="none"),
    }
    if loss.name not in known:
        raise InputError(f"the loss '{loss.name}' is not compared.")
    each = known[loss.name]()
    rows = each.reshape(len(each), -1).sum(dim=1)
    if loss.sums:
        return rows.sum() if weight is None else (rows * torch.tensor(np.asarray(weight, dtype=np.float64))).sum()
    share = float(each[0].numel()) / (each.shape[-1] if classes else 1)
    counted = torch.ones(len(rows), dtype=torch.float64)
    if weight is not None:
        counted = torch.tensor(np.asarray(weight, dtype=np.float64))
    return (rows * counted).sum() / (counted.sum() * share)
