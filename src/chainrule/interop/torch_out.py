"""Networks to PyTorch: a chain of layers becomes ``nn.Sequential``, any other graph a small module of its own."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingImports=false

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.activations import Activation
from chainrule.errors import InputError, MissingPackageError
from chainrule.layers.base import Shape
from chainrule.network.graph import Node
from chainrule.network.network import Network
from chainrule.network.parameters import flatten

if TYPE_CHECKING:
    from torch import nn


def to_torch(network: Network, *, dtype: str = "float32") -> "nn.Module":
    """Return a PyTorch module that computes what a network computes; see :meth:`Network.to_torch`."""
    if find_spec("torch") is None:
        raise MissingPackageError("to_torch needs the package torch: pip install 'chainrule[torch]'.", package="torch")
    import torch

    from chainrule.interop.torch_modules import Graph

    if network.input_shapes is None:
        raise InputError("The network's input shape is not known yet: pass input_shape= to Network, or train it.")
    params, stats = network.init(0, np.float64)
    missing = [name for name in flatten(params) if name not in network.values]
    if missing:
        raise InputError(
            f"The network's parameters are not all set: '{missing[0]}' is not. Train it, or set it "
            "with net.set({...})."
        )
    shapes = network.shapes(network.input_shapes)
    arrays = {**flatten(params), **flatten(stats)}
    made: dict[str, list[Any]] = {}
    for node in network.nodes:
        own = {name.rpartition(".")[2]: each for name, each in arrays.items() if name.rpartition(".")[0] == node.name}
        row = [shapes[name] for name in node.inputs]
        made[node.name] = _modules(node, own, row[0])
        if node.activation is not None:
            made[node.name].append(_activation(node.activation, node.name, len(shapes[node.name])))
    names = list(network.input_names)
    before = [*names, *(node.name for node in network.nodes)]
    chain = len(names) == 1 and all(
        node.inputs == (before[place],) and not node.layer.several_inputs for place, node in enumerate(network.nodes)
    )
    with torch.no_grad():
        if chain:
            module: nn.Module = torch.nn.Sequential(*(each for modules in made.values() for each in modules))
        else:
            steps = {name: torch.nn.Sequential(*modules) for name, modules in made.items()}
            module = Graph(steps, {node.name: node.inputs for node in network.nodes}, names)
    return module.to(getattr(torch, dtype)).eval()


def _modules(node: Node, own: dict[str, np.ndarray], row: Shape) -> list[Any]:
    """The modules of a node's layer, with its numbers."""
    from torch import nn

    from chainrule.interop.torch_modules import Concatenated, LSTMOutput, PictureFlatten, Sum

    layer: Any = node.layer
    match layer.kind:
        case "dense":
            return [_filled(nn.Linear(*own["weight"].shape), weight=own["weight"].T, bias=own["bias"])]
        case "activation":
            return [_activation(layer.activation, node.name, len(row))]
        case "dropout":
            return [nn.Dropout(float(layer.rate))]
        case "flatten":
            return [PictureFlatten() if len(row) == 3 else nn.Flatten()]
        case "embedding":
            return [_filled(nn.Embedding(*own["weight"].shape), weight=own["weight"])]
        case "layernorm":
            if len(row) == 3:
                raise _unknown(node, "a LayerNorm over the channels of pictures")
            return [_filled(nn.LayerNorm(row[-1], layer.epsilon), weight=own["scale"], bias=own["shift"])]
        case "batchnorm":
            if len(row) == 2:
                raise _unknown(node, "a BatchNorm over sequences")
            kind = nn.BatchNorm2d if len(row) == 3 else nn.BatchNorm1d
            module = kind(row[-1], layer.epsilon, layer.momentum)
            arrays = {"weight": "scale", "bias": "shift", "running_mean": "mean", "running_var": "variance"}
            return [_filled(module, **{theirs: own[ours] for theirs, ours in arrays.items()})]
        case "conv":
            return _convolution(layer, own, row)
        case "maxpool":
            return [nn.MaxPool2d(layer.size, layer.strides)]
        case "average":
            return [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        case "lstm":
            module = nn.LSTM(row[-1], layer.units, batch_first=True)
            _filled(
                module,
                weight_ih_l0=own["weight"].T,
                weight_hh_l0=own["recurrent"].T,
                bias_ih_l0=own["bias"],
                bias_hh_l0=np.zeros_like(own["bias"]),
            )
            return [LSTMOutput(module, every_step=layer.return_sequences)]
        case "add":
            return [Sum()]
        case "concatenate":
            return [Concatenated(1 if len(row) == 3 else -1)]
        case kind:
            raise _unknown(node, f"the layer '{kind}'")


def _convolution(layer: Any, own: dict[str, np.ndarray], row: Shape) -> list[Any]:
    """The convolution, after zeros where PyTorch has no padding of this kind."""
    from torch import nn

    high, wide = layer._padding(row[:2])
    channels = own["weight"].shape[2]
    even = not high % 2 and not wide % 2
    padding = (high // 2, wide // 2) if even else (0, 0)
    module = nn.Conv2d(channels, layer.filters, layer.kernel_size, layer.strides, padding)
    filled = _filled(module, weight=own["weight"].transpose(3, 2, 0, 1), bias=own["bias"])
    around = (wide // 2, wide - wide // 2, high // 2, high - high // 2)
    return [filled] if even else [nn.ZeroPad2d(around), filled]


def _filled(module: Any, **arrays: np.ndarray) -> Any:
    """The module in double precision, with these numbers."""
    import torch

    module = module.double()
    module.load_state_dict(
        {name: torch.tensor(np.ascontiguousarray(array)) for name, array in arrays.items()}, strict=False
    )
    return module


def _activation(activation: Activation, node: str, axes: int) -> Any:
    from torch import nn

    numbers, axis = activation.numbers(), 1 if axes == 3 else -1
    known: dict[str, Callable[[], Any]] = {
        "linear": nn.Identity,
        "sigmoid": nn.Sigmoid,
        "tanh": nn.Tanh,
        "relu": nn.ReLU,
        "softplus": lambda: nn.Softplus(threshold=40),  # above it e^-z is below a double's last digit
        "softmax": lambda: nn.Softmax(dim=axis),
        "log_softmax": lambda: nn.LogSoftmax(dim=axis),
        "leaky_relu": lambda: nn.LeakyReLU(numbers["negative_slope"]),
        "elu": lambda: nn.ELU(numbers["alpha"]),
        "selu": nn.SELU,
        "gelu": nn.GELU,
        "gelu_tanh": lambda: nn.GELU(approximate="tanh"),
        "silu": nn.SiLU,
        "softsign": nn.Softsign,
        "hard_sigmoid": nn.Hardsigmoid,
        "hard_tanh": nn.Hardtanh,
    }
    if activation.name not in known:
        raise InputError(f"'{node}' has the activation '{activation.name}', which PyTorch does not have.")
    return known[activation.name]()


def _unknown(node: Node, what: str) -> InputError:
    return InputError(f"'{node.name}' is {what}, which to_torch cannot write.")
