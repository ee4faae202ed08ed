"""What an engine does: carry a state from one step to a later one, by the plan."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from chainrule.training.step import State


class Stretch(NamedTuple):
    """Steps to be made in one go: ``start`` to ``stop`` (from 0, ``stop`` not included)."""

    start: int
    stop: int
    rates: np.ndarray
    """Learning rate of each of the steps."""
    numbers: Mapping[str, float]
    """Every other number, the same for all of the steps."""


class Advanced(NamedTuple):
    """What came of a stretch."""

    state: State
    losses: np.ndarray
    """Loss of each step, before its update."""
    validation: dict[int, float]
    """Epoch (from 0) → loss of the validation rows, for each epoch that ended in the stretch."""


class Engine(Protocol):
    """NumPy or XLA."""

    name: str

    def load(self, state: State) -> State:
        """Bring a state (NumPy arrays) to where the engine computes."""
        ...

    def fetch(self, state: State) -> State:
        """Copy a state to NumPy arrays."""
        ...

    def longest(self, start: int) -> int:
        """The last step that a stretch from ``start`` can go to."""
        ...

    def advance(self, state: State, stretch: Stretch) -> Advanced:
        """Make the steps of a stretch; the state given must not be used again."""
        ...


def map_arrays(function: Any, tree: Any) -> Any:
    """Apply a function to every array of a state."""
    if isinstance(tree, dict):
        return {name: map_arrays(function, value) for name, value in tree.items()}
    if isinstance(tree, tuple):
        leaves = [map_arrays(function, value) for value in tree]
        return type(tree)(*leaves) if hasattr(tree, "_fields") else tuple(leaves)
    return None if tree is None else function(tree)
