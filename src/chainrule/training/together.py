"""Many networks trained on the same rows: other seeds, or other numbers of the optimizer.

XLA trains them side by side, as one program mapped over the networks, unless each fills the processor by itself; NumPy
trains one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from chainrule.network.cores import one_thread
from chainrule.network.network import Network, row_shapes
from chainrule.network.passes import forward
from chainrule.ops import eager_ops
from chainrule.optimizers import Optimizer, get_optimizer, rates_of
from chainrule.training.choice import Choice, choose
from chainrule.training.eager import EagerEngine
from chainrule.training.engine import Stretch
from chainrule.training.history import history_of
from chainrule.training.plan import Plan
from chainrule.training.rows import make_rows
from chainrule.training.step import Rows, State, first_state, loss_of
from chainrule.training.trainer import check_settings

_ALONE_SECONDS = 300e-6
"""Networks that take so long a step (as estimated) are trained one after the other on a CPU: side by side they take as
long, need more memory, and cannot be stopped between. Smaller ones take down to a third of the time side by side."""


@dataclass(frozen=True)
class Settings:
    """How many networks are trained, in all that they share; see :class:`~chainrule.training.trainer.Trainer`."""

    optimizer: str | Optimizer = "adam"
    epochs: int = 100
    batch_size: int = 32
    shuffle: bool = True
    seed: int = 0
    sample_weight: Any = None
    class_weight: Any = None
    engine: str = "auto"
    dtype: str = "float32"

    def begin(self, network: Network, X: Any, y: Any) -> tuple[Plan, Rows]:
        """Check everything, and make the plan of which the others are variants.

        Raises:
            InputError: a setting, the rows or the targets cannot be used.
        """
        check_settings(batch_size=self.batch_size, seed=self.seed, epochs=self.epochs, dtype=self.dtype)
        kind = np.dtype(self.dtype)
        network, rows = make_rows(network, X, y, self.sample_weight, kind, self.class_weight)
        n = len(rows.target)
        optimizer = get_optimizer(self.optimizer)
        return Plan(n, min(self.batch_size, n), network, optimizer, self.shuffle, self.seed, kind), rows


class Trained(NamedTuple):
    """What came of many trainings."""

    states: list[State]
    """The state of each at its end."""
    step_losses: np.ndarray
    """Loss of each step before its update, shape (networks, steps)."""
    epoch_losses: np.ndarray
    """Loss of each epoch, as a history has it, shape (networks, epochs)."""
    first: np.ndarray
    """Loss of all rows before training, shape (networks,)."""
    final: np.ndarray
    """Loss of all rows at the end, shape (networks,)."""
    engine: str


def choose_together(engine: str, plans: Sequence[Plan], rows: Rows, epochs: int) -> Choice:
    """The engine for so many networks of one form, by the rule of :func:`choose`."""
    plan = plans[0]
    steps = max(1, epochs * plan.steps_per_epoch) * len(plans)
    return choose(engine, plan.network, plan.optimizer, row_shapes(rows.inputs), plan.batch_size, steps)


def at_once(choice: Choice, networks: int) -> int:
    """How many of some networks of one form are trained in one go."""
    if choice.engine == "numpy":
        return 1
    from chainrule.ops.compiled import on_cpu

    return 1 if on_cpu() and choice.step_seconds >= _ALONE_SECONDS else networks


def train_together(plans: Sequence[Plan], rows: Rows, epochs: int, engine: str = "auto") -> Trained:
    """Train a network by each of some plans, which differ in seeds and numbers alone.

    Training does not stop where a loss is not finite: such networks go on with NaN.

    Args:
        plans: at least one; all of one :attr:`~chainrule.training.plan.Plan.form`.
        rows: what all of them learn from.
        epochs: how often every row is visited.
        engine: ``"auto"``, ``"numpy"`` or ``"xla"``.
    """
    plan = plans[0]
    steps = epochs * plan.steps_per_epoch
    choice = choose_together(engine, plans, rows, epochs)
    firsts = [
        first_state(each.optimizer, *each.network.init(each.seed, each.dtype), each.network.frozen_names())
        for each in plans
    ]
    stretches = [
        Stretch(0, steps, rates_of(each.optimizer.learning_rate, np.arange(steps), steps), each.numbers())
        for each in plans
    ]
    if steps == 0:
        states, losses = firsts, np.zeros((len(plans), 0))
    elif choice.engine == "numpy":
        made = [
            EagerEngine(each, rows, None).advance(state, stretch)
            for each, state, stretch in zip(plans, firsts, stretches, strict=True)
        ]
        states, losses = [each.state for each in made], np.stack([each.losses for each in made])
    else:
        from chainrule.training.compiled import advance_together

        size = at_once(choice, len(plans))
        parts = [slice(first, first + size) for first in range(0, len(plans), size)]
        made = [advance_together(plans[part], rows, firsts[part], stretches[part]) for part in parts]
        states, losses = [state for ends, _ in made for state in ends], np.concatenate([each for _, each in made])
    sums = plan.network.loss.sums
    histories = [
        history_of(each, stretch.rates, {}, plan.batch_sizes, sums)
        for each, stretch in zip(losses, stretches, strict=True)
    ]
    return Trained(
        states,
        losses,
        np.stack([history["loss"] for history in histories]),
        losses_of(plans, firsts, rows),
        losses_of(plans, states, rows),
        choice.engine,
    )


def losses_of(plans: Sequence[Plan], states: Sequence[State], rows: Rows) -> np.ndarray:
    """The loss of rows in each state, shape (networks,)."""
    found: list[float] = []
    with one_thread, np.errstate(all="ignore"):
        for plan, state in zip(plans, states, strict=True):
            nodes, loss = plan.network.bind(_numbers(plan))
            found.append(float(loss_of(eager_ops(), nodes, loss, state, rows)))
    return np.array(found)


def predictions_of(plan: Plan, state: State, rows: Rows) -> np.ndarray:
    """What the network of a plan puts out for rows in a state, shape (rows, …)."""
    with one_thread, np.errstate(all="ignore"):
        nodes, _ = plan.network.bind(_numbers(plan))
        return forward(eager_ops(), nodes, state.params, state.stats, rows.inputs).output


def _numbers(plan: Plan) -> dict[str, Any]:
    """The network's numbers in the type of the training."""
    return {path: plan.dtype.type(value) for path, value in plan.network.numbers().items()}
