"""A network put together node by node, with the numbers that another library has learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from chainrule.activations import Activation
from chainrule.layers.activation import ActivationLayer
from chainrule.layers.base import Layer, Shape
from chainrule.losses import Loss
from chainrule.network.graph import Node
from chainrule.network.network import Network
from chainrule.network.parameters import flatten, unflatten


@dataclass
class Assembly:
    """The nodes so far, and their parameters and running statistics by name."""

    nodes: dict[str, Node] = field(default_factory=dict[str, Node])
    values: dict[str, np.ndarray] = field(default_factory=dict[str, np.ndarray])
    stats: dict[str, np.ndarray] = field(default_factory=dict[str, np.ndarray])

    def add(
        self,
        layer: Layer,
        inputs: Sequence[str],
        params: Mapping[str, Any] | None = None,
        stats: Mapping[str, Any] | None = None,
    ) -> str:
        """Place a layer and return the name of its node."""
        count = sum(node.layer.kind == layer.kind for node in self.nodes.values()) + 1
        name = f"{layer.kind}{count}"
        self.nodes[name] = Node(layer, name=name, inputs=tuple(inputs))
        self.values |= {f"{name}.{key}": np.array(value, dtype=np.float64) for key, value in (params or {}).items()}
        self.stats |= {f"{name}.{key}": np.array(value, dtype=np.float64) for key, value in (stats or {}).items()}
        return name

    def activate(self, activation: Activation, source: str, *, alone: bool) -> str:
        """Place an activation: in the node before it, where that is a weighted sum which nothing else takes."""
        before = self.nodes.get(source)
        if alone and before is not None and before.activation is None and before.layer.kind in ("dense", "conv"):
            self.nodes[source] = replace(before, activation=activation)
            return source
        return self.add(ActivationLayer(activation), [source])

    def network(self, shapes: Mapping[str, Shape], loss: str | Loss) -> Network:
        """The network, with all that was learned in its place."""
        network = Network(list(self.nodes.values()), loss=loss, input_shape=dict(shapes)).set(self.values)
        params, stats = network.init(0, np.float64)
        return network.trained(params, unflatten({**flatten(stats), **self.stats}, stats))
