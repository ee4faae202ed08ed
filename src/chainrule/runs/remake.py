"""A saved run is made again: the rows it learned from, its snapshots, and a trainer that stands where it ended."""

import gc
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import DataError, FileError, InputError, MissingPackageError
from chainrule.network.parameters import flatten
from chainrule.optimizers import Optimizer
from chainrule.plain import from_plain
from chainrule.runs.recorded import Recorded
from chainrule.training.rows import make_rows, rows_digest, select, set_aside
from chainrule.training.trainer import Trainer

if TYPE_CHECKING:
    import narwhals as nw

    from chainrule.data import Reading
    from chainrule.runs.trained import Trained

_IN_MEMORY = "a table in memory"


def remake(run: "Trained", recorded: Recorded, X: Any, y: Any, validation: Any = None) -> Trainer:
    """A trainer of the run's training that stands where the run ended.

    Args:
        run: the run.
        recorded: what was kept beside it.
        X: the rows it learned from, or all those it was given (some were set aside then).
        y: their targets.
        validation: the validation rows that were passed as a pair ``(X, y)``.

    Raises:
        InputError: these are not the run's rows.
        MissingPackageError: it was trained on XLA, and JAX is not installed.
    """
    training, n = run.training, len(recorded.numbers)
    _, rows = make_rows(run.network, X, y, None, run.dtype)
    found, aside = len(rows.target), None
    if found > n and found > int(recorded.places.max()):
        others = np.setdiff1d(np.arange(found), recorded.places)
        rows, aside = select(rows, recorded.places), select(rows, others)
    if validation is not None and not isinstance(validation, float):
        aside = set_aside(run.network, rows, validation, 0, run.dtype).validation
        if aside is not None and len(aside.target) != training["validation_rows"]:
            raise InputError(
                f"The run was judged by {training['validation_rows']:,} validation rows; got {len(aside.target):,}. "
                "Pass those that were passed to fit."
            )
    if len(rows.target) != n:
        raise InputError(
            f"The run learned from {n:,} rows; got {found:,}. Pass the rows that it was trained on, in the same order."
        )
    if rows_digest(rows) != recorded.digest:
        raise InputError(
            f"These {n:,} rows are not those that the run learned from: a value, or their order, is another. Pass the "
            "rows that it was trained on, in the same order."
        )
    try:
        trainer = Trainer(
            run.network,
            rows.inputs,
            rows.target,
            optimizer=from_plain(training["optimizer"], Optimizer),
            batch_size=training["batch_size"],
            shuffle=training["shuffle"],
            seed=training["seed"],
            epochs=training["epochs"],
            sample_weight=recorded.weight,
            validation=aside and (aside.inputs, aside.target, recorded.aside),
            engine=run.engine,
            dtype=str(run.dtype),
            row_numbers=recorded.numbers,
        )
    except MissingPackageError as error:
        raise MissingPackageError(
            "The run was trained on XLA, so that its steps are made again there: that needs the package jax, which is "
            "not installed. pip install jax",
            package="jax",
        ) from error
    steps = training["steps"]
    states = recorded.states(trainer.state)
    nearest = max(step for step in states if step < max(1, steps))  # the last steps are made, to be compared
    validation = run.history.get("validation_loss", np.empty(0))
    before = training.get("steps_before")
    trainer.restore(nearest, states, run.history.step_losses, validation, training["changes"], before)
    trainer.seek(steps)
    _compare(run, trainer)
    gc.collect()  # with JAX imported it takes 70 ms: now, rather than while somebody looks at a step
    return trainer


def _compare(run: "Trained", trainer: Trainer) -> None:
    """Warn where this machine does not come to the weights that were saved."""
    kept = {name: np.asarray(array) for name, array in run.network.values.items()}
    apart = max(
        float(np.abs(array.astype(np.float64) - kept[name]).max(initial=0.0))
        for name, array in flatten(trainer.state.params).items()
    )
    if apart:
        trained = (
            "by another version of chainrule or JAX, on another kind of processor, or on another number of cores"
            if run.engine == "xla"
            else "by another version of chainrule or NumPy, or on another kind of processor"
        )
        warnings.warn(
            f"The weights that the run ended with come out otherwise here, by up to {apart:.2g}: it was trained "
            f"{trained}. Its steps are shown as this machine makes them.",
            stacklevel=2,
        )


def read_rows(run: "Trained", reading: "Reading") -> tuple[Mapping[str, np.ndarray], np.ndarray]:
    """Inputs and targets of the rows that a run learned from, out of the table it was trained on.

    Raises:
        DataError: the table has no such rows or columns.
    """
    table, numbers = run.table, None if run.recorded is None else run.recorded.numbers
    if table is None or numbers is None:
        raise InputError(f"The run was not trained on a table: pass arrays, with_data(X, y); got {reading.name}.")
    frame = rows_of(run, reading, numbers)
    if table.target.name not in frame.columns:
        raise DataError(
            f"{_called(reading)} has no column '{table.target.name}', which the run learned to predict.",
            file=reading.name,
            column=table.target.name,
        )
    return table.transform(frame).inputs, table.target.encode(frame[table.target.name])


def rows_of(run: "Trained", reading: "Reading", numbers: np.ndarray) -> "nw.DataFrame[Any]":
    """The rows with the numbers given, out of the table that a run was trained on.

    Raises:
        DataError: the table has no such rows.
    """
    from chainrule.data import apply_kinds

    frame, last = reading.frame, int(numbers.max())
    if last > len(frame):
        raise DataError(
            f"{_called(reading)} has {len(frame):,} rows; the run learned from row {last:,}, too. Pass the table that "
            "it was trained on: with_data(table).",
            file=reading.name,
        )
    kinds = {name: kind for name, kind in run.facts.get("kinds", {}).items() if name in frame.columns}
    return apply_kinds(frame[(numbers - 1).tolist()], kinds, locate=lambda place: reading.locate(int(numbers[place])))


_OTHERWISE = "run.with_data(table), on the command line --data FILE"


def source_of(run: "Trained") -> "Reading":
    """The table that a run was trained on, read again.

    Raises:
        InputError: it was no file.
        FileError: it is not there any more, or was changed.
    """
    from chainrule.data import open_table
    from chainrule.data.fingerprint import fingerprint

    source, told = str(run.facts.get("source", "")), run.facts.get("reading", {})
    path = Path(source.partition("::")[0])
    if source == _IN_MEMORY or told.get("sha256") is None:
        raise InputError(
            f"The run was trained on {source or 'a table'}, which cannot be read again. Pass the table: {_OTHERWISE}."
        )
    if not path.is_file():
        raise FileError(
            f"The run was trained on {path}, which is not there (seen from {Path.cwd()}). Pass the table: "
            f"{_OTHERWISE}.",
            path=path,
        )
    if fingerprint(source) != told["sha256"]:
        raise FileError(
            f"{path} has changed since the run was trained on it, so that its steps cannot be made again from it. Pass "
            f"the table as it was then: {_OTHERWISE}.",
            path=path,
        )
    return open_table(source, sheet=told.get("sheet"), forms=run.facts.get("forms"), missing=told.get("missing", ()))


def _called(reading: "Reading") -> str:
    return reading.name or "The table"
