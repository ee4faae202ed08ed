"""A run whose every step can be made again: as it stood then, and what its rows were."""

from dataclasses import replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from chainrule.errors import InputError
from chainrule.explain.trace import Trace
from chainrule.explain.tracing import trace_made
from chainrule.layers.common import is_whole
from chainrule.runs.recorded import Recorded
from chainrule.runs.remake import read_rows, remake, source_of
from chainrule.runs.trained import Trained
from chainrule.training.trainer import Trainer


class Remade(Trained):
    """A trained network together with its training, which is made again where the run was loaded."""

    def at(self, step: int) -> Self:
        """The run as it stood after a number of steps, made again bit by bit; 0 is the network before training.

        Everything that the run itself can be asked can be asked of it: ``run.at(1234).params["dense1.weight[0, 1]"]``,
        ``run.at(1234).predict(X)``, ``run.at(1234).trace(X[:1]).value("dense1.a")``. Its ``facts`` (scores and
        so on) remain those of the whole run.

        >>> from chainrule.network import Dense, Network
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

    def with_data(self, X: Any, y: Any = None, *, validation: Any = None, sheet: str | None = None) -> Self:
        """A loaded run together with the rows it was trained on, so that every step can be made again.

        >>> import tempfile
        >>> from chainrule.network import Dense, Network
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

        missing = self.facts.get("reading", {}).get("missing", ())
        reading = open_table(X, sheet=sheet, forms=self.facts.get("forms"), missing=missing)
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
        if "origin" in self.training:
            raise InputError(
                f"{what} makes the training again, and of a model that was trained elsewhere there is none here: this "
                f"one was trained by {self.training['origin']}."
            )
        if self.recorded is None:
            raise InputError(
                f"{what} makes the training again from what was recorded of it, and this run was saved without a "
                "recording. Train again: runs that are saved now have one."
            )
        return self.recorded
