"""Snapshots of a training within a byte budget, from which every step between can be made again exactly."""

from bisect import bisect_right

from chainrule.training.engine import map_arrays
from chainrule.training.step import State

DEFAULT_BUDGET = 64 * 2**20
"""64 MiB."""


class Recording:
    """States by step. Over its budget it drops every second one; the first one stays.

    A step between two snapshots costs the steps since the one before it, so that wider strides cost time when
    something is looked at, and nothing while training.
    """

    def __init__(self, budget: int = DEFAULT_BUDGET) -> None:
        self.budget = budget
        self.steps: list[int] = []
        self._states: dict[int, State] = {}

    def add(self, step: int, state: State) -> None:
        """Keep a state (NumPy arrays)."""
        if step in self._states:
            return
        size = bytes_of(state)
        if self.steps and size > self.budget:
            return
        self._states[step] = state
        self.steps = sorted(self._states)
        if size * len(self.steps) > self.budget:
            self._states = {step: self._states[step] for step in self.steps[::2]}
            self.steps = sorted(self._states)

    def before(self, step: int) -> tuple[int, State]:
        """The nearest snapshot at or before a step."""
        nearest = self.steps[bisect_right(self.steps, step) - 1]
        return nearest, self._states[nearest]

    def forget_after(self, step: int) -> None:
        """Drop what comes after a step, because something was changed there."""
        self._states = {at: state for at, state in self._states.items() if at <= step}
        self.steps = sorted(self._states)


def bytes_of(state: State) -> int:
    """Size of a state in bytes."""
    total = 0

    def add(array: object) -> None:
        nonlocal total
        total += int(getattr(array, "nbytes", 0))

    map_arrays(add, tuple(state))
    return total
