"""Where the units of a network stand in its picture, which are shown, and what connects them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from chainrule.layers.base import Shape
from chainrule.layers.dense import DenseLayer
from chainrule.layers.dropout import DropoutLayer
from chainrule.layers.merge import ConcatenateLayer
from chainrule.layers.reshape import FlattenLayer
from chainrule.network.graph import Node
from chainrule.network.network import Network

MOST_UNITS = 12
"""Most units of a layer that are drawn; the strongest are."""
MOST_EDGES = 1_200
"""Most connections that are drawn in all; of each layer the strongest."""


@dataclass
class Group:
    """An input's or a node's units, one above the other."""

    name: str
    shape: Shape
    node: Node | None = None
    column: int = 0
    added: tuple[str, ...] = ()
    """Nodes that only pass its values on, such as dropout."""
    strength: np.ndarray = field(default_factory=lambda: np.zeros(0))
    shown: tuple[int, ...] = ()

    @property
    def block(self) -> bool:
        """Whether it is drawn as one block: rows that are no plain vectors."""
        return len(self.shape) > 1

    @property
    def units(self) -> int:
        """How many units it has; a block counts as one."""
        return 1 if self.block else self.shape[0] if self.shape else 1


@dataclass(frozen=True)
class Edge:
    """One connection; without a weight where the layer is no weighted sum of single units."""

    source: tuple[str, int]
    target: tuple[str, int]
    weight: float | None
    name: str = ""
    """The parameter: ``dense1.weight[0, 1]``."""
    largest: float = 1.0
    """The largest weight of its layer, without sign."""


@dataclass(frozen=True)
class Layout:
    """Groups by name, and the connections that are drawn, the weakest first."""

    groups: Mapping[str, Group]
    edges: Sequence[Edge]
    left_out: int
    """Connections between units that are drawn, which are not."""

    @property
    def columns(self) -> list[list[Group]]:
        """Groups by column, from the inputs to the output."""
        last = max(group.column for group in self.groups.values())
        return [[group for group in self.groups.values() if group.column == place] for place in range(last + 1)]

    @property
    def folded(self) -> bool:
        """Whether some units are not drawn."""
        return any(len(group.shown) < group.units for group in self.groups.values())


Origin = tuple[str, int]
"""A group's name and a unit in it."""


def lay_out(network: Network, shapes: Mapping[str, Shape]) -> Layout:
    """Decide what is drawn where.

    Args:
        network: the network.
        shapes: shape of one row of every input and node.
    """
    groups = {name: Group(name, shapes[name]) for name in network.input_names}
    origins = {name: _own(group) for name, group in groups.items()}
    fed: dict[str, list[Origin]] = {}
    for node in network.nodes:
        streams = [origins[source] for source in node.inputs]
        flat = all(len(shapes[source]) == 1 for source in node.inputs)
        if isinstance(node.layer, DropoutLayer) or (isinstance(node.layer, FlattenLayer) and flat):
            origins[node.name] = streams[0]
            for name in dict.fromkeys(name for name, _ in streams[0]):
                groups[name].added += (node.name,)
        elif isinstance(node.layer, ConcatenateLayer) and flat and node.activation is None:
            origins[node.name] = [each for stream in streams for each in stream]
        else:
            group = Group(node.name, shapes[node.name], node)
            fed[node.name] = [each for stream in streams for each in stream]
            group.column = 1 + max(groups[name].column for name, _ in fed[node.name])
            groups[node.name], origins[node.name] = group, _own(group)
    _move_inputs(groups, fed)
    matrices = {name: _weights(network, groups[name], fed[name]) for name in fed}
    _choose_units(groups, fed, matrices)
    edges, left = _choose_edges(groups, fed, matrices)
    return Layout(groups, edges, left)


def _own(group: Group) -> list[Origin]:
    return [(group.name, unit) for unit in range(group.units)]


def _move_inputs(groups: Mapping[str, Group], fed: Mapping[str, list[Origin]]) -> None:
    """Bring inputs to just before where they are used first."""
    for name, group in groups.items():
        users = [groups[user].column for user, origins in fed.items() if any(source == name for source, _ in origins)]
        if group.node is None and users:
            group.column = min(users) - 1


def _weights(network: Network, group: Group, origins: Sequence[Origin]) -> np.ndarray | None:
    """The weights into a dense layer, shape (inputs, units); None for other layers, and where none are set."""
    weight = network.values.get(f"{group.name}.weight")
    dense = group.node is not None and isinstance(group.node.layer, DenseLayer)
    if not dense or weight is None or np.shape(weight) != (len(origins), group.units):
        return None
    return np.asarray(weight, dtype=np.float64)


def _choose_units(
    groups: Mapping[str, Group], fed: Mapping[str, list[Origin]], matrices: Mapping[str, np.ndarray | None]
) -> None:
    """Show all units of small groups, and of large ones those with the largest weights in and out."""
    into = {name: np.ones(group.units) for name, group in groups.items()}
    out = {name: np.zeros(group.units) for name, group in groups.items()}
    for name, matrix in matrices.items():
        if matrix is None:
            continue
        into[name] = np.sqrt((matrix**2).sum(axis=0))
        for (source, unit), size in zip(fed[name], (matrix**2).sum(axis=1), strict=True):
            out[source][unit] += size
    for name, group in groups.items():
        leaving = np.sqrt(out[name]) if out[name].any() else np.ones(group.units)
        group.strength = into[name] * leaving
        most = group.units if group.units <= MOST_UNITS + 4 else MOST_UNITS
        group.shown = tuple(sorted(np.argsort(-group.strength, kind="stable")[:most].tolist()))


def _choose_edges(
    groups: Mapping[str, Group], fed: Mapping[str, list[Origin]], matrices: Mapping[str, np.ndarray | None]
) -> tuple[list[Edge], int]:
    """The connections between units that are shown; of each layer at most its part."""
    part = max(16, MOST_EDGES // max(1, len(fed)))
    found: list[Edge] = []
    left = 0
    for name, origins in fed.items():
        group, matrix = groups[name], matrices[name]
        seen = [(place, origin) for place, origin in enumerate(origins) if origin[1] in groups[origin[0]].shown]
        if matrix is None:
            found += _plain_edges(group, [origin for _, origin in seen], origins)[:part]
            continue
        largest = float(np.abs(matrix).max()) or 1.0
        edges = [
            Edge(origin, (name, unit), float(matrix[place, unit]), f"{name}.weight[{place}, {unit}]", largest)
            for place, origin in seen
            for unit in group.shown
        ]
        edges.sort(key=lambda edge: abs(edge.weight or 0))
        left += max(0, len(edges) - part)
        found += edges[-part:]
    return found, left


def _plain_edges(group: Group, seen: Sequence[Origin], origins: Sequence[Origin]) -> list[Edge]:
    """Connections without a weight: unit by unit where a layer works so, else from all to all, or to the block."""
    dense = group.node is not None and isinstance(group.node.layer, DenseLayer)
    if not dense and not group.block and len(origins) % group.units == 0:
        places = {origin: place % group.units for place, origin in enumerate(origins)}
        pairs = [(origin, (group.name, places[origin])) for origin in seen if places[origin] in group.shown]
        if pairs and len(origins) >= group.units and not (group.units == 1 and len(origins) > 1):
            return [Edge(source, target, None) for source, target in pairs]
    return [Edge(origin, (group.name, unit), None) for origin in seen for unit in group.shown]
