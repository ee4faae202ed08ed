"""A trained network: what it was trained with, and what it predicts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from chainrule.errors import InputError
from chainrule.explain.trace import Trace
from chainrule.explain.tracing import refuse_outside, trace_network
from chainrule.losses import real_steps
from chainrule.network.network import Network
from chainrule.network.parameters import ParameterView
from chainrule.network.passes import Masked, measure
from chainrule.ops import eager_ops
from chainrule.plain import to_plain
from chainrule.runs.recorded import Recorded
from chainrule.training.history import History
from chainrule.training.rows import make_rows
from chainrule.training.trainer import Trainer

if TYPE_CHECKING:
    from chainrule.data import Reading
    from chainrule.data.encode import Encoded, TableEncoder
    from chainrule.runs.again import Again


@dataclass(frozen=True, repr=False)
class Trained:
    """A trained network, how it was trained, and (for tables) how raw rows become its inputs."""

    network: Network
    history: History
    training: Mapping[str, Any]
    """Optimizer, batch size, seed, engine and so on, as plain data."""
    stopped: str
    """Why training ended, and which weights were kept."""
    trainer: Trainer | None = None
    """The training itself, to step in; None for a run that was loaded: see :meth:`replayed`."""
    table: "TableEncoder | None" = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What a task adds: source, metrics, baselines and so on, as plain data."""
    reading: "Reading | None" = None
    """The table it was trained on, where it is at hand."""
    recorded: Recorded | None = None
    """What a run that was loaded has to be made again from."""
    asked: "Again | None" = None
    """The call that made it, where ``fit`` or ``fit_table`` did: see :meth:`Run.again`."""

    @classmethod
    def of(cls, trainer: Trainer, stopped: str, *, interrupted: bool = False) -> Self:
        """The run of a trainer as it stands."""
        plan = trainer.plan
        training = {
            "optimizer": to_plain(plan.optimizer),
            "batch_size": plan.batch_size,
            "shuffle": plan.shuffle,
            "seed": plan.seed,
            "epochs": trainer.epochs,
            "rows": plan.rows,
            "validation_rows": 0 if trainer.validation is None else len(trainer.validation.target),
            "steps": trainer.steps_done,
            "steps_before": plan.steps_before,
            "interrupted": interrupted,
            "dtype": str(plan.dtype),
            "engine": trainer.choice.engine,
            "engine_reason": trainer.choice.reason,
            "changes": {str(step): numbers for step, numbers in trainer.changes.made.items()},
            "masked": [name for name, value in trainer.rows.inputs.items() if isinstance(value, Masked)],
        }
        return cls(trainer.network, trainer.history, training, stopped, trainer)

    @property
    def params(self) -> ParameterView:
        """Parameters by name, as read-only NumPy arrays: ``run.params["dense1.weight"]``."""
        return self.network.params

    @property
    def epochs_kept(self) -> int:
        """Whole epochs of training in the weights that were kept."""
        return self.training["steps"] // self._steps_per_epoch

    @property
    def _steps_per_epoch(self) -> int:
        return -(-self.training["rows"] // self.training["batch_size"])

    @property
    def engine(self) -> str:
        """The engine that trained."""
        return self.training["engine"]

    @property
    def masked(self) -> tuple[str, ...]:
        """Names of the inputs that came with a mask in training."""
        return tuple(self.training.get("masked", ()))  # earlier versions did not keep them

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type it was trained in."""
        return np.dtype(self.training["dtype"])

    def predict(self, X: Any, *, allow_unknown: bool = False) -> np.ndarray:
        """The answer for each row.

        For a run that was trained on arrays the network's output, shape (n, outputs); for one that was trained on a
        table what the output stands for in the target's own units or labels, shape (n,).

        >>> import chainrule as cr
        >>> table = np.array([[x, 3 * x] for x in range(40)], dtype=float)
        >>> run = cr.fit_table(table, "x2", epochs=5, baselines=False, progress=False)
        >>> bool((run.predict(table[:3, :1]) == run.predict({"x1": [0, 1, 2]})).all())
        True

        Args:
            X: the rows. For a run that was trained on a table, a table: a path, one in memory, or a 2-D array of its
                raw columns in their order, with or without the target and those that were left out. Rows that are
                encoded already are given as ``run.encode(table).inputs`` is, by the names of the network's inputs
                (``{"features": array}``): the network's output comes back.
            allow_unknown: predict rows of a table whose categories no training row held, too; see :meth:`encode`.
        """
        if self.table is None or self._is_arrays(X):
            return self.predict_arrays(X)
        output = self.predict_arrays(self.encode(self.read(X), allow_unknown=allow_unknown).inputs)
        return self.table.target.decode(output if self.table.target.kind == "class" else output[:, 0])

    @property
    def kinds(self) -> dict[str, Any]:
        """The kinds that were given for columns that the network takes."""
        return self._of_inputs("kinds")

    @property
    def forms(self) -> dict[str, str]:
        """How these columns were written in the table it was trained on: see ``Reading.forms``."""
        return self._of_inputs("forms")

    def _of_inputs(self, fact: str) -> dict[str, Any]:
        inputs = {column.name for column in self.table.columns} if self.table else set[str]()
        return {name: value for name, value in self.facts.get(fact, {}).items() if name in inputs}

    def read(self, source: Any, *, sheet: str | None = None) -> "Reading":
        """A table (a path, or one in memory) as the run's own was read: cells written so, columns of these kinds.

        Args:
            source: the table; an array has its raw columns in their order, as :meth:`predict` takes them.
            sheet: which sheet of a workbook.

        Raises:
            InputError: an array has another number of columns.
            DataError: the table cannot be read so; the message says which file, row and column.
        """
        from chainrule.runs.tables import read_table

        return read_table(self, source, sheet)

    def encode(self, source: Any, *, allow_unknown: bool = False) -> "Encoded":
        """The rows of a table as the network takes them, and notes about cells that training did not prepare for.

        Args:
            source: the rows: what :meth:`read` gave, or takes.
            allow_unknown: go on with categories that no training row held; else they are refused, unless rare ones have
                taught the network what to make of those it does not know.

        Raises:
            InputError: the run was trained on arrays.
            DataError: a column is missing or holds something else than in training, or a category is not known.
        """
        from chainrule.runs.tables import encode_table

        return encode_table(self, source, allow_unknown=allow_unknown)

    def predict_arrays(self, X: Any) -> np.ndarray:
        """The network's output for each row of arrays ``X`` (by name, where there are several), shape (n, outputs)."""
        return self.network.predictor(self.training["dtype"])(X)

    def evaluate(self, X: Any, y: Any = None, *, allow_unknown: bool = False) -> dict[str, float]:
        """Loss and the metrics that fit it, on rows the network may or may not have seen.

        The loss is the network's own; of a run that was trained on a table, and a table, the errors of numbers are in
        the target's own units.

        Args:
            X: the rows, as :meth:`predict` takes them.
            y: targets; by default a table's own.
            allow_unknown: see :meth:`encode`.

        Raises:
            InputError: inputs and targets do not fit, or there are no targets.
            DataError: the table lacks a column, or holds something else than in training.
        """
        from chainrule.runs.metrics import metrics_for, table_metrics

        table = None if self._is_arrays(X) else self.table
        given, truth = X, y
        if table is not None:
            reading = self.read(X)
            if y is None and table.target.name in reading.frame.columns:
                truth = reading.frame[table.target.name]
            given = self.encode(reading, allow_unknown=allow_unknown).inputs
            truth = None if truth is None else table.target.encode(truth)
        if truth is None:
            there = "arrays have none" if table is None else f"the table has no column '{table.target.name}'"
            raise InputError(f"evaluate compares answers with what was observed, and {there}: pass it as y.")
        rows = make_rows(self.network, given, truth, None, self.dtype)[1]
        done, target = self.network.predictor(self.dtype).passed(rows.inputs), rows.target
        params = self.network.arrays(self.dtype)[0]
        measured = measure(eager_ops(), self.network.nodes, self.network.loss, params, done, target, None)
        if table is not None:
            return {"loss": float(measured.loss)} | table_metrics(table, truth, done.output)
        refuse_outside(self.network.loss, done.output)
        output = done.output
        if measured.weight is not None:
            _, target, output = real_steps(measured.weight, target, output)
        return {"loss": float(measured.loss)} | metrics_for(self.network.loss, target, output)

    def trace(self, X: Any, y: Any = None, *, allow_unknown: bool = False) -> Trace:
        """Every value of one forward and (with targets) backward pass over the rows given.

        Args:
            X: the rows, as :meth:`predict` takes them. Of the raw columns of a table the trace knows the encoders, and
                differentiates by them, too.
            y: targets; by default a table's own, where it has one in every row.
            allow_unknown: see :meth:`encode`.

        Raises:
            InputError: inputs and targets do not fit.
            DataError: the table lacks a column, or holds something else than in training.
        """
        if self.table is None or self._is_arrays(X):
            return trace_network(self.network, X, y, dtype=self.dtype)
        from chainrule.explain.table_rows import TableRows

        reading = self.read(X)
        frame, target = reading.frame, self.table.target
        if y is None and target.name in frame.columns and not frame[target.name].is_null().any():
            y = frame[target.name]
        inputs = self.encode(reading, allow_unknown=allow_unknown).inputs
        trace = trace_network(self.network, inputs, None if y is None else target.encode(y), dtype=self.dtype)
        numbers = np.arange(reading.first, reading.first + len(frame))
        return replace(trace, table=TableRows(self.table, frame), row_numbers=numbers)

    def _is_arrays(self, X: Any) -> bool:
        """Whether these are inputs of the network by name, not a table that is to be encoded."""
        if not isinstance(X, Mapping):
            return False
        named = cast("Mapping[str, Any]", X)
        return set(named) == set(self.network.input_names) and all(
            isinstance(each, np.ndarray) for each in named.values()
        )

    def __repr__(self) -> str:
        loss = self.history["loss"]
        final = f"  loss {loss[-1]:.6g}" if len(loss) else ""
        return f"Run  {self.stopped}{final}\n{self.network!r}"
