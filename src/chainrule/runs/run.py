"""A run: one training and what came of it. What it is asked and how it is written stands here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import FileError, InputError, MissingPackageError
from chainrule.explain.account import Account
from chainrule.explain.diagnosis import SEARCHES, Diagnosis, HeldOut, Look, diagnose
from chainrule.explain.landscape import Directions, Landscape, landscape
from chainrule.explain.ledger import Ledger, ledger
from chainrule.explain.prediction_ledger import prediction_ledger
from chainrule.explain.steps import Steps, steps_of
from chainrule.runs.remade import Remade
from chainrule.runs.remake import rows_of
from chainrule.training.progress import working
from chainrule.training.rows import make_rows
from chainrule.training.trainer import Trainer

if TYPE_CHECKING:
    from chainrule.explain.effects.effects import Effects, How


class Run(Remade):
    """One training and what came of it: it predicts, goes back to any step, explains itself, and can be written."""

    def again(self, **changes: Any) -> "Run":
        """The run that comes of the same call with some things changed, on the same rows.

        Rows of arrays are those that the run has, in the type it was trained in: whoever changed ``X`` since changes
        nothing. A file is read again.

        >>> import chainrule as cr
        >>> run = cr.fit(cr.Network([cr.Dense(1)]), [[0.0], [1.0]], [1.0, 3.0], epochs=3)
        >>> run.again(epochs=4).epochs_kept
        4

        Args:
            changes: arguments of :func:`~chainrule.fit` or :func:`~chainrule.fit_table`, whichever made it.

        Raises:
            InputError: the run was loaded and no rows are passed, or neither of the two made it.
        """
        if self.asked is not None:
            return self.asked(**changes)
        origin = self.training.get("origin")
        by = "by a trainer that was driven by hand" if origin is None else f"elsewhere, by {origin}"
        raise InputError(
            f"run.again(...) calls fit or fit_table again, and neither made this run: it was trained {by}. Call "
            "fit(run.network, X, y) to train its network further."
        )

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

        how = None if self.asked is None else partial(treat, self)
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
        ``price.safetensors``. chainrule is not needed, and nothing is pickled. For a run of a table
        ``price.predict(rows)`` takes raw columns, a dict for each row, and gives what :meth:`predict` does; ``encode``
        and ``answers`` are its halves. :meth:`chainrule.Network.to_torch` makes the module here and now.

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
