"""What a diagnosis looks at: the kept state and the way to it, computed once, by the functions that trained.

Shapes: n rows, k outputs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chainrule.explain.diagnosis.skill import answers_of, constant_loss, explained, truth_of
from chainrule.explain.trace import Trace, trace_state
from chainrule.losses import Loss
from chainrule.network.graph import Node
from chainrule.network.network import Network, row_shapes
from chainrule.network.parameters import flatten
from chainrule.network.passes import Forward, forward, measure
from chainrule.ops import eager_ops
from chainrule.optimizers import Optimizer
from chainrule.plain import from_plain
from chainrule.training.course import Replayed
from chainrule.training.engine import Stretch, map_arrays
from chainrule.training.history import History
from chainrule.training.rows import select
from chainrule.training.step import Rows, State
from chainrule.training.trainer import Trainer

if TYPE_CHECKING:
    from chainrule.data.encode import TableEncoder

MOST_VALUES = 10_000_000
"""So many values of a forward pass are looked at (80 MB); of more rows a sample is taken, and that is said."""
SAMPLED_STEPS = 12
"""Steps that are made again to look at gradients; each costs at most a tenth of a second of training."""
MODELLED_ROWS = 2_000
"""Rows that small models of scikit-learn learn from; more would not change what they tell."""


class HeldOut(NamedTuple):
    """Rows that had no part in training."""

    rows: Rows
    numbers: np.ndarray
    """What to call each row."""
    what: str
    """``test rows`` or ``validation rows``."""


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

    @cached_property
    def places(self) -> np.ndarray:
        """Places of the training rows that are looked at."""
        trainer = self._trained
        return _spread(len(trainer.rows.target), _affordable(self.network, trainer.rows))

    @property
    def _trained(self) -> Trainer:
        if self.trainer is None:
            raise AttributeError("a finding that needs rows was asked of a run without them")
        return self.trainer

    @cached_property
    def rows(self) -> Rows:
        """Training rows: all of them, or a sample of a large table."""
        rows = self._trained.rows
        return rows if len(self.places) == len(rows.target) else select(rows, self.places)

    @property
    def row_words(self) -> str:
        """How many rows were looked at: ``all 812 rows``, or ``a sample of 5,000 of 60,000 rows``."""
        seen, there = len(self.places), len(self._trained.rows.target)
        return f"all {seen:,} rows" if seen == there else f"a sample of {seen:,} of {there:,} rows"

    @property
    def row_count(self) -> int:
        """How many training rows there are."""
        return len(self._trained.rows.target)

    @cached_property
    def wide_rows(self) -> Rows:
        """The training rows in float64, up to ``MODELLED_ROWS`` of them: for differences of gradients."""
        places = _spread(len(self.rows.target), MODELLED_ROWS)
        return Rows(*map_arrays(lambda array: _wide(array[places]), tuple(self.rows)))

    def column_name(self, source: str, place: int) -> str:
        """What one place of an input is called: a table's column, or ``input[3]``."""
        if self.table is not None and source == "features":
            return self.table.feature_names[place]
        return f"{source}[{place}]"

    def columns(self, rows: Rows) -> dict[str, np.ndarray] | None:
        """The columns of rows by name, each (n, k) with all features of a table's column; None where there are none."""
        found: dict[str, np.ndarray] = {}
        for source, values in rows.inputs.items():
            if not isinstance(values, np.ndarray) or values.ndim > 2:
                return None
            wide = values.reshape(len(values), prod(values.shape[1:])).astype(np.float64)
            if self.table is not None and source == "features":
                found |= {name: wide[:, places] for name, places in self.table.places.items()}
            elif self.table is not None:
                name = next((c.name for c in self.table.columns if getattr(c, "input", None) == source), source)
                found[name] = wide
            else:
                found |= {self.column_name(source, place): wide[:, [place]] for place in range(wide.shape[1])}
        return found

    def label(self, code: int) -> str:
        """What a class is called."""
        return str(self.labels[code]) if code < len(self.labels) else str(code)

    @cached_property
    def held_rows(self) -> Rows | None:
        """Rows that had no part in training: all of them, or a sample."""
        if self.held is None:
            return None
        count = len(self.held.rows.target)
        places = _spread(count, _affordable(self.network, self.held.rows))
        return self.held.rows if len(places) == count else select(self.held.rows, places)

    # -- passes

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

    @cached_property
    def parameter_count(self) -> int:
        """How many numbers the network has."""
        return sum(int(array.size) for array in flatten(self.state.params).values())

    @cached_property
    def state(self) -> State:
        """The state that was kept."""
        return self._trained.state

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
        return forward(eager_ops(), self.network.nodes, state.params, state.stats, self.rows.inputs)

    def loss_at(self, state: State, rows: Rows) -> float:
        """The data's loss of rows in a state, in inference, for each row: sums become means."""
        nodes = self.network.nodes
        with np.errstate(all="ignore"):
            done = forward(eager_ops(), nodes, state.params, state.stats, rows.inputs)
            measured = measure(eager_ops(), nodes, self.loss, state.params, done, rows.target, rows.weight)
        return float(measured.data_loss) / (len(rows.target) if self.loss.sums else 1)

    # -- the way there

    @property
    def steps(self) -> int:
        """Steps in the state that was kept."""
        return self._trained.steps_done

    def state_before(self, step: int) -> State:
        """The state before a step (from 0), by exact replay; after the last it is the state that was kept."""
        if step == self.steps:
            return self.state
        return next(self._trained.replay(step, step + 1)).before

    @cached_property
    def grid(self) -> tuple[int, ...]:
        """Steps spread evenly over the training, the first and the last among them; none where none was made."""
        return tuple(_spread(self.steps, SAMPLED_STEPS).tolist())

    @cached_property
    def sampled(self) -> tuple[Replayed, ...]:
        """The steps of the grid, made again: every value of them."""
        return tuple(self._replayed())

    def _replayed(self) -> Iterator[Replayed]:
        for step in self.grid:
            yield from self._trained.replay(step, step + 1)

    @cached_property
    def held_losses(self) -> np.ndarray:
        """Losses of the rows that had no part in training: before each step of the grid, and of the state kept."""
        if self.held_rows is None:
            return np.empty(0)
        states = [*(made.before for made in self.sampled), self.state]
        return np.array([self.loss_at(state, self.held_rows) for state in states])

    @cached_property
    def row_losses(self) -> np.ndarray:
        """Losses of the training rows, in inference: before each step of the grid, and of the state that was kept."""
        states = [*(made.before for made in self.sampled), self.state]
        return np.array([self.loss_at(state, self.rows) for state in states])

    def branch(self, state: State, start: int, steps: int, factor: float) -> list[State]:
        """States on the way of a training that goes on from a state with ``factor`` times its learning rates.

        The engine that trained makes the steps, on the same rows in the same order; the training itself stays as it
        is. Returns up to eight states, evenly spread, the last one after all of the steps.
        """
        engine, stretch_of = self._trained.engine, self._trained.stretch
        here, at, found = engine.load(state), start, list[State]()
        for stop in start + np.unique(np.linspace(0, steps, 9).round().astype(int))[1:]:
            while at < stop:
                to = min(int(stop), engine.longest(at), self._trained.changes.next_after(at))
                planned = stretch_of(at, to)
                with np.errstate(all="ignore"):  # at a rate that is too high
                    here = engine.advance(here, Stretch(at, to, planned.rates * factor, planned.numbers)).state
                at = to
            found.append(engine.fetch(here))
        return found

    # -- how it was trained

    @cached_property
    def optimizer(self) -> Optimizer:
        """The optimizer."""
        return from_plain(self.training["optimizer"], Optimizer)

    @property
    def rate(self) -> float:
        """The highest learning rate of the steps that were made; of a training without steps the first."""
        rates = self.history.step_rates
        return float(np.max(rates)) if len(rates) else float(self._trained.stretch(0, 1).rates[0])

    @property
    def epoch_steps(self) -> int:
        """Steps in an epoch."""
        return self._trained.plan.steps_per_epoch

    @property
    def epochs(self) -> int:
        """Whole epochs in the state that was kept."""
        return self.steps // self.epoch_steps

    @property
    def planned_epochs(self) -> int:
        """Epochs that were planned."""
        return self.training["epochs"] or self.epochs

    @property
    def step_seconds(self) -> float:
        """Estimated time of a step."""
        return self._trained.choice.step_seconds

    @property
    def batch_share(self) -> float:
        """Share of the rows in a step."""
        return self._trained.plan.batch_size / len(self.wide_rows.target)

    def gradient_size(self, made: Replayed) -> float:
        """Size of a step's whole gradient: the root of the sum of its squares."""
        gradients = flatten(made.record.backward.gradients).values()
        return float(np.sqrt(sum(float(np.square(np.asarray(each, np.float64)).sum()) for each in gradients)))

    # -- how good it is

    @cached_property
    def constant_loss(self) -> float:
        """Loss, for each row, of the best answer that is the same for all rows: what there is to learn."""
        return constant_loss(self.loss, self.rows, self.trace.prediction)

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


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def _affordable(network: Network, rows: Rows) -> int:
    shapes = network.shapes(row_shapes(rows.inputs))
    return max(200, MOST_VALUES // max(1, sum(prod(shape) for shape in shapes.values())))


def _spread(count: int, most: int) -> np.ndarray:
    """Up to ``most`` of the numbers from 0 to ``count - 1``, evenly spread, both ends among them."""
    return np.unique(np.linspace(0, max(count - 1, 0), min(count, most)).round().astype(int))
