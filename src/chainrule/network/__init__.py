"""Networks: layers as a graph, with a loss, forward and backward."""

from chainrule.network.build import (
    LSTM,
    Activation,
    Add,
    BatchNorm,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    LayerNorm,
    MaxPool2D,
)
from chainrule.network.graph import Node, Parallel, Residual
from chainrule.network.network import Network
from chainrule.network.passes import Masked

__all__ = [
    "LSTM",
    "Activation",
    "Add",
    "BatchNorm",
    "Concatenate",
    "Conv2D",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "LayerNorm",
    "Masked",
    "MaxPool2D",
    "Network",
    "Node",
    "Parallel",
    "Residual",
]
