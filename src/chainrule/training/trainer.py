"""The trainer: a training that can be run, stepped, gone back in and changed on the way."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from chainrule.errors import InputError, InputTypeError, NonFiniteError
from chainrule.layers.common import is_whole
from chainrule.network.inputs import float_type
from chainrule.network.network import Network, row_shapes
from chainrule.network.parameters import ParameterView, flatten
from chainrule.optimizers import Optimizer, get_optimizer
from chainrule.training.choice import choose
from chainrule.training.course import Course
from chainrule.training.eager import EagerEngine
from chainrule.training.history import History
from chainrule.training.nonfinite import find_culprit
from chainrule.training.plan import Plan
from chainrule.training.recording import DEFAULT_BUDGET
from chainrule.training.rows import make_rows, owned, set_aside
from chainrule.training.step import State, first_state


class Standing(NamedTuple):
    """Where a training stands: all that another one needs to go on from there, and none of the rows."""

    plan: Plan
    state: State
    """Parameters, running statistics, and what the optimizer remembers."""
    steps: int
    """Steps that were made, which the optimizer counts."""


class Trainer(Course):
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
        check_network(network)
        check_settings(batch_size=batch_size, seed=seed, epochs=epochs, dtype=dtype, record=record)
        kind = np.dtype(dtype)
        network, rows = make_rows(network, X, y, sample_weight, kind, class_weight)
        parts = set_aside(network, rows, validation, int(seed), kind, row_numbers)
        self.kept = parts.kept
        """Places of the training rows among the rows that were passed."""
        self.row_numbers = parts.row_numbers
        self.validation_numbers = parts.validation_numbers
        """What to call each validation row: its own place, from 1, where a pair was passed."""
        n = len(parts.rows.target)
        plan = Plan(n, min(int(batch_size), n), network, get_optimizer(optimizer), shuffle, int(seed), kind)
        if after is not None:
            plan = replace(plan, steps_before=_steps_of(after, plan))
        steps = (epochs or 100) * plan.steps_per_epoch
        choice = choose(engine, network, plan.optimizer, row_shapes(rows.inputs), plan.batch_size, steps)
        budget = DEFAULT_BUDGET if record is True else int(record)
        first = _first(plan, after)
        super().__init__(
            plan,
            owned(parts.rows, X),
            parts.validation,
            first,
            choice=choice,
            epochs=None if epochs is None else int(epochs),
            budget=budget,
        )
        self.steps_done = 0
        self._state = self.engine.load(first)

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
        if not is_whole(epochs, 0):
            raise InputError(f"epochs must be a whole number of at least 0; got {epochs!r}.")
        if epochs:
            self.seek(self.end_of_epoch + (epochs - 1) * self.plan.steps_per_epoch)

    def seek(self, step: int) -> None:
        """Go to the state after a number of steps: forwards by training, backwards by exact replay.

        Raises:
            InputError: the step is before the first.
            NonFiniteError: training met NaN or infinity; the trainer then stands before that step.
        """
        if not is_whole(step, 0):
            raise InputError(f"There is no step {step}: step 0 is the network before training.")
        if step < self.steps_done:
            self._stand_at(step)
        while self.steps_done < step:
            self.advance(int(step))

    def advance(self, limit: int) -> None:
        """Make one stretch of steps, and not beyond ``limit``: what one snapshot stands for, or a tenth of a second."""
        start = self.steps_done
        stop = self._stretch_end(start, limit)
        try:
            result = self._make(self._state, start, stop, limit)
        except BaseException:  # Ctrl-C above all: the engine may have used the state up
            self.steps_done, snapshot = self.recording.before(start)
            self._state = self.engine.load(snapshot)
            raise
        finite = np.isfinite(result.losses)
        if not finite.all():
            bad = start + int(np.argmin(finite))
            ended = bad // self.plan.steps_per_epoch
            before = {epoch: loss for epoch, loss in result.validation.items() if epoch < ended}
            self.losses.write(start, result.losses[: bad - start], before)
            self._stop_at(bad)
        self._state, self.steps_done = result.state, stop
        self.losses.write(start, result.losses, result.validation)
        self._keep(stop, self._state)

    def _stand_at(self, step: int) -> None:
        """Go to a step that was made."""
        self._state, self.steps_done = self.engine.load(self.state_at(step)), int(step)

    def _stop_at(self, step: int) -> None:
        """Find what was not finite in a step or the one before it, go back to before it, and say so."""
        culprit, at, eager = None, step, EagerEngine(self.plan, self.rows, None)
        for at in range(max(step - 1, 0), step + 1):
            culprit = find_culprit(eager, self.state_at(at), self.stretch(at, at + 1))
            if culprit is not None:
                break
        self._stand_at(at)
        self.forget_after(at)
        node = culprit.node if culprit else self.plan.network.nodes[-1].name
        row = None
        if culprit is not None and culprit.batch_row is not None:
            row = int(self.row_numbers[self.plan.batch_rows(at)[culprit.batch_row]])
        what = f"{culprit.what} became {culprit.value}" if culprit else "the loss was not finite"
        rate = self.stretch(at, at + 1).rates[0]
        remedy = (
            f"The learning rate is {rate:g}: try {rate / 10:g}, scale the inputs, or clip the gradient (clip_norm=1)."
        )
        if culprit is not None and culprit.outside:
            loss = self.plan.network.loss
            remedy = (
                f"Loss '{loss.name}' takes probabilities, from 0 to 1, and the last activation gives values outside "
                f"the limits it was registered with: take '{loss.fuses}' for it, or the loss '{loss.fused.name}'."
            )
        raise NonFiniteError(
            f"Training stopped at step {at + 1} (epoch {at // self.plan.steps_per_epoch + 1}): {what}"
            f"{'' if row is None else f' on row {row}'}. {remedy}",
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
        self.losses.write(0, losses, dict(enumerate(validation)))
        self.recording.put({0: self.recording.states[0], **states})
        self._state, self.steps_done = self.engine.load(states[steps]), steps

    # -- changing

    def set(self, **numbers: float) -> None:
        """Change numbers from here on: ``trainer.set(learning_rate=0.01)``, ``trainer.set(**{"dropout1.rate": 0.2})``.

        The change is part of the training: going back before it and forward again gives it again. What was trained
        beyond this step is forgotten. A learning rate that is set takes the place of a schedule. What is no number
        (the batch size, what is frozen) is another training's: ``Trainer(..., after=trainer.standing)``.

        Raises:
            InputError: there is no such number, or it is out of its range; nothing is changed.
        """
        changed = self.changes.named(numbers)
        self.plan.check(self.changes.at(self.steps_done) | changed)
        self.changes.add(self.steps_done, changed)
        self.forget_after(self.steps_done)

    def forget_after(self, step: int) -> None:
        """Forget what was trained beyond a step."""
        self.recording.forget_after(step)
        self.changes.forget_after(step)
        self.losses.forget_after(step, step // self.plan.steps_per_epoch)

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
        return self.losses.latest

    @property
    def validation_losses(self) -> np.ndarray:
        """Validation loss of every epoch that ended; empty without validation rows."""
        return self.losses.validation

    @property
    def history(self) -> History:
        """Losses of all steps that were made, and of all epochs that ended."""
        rates = self._rates(0, self.losses.steps)
        return self.losses.history(rates, self.plan.batch_sizes, self.plan.network.loss.sums)


def check_network(network: Any) -> None:
    """Raise ``InputTypeError`` where what is to be trained is no network, such as a bare list of layers."""
    if isinstance(network, Network):
        return
    got = "a list of layers" if isinstance(network, list | tuple) else f"a thing of type {type(network).__name__}"
    raise InputTypeError(
        f"What is trained is a network, layers with their loss, such as Network([Dense(1)], loss='mse'); got {got}."
    )


def check_settings(*, batch_size: Any, seed: Any, epochs: Any, dtype: Any, record: Any = True) -> None:
    """Raise ``InputError`` where one of the settings of a training cannot be used."""
    if not is_whole(batch_size):
        raise InputError(f"batch_size must be a whole number of at least 1; got {batch_size!r}.")
    if not isinstance(seed, int | np.integer):
        raise InputError(f"seed must be a whole number; got {seed!r}.")
    if epochs is not None and not is_whole(epochs, 0):
        raise InputError(f"epochs must be a whole number of at least 0; got {epochs!r}.")
    float_type(dtype)
    if not isinstance(record, bool) and not is_whole(record, 0):
        raise InputError(f"record must be True, False, or how many bytes snapshots may take; got {record!r}.")


def _steps_of(after: Any, plan: Plan) -> int:
    """How many steps were made before, once it has been found that a plan goes on from there."""
    if not isinstance(after, Standing):
        raise InputTypeError(
            f"after= takes where a training stands, trainer.standing; got a thing of type {type(after).__name__}."
        )
    same = [
        (each.network.nodes, dict(each.network.input_shapes or {}), each.optimizer.skeleton(), each.dtype)
        for each in (plan, after.plan)
    ]
    if same[0] != same[1]:
        raise InputError("after= needs a training of the same network, with the same optimizer and dtype.")
    return after.steps


def _first(plan: Plan, after: Standing | None) -> State:
    """The state a plan begins with; of what was frozen until now the optimizer remembers nothing."""
    frozen = plan.network.frozen_names()
    if after is None:
        return first_state(plan.optimizer, *plan.network.init(plan.seed, plan.dtype), frozen)
    fresh = first_state(plan.optimizer, after.state.params, after.state.stats, frozen)
    return fresh._replace(slots={name: after.state.slots.get(name, slot) for name, slot in fresh.slots.items()})
