"""What an engine does: carry a state from one step to a later one, by the plan."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from chainrule.training.step import Probe, State


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


class Watched(NamedTuple):
    """What came of a stretch that was looked at, as NumPy arrays."""

    state: State
    losses: np.ndarray
    """Loss of each step, before its update."""
    seen: Any
    """What the probe saw, with the steps first."""


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

    def prepare(self, start: int, stop: int) -> None:
        """Make in one go what the steps from ``start`` on need, as far as to ``stop`` where that is near."""
        ...

    def advance(self, state: State, stretch: Stretch) -> Advanced:
        """Make the steps of a stretch; the state given must not be used again."""
        ...

    def watches(self, start: int, most: int | None = None) -> int:
        """The last step that :meth:`watch` can go to from ``start``, ``most`` steps on or less."""
        ...

    def watch(self, state: State, stretch: Stretch, probe: Probe, argument: Any, most: int | None = None) -> Watched:
        """Make the steps of a stretch and let a probe look at each; the state given must not be used again.

        Of much that is seen, ``most`` says how many steps are at once.
        """
        ...


def map_arrays(function: Any, tree: Any) -> Any:
    """Apply a function to every array of a state."""
    if isinstance(tree, dict):
        return {name: map_arrays(function, value) for name, value in tree.items()}
    if isinstance(tree, tuple):
        leaves = [map_arrays(function, value) for value in tree]
        return type(tree)(*leaves) if hasattr(tree, "_fields") else tuple(leaves)
    return None if tree is None else function(tree)


def joined(parts: Sequence[Any]) -> Any:
    """What was seen in some steps and in those after them, each with the steps first, in one."""
    columns = zip(*(leaves(part) for part in parts), strict=True)
    whole = iter([_end_to_end(column) for column in columns])
    return map_arrays(lambda _: next(whole), parts[0])


def _end_to_end(arrays: Sequence[np.ndarray]) -> np.ndarray:
    shape = [max(sizes) for sizes in zip(*(array.shape[1:] for array in arrays), strict=True)]
    found = np.zeros((sum(map(len, arrays)), *shape), dtype=arrays[0].dtype)
    at = 0
    for array in arrays:
        found[(slice(at, at + len(array)), *(slice(size) for size in array.shape[1:]))] = array
        at += len(array)
    return found


def leaves(tree: Any) -> list[np.ndarray]:
    """Every array in a (named) tuple or mapping, in order."""
    found: list[np.ndarray] = []
    map_arrays(found.append, tree)
    return found
