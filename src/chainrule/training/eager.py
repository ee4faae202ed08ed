"""The NumPy engine: one step after another, at once, without compiling and without JAX."""

from typing import NamedTuple

import numpy as np

from chainrule.losses import Loss
from chainrule.network.graph import Node
from chainrule.ops import eager_ops
from chainrule.optimizers import Optimizer
from chainrule.training.engine import Advanced, Stretch
from chainrule.training.plan import Plan, bound_optimizer
from chainrule.training.rows import select
from chainrule.training.step import Rows, State, StepRecord, loss_of, training_step


class EagerEngine:
    """Makes steps on NumPy arrays."""

    name = "numpy"

    def __init__(self, plan: Plan, rows: Rows, validation: Rows | None) -> None:
        self.plan = plan
        self.rows = rows
        self.validation = validation
        self.frozen = plan.network.frozen_names()

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
        plan, bound = self.plan, self._bind(stretch)
        losses = np.empty(stretch.stop - stretch.start, dtype=plan.dtype)
        validation: dict[int, float] = {}
        with np.errstate(all="ignore"):  # what is not finite is found and named by the trainer
            for step in range(stretch.start, stretch.stop):
                state, record = self._make(state, bound, stretch.rates[step - stretch.start], step)
                losses[step - stretch.start] = record.loss.loss
                epoch, place = divmod(step + 1, plan.steps_per_epoch)
                if self.validation is not None and place == 0:
                    validation[epoch - 1] = float(loss_of(eager_ops(), bound.nodes, bound.loss, state, self.validation))
        return Advanced(state, losses, validation)

    def step(self, state: State, stretch: Stretch) -> tuple[State, StepRecord]:
        """Make the first step of a stretch and return every value of it."""
        with np.errstate(all="ignore"):
            return self._make(state, self._bind(stretch), stretch.rates[0], stretch.start)

    def _bind(self, stretch: Stretch) -> "_Bound":
        numbers = {path: self.plan.dtype.type(value) for path, value in stretch.numbers.items()}
        return _Bound(*self.plan.network.bind(numbers), bound_optimizer(self.plan.optimizer, numbers))

    def _make(self, state: State, bound: "_Bound", rate: float, step: int) -> tuple[State, StepRecord]:
        plan = self.plan
        return training_step(
            eager_ops(),
            bound.nodes,
            bound.loss,
            bound.optimizer.at_rate(plan.dtype.type(rate)),
            self.frozen,
            state,
            self.batch(step),
            plan.key_of(step),
            plan.count_of(step),
        )

    def batch(self, step: int) -> Rows:
        """The rows of one step."""
        if self.plan.steps_per_epoch == 1:
            return self.rows
        return select(self.rows, self.plan.batch_rows(step))


class _Bound(NamedTuple):
    """Graph, loss and optimizer with the numbers of a stretch in them."""

    nodes: tuple[Node, ...]
    loss: Loss
    optimizer: Optimizer
