"""One operation of an exported PyTorch graph: what it takes, as values of the network, arrays, or what they are."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


class Unsupported(Exception):  # noqa: N818
    """No layer does this; the text says what."""


@dataclass(frozen=True)
class Value:
    """A value of PyTorch's graph, and where the network has it."""

    name: str
    """The node or input of the network."""
    row: tuple[int, ...]
    """The shape of a row in PyTorch."""
    first: bool = False
    """Whether PyTorch has the channels first, the network last."""
    order: np.ndarray | None = None
    """For a flattened picture: which of PyTorch's features stands in each place of the network's."""


@dataclass
class Arrays:
    """The parameters and statistics of a graph, by their names there."""

    numbers: dict[str, np.ndarray] = field(default_factory=dict[str, np.ndarray])
    paths: dict[str, str] = field(default_factory=dict[str, str])
    """Where in the module each is."""
    used: set[str] = field(default_factory=set[str])
    """Those that a layer has already."""


class Call:
    """One operation and its arguments."""

    def __init__(self, node: Any, values: dict[Any, Any], arrays: Arrays) -> None:
        self.node, self.values, self.arrays = node, values, arrays
        self.batch_and_row = tuple(getattr(node.meta.get("val"), "shape", ()))

    @property
    def row(self) -> tuple[int, ...]:
        """The shape of a row of the result, in PyTorch's order."""
        return self.batch_and_row[1:]

    def value(self, place: int = 0) -> Value:
        """An argument that the network computes."""
        return self.as_value(self.node.args[place])

    def as_value(self, given: Any) -> Value:
        """The same for something in a list of arguments."""
        found = self.values.get(given) if hasattr(given, "op") else None
        if not isinstance(found, Value):
            raise Unsupported(f"an argument of '{self.node.name}' that is no value of a row")
        return found

    def alone(self) -> bool:
        """Whether nothing else takes the first argument."""
        return len(self.node.args[0].users) == 1

    def plain(self, place: int, name: str = "", default: Any = None) -> Any:
        """An argument that is a number, a text or a list of numbers."""
        if len(self.node.args) > place:
            return self.node.args[place]
        return self.node.kwargs.get(name, default)

    def is_array(self, given: Any) -> bool:
        """Whether an argument is a parameter."""
        return getattr(given, "name", "") in self.arrays.numbers

    def array(self, given: Any) -> np.ndarray:
        """An argument that is a parameter; each may be used once, since layers do not share theirs."""
        if not self.is_array(given):
            raise Unsupported(f"a weight of '{self.node.name}' that is no parameter")
        if given.name in self.arrays.used:
            raise Unsupported(f"the parameter '{self.arrays.paths[given.name]}', which is used twice,")
        self.arrays.used.add(given.name)
        return np.asarray(self.arrays.numbers[given.name], dtype=np.float64)

    def within(self, kind: str) -> bool:
        """Whether it is a part of a module of such a class."""
        stack = list((self.node.meta.get("nn_module_stack") or {}).values())
        return bool(stack) and str(stack[-1][1]).rstrip("'>").endswith(kind)
