"""Each layer and activation as PyTorch's modules; pictures are (n, c, h, w) there. Imported only where PyTorch is.

Parameters come in as tensors, and may be ones that are differentiated by: the modules hold none of their own numbers.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingImports=false

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import nn

from chainrule.activations import Activation
from chainrule.errors import InputError
from chainrule.interop.torch_modules import Concatenated, LSTMOutput, Moved, OnlyReal, Reshaped, Sum
from chainrule.layers.base import Shape
from chainrule.network.graph import Node

MASKED = ("flatten", "lstm")
"""Layers that do something else where a mask is False; the others pass masks on."""


class Piece(NamedTuple):
    """A module, and by its own names what its parameters and statistics are."""

    module: Any
    weights: Mapping[str, Any] = {}


def layer_pieces(node: Node, own: Mapping[str, Any], row: Shape, *, masked: bool = False) -> list[Piece]:
    """The modules of a node's layer, one after another; where it is masked the first takes the masks, too.

    >>> from chainrule.network import Dense, Network
    >>> node = Network([Dense(2)]).nodes[0]
    >>> [piece] = layer_pieces(node, {"weight": torch.ones(3, 2), "bias": torch.zeros(2)}, (3,))
    >>> piece.module, piece.weights["weight"].shape
    (Linear(in_features=3, out_features=2, bias=True), torch.Size([2, 3]))

    Args:
        node: the node.
        own: its layer's parameters and running statistics, as tensors of chainrule's shapes.
        row: the shape of one row of its (first) input, in chainrule's order.
        masked: whether masks reach it, and it does something else where they are False.

    Raises:
        InputError: it is a layer of the user's own.
    """
    layer: Any = node.layer
    match layer.kind:
        case "dense":
            weights = {"weight": own["weight"].T, "bias": own["bias"]}
            return [Piece(nn.Linear(*own["weight"].shape), weights)]
        case "activation":
            return [Piece(activation_module(layer.activation, node.name, len(row)))]
        case "dropout":
            return [Piece(nn.Dropout(float(layer.rate)))]
        case "flatten":
            flat = Piece(Reshaped((-1,)) if len(row) == 3 else nn.Flatten())
            return [Piece(OnlyReal()), flat] if masked else [flat]
        case "reshape":
            return [Piece(Reshaped(layer.shape))]
        case "embedding":
            return [Piece(nn.Embedding(*own["weight"].shape), own)]
        case "layernorm":
            normal = nn.LayerNorm(row[-1], layer.epsilon)
            return [_moved(normal, {"weight": own["scale"], "bias": own["shift"]}, (1, -1) if len(row) == 3 else None)]
        case "batchnorm":
            kind = nn.BatchNorm2d if len(row) == 3 else nn.BatchNorm1d
            names = {"weight": "scale", "bias": "shift", "running_mean": "mean", "running_var": "variance"}
            weights = {theirs: own[ours] for theirs, ours in names.items()}
            return [_moved(kind(row[-1], layer.epsilon, layer.momentum), weights, (-1, 1) if len(row) == 2 else None)]
        case "conv":
            return _convolution(layer, own, row)
        case "maxpool":
            return [Piece(nn.MaxPool2d(layer.size, layer.strides))]
        case "average":
            return [Piece(nn.AdaptiveAvgPool2d(1)), Piece(nn.Flatten())]
        case "lstm":
            weights = {
                "lstm.weight_ih_l0": own["weight"].T,
                "lstm.weight_hh_l0": own["recurrent"].T,
                "lstm.bias_ih_l0": own["bias"],
                "lstm.bias_hh_l0": torch.zeros_like(own["bias"]),
            }
            lstm = nn.LSTM(row[-1], layer.units, batch_first=True)
            return [Piece(LSTMOutput(lstm, every_step=layer.return_sequences), weights)]
        case "add":
            return [Piece(Sum())]
        case "concatenate":
            return [Piece(Concatenated(1 if len(row) == 3 else -1))]
        case kind:
            raise InputError(f"'{node.name}' is the layer '{kind}', which PyTorch does not have.")


def _moved(module: Any, weights: Mapping[str, Any], axes: tuple[int, int] | None) -> Piece:
    if axes is None:
        return Piece(module, weights)
    return Piece(Moved(module, *axes), {f"module.{name}": each for name, each in weights.items()})


def _convolution(layer: Any, own: Mapping[str, Any], row: Shape) -> list[Piece]:
    """The convolution, after zeros where PyTorch has no padding of this kind."""
    high, wide = layer._padding(row[:2])
    even = not high % 2 and not wide % 2
    padding = (high // 2, wide // 2) if even else (0, 0)
    module = nn.Conv2d(row[2], layer.filters, layer.kernel_size, layer.strides, padding)
    piece = Piece(module, {"weight": own["weight"].permute(3, 2, 0, 1), "bias": own["bias"]})
    around = (wide // 2, wide - wide // 2, high // 2, high - high // 2)
    return [piece] if even else [Piece(nn.ZeroPad2d(around)), piece]


def activation_module(activation: Activation, node: str, axes: int) -> Any:
    """PyTorch's module for an activation of rows with so many axes.

    >>> from chainrule.activations import LeakyRelu
    >>> activation_module(LeakyRelu(0.1), "dense1", 1)
    LeakyReLU(negative_slope=0.1)

    Raises:
        InputError: it was registered by a user; the message names the node.
    """
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
