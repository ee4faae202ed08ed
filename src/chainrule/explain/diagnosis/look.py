"""What a diagnosis looks at: the kept state and the way to it, computed once, by the functions that trained."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chainrule.explain.diagnosis.sample import HeldOut, sample, spread
from chainrule.explain.diagnosis.skill import answers_of, constant_loss, explained, truth_of
from chainrule.explain.trace import Trace
from chainrule.explain.tracing import trace_state
from chainrule.losses import Loss
from chainrule.network.cores import one_thread
from chainrule.network.graph import Node
from chainrule.network.network import Network
from chainrule.network.parameters import flatten
from chainrule.network.passes import Forward, forward, measure
from chainrule.ops import eager_ops
from chainrule.optimizers import Optimizer
from chainrule.plain import from_plain
from chainrule.training.eager import EagerEngine
from chainrule.training.history import History
from chainrule.training.step import Rows, State, StepRecord
from chainrule.training.trainer import Trainer

if TYPE_CHECKING:
    from chainrule.data.encode import TableEncoder

SAMPLED_STEPS = 12
"""Steps that are made again to look at gradients; each costs at most a tenth of a second of training."""


class Sampled(NamedTuple):
    """One step on the way, made again."""

    step: int
    """Which one, from 0."""
    before: State
    record: StepRecord
    """Every value of it."""


@dataclass(frozen=True)
class Look:
    """Everything that findings are made from; each part is computed when it is first asked for."""

    network: Network
    """With the parameters that were kept."""
    history: History
    training: Mapping[str, Any]
    """How it was trained, as plain data."""
    stopped: str
    """Why training ended."""
    trainer: Trainer | None = None
    """The training, made again for a run that was loaded; None where its rows are not at hand."""
    why: str = ""
    """Why they are not, and what to do."""
    table: "TableEncoder | None" = None
    held: HeldOut | None = None
    labels: Sequence[Any] = ()
    """What the classes are called, by their codes."""
    models: dict[str, float | None] = field(default_factory=dict[str, "float | None"])
    """Skills of models that were fitted, so that each is fitted once."""

    # -- rows

    @property
    def trained(self) -> Trainer:
        """The training, for findings that need its rows."""
        if self.trainer is None:
            raise AttributeError("a finding that needs rows was asked of a run without them")
        return self.trainer

    @cached_property
    def rows(self) -> Rows:
        """Training rows: all of them, or a sample of a large table."""
        return sample(self.network, self.trained.rows)

    @cached_property
    def held_rows(self) -> Rows | None:
        """Rows that had no part in training: all of them, or a sample."""
        return None if self.held is None else sample(self.network, self.held.rows)

    @property
    def row_count(self) -> int:
        """How many training rows there are."""
        return len(self.trained.rows.target)

    @property
    def row_words(self) -> str:
        """How many rows were looked at: ``all 812 training rows``, or ``5,000 of the 60,000 training rows``."""
        seen, there = len(self.rows.target), self.row_count
        return f"all {there:,} training rows" if seen == there else f"{seen:,} of the {there:,} training rows"

    def label(self, code: int) -> str:
        """What a class is called."""
        return str(self.labels[code]) if code < len(self.labels) else str(code)

    # -- the network

    @property
    def loss(self) -> Loss:
        """The loss that was minimised."""
        return self.network.loss

    @property
    def hidden(self) -> tuple[Node, ...]:
        """The nodes before the output that have an activation of their own."""
        return tuple(node for node in self.network.nodes[:-1] if node.activation is not None)

    @property
    def learning(self) -> tuple[Node, ...]:
        """The nodes with a matrix of weights, in order: dense, convolutional and recurrent ones."""
        params = self.state.params
        return tuple(
            node
            for node in self.network.nodes
            if not node.layer.takes_codes and any(np.ndim(array) > 1 for array in params[node.name])
        )

    @property
    def hidden_learning(self) -> tuple[Node, ...]:
        """Those of them that have an activation and are not the output."""
        return tuple(node for node in self.learning if node in self.hidden)

    @property
    def parameter_count(self) -> int:
        """How many numbers the network has."""
        return sum(int(array.size) for array in flatten(self.state.params).values())

    # -- passes

    @cached_property
    def state(self) -> State:
        """The state that was kept."""
        return self.trained.state_at(self.steps)

    @cached_property
    def trace(self) -> Trace:
        """Every value of the training rows in the state that was kept, in inference."""
        return self.trace_at(self.state, self.rows)

    @cached_property
    def held_trace(self) -> Trace | None:
        """The same for rows that had no part in training."""
        return None if self.held_rows is None else self.trace_at(self.state, self.held_rows)

    def trace_at(self, state: State, rows: Rows) -> Trace:
        """All values of rows in a state, in inference."""
        return trace_state(
            self.network.nodes, self.loss, state.params, state.stats, rows.inputs, rows.target, rows.weight
        )

    def forward_at(self, state: State) -> Forward:
        """A forward pass of the training rows in a state, in inference."""
        return trace_state(self.network.nodes, self.loss, state.params, state.stats, self.rows.inputs).forward

    def loss_at(self, state: State, rows: Rows) -> float:
        """The data's loss of rows in a state, in inference, for each row: sums become means."""
        nodes = self.network.nodes
        with one_thread, np.errstate(all="ignore"):
            done = forward(eager_ops(), nodes, state.params, state.stats, rows.inputs)
            measured = measure(eager_ops(), nodes, self.loss, state.params, done, rows.target, rows.weight)
        return float(measured.data_loss) / (len(rows.target) if self.loss.sums else 1)

    # -- the way there

    @property
    def steps(self) -> int:
        """Steps in the state that was kept."""
        return self.training["steps"]

    @property
    def epoch_steps(self) -> int:
        """Steps in an epoch."""
        return self.trained.plan.steps_per_epoch

    @property
    def epochs(self) -> int:
        """Whole epochs in the state that was kept."""
        return self.steps // self.epoch_steps

    @property
    def step_seconds(self) -> float:
        """Estimated time of a step."""
        return self.trained.choice.step_seconds

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer."""
        return from_plain(self.training["optimizer"], Optimizer)

    @property
    def rate(self) -> float:
        """The highest learning rate of the steps that were made; of a training without steps the first."""
        rates = self.history.step_rates
        return float(np.max(rates)) if len(rates) else float(self.trained.stretch(0, 1).rates[0])

    @cached_property
    def moved(self) -> float:
        """How far what is learned moved in training, as a share of its size: roots of sums of squares."""
        frozen = self.network.frozen_names()
        first, last = (flatten(state.params) for state in (self.state_before(0), self.state))
        names = [name for name in first if name not in frozen]
        apart, size = (
            sum(float(np.square(np.asarray(each, np.float64)).sum()) for each in arrays)
            for arrays in ([last[name] - first[name] for name in names], [first[name] for name in names])
        )
        return float(np.sqrt(apart / size)) if size else float(np.inf)

    def state_before(self, step: int) -> State:
        """The state before a step (from 0), by exact replay; after the last it is the state that was kept."""
        return self.state if step == self.steps else self.trained.state_at(step)

    @cached_property
    def grid(self) -> tuple[int, ...]:
        """Steps spread evenly over the training, the first and the last among them; none where none was made."""
        return tuple(spread(self.steps, SAMPLED_STEPS).tolist())

    @cached_property
    def sampled(self) -> tuple[Sampled, ...]:
        """The steps of the grid, made again: every value of them."""
        return tuple(self._sampled())

    def _sampled(self) -> Iterator[Sampled]:
        trainer = self.trained
        eager = EagerEngine(trainer.plan, trainer.rows, None)
        for step, before in zip(self.grid, trainer.states(self.grid), strict=True):
            yield Sampled(step, before, eager.step(before, trainer.stretch(step, step + 1))[1])

    @cached_property
    def held_losses(self) -> np.ndarray:
        """Losses of the rows that had no part in training: before each step of the grid, and of the state kept."""
        return np.empty(0) if self.held_rows is None else self._losses(self.held_rows)

    @cached_property
    def row_losses(self) -> np.ndarray:
        """Losses of the training rows, in inference: before each step of the grid, and of the state that was kept."""
        return self._losses(self.rows)

    def _losses(self, rows: Rows) -> np.ndarray:
        states = [*(made.before for made in self.sampled), self.state]
        return np.array([self.loss_at(state, rows) for state in states])

    # -- how good it is

    @cached_property
    def constant_loss(self) -> float:
        """Loss, for each row, of the best answer that is the same for all rows: what there is to learn."""
        return constant_loss(self.loss, np.asarray(self.rows.target), self.trace.prediction, self.trace.counts)

    @property
    def constant_loss_by_epoch(self) -> float:
        """The same for a whole epoch, as the history writes it: where batches add up, for all rows."""
        return self.constant_loss * (self.row_count if self.loss.sums else 1)

    @cached_property
    def truth(self) -> np.ndarray | None:
        """Targets of the training rows as numbers, shape (n, k): classes as 0 and 1."""
        return truth_of(self.loss, self.rows, self.trace.prediction)

    @cached_property
    def skill(self) -> float | None:
        """Share of the training rows' variance that the network explains: 0 as a constant does, 1 perfectly.

        R² for numbers; for classes that of their probabilities (the Brier skill score).
        """
        answers = answers_of(self.loss, self.trace.prediction)
        return None if self.truth is None or answers is None else explained(self.truth, answers)
