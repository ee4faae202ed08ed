"""The effects of a run: its network, columns and rows, as :mod:`chainrule.explain.effects` takes them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from chainrule.data.cells import numbers
from chainrule.errors import InputError, did_you_mean
from chainrule.explain.effects.by_row import ByRow, effects_by_row
from chainrule.explain.effects.columns import Cells
from chainrule.explain.effects.effects import Effects, How
from chainrule.explain.effects.intervals import (
    averages,
    check_interval,
    resampled_averages,
    resampled_rows,
    usual_repeats,
)
from chainrule.explain.effects.outside import outside
from chainrule.explain.effects.subject import Subject, finite
from chainrule.runs.refits import REFITS, refits
from chainrule.runs.remake import rows_of, source_of
from chainrule.training.progress import working

if TYPE_CHECKING:
    from chainrule.data import Reading
    from chainrule.runs.run import Run


def subject_of(run: "Run", names: Sequence[str] | None = None) -> Subject:
    """The run as a function of its raw columns."""
    if run.table is not None and names is not None:
        raise InputError("names= is for runs on arrays; this run's columns have the names of its table.")
    return Subject(run.network, run.dtype, run.table, names, _learned(run, run.reading))


def _learned(run: "Run", reading: "Reading | None") -> Cells | None:
    """The rows that the run was trained on, where they are at hand."""
    trainer = run.trainer
    if run.table is None:
        return None if trainer is None else Cells(finite(trainer.rows.inputs), None, numbers=trainer.row_numbers)
    numbers = trainer.row_numbers if trainer is not None else run.recorded.numbers if run.recorded is not None else None
    if reading is None or numbers is None:
        return None
    frame = rows_of(run, reading, numbers)
    inputs = run.table.transform(frame).inputs if trainer is None else dict(trainer.rows.inputs)
    return Cells(inputs, frame, numbers=numbers)


def cells_of(run: "Run", subject: Subject, data: Any) -> Cells:
    """The rows given, or those that the run was trained on.

    Raises:
        InputError: none are given and those of the training are not known, or they are not finite.
        DataError: a column is missing, or holds something else than in training.
    """
    if data is None:
        learned = subject.learned
        if learned is None and run.table is not None and run.recorded is not None:
            learned = _learned(run, source_of(run))
        if learned is None:
            raise InputError(
                "A run that was loaded does not have the rows that it was trained on; say whose effects are wanted: "
                f"run.effects({'X' if run.table is None else 'table'})."
            )
        return learned
    if run.table is None:
        return Cells(finite(run.network.inputs(data, run.dtype)), None)
    reading = run.read(data)
    inputs, notes = run.encode(reading)
    said = tuple(note.say(reading.locate) for note in notes if note.cause != "far")  # outside() says it
    return Cells(inputs, reading.frame, said, np.arange(reading.first, reading.first + len(reading.frame)))


def effects_of(
    run: "Run",
    data: Any,
    *,
    columns: Sequence[str] | None,
    base: Mapping[str, object] | None,
    per: Mapping[str, str] | None,
    intervals: How | None,
    repeats: int | None,
    level: float,
    regression: bool,
    names: Sequence[str] | None,
    seed: int,
    progress: bool | None,
) -> Effects:
    """The effects of a run: see :meth:`Run.effects`."""
    if intervals not in (None, "rows", "bootstrap", "restarts"):
        raise InputError(
            f"intervals must be 'rows', 'bootstrap', 'restarts' or None; got {intervals!r}."
            f"{did_you_mean(str(intervals), ('rows', 'bootstrap', 'restarts'))}"
        )
    check_interval(level, repeats)
    subject = subject_of(run, names)
    cells = cells_of(run, subject, data)
    with working("working out the effects of every row", shown=progress):
        found = effects_by_row(subject, cells, columns, base, per)
    notes = [*cells.notes, *outside(subject, cells), *found.notes]
    beside = None
    if regression:
        from chainrule.explain.effects.regression import regress

        beside = regress(subject, cells, _observed(run, subject, cells), found.variables)
    n, *shape = found.effects.shape
    if intervals == "rows" and n == 1:
        intervals = None  # resamples of one row are all the same
    if intervals == "rows":
        draws = resampled_averages(found.effects.reshape(n, -1), repeats or usual_repeats(n), seed, progress)
        draws = draws.reshape(-1, *shape)
    elif intervals is None:
        draws = np.empty((0, *shape))
    else:
        draws, said = _retrained(run, subject, cells, found, intervals, repeats or REFITS, seed, progress)
        notes += said
    return Effects(
        found.variables,
        subject.answers,
        found.effects,
        found.values,
        found.answers,
        draws,
        intervals,
        level,
        tuple(notes),
        beside,
        0 if n == 1 else None,
        subject=subject,
        cells=cells,
    )


def _observed(run: "Run", subject: Subject, cells: Cells) -> np.ndarray:
    """What was observed in the rows: numbers in their own units, or codes of classes."""
    if cells.frame is None or run.table is None:
        if run.trainer is None or cells is not subject.learned:
            raise InputError(
                "A regression needs what was observed, and arrays have no column of it: for a run on arrays it is "
                "fitted on the rows that it was trained on, run.effects(regression=True)."
            )
        return np.asarray(run.trainer.rows.target, dtype=np.float64).reshape(cells.rows, -1)[:, 0]
    target = run.table.target
    if target.name not in cells.frame.columns:
        raise InputError(
            f"A regression needs what was observed, and the table has no column '{target.name}'. Give a table that has "
            "it, or leave regression=True out."
        )
    if target.kind == "class":
        return target.encode(cells.frame[target.name])
    return numbers(cells.frame[target.name])


def _retrained(
    run: "Run",
    subject: Subject,
    cells: Cells,
    first: ByRow,
    how: Literal["bootstrap", "restarts"],
    repeats: int,
    seed: int,
    progress: bool | None,
) -> tuple[np.ndarray, list[str]]:
    """The average effects of every retraining; where rows are resampled, they are averaged over as they trained."""
    began = time.perf_counter()
    draws: list[np.ndarray] = []
    names = list(dict.fromkeys(variable.column.name for variable in first.variables))
    base = {each.column.name: each.base for each in first.variables if each.is_level}
    per = {each.column.name: each.unit for each in first.variables if each.unit}
    for number, (network, rows) in enumerate(refits(run, how, repeats, seed, progress)):
        by_row = effects_by_row(replace(subject, network=network), cells, names, base, per).effects
        if how == "bootstrap":
            by_row = by_row[rows if cells is subject.learned else resampled_rows(len(by_row), seed, number)]
        draws.append(averages(by_row))
    if len(draws) < 2:
        raise InputError(
            f"{len(draws)} of {repeats} retrainings were finished without NaN or infinity; a standard error needs two."
        )
    notes = [f"The {len(draws)} retrainings took {time.perf_counter() - began:.1f} s."]
    if len(draws) < repeats:
        notes.append(f"{repeats - len(draws)} more were not finished, or met NaN or infinity, and are left out.")
    return np.stack(draws), notes
