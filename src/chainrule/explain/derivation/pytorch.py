"""The same graph built in PyTorch, so that a derivative can be asked of its autograd.

Its own operations and losses are used throughout, in double precision.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.activations import Activation
from chainrule.data.columns import MomentEncoder
from chainrule.data.columns.moment import CYCLES
from chainrule.explain.derivation.units import LOSS, Place, find
from chainrule.explain.table_rows import FEATURES
from chainrule.losses import Loss
from chainrule.network.graph import Node
from chainrule.network.parameters import ParameterName, flatten
from chainrule.network.passes import Masked

if TYPE_CHECKING:
    from chainrule.explain.trace import Trace


class NotInTorchError(Exception):
    """PyTorch cannot be asked; the message says why."""


def torch_derivative(trace: "Trace", of: str, wrt: str, rows: tuple[int, ...]) -> float:
    """The derivative by PyTorch's autograd.

    Raises:
        NotInTorchError: PyTorch is not installed, or has no counterpart of a layer or of what is asked.
    """
    if find_spec("torch") is None:
        raise NotInTorchError("PyTorch is not installed: pip install 'chainrule[torch]'.")
    import torch

    end = find(trace, wrt)
    start = None if of == LOSS else find(trace, of)
    assert not isinstance(start, ParameterName)
    if start is None and isinstance(end, ParameterName) and len(rows) < trace.rows:
        raise NotInTorchError("one row's part of the loss is not compared: derive it without row=.")
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
            if isinstance(given, Masked):
                raise NotInTorchError("rows of unequal length are not compared.")
            whole = np.asarray(given).dtype.kind != "f"
            self.arrays[name, "input"] = torch.tensor(np.asarray(given)) if whole else _leaf(given)
        self.cell = None
        if isinstance(end, Place) and end.kind == "cell":
            self.cell = self._encode(end.node, row)
        for node in trace.nodes:
            sources = [self.arrays[source, "input" if source in trace.inputs else "a"] for source in node.inputs]
            z = self._layer(node, sources)
            self.arrays[node.name, "z"] = z
            self.arrays[node.name, "a"] = z if node.activation is None else _activation(node.activation)(z)

    def number(self, place: Place, row: int) -> Any:
        """One number of a row."""
        if place.kind == "answer":
            from chainrule.explain.derivation.graph import Graph

            output = self.arrays[self.trace.nodes[-1].name, "a"]
            return Graph(self.trace).answer_slope(place.node) * output[row].reshape(-1)[0]
        return self.arrays[place.node, place.kind][(row, *(place.index or ()))]

    def leaf(self, end: "Place | ParameterName", row: int) -> tuple[Any, tuple[int, ...]]:
        """What is derived by, and where in it."""
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
        found = _loss(loss, self.arrays[output.name, "z" if fused else "a"], trace.target, trace.weight)
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
            raise NotInTorchError("an empty cell is not compared.")
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
        import torch
        from torch.nn import functional

        x, layer = sources[0], node.layer
        own = {
            name.rpartition(".")[2]: each for name, each in self.params.items() if name.rpartition(".")[0] == node.name
        }
        saved = self.trace.forward.nodes[node.name].saved
        match layer.kind:
            case "dense":
                return functional.linear(x, own["weight"].T, own["bias"])
            case "activation":
                return _activation(layer.activation)(x)  # pyright: ignore[reportAttributeAccessIssue]
            case "add":
                return torch.stack(sources).sum(dim=0)
            case "concatenate":
                return torch.cat(sources, dim=-1)
            case "flatten":
                return x.flatten(start_dim=1)
            case "reshape":
                return x.reshape(len(x), *layer.shape)  # pyright: ignore[reportAttributeAccessIssue]
            case "dropout":
                if saved.kept is None:
                    return x
                return x * torch.tensor(np.asarray(saved.kept)) / (1 - float(layer.rate))  # pyright: ignore[reportAttributeAccessIssue]
            case "embedding":
                return functional.embedding(x.long(), own["weight"])
            case "layernorm":
                return functional.layer_norm(x, x.shape[-1:], own["scale"], own["shift"], layer.epsilon)  # pyright: ignore[reportAttributeAccessIssue]
            case "batchnorm":
                return _batch_norm(node, x, own, saved)
            case "conv":
                return _convolution(layer, x, own)
            case "maxpool":
                picture = functional.max_pool2d(x.movedim(-1, 1), layer.size, layer.strides)  # pyright: ignore[reportAttributeAccessIssue]
                return picture.movedim(1, -1)
            case "average":
                return x.mean(dim=(1, 2))
            case "lstm":
                return _lstm(layer, x, own)
            case kind:
                raise NotInTorchError(f"the layer '{kind}' is not compared.")


def _leaf(values: Any) -> Any:
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float64), requires_grad=True)


def _batch_norm(node: Node, x: Any, own: dict[str, Any], saved: Any) -> Any:
    import torch
    from torch.nn import functional

    if x.ndim != 2:
        x, shape = x.reshape(-1, x.shape[-1]), x.shape
    else:
        shape = x.shape
    mean, variance = (torch.tensor(np.asarray(each, dtype=np.float64)) for each in saved.stats)
    training = bool(np.any(saved.share))
    epsilon = node.layer.epsilon  # pyright: ignore[reportAttributeAccessIssue]
    return functional.batch_norm(x, mean, variance, own["scale"], own["shift"], training, 0.0, epsilon).reshape(shape)


def _convolution(layer: Any, x: Any, own: dict[str, Any]) -> Any:
    from torch.nn import functional

    down, right = layer._padding(tuple(x.shape[1:3]))
    padded = functional.pad(x.movedim(-1, 1), (right // 2, right - right // 2, down // 2, down - down // 2))
    return functional.conv2d(padded, own["weight"].permute(3, 2, 0, 1), own["bias"], layer.strides).movedim(1, -1)


def _lstm(layer: Any, x: Any, own: dict[str, Any]) -> Any:
    import torch

    cell = torch.nn.LSTM(x.shape[-1], layer.units, batch_first=True, dtype=torch.float64)
    weights = {
        "weight_ih_l0": own["weight"].T,
        "weight_hh_l0": own["recurrent"].T,
        "bias_ih_l0": own["bias"],
        "bias_hh_l0": torch.zeros_like(own["bias"]),
    }
    output, _ = torch.func.functional_call(cell, weights, (x,))
    return output if layer.return_sequences else output[:, -1]


def _activation(activation: Activation) -> Callable[[Any], Any]:
    import torch
    from torch.nn import functional

    numbers = activation.numbers()
    known: dict[str, Callable[[Any], Any]] = {
        "linear": lambda z: z,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "softplus": lambda z: torch.logaddexp(z, torch.zeros_like(z)),
        "softmax": lambda z: torch.softmax(z, dim=-1),
        "log_softmax": lambda z: torch.log_softmax(z, dim=-1),
        "leaky_relu": lambda z: functional.leaky_relu(z, numbers["negative_slope"]),
        "elu": lambda z: functional.elu(z, numbers["alpha"]),
        "selu": torch.selu,
        "gelu": functional.gelu,
        "gelu_tanh": lambda z: functional.gelu(z, approximate="tanh"),
        "silu": functional.silu,
        "softsign": functional.softsign,
        "hard_sigmoid": lambda z: torch.clamp(z / 6 + 0.5, 0, 1),  # its own has a slope of 1/6 in single precision
        "hard_tanh": functional.hardtanh,
    }
    if activation.name not in known:
        raise NotInTorchError(f"the activation '{activation.name}' is not compared.")
    return known[activation.name]


def _loss(loss: Loss, given: Any, target: Any, weight: Any) -> Any:
    """PyTorch's loss of each number, then the mean (or sum) as the loss takes it."""
    import torch
    from torch.nn import functional

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
        raise NotInTorchError(f"the loss '{loss.name}' is not compared.")
    each = known[loss.name]()
    rows = each.reshape(len(each), -1).sum(dim=1)
    if loss.sums:
        return rows.sum() if weight is None else (rows * torch.tensor(np.asarray(weight, dtype=np.float64))).sum()
    share = float(each[0].numel()) / (each.shape[-1] if classes else 1)
    counted = torch.ones(len(rows), dtype=torch.float64)
    if weight is not None:
        counted = torch.tensor(np.asarray(weight, dtype=np.float64))
    return (rows * counted).sum() / (counted.sum() * share)
