"""What a workbook is made of: a trace in float64, the next step of the optimizer, and where the rows came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from chainrule.errors import InputError
from chainrule.explain.trace import Trace, trace_state
from chainrule.network.network import Network
from chainrule.network.parameters import flatten
from chainrule.ops import eager_ops
from chainrule.optimizers import Optimizer, Update, get_optimizer, update
from chainrule.optimizers.schedules import rates_of
from chainrule.training.engine import map_arrays

if TYPE_CHECKING:
    from chainrule.data.encode import TableEncoder


@dataclass(frozen=True)
class Step:
    """How the step of gradient descent is made."""

    optimizer: Optimizer
    """Its learning rate that of this step."""
    states: Mapping[str, Any]
    """What it remembers of each parameter; parameters without an entry are frozen."""
    count: int
    """The number of the step, from 1."""


@dataclass(frozen=True)
class Origin:
    """Where the rows of a trace came from, where they came from a table."""

    encoder: "TableEncoder"
    frame: nw.DataFrame[Any]
    """The raw rows, one for each of the trace."""


@dataclass(frozen=True)
class Material:
    """Everything that a workbook shows."""

    trace: Trace
    """In float64, the type that spreadsheets calculate in."""
    step: Step | None
    """None for a trace without targets."""
    origin: Origin | None = None
    labels: Sequence[str] = ()
    """What to call each row."""
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """Names of the columns of an input, by its name."""
    note: str = ""
    """Which rows these are."""

    @property
    def update(self) -> Update:
        """The step, made by the optimizer itself."""
        step, trace = self.step, self.trace
        assert step is not None, "asked for where there are targets"
        gradients = {name: array for name, array in trace.gradients.items() if name in step.states}
        parameters = {name: trace.params[name] for name in step.states}
        with np.errstate(all="ignore"):
            return update(
                eager_ops(), step.optimizer, parameters, gradients, step.states, np.asarray(float(step.count))
            )

    @property
    def network(self) -> Network:
        """The network of the trace, its parameters set."""
        network = Network(self.trace.nodes, loss=self.trace.loss_function, inputs=tuple(self.trace.inputs))
        return network.set(dict(self.trace.params))


def in_float64(trace: Trace) -> Trace:
    """The same passes in float64, as spreadsheets calculate; the trace itself where it is that already."""
    floats = [trace.forward.output, *flatten(trace.tree).values()]
    if all(np.asarray(array).dtype == np.float64 for array in floats):
        return trace
    return trace_state(
        trace.nodes,
        trace.loss_function,
        map_arrays(_wide, dict(trace.tree)),
        map_arrays(_wide, trace.forward.stats),
        map_arrays(_wide, dict(trace.inputs)),
        None if trace.target is None else _wide(trace.target),
        None if trace.weight is None else _wide(trace.weight),
    )


def first_step(trace: Trace, optimizer: str | Optimizer, frozen: Sequence[str] = ()) -> Step | None:
    """The first step of an optimizer from where a trace stands; None where the trace has no targets."""
    if trace.backward is None:
        return None
    chosen = get_optimizer(optimizer)
    rate = float(rates_of(chosen.learning_rate, np.arange(1), None)[0])
    states = {
        name: chosen.init(eager_ops(), np.asarray(array)) for name, array in trace.params.items() if name not in frozen
    }
    return Step(chosen.at_rate(rate), states, 1)


def pick_rows(count: int, rows: int | Sequence[int] | None, most: int) -> np.ndarray:
    """Which rows a workbook holds: those asked for, counted from 0, or the first ``most``.

    >>> pick_rows(10, [3, 1], 4).tolist(), pick_rows(10, None, 4).tolist(), pick_rows(10, 2, 4).tolist()
    ([3, 1], [0, 1, 2, 3], [2])

    Raises:
        InputError: there is no such row, or none is asked for.
    """
    if rows is None:
        return np.arange(min(count, most))
    chosen = np.atleast_1d(np.asarray(rows))
    if chosen.ndim != 1 or chosen.dtype.kind not in "iu" or not chosen.size:
        raise InputError(f"rows must be the number of a row from 0, or a list of them; got {rows!r}.")
    wrong = (chosen < 0) | (chosen >= count)
    if wrong.any():
        raise InputError(
            f"There is no row {chosen[wrong.argmax()]}; there are {count:,}, counted from 0 to {count - 1:,}."
        )
    return chosen


def some_rows(trace: Trace, rows: np.ndarray) -> Trace:
    """The passes over some of a trace's rows."""
    if np.array_equal(rows, np.arange(trace.rows)):
        return trace
    return trace_state(
        trace.nodes,
        trace.loss_function,
        trace.tree,
        trace.forward.stats,
        map_arrays(lambda array: array[rows], dict(trace.inputs)),
        None if trace.target is None else trace.target[rows],
        None if trace.weight is None else trace.weight[rows],
    )


def with_labels(material: Material, labels: Sequence[str]) -> Material:
    """The same, its rows called otherwise."""
    return replace(material, labels=tuple(labels))


def _wide(array: Any) -> Any:
    values = np.asarray(array)
    return values.astype(np.float64) if values.dtype.kind == "f" else values
