"""The trainer: a training that can be run, stepped, gone back in and changed on the way.

A training is decided by its plan, its data and the changes made to it. So its state at any step can be made again,
bit by bit, from the nearest snapshot before: going back is that, and so is keeping the best weights.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from chainrule.errors import InputError, NonFiniteError
from chainrule.layers.common import is_whole
from chainrule.losses import class_weights
from chainrule.network.network import Network, row_shapes
from chainrule.network.parameters import ParameterView, flatten
from chainrule.optimizers import Optimizer, get_optimizer, rates_of
from chainrule.training.changes import Changes
from chainrule.training.choice import Choice, choose
from chainrule.training.eager import EagerEngine
from chainrule.training.engine import Advanced, Engine, Stretch
from chainrule.training.history import History, history_of
from chainrule.training.nonfinite import find_culprit
from chainrule.training.pace import Pace
from chainrule.training.plan import Plan
from chainrule.training.recording import DEFAULT_BUDGET, Recording, bytes_of
from chainrule.training.rows import make_rows, split_validation
from chainrule.training.step import Rows, State, StepRecord, first_state

_SECONDS_PER_STRETCH = 0.1
_SECONDS_PER_SNAPSHOT = 0.02
"""What it takes at most to make any step again from the snapshot before it, while the budget lasts."""
_DUE = 0.75
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


class Standing(NamedTuple):
    """Where a training stands: all that another one needs to go on from there, and none of the rows."""

    plan: Plan
    state: State
    """Parameters, running statistics, and what the optimizer remembers."""
    steps: int
    """Steps that were made, which the optimizer counts."""


class Trainer:
    """Trains a network step by step; ``fit`` is a loop over it.

    >>> import numpy as np
    >>> from chainrule.network import Dense, Network
    >>> from chainrule.optimizers import SGD
    >>> x, y = np.array([[0.5], [2.3], [2.9]]), np.array([1.4, 1.9, 3.2])
    >>> line = Network([Dense(1)], loss="ssr").set({"dense1.weight": [[0.64]], "dense1.bias": [0.0]})
    >>> trainer = Trainer(line.freeze("dense1.weight"), x, y, optimizer=SGD(0.1), dtype="float64")
    >>> trainer.step()
    >>> round(float(trainer.params["dense1.bias[0]"]), 4)
    0.5704
    >>> trainer.step(); trainer.back()
    >>> round(float(trainer.params["dense1.bias[0]"]), 4)
    0.5704

    Args:
        network: the network to train; parameters set by hand are where it starts.
        X: inputs, shape (n, …), or a mapping of such arrays by input name.
        y: targets, shape (n,) or (n, outputs); for losses over classes whole numbers from 0.
        optimizer: an optimizer or its name.
        batch_size: rows a step; at most n. An epoch's last batch is smaller where n is no multiple of it.
        shuffle: whether each epoch visits the rows in a new random order.
        seed: decides first weights, orders, dropout and the validation split.
        epochs: how many epochs are planned; schedules and the choice of the engine look at it.
        sample_weight: one number a row, shape (n,).
        class_weight: ``"balanced"`` or a mapping from class to weight, for losses over classes.
        validation: a fraction of the rows to set aside, or a pair ``(X, y)``; its loss is measured after each epoch.
        engine: ``"auto"``, ``"numpy"`` or ``"xla"``.
        dtype: ``"float32"`` or ``"float64"``.
        record: bytes that snapshots may take, or False for the least.
        row_numbers: what to call each row in messages; from 1 by default.
        after: where a training of the same network and optimizer stands, on these rows or others
            (:attr:`Trainer.standing`), to go on from there.
    """

    def __init__(
        self,
        network: Network,
        X: Any,
        y: Any,
        *,
        optimizer: str | Optimizer = "adam",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int = 0,
        epochs: int | None = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        validation: Any = None,
        engine: str = "auto",
        dtype: str = "float32",
        record: int | bool = True,
        row_numbers: np.ndarray | None = None,
        after: Standing | None = None,
    ) -> None:
        check_settings(batch_size=batch_size, seed=seed, epochs=epochs, dtype=dtype)
        kind = np.dtype(dtype)
        if class_weight is not None:
            sample_weight = class_weights(y, class_weight, sample_weight)
        network, rows = make_rows(network, X, y, sample_weight, kind)
        numbers = np.arange(1, len(rows.target) + 1) if row_numbers is None else np.asarray(row_numbers)
        kept, aside, numbers_aside = np.arange(len(rows.target)), None, np.empty(0, dtype=np.int64)
        if isinstance(validation, float):
            rows, aside, kept = split_validation(rows, validation, seed)
            numbers_aside = np.delete(numbers, kept)
        elif validation is not None:
            aside = make_rows(network, *_pair(validation), kind)[1]
            numbers_aside = np.arange(1, len(aside.target) + 1)
        self.rows: Rows = rows
        self.validation: Rows | None = aside
        self.kept = kept
        """Places of the training rows among the rows that were passed."""
        self.row_numbers = numbers[kept]
        self.validation_numbers = numbers_aside
        """What to call each validation row: its own place, from 1, where a pair was passed."""
        n = len(rows.target)
        before = 0 if after is None else after.steps
        self.plan = Plan(n, min(batch_size, n), network, get_optimizer(optimizer), shuffle, seed, kind, before)
        self.epochs = epochs
        self._state = self._fresh() if after is None else self._gone_on(after)
        self.choice: Choice = choose(
            engine,
            network,
            row_shapes(rows.inputs),
            self.plan.batch_size,
            (epochs or 100) * self.plan.steps_per_epoch,
        )
        self.engine: Engine = self._make_engine()
        planned = None if epochs is None else epochs * self.plan.steps_per_epoch
        self.recording = Recording(DEFAULT_BUDGET if record is True else int(record), planned)
        self.recording.add(0, self._state)
        self._snapshot_seconds = max(_SECONDS_PER_SNAPSHOT, bytes_of(self._state) / _BYTES_PER_SECOND)
        self._state = self.engine.load(self._state)
        self.changes = Changes(self.plan.numbers())
        self.steps_done = 0
        self._furthest = 0
        self._losses = np.empty(0, dtype=kind)
        self._validation: dict[int, float] = {}
        self.pace = Pace(self.choice.step_seconds)

    def _fresh(self) -> State:
        network = self.plan.network
        params, stats = network.init(self.plan.seed, self.plan.dtype)
        return first_state(self.plan.optimizer, params, stats, network.frozen_names())

    def _gone_on(self, after: Standing) -> State:
        same = [
            (plan.network.nodes, dict(plan.network.input_shapes or {}), plan.optimizer.skeleton(), plan.dtype)
            for plan in (self.plan, after.plan)
        ]
        if same[0] != same[1]:
            raise InputError("after= needs a training of the same network, with the same optimizer and dtype.")
        return after.state

    def _make_engine(self) -> Engine:
        if self.choice.engine == "numpy":
            return EagerEngine(self.plan, self.rows, self.validation)
        from chainrule.training.compiled import CompiledEngine

        return CompiledEngine(self.plan, self.rows, self.validation)

    # -- moving

    def step(self, count: int = 1) -> None:
        """Make one update, or several."""
        self.seek(self.steps_done + count)

    def back(self, count: int = 1) -> None:
        """Go back one update, or several.

        Raises:
            InputError: there are not as many steps to go back.
        """
        self.seek(self.steps_done - count)

    def run(self, epochs: int = 1) -> None:
        """Train for some epochs; an epoch that has been begun counts as one."""
        self.seek(self.end_of_epoch + (epochs - 1) * self.plan.steps_per_epoch)

    def seek(self, step: int) -> None:
        """Go to the state after a number of steps: forwards by training, backwards by exact replay.

        Raises:
            InputError: the step is before the first.
            NonFiniteError: training met NaN or infinity; the trainer then stands before that step.
        """
        if step < 0:
            raise InputError(f"There is no step {step}: step 0 is the network before training.")
        if step < self.steps_done:
            self.steps_done, state = self.recording.before(step)
            self._state = self.engine.load(state)
        while self.steps_done < step:
            self.advance(step)

    def advance(self, limit: int) -> None:
        """Make one stretch of steps, and not beyond ``limit``: what one snapshot stands for, or a tenth of a second."""
        start = self.steps_done
        stop = self._stretch_end(start, limit)
        result = self._make(self._state, start, stop)
        self._state, self.steps_done = result.state, stop
        finite = np.isfinite(result.losses)
        if not finite.all():
            bad = int(np.argmin(finite))
            ended = (start + bad) // self.plan.steps_per_epoch
            self._write_down(start, result.losses[:bad], {e: v for e, v in result.validation.items() if e < ended})
            self._stop_at(start, start + bad)
        self._write_down(start, result.losses, result.validation)
        if self._due(stop):
            self.recording.add(stop, self.engine.fetch(self._state))

    def _make(self, state: State, start: int, stop: int) -> Advanced:
        """Make the steps of a stretch, and learn how long they take."""
        began = perf_counter()
        result = self.engine.advance(state, self.stretch(start, stop))
        self.pace.learn(stop - start, perf_counter() - began)
        return result

    def _stretch_end(self, start: int, limit: int) -> int:
        """Where a stretch from ``start`` ends that lasts as long as it may."""
        seconds = self._snapshot_seconds if self.recording.budget else _SECONDS_PER_STRETCH
        in_time = start + self.pace.stretch(limit - start, seconds)
        return min(in_time, self.engine.longest(start), self.changes.next_after(start))

    def _due(self, step: int) -> bool:
        """Whether a snapshot is wanted at a step, because the one before it is far enough in time."""
        seconds = (step - self.recording.before(step)[0]) * self.pace.step_seconds
        return seconds >= _DUE * self._snapshot_seconds and self.recording.wants(step)

    def state_at(self, step: int) -> State:
        """The state after a number of steps, made again bit by bit; where the trainer stands does not change.

        Raises:
            InputError: so many steps were not made.
        """
        if not is_whole(step, 0) or step > self._furthest:
            raise InputError(
                f"There is no step {step}: {self._furthest:,} steps were made, and step 0 is the network before them."
            )
        at, snapshot = self.recording.before(step)
        state = self.engine.load(snapshot)
        while at < step:
            to = self._stretch_end(at, step)
            state, at = self._make(state, at, to).state, to
            if at < step and self._due(at):
                self.recording.add(at, self.engine.fetch(state))  # a gap that was found is closed for the next time
        return self.engine.fetch(state)

    def replay(self, start: int, stop: int) -> Iterator[Replayed]:
        """Make steps again one by one, to look at them; where the trainer stands does not change.

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
        if not 0 <= start < stop <= self._furthest:
            made = f"steps 1 to {self._furthest:,} were made" if self._furthest else "no step was made"
            raise InputError(f"There are no steps {start + 1:,} to {stop:,} to make again: {made}.")

    def states(self, steps: Sequence[int]) -> Iterator[State]:
        """The state after each of some numbers of steps, as :meth:`state_at` gives it, in one passage.

        Args:
            steps: whole numbers, none smaller than the one before it; at most the steps that were made.
        """
        at, state = 0, self.engine.load(self.recording.before(0)[1])
        for step in steps:
            nearest, snapshot = self.recording.before(step)
            if nearest > at:
                at, state = nearest, self.engine.load(snapshot)
            while at < step:
                to = min(step, self.engine.longest(at), self.changes.next_after(at))
                state, at = self.engine.advance(state, self.stretch(at, to)).state, to
            yield self.engine.fetch(state)

    def batch(self, step: int) -> Rows:
        """The rows of one step, from 0."""
        return EagerEngine(self.plan, self.rows, None).batch(step)

    def stretch(self, start: int, stop: int) -> Stretch:
        """The learning rates and numbers of some steps, with every change that was made to them."""
        return Stretch(start, stop, self._rates(start, stop), self.changes.at(start))

    def _rates(self, start: int, stop: int) -> np.ndarray:
        planned = None if self.epochs is None else self.epochs * self.plan.steps_per_epoch
        return self.changes.rates(rates_of(self.plan.optimizer.learning_rate, np.arange(start, stop), planned), start)

    def _write_down(self, start: int, losses: np.ndarray, validation: Mapping[int, float]) -> None:
        stop = start + len(losses)
        if stop > len(self._losses):
            grown = np.empty(max(stop, 2 * len(self._losses)), dtype=self._losses.dtype)
            grown[: self._furthest] = self._losses[: self._furthest]
            self._losses = grown
        self._losses[start:stop] = losses
        self._validation |= validation
        self._furthest = max(self._furthest, stop)

    def _stop_at(self, start: int, step: int) -> None:
        """Find what was not finite, go back to before it, and say so."""
        self.seek(start)
        culprit, at = None, step
        for candidate in (max(step - 1, start), step):
            at = candidate
            if candidate > self.steps_done:
                self._state = self.engine.advance(self._state, self.stretch(self.steps_done, candidate)).state
                self.steps_done = candidate
            eager = EagerEngine(self.plan, self.rows, None)
            culprit = find_culprit(eager, self.engine.fetch(self._state), self.stretch(at, at + 1))
            if culprit is not None:
                break
        self.forget_after(at)
        node = culprit.node if culprit else self.plan.network.nodes[-1].name
        row = None
        if culprit is not None and culprit.batch_row is not None:
            row = int(self.row_numbers[self.plan.batch_rows(at)[culprit.batch_row]])
        what = f"{culprit.what} became {culprit.value}" if culprit else "the loss was not finite"
        rate = self.stretch(at, at + 1).rates[0]
        raise NonFiniteError(
            f"Training stopped at step {at + 1} (epoch {at // self.plan.steps_per_epoch + 1}): {what}"
            f"{'' if row is None else f' on row {row}'}. The learning rate is {rate:g}: try {rate / 10:g}, scale the "
            "inputs, or clip the gradient (clip_norm=1).",
            node=node,
            step=at + 1,
            row=row,
        )

    def restore(
        self,
        steps: int,
        states: Mapping[int, State],
        losses: np.ndarray,
        validation: np.ndarray,
        changes: Mapping[str, Any],
        steps_before: int | None = None,
    ) -> None:
        """Stand where another trainer of the same training stood, after ``steps``; ``states`` are its snapshots.

        One of them is of ``steps``. ``steps_before`` is how many an earlier training made that it went on from.
        """
        if steps_before is not None:
            self.plan = replace(self.plan, steps_before=steps_before)
            self.engine = self._make_engine()
        for step, numbers in changes.items():
            self.changes.add(int(step), numbers)
        self._write_down(0, losses, dict(enumerate(validation)))
        self.recording.put({0: self.recording.states[0], **states})
        self._state, self.steps_done = self.engine.load(states[steps]), steps

    # -- changing

    def set(self, **numbers: float) -> None:
        """Change numbers from here on: ``trainer.set(learning_rate=0.01)``, ``trainer.set(**{"dropout1.rate": 0.2})``.

        The change is part of the training: going back before it and forward again gives it again. What was trained
        beyond this step is forgotten.

        Raises:
            InputError: there is no such number.
        """
        self.changes.add(self.steps_done, numbers)
        self.forget_after(self.steps_done)

    def forget_after(self, step: int) -> None:
        """Forget what was trained beyond a step."""
        self.recording.forget_after(step)
        self.changes.forget_after(step)
        self._furthest = min(self._furthest, step)
        ended = step // self.plan.steps_per_epoch
        self._validation = {epoch: loss for epoch, loss in self._validation.items() if epoch < ended}

    # -- looking

    @property
    def state(self) -> State:
        """Parameters, running statistics and optimizer state here, as NumPy arrays."""
        return self.engine.fetch(self._state)

    @property
    def standing(self) -> Standing:
        """What another trainer needs to go on from here, with these rows or others: ``Trainer(..., after=)``."""
        return Standing(self.plan, self.state, self.plan.steps_before + self.steps_done)

    @property
    def params(self) -> ParameterView:
        """Parameters here, by name, as read-only NumPy arrays."""
        return ParameterView(flatten(self.state.params))

    @property
    def network(self) -> Network:
        """The network with the parameters and running statistics it has here."""
        state = self.state
        return self.plan.network.trained(state.params, state.stats)

    @property
    def epochs_done(self) -> int:
        """Whole epochs up to here."""
        return self.steps_done // self.plan.steps_per_epoch

    @property
    def end_of_epoch(self) -> int:
        """The step at the end of the epoch that is next, or has been begun."""
        return (self.epochs_done + 1) * self.plan.steps_per_epoch

    @property
    def latest_loss(self) -> float:
        """Loss of the last step made; NaN before the first."""
        return float(self._losses[self._furthest - 1]) if self._furthest else float("nan")

    @property
    def validation_losses(self) -> np.ndarray:
        """Validation loss of every epoch that ended; empty without validation rows."""
        return np.array([self._validation[epoch] for epoch in sorted(self._validation)])

    @property
    def history(self) -> History:
        """Losses of all steps that were made, and of all epochs that ended."""
        plan, done = self.plan, self._furthest
        return history_of(
            self._losses[:done], self._rates(0, done), self._validation, plan.batch_sizes, plan.network.loss.sums
        )


def check_settings(*, batch_size: Any, seed: Any, epochs: Any, dtype: Any) -> None:
    """Raise ``InputError`` where one of the settings of a training cannot be used."""
    if not isinstance(batch_size, int) or batch_size < 1:
        raise InputError(f"batch_size must be a whole number of at least 1; got {batch_size!r}.")
    if not isinstance(seed, (int, np.integer)):
        raise InputError(f"seed must be a whole number; got {seed!r}.")
    if epochs is not None and (not isinstance(epochs, int) or epochs < 0):
        raise InputError(f"epochs must be a whole number of at least 0; got {epochs!r}.")
    if str(dtype) not in ("float32", "float64"):
        raise InputError(f"dtype must be 'float32' or 'float64'; got {dtype!r}.")


def _pair(validation: Any) -> tuple[Any, Any, Any]:
    if not isinstance(validation, tuple) or len(validation) not in (2, 3):
        raise InputError("validation must be a fraction such as 0.2, or a pair (X, y).")
    X, y, *weight = validation
    return X, y, weight[0] if weight else None
