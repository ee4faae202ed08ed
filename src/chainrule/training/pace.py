"""How long a step takes, and so how many steps make a stretch of so many seconds.

The length of a stretch decides nothing but time: any way to cut a training into stretches gives the same bits.
"""

_FIRST = 2
"""Where a step's time is a guess, a stretch is half of what it could be: it may be too long, but not by much."""
_CRUMB = 0.5
"""What is left is taken along where it is less than this share of a stretch: a call costs time, too."""
_GUESSED_CRUMB = 1.0
"""The same where a step's time is a guess: a training that may be as short as one stretch is made in one go."""


class Pace:
    """What is known about the time of a step.

    >>> pace = Pace(0.01)
    >>> pace.stretch(1000, 1.0), pace.stretch(110, 1.0)
    (50, 110)
    >>> pace.learn(50, 1.0)
    >>> pace.stretch(1000, 1.0)
    50

    Args:
        guess: seconds a step.
    """

    def __init__(self, guess: float) -> None:
        self.step_seconds = guess
        self.measured = False

    def steps_in(self, seconds: float) -> int:
        """Steps that take so long; at least 1."""
        return max(1, int(seconds / self.step_seconds))

    def stretch(self, left: int, seconds: float) -> int:
        """How many of the steps that are left to make in one go that is to take so long."""
        whole = self.steps_in(seconds)
        if left <= (1 + (_CRUMB if self.measured else _GUESSED_CRUMB)) * whole:
            return left
        return whole if self.measured else max(1, whole // _FIRST)

    def learn(self, steps: int, seconds: float) -> None:
        """Note how long some steps took.

        A busy machine, or compiling, only makes them longer: the estimate falls at once and at most doubles.
        """
        took, most = seconds / steps, 2 * self.step_seconds
        self.measured = took <= most
        self.step_seconds = max(min(took, most), 1e-8)
