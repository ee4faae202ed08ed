"""What the sheets share while they are written: the material, and the blocks that stand on the sheets so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.explain.workbook.block import Block
from chainrule.explain.workbook.book import Book, row_labels
from chainrule.explain.workbook.material import Material
from chainrule.network.graph import Node


@dataclass
class Sheets:
    """The workbook so far."""

    book: Book
    material: Material
    given: dict[str, Block] = field(default_factory=dict[str, Block])
    """What each input and node gives to the nodes after it."""
    masks: dict[str, Block] = field(default_factory=dict[str, Block])
    """Where the time steps of an input are real, by its name."""
    before: dict[str, Block] = field(default_factory=dict[str, Block])
    """Pre-activation of each node."""
    kept: dict[str, Block] = field(default_factory=dict[str, Block])
    """What a layer keeps for its backward pass, by the trace's name: ``layernorm1.normal``."""
    params: dict[str, Block] = field(default_factory=dict[str, Block])
    """Parameters, and running statistics, by name."""
    gradients: dict[str, Block] = field(default_factory=dict[str, Block])
    cells: dict[str, Block] = field(default_factory=dict[str, Block])
    """Single numbers, and columns beside the data: ``counts``, ``loss``, ``dense1.l2``."""

    def down(self, values: Any) -> list[str]:
        """Labels of the rows of an array with the data's rows first."""
        array = np.asarray(values)
        own = self.material.labels
        plain = row_labels(len(array), array.shape[1:-1])
        if not own:
            return plain
        places = [label.partition(" [")[2] for label in plain]
        inner = len(plain) // max(1, len(array))
        return [f"{own[i // inner]}{f' [{place}' if place else ''}" for i, place in enumerate(places)]

    def param(self, node: Node, name: str) -> Block:
        """A parameter of a node."""
        return self.params[f"{node.name}.{name}"]

    def mask(self, node: Node) -> Block | None:
        """Where the time steps that go into a node are real; None where all are."""
        trace = self.material.trace
        mask = trace.forward.nodes[node.name].mask
        own = (name for name, given in trace.inputs.items() if getattr(given, "mask", None) is mask)
        return None if mask is None else self.masks[next(own)]

    def inputs(self, node: Node) -> list[Block]:
        """What goes into a node."""
        return [self.given[source] for source in node.inputs]


def total(cells: Sequence[str]) -> str:
    """A sum of cells, written out."""
    return "+".join(cells)
