"""The NumPy engine: one step after another, at once, without compiling and without JAX.

Every product of a step is computed on one thread: with another number of threads its last bits would be others, and a
step that is made again, here or on another machine, would not be the step that was made.
"""

from typing import Any, NamedTuple

import numpy as np

from chainrule.losses import Loss
from chainrule.network.cores import one_thread
from chainrule.network.graph import Node
from chainrule.ops import eager_ops
from chainrule.optimizers import Optimizer
from chainrule.training.engine import Advanced, Stretch, Watched, joined, map_arrays
from chainrule.training.plan import Plan, bound_optimizer
from chainrule.training.rows import select
from chainrule.training.step import Made, Probe, Rows, State, StepRecord, loss_of, training_step


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

    def prepare(self, start: int, stop: int) -> None:
        """See :class:`Engine`: nothing; each step makes what it needs."""

    def advance(self, state: State, stretch: Stretch) -> Advanced:
        """See :class:`Engine`."""
        plan, bound = self.plan, self._bind(stretch)
        losses = np.empty(stretch.stop - stretch.start, dtype=plan.dtype)
        validation: dict[int, float] = {}
        with one_thread:
            for step in range(stretch.start, stretch.stop):
                state, record = self._make(state, self._at(bound, stretch, step), step)
                losses[step - stretch.start] = record.loss.loss
                epoch, place = divmod(step + 1, plan.steps_per_epoch)
                if self.validation is not None and place == 0:
                    with np.errstate(all="ignore"):
                        loss = loss_of(eager_ops(), bound.nodes, bound.loss, state, self.validation)
                    validation[epoch - 1] = float(loss)
        return Advanced(state, losses, validation)

    def step(self, state: State, stretch: Stretch) -> tuple[State, StepRecord]:
        """Make the first step of a stretch and return every value of it."""
        with one_thread:
            return self._make(state, self._at(self._bind(stretch), stretch, stretch.start), stretch.start)

    def watches(self, start: int, most: int | None = None) -> int:
        """Any step can be gone to."""
        return self.longest(start) if most is None else start + most

    def watch(self, state: State, stretch: Stretch, probe: Probe, argument: Any, most: int | None = None) -> Watched:
        """See :class:`Engine`."""
        bound = self._bind(stretch)
        losses: list[Any] = []
        seen: list[Any] = []
        with one_thread:
            for step in range(stretch.start, stretch.stop):
                now = self._at(bound, stretch, step)
                after, record = self._make(state, now, step)
                losses.append(record.loss.loss)
                made = self._made(now, step, (state, record, after))
                seen.append(map_arrays(lambda number: np.asarray(number)[None], probe(made, argument)))
                state = after
        return Watched(state, np.array(losses), joined(seen))

    def made(self, stretch: Stretch, values: tuple[State, StepRecord, State]) -> Made:
        """The first step of a stretch, of which everything is known, as a probe looks at it."""
        now = self._at(self._bind(stretch), stretch, stretch.start)
        return self._made(now, stretch.start, values)

    def _made(self, now: "_Bound", step: int, values: tuple[State, StepRecord, State]) -> Made:
        return Made(eager_ops(), now.nodes, now.optimizer, self.plan.count_of(step), *values)

    def _bind(self, stretch: Stretch) -> "_Bound":
        numbers = {path: self.plan.dtype.type(value) for path, value in stretch.numbers.items()}
        return _Bound(*self.plan.network.bind(numbers), bound_optimizer(self.plan.optimizer, numbers))

    def _at(self, bound: "_Bound", stretch: Stretch, step: int) -> "_Bound":
        """What is bound in one step: with its learning rate, too."""
        rate = self.plan.dtype.type(stretch.rates[step - stretch.start])
        return bound._replace(optimizer=bound.optimizer.at_rate(rate))

    def _make(self, state: State, bound: "_Bound", step: int) -> tuple[State, StepRecord]:
        plan = self.plan
        with np.errstate(all="ignore"):  # what is not finite is found and named by the trainer
            return training_step(
                eager_ops(),
                bound.nodes,
                bound.loss,
                bound.optimizer,
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
