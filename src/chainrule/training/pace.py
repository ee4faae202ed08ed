"""How fast a training goes: how many steps are made in one go, and when a snapshot is due.

Weights depend on neither.
"""

SECONDS_PER_STRETCH = 0.1
SECONDS_PER_SNAPSHOT = 0.02
"""What it takes at most to make any step again from the snapshot before it, while the budget lasts."""
_BYTES_PER_SECOND = 2e7
"""There is time enough between snapshots for one, at 2 GB/s into fresh memory, to cost 1 % of it."""
_DUE = 0.75
"""Share of that time after which a snapshot is due: stretches end where they can, not to the microsecond."""


class Pace:
    """The time a step takes, as it was measured last.

    >>> pace = Pace(step_seconds=0.001, snapshot_bytes=1000, recorded=True)
    >>> pace.stretch, pace.due(10), pace.due(20)
    (20, False, True)
    >>> pace.measured(10, 0.1); pace.stretch
    10

    Args:
        step_seconds: what a step is expected to take.
        snapshot_bytes: what a snapshot takes in memory.
        recorded: whether there are to be snapshots.
    """

    def __init__(self, step_seconds: float, snapshot_bytes: int, recorded: bool) -> None:
        self.step_seconds = step_seconds
        self._between = max(SECONDS_PER_SNAPSHOT, snapshot_bytes / _BYTES_PER_SECOND)
        self._seconds = self._between if recorded else SECONDS_PER_STRETCH

    def measured(self, steps: int, seconds: float) -> None:
        """Take over what steps took.

        A busy machine, or compiling, only makes a stretch longer: the estimate falls at once and rises slowly.
        """
        self.step_seconds = max(min(2 * self.step_seconds, seconds / steps), 1e-8)

    @property
    def stretch(self) -> int:
        """How many steps are made in one go."""
        return max(1, int(self._seconds / self.step_seconds))

    def due(self, steps: int) -> bool:
        """Whether so many steps after the snapshot before, another one is due."""
        return steps * self.step_seconds >= _DUE * self._between
