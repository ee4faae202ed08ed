"""Snapshots of a training within a byte budget, from which every step between can be made again exactly."""

from bisect import bisect_right, insort
from collections.abc import Mapping
from typing import Any

from chainrule.training.engine import map_arrays
from chainrule.training.step import State

DEFAULT_BUDGET = 64 * 2**20
"""64 MiB."""
_BYTES_PER_ARRAY = 256
"""What an array takes beside its numbers."""
_NEVER = 2**62


class Recording:
    """States by step, none nearer to another than the budget allows; the first one stays.

    A step between two snapshots costs the steps since the one before it, so that wider strides cost time when
    something is looked at, and nothing while training. Where it is known how many steps are planned, the stride that
    fills the budget is known, too; otherwise it doubles whenever the budget is spent.
    """

    def __init__(self, budget: int = DEFAULT_BUDGET, planned: int | None = None) -> None:
        self.budget = budget
        self.planned = planned
        self.steps: list[int] = []
        self._states: dict[int, State] = {}
        self._apart = 1
        self._size = 0

    @property
    def states(self) -> Mapping[int, State]:
        """The snapshots by step."""
        return self._states

    def wants(self, step: int) -> bool:
        """Whether a snapshot at a step would be far enough from those before and after it."""
        at = bisect_right(self.steps, step)
        return (at == 0 or step - self.steps[at - 1] >= self._apart) and (
            at == len(self.steps) or self.steps[at] - step >= self._apart
        )

    def next_after(self, step: int) -> int:
        """The first step after one that is far enough from the snapshot before it."""
        return max(step + 1, self.steps[bisect_right(self.steps, step) - 1] + self._apart)

    def add(self, step: int, state: State) -> None:
        """Keep a state (NumPy arrays), if it is wanted there."""
        self._size = self._size or bytes_of(state)
        if not self.steps:
            fit = self.budget // self._size - 1
            self._apart = _NEVER if fit < 1 else 1 if self.planned is None else max(1, -(-self.planned // fit))
        if not self.wants(step):
            return
        insort(self.steps, step)
        self._states[step] = state
        if len(self.steps) > 1 and self._size * len(self.steps) > self.budget:
            self._thin()

    def _thin(self) -> None:
        """Double the stride: drop what is nearer than that to the snapshot before."""
        self._apart *= 2
        kept: list[int] = []
        for step in self.steps:
            if not kept or step - kept[-1] >= self._apart:
                kept.append(step)
        self.steps, self._states = kept, {step: self._states[step] for step in kept}

    def before(self, step: int) -> tuple[int, State]:
        """The nearest snapshot at or before a step."""
        nearest = self.steps[bisect_right(self.steps, step) - 1]
        return nearest, self._states[nearest]

    def put(self, states: Mapping[int, State]) -> None:
        """Take over the snapshots of another recording of the same training, all of them."""
        self._states = dict(states)
        self.steps = sorted(states)

    def forget_after(self, step: int) -> None:
        """Drop what comes after a step, because something was changed there."""
        self.put({at: state for at, state in self._states.items() if at <= step})


def bytes_of(state: tuple[Any, ...]) -> int:
    """What a state, or any record of arrays, takes in memory, about, in bytes."""
    total = 0

    def add(array: object) -> None:
        nonlocal total
        total += int(getattr(array, "nbytes", 0)) + _BYTES_PER_ARRAY

    map_arrays(add, tuple(state))
    return total
