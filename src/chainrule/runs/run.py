"""A run: one training and what came of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from chainrule.errors import FileError, InputError, MissingPackageError
from chainrule.explain.account import Account
from chainrule.explain.diagnosis import SEARCHES, Diagnosis, HeldOut, Look, diagnose
from chainrule.explain.landscape import Directions, Landscape, landscape
from chainrule.explain.ledger import Ledger, ledger
from chainrule.explain.prediction_ledger import prediction_ledger
from chainrule.explain.steps import Steps, steps_of
from chainrule.explain.trace import Trace, trace_made, trace_network
from chainrule.layers.common import is_whole
from chainrule.network.network import Network
from chainrule.network.parameters import ParameterView
from chainrule.network.passes import forward, measure
from chainrule.ops import eager_ops
from chainrule.plain import to_plain
from chainrule.runs.recorded import Recorded
from chainrule.runs.remake import read_rows, remake, rows_of, source_of
from chainrule.training.history import History
from chainrule.training.progress import working
from chainrule.training.rows import make_rows
from chainrule.training.trainer import Trainer

if TYPE_CHECKING:
    from chainrule.data import Reading
    from chainrule.data.encode import Encoded, TableEncoder
    from chainrule.explain.effects.effects import Effects, How
    from chainrule.runs.again import Again


@dataclass(frozen=True, repr=False)
class Run:
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
    again: "Again | None" = None
    """The call that made it: ``run.again(epochs=200)`` makes it again with one thing changed."""

    @classmethod
    def of(cls, trainer: Trainer, stopped: str, *, interrupted: bool = False) -> "Run":
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
    def dtype(self) -> np.dtype[Any]:
        """The type it was trained in."""
        return np.dtype(self.training["dtype"])

    def predict(self, X: Any, *, allow_unknown: bool = False) -> np.ndarray:
        """The answer for each row.

        For arrays the network's output, shape (n, outputs); for a run that was trained on a table, and a table (a path,
        or one in memory), what the output stands for in the target's own units or labels, shape (n,).

        Args:
            X: the rows.
            allow_unknown: predict rows of a table whose categories no training row held, too; see :meth:`encode`.
        """
        if self.table is None or isinstance(X, np.ndarray):
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

        Raises:
            DataError: the table cannot be read so; the message says which file, row and column.
        """
        from chainrule.runs.tables import read_table

        return read_table(self, source, sheet)

    def encode(self, reading: "Reading", *, allow_unknown: bool = False) -> "Encoded":
        """The rows of a table as the network takes them, and notes about cells that training did not prepare for.

        Args:
            reading: the rows, as :meth:`read` gives them.
            allow_unknown: go on with categories that no training row held; else they are refused, unless rare ones have
                taught the network what to make of those it does not know.

        Raises:
            InputError: the run was trained on arrays.
            DataError: a column is missing or holds something else than in training, or a category is not known.
        """
        from chainrule.runs.tables import encode_table

        return encode_table(self, reading, allow_unknown=allow_unknown)

    def predict_arrays(self, X: Any) -> np.ndarray:
        """The network's output for each row of arrays ``X`` (by name, where there are several), shape (n, outputs)."""
        return self.network.predictor(self.training["dtype"])(X)

    def evaluate(self, X: Any, y: Any) -> dict[str, float]:
        """Loss and the metrics that fit it, on rows the network may or may not have seen."""
        from chainrule.runs.metrics import metrics_for

        params, stats, inputs = self.network.ready(X, self.dtype)
        target = make_rows(self.network, X, y, None, self.dtype)[1].target
        done = forward(eager_ops(), self.network.nodes, params, stats, inputs)
        measured = measure(eager_ops(), self.network.nodes, self.network.loss, params, done, target, None)
        return {"loss": float(measured.loss)} | metrics_for(self.network.loss, target, done.output)

    def trace(self, X: Any, y: Any = None, *, allow_unknown: bool = False) -> Trace:
        """Every value of one forward and (with targets) backward pass over the rows given.

        Args:
            X: arrays as :meth:`predict` takes them; for a run that was trained on a table, also a table (a path, or
                one in memory): then the trace knows the encoders, and differentiates by raw columns, too.
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
        """Whether these are inputs of the network, not a table that is to be encoded."""
        if isinstance(X, Mapping):
            named = cast("Mapping[str, Any]", X)
            return set(named) == set(self.network.input_names) and all(
                isinstance(each, np.ndarray) for each in named.values()
            )
        return isinstance(X, np.ndarray)

    def effects(
        self,
        data: Any = None,
        *,
        columns: Sequence[str] | None = None,
        base: Mapping[str, object] | None = None,
        per: Mapping[str, str] | None = None,
        intervals: "How | None" = "rows",
        repeats: int | None = None,
        level: float = 0.95,
        regression: bool = False,
        names: Sequence[str] | None = None,
        seed: int = 0,
        progress: bool | None = None,
    ) -> "Effects":
        """How far the answer moves when a raw column moves by one, all else equal: for every row, and on average.

        Numbers and points in time have a slope, by the chain rule back through the network and the column's encoder;
        categories and truths have the change from the base level to another. Answers are in the target's own units;
        for classes they are each class's probability. Also elasticities: by how many per cent the answer moves when
        the number grows by one per cent.

        >>> from chainrule.network import Dense, Network
        >>> from chainrule.runs.fitting import fit
        >>> from chainrule.optimizers import SGD
        >>> line = Network([Dense(1)], loss="mse")
        >>> rows, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
        >>> run = fit(line, rows, y, optimizer=SGD(0.2), epochs=200, dtype="float64")
        >>> round(run.effects(names=["price"])["price"].effect, 6)
        2.0

        Args:
            data: the rows: a table for a run that was trained on one, else arrays; by default those it learned from.
            columns: the columns; by default all, but categories of more than 32 levels.
            base: the level that a category's others are compared with, ``{"island": "Dream"}``; by default the first.
            per: the unit that points in time move by, ``{"sold": "year"}``; by default a day, for times an hour.
            intervals: what is drawn again for standard errors: ``"rows"`` those that are averaged over, the network
                as it is; ``"bootstrap"`` the rows that train, with a training for each; ``"restarts"`` first weights
                and orders, with a training for each; None nothing.
            repeats: how often; by default 20 trainings, or 1,000 sets of rows (200 of 100,000 rows).
            level: how sure the intervals are meant to be.
            regression: whether a regression with the same columns stands beside: OLS for numbers, logit for classes.
                Needs the extra ``stats`` (statsmodels).
            names: for arrays, what the columns are called.
            seed: decides what is drawn.
            progress: show a progress bar while it trains again; by default where standard error is a terminal.

        Raises:
            InputError: there is no such column, level or unit, or the run does not have what this needs.
            DataError: the table lacks a column, or holds something else than in training.
            MissingPackageError: a regression was asked for, and statsmodels is not installed.
        """
        from chainrule.runs.effects import effects_of

        return effects_of(
            self,
            data,
            columns=columns,
            base=base,
            per=per,
            intervals=intervals,
            repeats=repeats,
            level=level,
            regression=regression,
            names=names,
            seed=seed,
            progress=progress,
        )

    def at(self, step: int) -> "Run":
        """The run as it stood after a number of steps, made again bit by bit; 0 is the network before training.

        Everything that the run itself can be asked can be asked of it: ``run.at(1234).params["dense1.weight[0, 1]"]``,
        ``run.at(1234).predict(X)``, ``run.at(1234).trace(X[:1]).value("dense1.a")``. Its ``facts`` (scores and
        so on) remain those of the whole run.

        >>> from chainrule.network import Dense
        >>> from chainrule.runs import fit
        >>> run = fit(Network([Dense(1)], loss="mse"), [[0.0], [1.0]], [1.0, 3.0], epochs=50)
        >>> then = run.at(7)
        >>> then.training["steps"], len(then.history["loss"])
        (7, 7)

        Raises:
            InputError: so many steps were not made, or the rows are not at hand (see :meth:`replayed`).
            FileError: the table that it was trained on is not there any more, or has changed.
        """
        trainer = self.replayed("at")
        state = trainer.state_at(step)
        return replace(
            self,
            network=self.network.trained(state.params, state.stats),
            history=self.history.until(step, step // self._steps_per_epoch),
            training={**self.training, "steps": step},
            stopped=f"as it stood after step {step:,}",
            trainer=trainer,
        )

    def trace_step(self, step: int) -> Trace:
        """Every value of the pass that made one step, from 1: on its batch, with what dropout dropped.

        The rows of the batch are ``run.rows_of_step(step)``.

        Raises:
            InputError: there is no such step, or the rows are not at hand (see :meth:`replayed`).
        """
        trainer = self.replayed("trace_step")
        (made,) = trainer.replay(self._step(step) - 1, step)
        return trace_made(trainer.plan, made, trainer.batch(made.step), self.rows_of_step(step))

    def rows_of_step(self, step: int) -> np.ndarray:
        """The numbers of the rows that one step (from 1) was made on, in the order of its batch.

        Raises:
            InputError: there is no such step, or the rows are not at hand (see :meth:`replayed`).
        """
        trainer = self.replayed("rows_of_step")
        return trainer.row_numbers[trainer.plan.batch_rows(self._step(step) - 1)]

    def _step(self, step: int) -> int:
        """A step's number, checked."""
        last = len(self.history.step_losses)
        if not is_whole(step) or step > last:
            raise InputError(f"There is no step {step}: steps 1 to {last:,} were made.")
        return step

    def steps(self, name: str, start: int = 0, stop: int | None = None, *, progress: bool | None = None) -> Steps:
        """The table of gradient descent for one parameter, a row a step: ``run.steps("dense2.bias[0]")``.

        Args:
            name: a single number: ``dense1.weight[0, 1]``.
            start: how many steps had been made before the first that is shown.
            stop: how many after the last; by default all. ``run.steps(name, 1000, 900)`` shows them backwards.
            progress: show a progress bar; by default where standard error is a terminal.

        Raises:
            InputError: there is no such parameter or step, or the rows are not at hand (see :meth:`replayed`).
        """
        return steps_of(self.replayed("steps"), name, start, self._stop(stop), progress=progress)

    def ledger(self, name: str, start: int = 0, stop: int | None = None, *, progress: bool | None = None) -> Ledger:
        """Why one parameter has its value: its first value, and what each training row and each step added.

        Args:
            name: a single number: ``dense1.weight[0, 1]``.
            start: steps that had been made before those that are split.
            stop: steps made after them; by default all.
            progress: show a progress bar; by default where standard error is a terminal.

        Raises:
            InputError: there is no such parameter or step, or the rows are not at hand (see :meth:`replayed`).
        """
        found = ledger(self.replayed("ledger"), name, start, self._stop(stop), progress=progress)
        return replace(found, cells=self._pushed_most(found))

    def prediction_ledger(
        self,
        X: Any,
        of: str = "prediction",
        start: int = 0,
        stop: int | None = None,
        *,
        allow_unknown: bool = False,
        progress: bool | None = None,
    ) -> Account:
        """Why the prediction for one row changed: what each training row and each step added to it.

        In double precision: of a float32 network, :meth:`predict` rounds it.

        >>> import chainrule as cr
        >>> line = cr.Network([cr.Dense(1)], loss="ssr").set({"dense1.weight": [[0.64]], "dense1.bias": [0.0]})
        >>> line, x, y = line.freeze("dense1.weight"), [[0.5], [2.3], [2.9]], [1.4, 1.9, 3.2]
        >>> run = cr.fit(line, x, y, optimizer=cr.SGD(0.1), epochs=1, dtype="float64", progress=False)
        >>> found = run.prediction_ledger([[1.0]])
        >>> found.by_row.round(4), round(found.final - found.initial, 4)
        (array([0.216 , 0.0856, 0.2688]), 0.5704)

        Args:
            X: one row, as :meth:`trace` takes it.
            of: ``"prediction"``, or another number that the network computes for the row: ``"prediction[1]"`` where
                it has several, ``"P(yes)"`` for a class of a table, ``"dense1.a[0]"``.
            start: steps that had been made before those that are split.
            stop: steps made after them; by default all.
            allow_unknown: see :meth:`encode`.
            progress: show a progress bar; by default where standard error is a terminal.

        Raises:
            InputError: it is not one row, there is no such number or step, or the training rows are not at hand (see
                :meth:`replayed`).
        """
        trainer = self.replayed("prediction_ledger")
        exact = replace(self, training={**self.training, "dtype": "float64"})
        trace = exact.trace(X, allow_unknown=allow_unknown)
        found = prediction_ledger(trainer, trace, of, start, self._stop(stop), progress=progress)
        return replace(found, cells=self._pushed_most(found))

    def _pushed_most(self, found: Account) -> dict[int, dict[str, Any]]:
        up, down = found.top()
        return self.cells(row for row, _ in (*up, *reversed(down)))

    def cells(self, rows: Iterable[int]) -> dict[int, dict[str, Any]]:
        """Raw values of training rows, by their numbers in the table; empty for a run that was trained on arrays.

        Those of the columns that the network takes, and of the target.
        """
        if self.table is None or self.reading is None:
            return {}
        from chainrule.data.cells import plain_cell

        frame = self.reading.frame
        names = [*(column.name for column in self.table.columns), self.table.target.name]
        return {row: {name: plain_cell(frame[name][row - 1]) for name in names} for row in rows}

    def landscape(
        self,
        *names: str,
        directions: Directions = "principal",
        dimensions: int = 2,
        points: int | None = None,
        span: Any = None,
        rows: int | None = 10_000,
        seed: int = 0,
    ) -> Landscape:
        """The loss around where training ended, with the path it took there.

        >>> import chainrule as cr
        >>> line = cr.Network([cr.Dense(1)], loss="ssr").set({"dense1.weight": [[0.64]], "dense1.bias": [0.0]})
        >>> line = line.freeze("dense1.weight")
        >>> x, y = [[0.5], [2.3], [2.9]], [1.4, 1.9, 3.2]
        >>> run = cr.fit(line, x, y, optimizer=cr.SGD(0.1), epochs=20, dtype="float64", progress=False)
        >>> found = run.landscape("dense1.bias[0]", span=(0, 2), points=5)
        >>> found.losses.round(3)
        array([3.156, 1.054, 0.452, 1.35 , 3.748])
        >>> found.path.places[:4, 0].round(4)
        array([0.    , 0.5704, 0.7986, 0.8898])

        Args:
            *names: one parameter (``"dense1.weight[0, 1]"``) to go along, or two to go over; all others stay as they
                are at the end of training.
            directions: without names: ``"principal"`` are the directions in which the path varies most,
                ``"random"`` are random ones, in which each unit moves by as much as its weights are large.
            dimensions: without names: 1 for a line, 2 for a plane.
            points: points on each axis; by default 201 on a line and 41 on each axis of a plane.
            span: where the axes begin and end, ``(low, high)``, or such a pair for each; by default so that the path is
                inside, and −1 to 1 in random directions.
            rows: of more training rows, so many are drawn at random; None for all.
            seed: decides random directions and which rows are drawn.

        Raises:
            InputError: there is no such parameter, it is frozen, or the rows are not at hand (see :meth:`replayed`).
        """
        return landscape(
            self.replayed("landscape"),
            *names,
            directions=directions,
            dimensions=dimensions,
            points=points,
            span=span,
            rows=rows,
            seed=seed,
        )

    def diagnose(self, *, always: str = "", progress: bool | None = None) -> Diagnosis:
        """What ails the training, if anything: findings with their evidence in numbers and a remedy to try.

        Dead units, saturation, vanishing or exploding gradients, plateau, divergence, a learning rate too high or too
        low, unscaled input, over- and underfitting, a leaking column, class imbalance, and rows on both sides of the
        split. Without the rows it is told what the history tells; :attr:`Diagnosis.unknown` names the rest.

        >>> import chainrule as cr
        >>> X = np.linspace(-1000, 1000, 60)[:, None]
        >>> run = cr.fit(cr.Network([cr.Dense(4, "tanh"), cr.Dense(1)]), X, X[:, 0] > 0, epochs=5, progress=False)
        >>> run.diagnose()[0].name
        'unscaled input'

        Args:
            always: an illness that is looked for although another one was found that leads to it.
            progress: say on standard error how far it is; by default where that is a terminal.
        """
        from chainrule.runs.treatment import treat

        how = None if self.again is None else partial(treat, self)
        with working("looking for what ails the training", steps=len(SEARCHES), shown=progress) as work:
            return diagnose(self.look(), how, work, always)

    def look(self) -> Look:
        """What a diagnosis looks at: the state that was kept, and the way to it, from all sides."""
        trainer, why = self.trainer, ""
        try:
            trainer = self.replayed("diagnose")
        except (InputError, FileError, MissingPackageError) as error:
            why = str(error)
        return Look(
            self.network,
            self.history,
            self.training,
            self.stopped,
            trainer,
            why,
            self.table,
            None if trainer is None else self._judges(trainer),
            self.facts.get("labels", ()),
        )

    def _judges(self, trainer: Trainer) -> HeldOut | None:
        """The rows that judge the result: a table's test rows, or the validation rows."""
        told = self.facts.get("test_rows")
        if told and self.table is not None and self.reading is not None:
            numbers = np.asarray(told["row"])
            frame = rows_of(self, self.reading, numbers)
            inputs, target = self.table.transform(frame).inputs, self.table.target.encode(frame[self.table.target.name])
            return HeldOut(make_rows(self.network, inputs, target, None, self.dtype)[1], numbers, "test rows")
        if trainer.validation is None:
            return None
        return HeldOut(trainer.validation, trainer.validation_numbers, "validation rows")

    def _stop(self, stop: int | None) -> int:
        return self.training["steps"] if stop is None else stop

    def with_data(self, X: Any, y: Any = None, *, validation: Any = None, sheet: str | None = None) -> "Run":
        """A loaded run together with the rows it was trained on, so that every step can be made again.

        >>> import tempfile
        >>> from chainrule.network import Dense
        >>> from chainrule.runs import fit, load
        >>> X, y = [[0.0], [1.0]], [1.0, 3.0]
        >>> folder = fit(Network([Dense(1)]), X, y, epochs=3).save(f"{tempfile.mkdtemp()}/bags")
        >>> load(folder).with_data(X, y).steps("dense1.bias[0]")["step"]
        array([1, 2, 3])

        Args:
            X: for a run trained on arrays the inputs, as they were passed to ``fit``; otherwise the table, a file or
                one in memory.
            y: the targets, for arrays.
            validation: for arrays, the validation rows where ``fit`` was passed a pair ``(X, y)`` of them.
            sheet: which sheet of a workbook.

        Raises:
            InputError: these are not the rows that the run learned from, or it was saved without a recording.
        """
        recorded = self._recorded("with_data")
        if self.table is None:
            return replace(self, trainer=remake(self, recorded, X, y, validation))
        from chainrule.data import open_table

        reading = open_table(X, sheet=sheet, forms=self.facts.get("forms"))
        return replace(self, trainer=remake(self, recorded, *read_rows(self, reading)), reading=reading)

    def replayed(self, what: str = "replay") -> Trainer:
        """The training itself, to step in and to replay: the one that made this run, or that one made again.

        For a run that was loaded, the table it was trained on is read again. ``what`` is asked for, and is named where
        there is none.

        Raises:
            InputError: the run was trained on arrays (see :meth:`with_data`), or saved without a recording.
            FileError: the table is not there any more, or has changed.
        """
        if self.trainer is not None:
            return self.trainer
        self._recorded(what)
        if self.table is None:
            raise InputError(
                f"{what} makes the training again from its rows, and a run that was loaded has none. Pass those it "
                "was trained on: run.with_data(X, y)."
            )
        return self._remade

    @cached_property
    def _remade(self) -> Trainer:
        reading = source_of(self)
        object.__setattr__(self, "reading", reading)
        return remake(self, self._recorded("replay"), *read_rows(self, reading))

    def _recorded(self, what: str) -> Recorded:
        if self.recorded is None:
            raise InputError(
                f"{what} makes the training again from what was recorded of it, and this run was saved without a "
                "recording. Train again: runs that are saved now have one."
            )
        return self.recorded

    def to_excel(
        self,
        path: str | Path,
        X: Any = None,
        y: Any = None,
        *,
        rows: int | Sequence[int] | None = None,
        overwrite: bool = False,
    ) -> Path:
        """Write a workbook with live formulas: data, encoders, passes, loss, and the step that would be made next.

        Its cells and ranges have names: ``prediction``, ``loss``, ``learning_rate``, and ``dense1_weight`` for the
        parameter ``dense1.weight``. Changing a weight, an input or the learning rate recalculates everything.

        Args:
            path: a file that ends in .xlsx.
            X: the rows to choose from, as :meth:`trace` takes them; by default the training rows, for a run that was
                trained on a table its example row.
            y: their targets, as :meth:`trace` takes them.
            rows: which of them, counted from 0; by default the first 20.
            overwrite: write over a file that is there already.

        Raises:
            InputError: there is no such row, or sheets cannot hold the network; the message says what fits.
            FileError: the file is there already, or cannot be written.
        """
        from chainrule.runs.workbook import run_workbook

        return run_workbook(self, path, X, y, rows, overwrite=overwrite)

    def to_latex(self, X: Any = None, y: Any = None, *, row: int = 0, decimals: int = 4, comma: bool = False) -> str:
        """One prediction worked out as a LaTeX document that compiles.

        Args:
            X: the rows to choose from, as :meth:`trace` takes them; by default the training rows, for a run that was
                trained on a table its example row.
            y: their targets.
            row: which of them, counted from 0.
            decimals: digits after the point.
            comma: whether numbers have a decimal comma.

        Raises:
            InputError: there is no such row, or the run was loaded and keeps no rows.
        """
        from chainrule.runs.workbook import rows_to_show

        trace, labels = rows_to_show(self, X, y, "run.to_latex(X, y)")
        label = labels[row] if 0 <= row < len(labels) else None
        return trace.worksheet(row, label=label).to_latex(whole=True, decimals=decimals, comma=comma)

    def to_onnx(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the run as an ONNX file, which computes in single precision and agrees with :meth:`predict`.

        For a run that was trained on a table the file takes raw columns, each of shape (n, 1): numbers, truths (0 and
        1) and points in time (seconds since 1970-01-01, times of day since midnight) as double precision with NaN for
        a gap, texts as strings with ``""`` for a gap. It gives ``prediction`` in the target's units, or ``label`` and
        ``probabilities``. A file refuses nothing: categories that no training row held go through as with
        ``allow_unknown=True``. For arrays see :meth:`chainrule.Network.to_onnx`.

        Raises:
            InputError: an activation was registered by hand.
            FileError: the file is there already, or cannot be written.
            MissingPackageError: the package onnx is not installed.
        """
        from chainrule.interop.onnx_out import run_to_onnx

        return run_to_onnx(self, path, overwrite=overwrite)

    def to_torch(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the run as a Python module for PyTorch, ``price.py``, with its weights beside it.

        Whoever has PyTorch and safetensors can import it: ``from price import load; network = load()`` reads
        ``price.safetensors``. chainrule is not needed, and nothing is pickled. Comments say what goes in, how a table's
        columns are encoded, and what comes out. :meth:`chainrule.Network.to_torch` makes the module here and now.

        Raises:
            InputError: PyTorch has no such layer or activation.
            FileError: one of the files is there already, its name cannot be imported, or it cannot be written.
            MissingPackageError: PyTorch is not installed.
        """
        from chainrule.interop.torch_files import run_to_torch

        return run_to_torch(self, path, overwrite=overwrite)

    def to_html(self) -> str:
        """The run's report: one page that needs nothing from outside; :func:`chainrule.write_report` writes it."""
        from chainrule.report.page import render_report

        return render_report(self)

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the run as a folder, whole or not at all; see :func:`chainrule.load`.

        Raises:
            FileError: the folder is there already (``overwrite=True`` replaces it), or cannot be written.
        """
        from chainrule.runs.store import save

        return save(self, Path(path), overwrite=overwrite)

    def __repr__(self) -> str:
        loss = self.history["loss"]
        final = f"  loss {loss[-1]:.6g}" if len(loss) else ""
        return f"Run  {self.stopped}{final}\n{self.network!r}"
