"""Learning rates that change from step to step, by a rule that is known from the start.

Steps are counted from 0; ``total`` is the number of steps planned.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from chainrule._typing import Float, Int
from chainrule.config import Config
from chainrule.errors import InputError
from chainrule.layers.common import is_whole

Steps = Int[Any, " n"]
Rates = Float[Any, " n"]


@dataclass(frozen=True)
class Schedule(Config):
    """Base of all schedules."""

    planned: ClassVar[bool] = False
    """True where the rule needs to know how many steps there will be."""

    def rates(self, steps: Steps, total: int) -> Rates:
        """Learning rate of each of the steps, float64."""
        raise NotImplementedError

    def require_count(self, name: str) -> None:
        """Raise unless a field is a whole number of at least 1."""
        self.require(is_whole(getattr(self, name)), name, "a whole number of steps of at least 1")


@dataclass(frozen=True)
class Constant(Schedule):
    """The same rate at every step.

    >>> Constant(0.1).rates(np.arange(3), 3)
    array([0.1, 0.1, 0.1])
    """

    rate: float

    def check(self) -> None:
        """The rate is not negative."""
        self.require(self.rate >= 0, "rate", "0 or more")

    def rates(self, steps: Steps, total: int) -> Rates:
        """``rate``."""
        return np.full(len(steps), self.rate)


@dataclass(frozen=True)
class StepDecay(Schedule):
    """Multiplies the rate by a factor every so many steps: ``rate * factor ** (step // every)``.

    >>> StepDecay(0.1, every=2, factor=0.5).rates(np.arange(5), 5)
    array([0.1  , 0.1  , 0.05 , 0.05 , 0.025])
    """

    rate: float
    every: int
    factor: float = 0.1

    def check(self) -> None:
        """A step every so many steps, downwards or level."""
        self.require(self.rate >= 0, "rate", "0 or more")
        self.require_count("every")
        self.require(0 < self.factor <= 1, "factor", "above 0 and at most 1")

    def rates(self, steps: Steps, total: int) -> Rates:
        """``rate * factor ** (step // every)``."""
        return self.rate * self.factor ** (np.asarray(steps) // self.every).astype(np.float64)


@dataclass(frozen=True)
class Exponential(Schedule):
    """Multiplies the rate by a factor at every step: ``rate * factor ** step``.

    >>> Exponential(0.1, factor=0.5).rates(np.arange(3), 3)
    array([0.1  , 0.05 , 0.025])
    """

    rate: float
    factor: float = 0.999

    def check(self) -> None:
        """Downwards or level."""
        self.require(self.rate >= 0, "rate", "0 or more")
        self.require(0 < self.factor <= 1, "factor", "above 0 and at most 1")

    def rates(self, steps: Steps, total: int) -> Rates:
        """``rate * factor ** step``."""
        return self.rate * self.factor ** np.asarray(steps, dtype=np.float64)


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine from the rate down to the lowest, over all planned steps (Loshchilov and Hutter 2017, eq. 5).

    >>> Cosine(0.1).rates(np.array([0, 50, 100]), 100).round(6)
    array([0.1 , 0.05, 0.  ])
    """

    planned = True
    rate: float
    lowest: float = 0.0

    def check(self) -> None:
        """The lowest rate is between 0 and the first."""
        self.require(self.rate >= 0, "rate", "0 or more")
        self.require(0 <= self.lowest <= self.rate, "lowest", "between 0 and the rate")

    def rates(self, steps: Steps, total: int) -> Rates:
        """``lowest + (rate - lowest) * (1 + cos(pi * step / total)) / 2``."""
        return _half_cosine(self.rate, self.lowest, np.asarray(steps) / max(total, 1))


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up to the highest rate and down to almost nothing, each by half a cosine (Smith and Topin 2018).

    Starts at ``highest / start``, reaches ``highest`` after the share ``rise`` of the steps, and ends at
    ``highest / start / end``.

    >>> OneCycle(1.0, rise=0.5).rates(np.array([0, 50, 100]), 100).round(4)
    array([0.04, 1.  , 0.  ])
    """

    planned = True
    highest: float
    rise: float = 0.3
    start: float = 25.0
    end: float = 1e4

    def check(self) -> None:
        """The rise is a share; start and end divide."""
        self.require(self.highest >= 0, "highest", "0 or more")
        self.require(0 < self.rise < 1, "rise", "a share between 0 and 1")
        self.require(self.start >= 1, "start", "1 or more")
        self.require(self.end >= 1, "end", "1 or more")

    def rates(self, steps: Steps, total: int) -> Rates:
        """Half a cosine up, half a cosine down."""
        share = np.asarray(steps) / max(total, 1)
        first = self.highest / self.start
        up = _half_cosine(first, self.highest, share / self.rise)
        down = _half_cosine(self.highest, first / self.end, (share - self.rise) / (1 - self.rise))
        return np.where(share <= self.rise, up, down)


@dataclass(frozen=True)
class WarmUp(Schedule):
    """Rises in a straight line over the first steps to where another schedule begins, and then follows it.

    >>> WarmUp(2, 0.3).rates(np.arange(4), 4)
    array([0.1, 0.2, 0.3, 0.3])
    """

    steps: int
    then: Schedule | Any

    def check(self) -> None:
        """At least one step of warming up; a plain number afterwards is a constant."""
        self.require_count("steps")
        if not isinstance(self.then, Schedule):
            object.__setattr__(self, "then", Constant(self.as_number("then")))

    def rates(self, steps: Steps, total: int) -> Rates:
        """``(step + 1) / (steps + 1)`` of the first rate, then the schedule from its own step 0."""
        later = self.then.rates(np.maximum(np.asarray(steps) - self.steps, 0), max(total - self.steps, 1))
        return later * np.minimum((np.asarray(steps) + 1) / (self.steps + 1), 1.0)


def rates_of(learning_rate: float | Schedule, steps: Steps, total: int | None) -> Rates:
    """Learning rate of each of the steps; a plain number is the same at every step.

    >>> rates_of(0.5, np.arange(2), None)
    array([0.5, 0.5])

    Raises:
        InputError: the schedule needs to know how many steps are planned, and nobody said.
    """
    if not isinstance(learning_rate, Schedule):
        return np.full(len(steps), float(learning_rate))
    if total is None and _needs_total(learning_rate):
        raise InputError(
            f"{type(learning_rate).__name__} needs to know how long training will be: pass epochs= to the Trainer."
        )
    return learning_rate.rates(steps, total or 0)


def scaled(schedule: Schedule, factor: float) -> Schedule:
    """The schedule whose rates are all ``factor`` times those of the one given.

    >>> scaled(WarmUp(5, Cosine(0.1)), 0.5)
    WarmUp(steps=5, then=Cosine(rate=0.05, lowest=0.0))
    """
    changed: dict[str, Any] = {
        name: getattr(schedule, name) * factor for name in ("rate", "lowest", "highest") if hasattr(schedule, name)
    }
    if isinstance(schedule, WarmUp):
        changed["then"] = scaled(schedule.then, factor)
    return replace(schedule, **changed)


def _needs_total(schedule: Schedule) -> bool:
    return schedule.planned or (isinstance(schedule, WarmUp) and _needs_total(schedule.then))


def _half_cosine(first: float, last: float, share: Any) -> Any:
    return last + (first - last) * (1 + np.cos(np.pi * np.clip(share, 0.0, 1.0))) / 2
