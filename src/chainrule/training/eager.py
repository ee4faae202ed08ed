"""The NumPy engine: one step after another, at once, without compiling and without JAX."""

from typing import Any

import numpy as np

from chainrule.network.parameters import flatten, frozen_arrays
from chainrule.ops import eager_ops
from chainrule.training.engine import Advanced, Stretch, map_arrays
from chainrule.training.plan import Plan, bound_optimizer
from chainrule.training.step import Rows, State, StepRecord, loss_of, training_step


class EagerEngine:
    """Makes steps on NumPy arrays."""

    name = "numpy"

    def __init__(self, plan: Plan, rows: Rows, validation: Rows | None) -> None:
        self.plan = plan
        self.rows = rows
        self.validation = validation

    def load(self, state: State) -> State:
        """NumPy arrays stay as they are: nothing modifies them."""
        return state

    def fetch(self, state: State) -> State:
        """NumPy arrays stay as they are."""
        return state

    def longest(self, start: int) -> int:
        """Any step can be gone to."""
        return start + 1_000_000_000

    def advance(self, state: State, stretch: Stretch) -> Advanced:
        """See :class:`Engine`."""
        nodes, loss = self.plan.network.bind(self._typed(stretch.numbers))
        losses = np.empty(stretch.stop - stretch.start, dtype=self.plan.dtype)
        validation: dict[int, float] = {}
        for step in range(stretch.start, stretch.stop):
            state, record = self.step(state, stretch, step)
            losses[step - stretch.start] = record.loss.loss
            epoch, place = divmod(step + 1, self.plan.steps_per_epoch)
            if self.validation is not None and place == 0:
                validation[epoch - 1] = float(loss_of(eager_ops(), nodes, loss, state, self.validation))
        return Advanced(state, losses, validation)

    def step(self, state: State, stretch: Stretch, step: int) -> tuple[State, StepRecord]:
        """Make one step and return every value of it."""
        plan = self.plan
        numbers = self._typed(stretch.numbers)
        nodes, loss = plan.network.bind(numbers)
        rate = plan.dtype.type(stretch.rates[step - stretch.start])
        with np.errstate(all="ignore"):  # what is not finite is found and named by the trainer
            return training_step(
                eager_ops(),
                nodes,
                loss,
                bound_optimizer(plan.optimizer, numbers, rate),
                frozen_arrays(plan.network.frozen, flatten(state.params)),
                state,
                self.batch(step),
                plan.key_of(step),
                plan.dtype.type(step + 1),
            )

    def batch(self, step: int) -> Rows:
        """The rows of one step."""
        if self.plan.steps_per_epoch == 1:
            return self.rows
        rows = self.plan.batch_rows(step)
        return Rows(*map_arrays(lambda array: array[rows], tuple(self.rows)))

    def _typed(self, numbers: Any) -> dict[str, Any]:
        return {path: self.plan.dtype.type(value) for path, value in numbers.items()}
