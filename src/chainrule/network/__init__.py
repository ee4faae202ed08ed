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
    GlobalAveragePool2D,
    LayerNorm,
    MaxPool2D,
    Reshape,
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
    "GlobalAveragePool2D",
    "LayerNorm",
    "Masked",
    "MaxPool2D",
    "Network",
    "Node",
    "Parallel",
    "Reshape",
    "Residual",
]
