"""The course a training took: any step of it made again, bit by bit, from the nearest snapshot before.

A training is decided by its plan, its data and the changes made to it. Whatever else is asked for (going back, the best
weights, one step's every number) is made again from these.
"""

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import NamedTuple

import numpy as np

from chainrule.errors import InputError
from chainrule.layers.common import is_whole
from chainrule.optimizers import rates_of
from chainrule.training.changes import Changes
from chainrule.training.choice import Choice
from chainrule.training.eager import EagerEngine
from chainrule.training.engine import Advanced, Engine, Stretch
from chainrule.training.history import Losses
from chainrule.training.pace import Pace
from chainrule.training.plan import Plan
from chainrule.training.recording import Recording, bytes_of
from chainrule.training.step import Rows, State, StepRecord

_SECONDS_PER_STRETCH = 0.1
_SECONDS_PER_SNAPSHOT = 0.028
"""What it takes at most to make any step again from the snapshot before it, while the budget lasts."""
_DUE = 0.5
"""Share of that time after which a snapshot is due: stretches end where they can, not to the microsecond."""
_BYTES_PER_SECOND = 2e7
"""There is time enough between snapshots for one, at 2 GB/s into fresh memory, to cost 1 % of it."""


class Replayed(NamedTuple):
    """One step, made again."""

    step: int
    """Which one, from 0."""
    stretch: Stretch
    """Its learning rate and its other numbers."""
    before: State
    record: StepRecord
    """Every value of it, computed on NumPy from the state before."""
    after: State
    """The state after it, computed by the engine that trained."""


class Course:
    """What decides a training, what was kept of it, and every step that was made, at will."""

    def __init__(
        self,
        plan: Plan,
        rows: Rows,
        validation: Rows | None,
        first: State,
        *,
        choice: Choice,
        epochs: int | None,
        budget: int,
    ) -> None:
        self.plan = plan
        self.rows = rows
        self.validation = validation
        self.epochs = epochs
        """How many are planned."""
        self.choice = choice
        self.engine: Engine = self._make_engine()
        self.changes = Changes(plan.numbers())
        self.losses = Losses(plan.dtype)
        self.recording = Recording(budget, self._planned)
        self.recording.add(0, first)
        self.pace = Pace(choice.step_seconds)
        self._snapshot_seconds = max(_SECONDS_PER_SNAPSHOT, bytes_of(first) / _BYTES_PER_SECOND)

    def _make_engine(self) -> Engine:
        if self.choice.engine == "numpy":
            return EagerEngine(self.plan, self.rows, self.validation)
        from chainrule.training.compiled import CompiledEngine

        return CompiledEngine(self.plan, self.rows, self.validation)

    def stretch(self, start: int, stop: int) -> Stretch:
        """The learning rates and numbers of some steps, with every change that was made to them."""
        return Stretch(start, stop, self._rates(start, stop), self.changes.at(start))

    def batch(self, step: int) -> Rows:
        """The rows of one step, from 0."""
        return EagerEngine(self.plan, self.rows, None).batch(step)

    def state_at(self, step: int) -> State:
        """The state after a number of steps, made again bit by bit.

        Raises:
            InputError: so many steps were not made.
        """
        if not is_whole(step, 0) or step > self.losses.steps:
            raise InputError(
                f"There is no step {step}: {self.losses.steps:,} steps were made, and step 0 is the network before "
                "them."
            )
        return next(self.states([step]))

    def states(self, steps: Sequence[int]) -> Iterator[State]:
        """The state after each of some numbers of steps, as :meth:`state_at` gives it, in one passage.

        Args:
            steps: whole numbers, none smaller than the one before it; at most the steps that were made.
        """
        at, snapshot = self.recording.before(0)
        state = self.engine.load(snapshot)
        for step in steps:
            nearest, snapshot = self.recording.before(step)
            if nearest > at:
                at, state = nearest, self.engine.load(snapshot)
            while at < step:
                to = self._stretch_end(at, step)
                state, at = self._make(state, at, to, step).state, to
                self._keep(at, state)  # a gap that was found is closed for the next time
            yield self.engine.fetch(state)

    def replay(self, start: int, stop: int) -> Iterator[Replayed]:
        """Make steps again one by one, to look at them.

        Args:
            start: the first of them, from 0.
            stop: the one after the last; at most the steps that were made.

        Raises:
            InputError: such steps were not made.
        """
        self.check_made(start, stop)
        before, eager = self.state_at(start), EagerEngine(self.plan, self.rows, None)
        state = self.engine.load(before)
        for step in range(start, stop):
            stretch = self.stretch(step, step + 1)
            after, record = eager.step(before, stretch)
            if self.engine.name != eager.name:
                state = self.engine.advance(state, stretch).state
                after = self.engine.fetch(state)
            yield Replayed(step, stretch, before, record, after)
            before = after

    def check_made(self, start: int, stop: int) -> None:
        """Raise ``InputError`` unless the steps from ``start`` (from 0) up to ``stop`` were made, and are any."""
        made = self.losses.steps
        if not 0 <= start < stop <= made:
            there = f"steps 1 to {made:,} were made" if made else "no step was made"
            if 0 <= stop <= start:
                raise InputError(f"No step lies between start ({start:,}) and stop ({stop:,}): {there}.")
            raise InputError(f"There are no steps {start + 1:,} to {stop:,} to make again: {there}.")

    @property
    def _planned(self) -> int | None:
        """How many steps are planned."""
        return None if self.epochs is None else self.epochs * self.plan.steps_per_epoch

    def _rates(self, start: int, stop: int) -> np.ndarray:
        planned = rates_of(self.plan.optimizer.learning_rate, np.arange(start, stop), self._planned)
        return self.changes.rates(planned, start)

    def _make(self, state: State, start: int, stop: int, limit: int) -> Advanced:
        """Make the steps of a stretch, and learn how long they take; others will follow up to ``limit``."""
        self.engine.prepare(start, limit)
        began = perf_counter()
        result = self.engine.advance(state, self.stretch(start, stop))
        self.pace.learn(stop - start, perf_counter() - began)
        return result

    def _stretch_end(self, start: int, limit: int) -> int:
        """Where a stretch from ``start`` ends: where a snapshot is due, and in time for whoever is waiting."""
        end = start + self.pace.stretch(limit - start, _SECONDS_PER_STRETCH)
        if self.recording.budget:
            before = self.recording.before(start)[0]  # a stretch that an engine cut short counts with the next one
            due = before + self.pace.stretch(limit - before, self._snapshot_seconds)
            end = max(due, min(end, self.recording.next_after(start)))
        return min(end, self.engine.longest(start), self.changes.next_after(start))

    def _keep(self, step: int, state: State) -> None:
        """Take a snapshot of a state (the engine's) after some steps, if the one before is far enough in time."""
        seconds = (step - self.recording.before(step)[0]) * self.pace.step_seconds
        if seconds >= _DUE * self._snapshot_seconds and self.recording.wants(step):
            self.recording.add(step, self.engine.fetch(state))
