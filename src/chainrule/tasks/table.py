"""A table that was read and understood."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import narwhals as nw
import numpy as np

from chainrule.data import Reading, apply_kinds, drop_missing_target, infer_schema, open_table
from chainrule.data.counts import count
from chainrule.data.schema import Column, Kind, Schema
from chainrule.errors import DataError, InputError, did_you_mean, list_some
from chainrule.format import few

_NUMBER = "number of the row \0"


@dataclass(frozen=True)
class Table:
    """A table that was read and understood, before anything is learned from it."""

    frame: nw.DataFrame[Any]
    """The rows that have a target."""
    numbers: np.ndarray
    """The number of each of these rows in the source, from 1."""
    schema: Schema
    source: str
    notes: tuple[str, ...]
    """What was done and left out, and why, in plain sentences."""
    forms: Mapping[str, str]
    """How columns of numbers and dates are written."""
    reading: Reading
    """The whole table, as it was read."""

    @contextmanager
    def naming(self, places: np.ndarray) -> Generator[None]:
        """Let errors about a part of the table, which count its rows anew, name the rows of the source."""
        try:
            yield
        except DataError as error:
            if error.row is None:
                raise
            number = int(self.numbers[places[error.row - 1]])
            raise error.at(number, self.reading.locate(number)) from None


def understand(
    source: Any,
    target: str,
    *,
    kinds: Mapping[str, Kind] | None = None,
    task: Literal["regression", "classification"] | None = None,
    drop: Sequence[str] = (),
    missing: Sequence[str] = (),
    sheet: str | None = None,
) -> Table:
    """Read a table (a file, or one in memory), infer what its columns are, and leave out rows without a target.

    Raises:
        DataError: the table cannot be used; the message says which file, row and column, and what to do.
        InputError: the target is to be left out.
    """
    reading = source if isinstance(source, Reading) else open_table(source, sheet=sheet, missing=missing)
    if reading is not source and not isinstance(source, str | Path):
        reading = replace(reading, frame=reading.frame.clone())  # the run looks into it later
    frame = reading.frame
    if target in drop:
        raise InputError(
            f"Column '{target}' is to be predicted and to be left out, too. Take it out of drop (on the command line "
            "--drop), or predict another column."
        )
    for name in drop:
        if name not in frame.columns:
            raise DataError(
                f"There is no column '{name}' to leave out; there are {list_some(frame.columns)}."
                f"{did_you_mean(name, frame.columns)}",
                column=name,
            )
    frame = frame.drop(list(dict.fromkeys(drop)))
    schema = infer_schema(frame, target, kinds=kinds, task=task, locate=reading.locate)
    frame = apply_kinds(frame, kinds or {}, locate=reading.locate)
    numbered = frame.with_row_index(_NUMBER)
    numbered, dropped = drop_missing_target(numbered, target)
    numbers = np.asarray(numbered[_NUMBER].to_numpy(), dtype=np.int64) + 1
    unused = reading.frame[(numbers - 1).tolist()]
    columns = {column.name: column for column in [*schema.columns, *(_unused(unused[name]) for name in drop)]}
    in_order = tuple(columns[name] for name in reading.frame.columns if name in columns)
    schema = replace(schema, columns=in_order)
    notes = [*reading.notes, *map(left_out, schema.left_out)]
    if dropped:
        rows, are = ("rows have", "are") if dropped > 1 else ("row has", "is")
        which = few(np.setdiff1d(np.arange(1, len(reading.frame) + 1), numbers).tolist())
        notes.append(f"{dropped} {rows} no '{target}' and {are} left out ({'rows' if dropped > 1 else 'row'} {which})")
    name = reading.name or "a table in memory"
    schema = replace(schema, rows=len(numbers))
    return Table(numbered.drop(_NUMBER), numbers, schema, name, tuple(notes), reading.forms, reading)


def _unused(series: nw.Series[Any]) -> Column:
    """The entry of a column that a user wants left out; what it holds is not looked at, but counted."""
    if series.dtype.is_nested():
        return Column(series.name, "dropped", "you said so", int(series.is_null().sum()))
    counts = count(series)
    return Column(series.name, "dropped", "you said so", counts.missing, counts.distinct)


def left_out(column: Column) -> str:
    """The note about a column that is no input."""
    return f"'{column.name}' is left out: {column.reason}"
