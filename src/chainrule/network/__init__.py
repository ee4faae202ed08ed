"""Networks: layers as a graph, with a loss, forward and backward."""

from chainrule.network.build import (
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
)
from chainrule.network.graph import Node, Parallel, Residual
from chainrule.network.network import Network
from chainrule.network.passes import Masked

__all__ = [
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
    "Network",
    "Node",
    "Parallel",
    "Residual",
]
