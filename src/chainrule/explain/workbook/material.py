"""What a workbook is made of: a trace in float64, and the next step of the optimizer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.explain.table_rows import TableRows
from chainrule.explain.trace import Trace
from chainrule.explain.tracing import trace_state
from chainrule.network.network import Network
from chainrule.ops import eager_ops
from chainrule.optimizers import Optimizer, Update, get_optimizer, update
from chainrule.optimizers.schedules import rates_of
from chainrule.training.engine import map_arrays


@dataclass(frozen=True)
class Step:
    """How the step of gradient descent is made."""

    optimizer: Optimizer
    """Its learning rate that of this step."""
    states: Mapping[str, Any]
    """What it remembers of each parameter; parameters without an entry are frozen."""
    count: int
    """The number of the step, from 1."""
    note: str = ""
    """Which step it is."""


@dataclass(frozen=True)
class Material:
    """Everything that a workbook shows."""

    trace: Trace
    """In float64, the type that spreadsheets calculate in."""
    step: Step | None
    """None for a trace without targets."""
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


def take(trace: Trace, rows: np.ndarray) -> Trace:
    """The passes over some of a trace's rows, in float64, as spreadsheets calculate.

    Rows of a table are encoded anew, since a trace in float32 has rounded what was encoded.
    """
    inputs, target, weight, table = map_arrays(lambda array: array[rows], dict(trace.inputs)), None, None, None
    if trace.target is not None:
        target = _wide(trace.target[rows])
    if trace.weight is not None:
        weight = _wide(trace.weight[rows])
    if trace.table is not None:
        table = replace(trace.table, frame=trace.table.frame[rows.tolist()])
        inputs = table.encoder.transform(table.frame).inputs
        if target is not None:
            target = table.encoder.target.encode(raw_target(table, target)).astype(target.dtype).reshape(target.shape)
    passed = trace_state(
        trace.nodes,
        trace.loss_function,
        map_arrays(_wide, dict(trace.tree)),
        map_arrays(_wide, trace.forward.stats),
        map_arrays(_wide, dict(inputs)),
        target,
        weight,
    )
    return replace(passed, table=table)


def raw_target(table: TableRows, target: Any) -> Any:
    """The target's raw values, one a row: the table's own, or what encoded targets stand for."""
    encoder, frame = table.encoder.target, table.frame
    if encoder.name in frame.columns and not frame[encoder.name].is_null().any():
        return frame[encoder.name]
    return encoder.decode(np.asarray(target).reshape(-1))


def first_step(
    trace: Trace, optimizer: str | Optimizer, frozen: Collection[str] = (), planned: int | None = None
) -> Step | None:
    """The first step of an optimizer from where a trace stands; None where the trace has no targets.

    Args:
        trace: the trace.
        optimizer: an optimizer or its name.
        frozen: parameters that stay as they are.
        planned: how many steps are planned, for schedules that look at it.
    """
    if trace.backward is None:
        return None
    chosen = get_optimizer(optimizer)
    rate = float(rates_of(chosen.learning_rate, np.arange(1), planned)[0])
    states = {
        name: chosen.init(eager_ops(), np.asarray(array)) for name, array in trace.params.items() if name not in frozen
    }
    return Step(chosen.at_rate(rate), states, 1, "The first step of this optimizer: it remembers nothing yet.")


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
            f"There is no row at place {chosen[wrong.argmax()]}: there are {count:,}, at places 0 to {count - 1:,}."
        )
    return chosen


def _wide(array: Any) -> Any:
    values = np.asarray(array)
    return values.astype(np.float64) if values.dtype.kind == "f" else values
