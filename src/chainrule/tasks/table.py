"""A table that was read and understood, and how its rows are split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import narwhals as nw
import numpy as np

from chainrule.data import Reading, apply_kinds, drop_missing_target, infer_schema, open_table, split_rows
from chainrule.data.cells import shown
from chainrule.data.schema import Column, Kind, Schema
from chainrule.data.split import Split
from chainrule.errors import DataError, InputError, did_you_mean, list_some

SplitKind = Literal["random", "stratified", "grouped", "time"]
VALIDATION = 0.15
"""Share of the training rows that decide when to stop."""
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


def understand(
    source: Any,
    target: str,
    *,
    kinds: Mapping[str, Kind] | None = None,
    task: Literal["regression", "classification"] | None = None,
    drop: Sequence[str] = (),
    sheet: str | None = None,
) -> Table:
    """Read a table (a file, or one in memory), infer what its columns are, and leave out rows without a target.

    Raises:
        DataError: the table cannot be used; the message says which file, row and column, and what to do.
    """
    reading = source if isinstance(source, Reading) else open_table(source, sheet=sheet)
    frame = reading.frame
    for name in drop:
        if name not in frame.columns:
            raise DataError(
                f"There is no column '{name}' to leave out; there are {list_some(frame.columns)}."
                f"{did_you_mean(name, frame.columns)}",
                column=name,
            )
    frame = frame.drop(list(drop))
    dropped_columns = tuple(Column(name, "dropped", "you said so") for name in drop)
    schema = infer_schema(frame, target, kinds=kinds, task=task, locate=reading.locate)
    frame = apply_kinds(frame, kinds or {}, locate=reading.locate)
    numbered = frame.with_row_index(_NUMBER)
    numbered, dropped = drop_missing_target(numbered, target)
    numbers = np.asarray(numbered[_NUMBER].to_numpy(), dtype=np.int64) + 1
    schema = replace(schema, columns=(*schema.columns, *dropped_columns))
    notes = [*reading.notes, *(f"'{column.name}' is left out: {column.reason}" for column in schema.left_out)]
    if dropped:
        rows, are = ("rows have", "are") if dropped > 1 else ("row has", "is")
        notes.append(f"{dropped} {rows} no '{target}' and {are} left out")
    name = reading.name or "a table in memory"
    return Table(numbered.drop(_NUMBER), numbers, replace(schema, rows=len(numbers)), name, tuple(notes), reading.forms)


def split_table(
    table: Table, test: float | Sequence[int], split: SplitKind | None, by: str | None, seed: int
) -> tuple[Table, Split]:
    """Set test rows aside, a share or those with the numbers given; a column of groups stops being an input."""
    kind = split_kind(table, split, by)
    if isinstance(test, (int, float)):
        try:
            parts = split_rows(len(table.frame), test=test, seed=seed, **_how(table, table.frame, kind, by))
        except DataError as error:
            raise _renumbered(error, table) from error
    else:
        parts = _given(table, np.asarray(test))
    if kind == "grouped" and by is not None:
        columns = tuple(
            replace(column, kind="dropped", reason="the rows are grouped by it") if column.name == by else column
            for column in table.schema.columns
        )
        notes = (*table.notes, f"'{by}' is left out: the rows are grouped by it")
        table = replace(table, schema=replace(table.schema, columns=columns), notes=notes)
    _refuse_unlearned(table, parts)
    return table, parts


def _refuse_unlearned(table: Table, parts: Split) -> None:
    """Refuse a split that leaves all rows of a class on the side that judges."""
    if table.schema.task != "classification":
        return
    label = table.frame[table.schema.target.name]
    learned = set(label[parts.train.tolist()].to_list())
    for place in parts.test.tolist():
        if label[place] not in learned:
            row = int(table.numbers[place])
            raise DataError(
                f"Every row of the class {shown(label[place])} is held out (row {row}, for one), so that it cannot be "
                "learned. Split in another way, hold out fewer rows, or leave the class out.",
                row=row,
                column=table.schema.target.name,
            )


def _renumbered(error: DataError, table: Table) -> DataError:
    """An error about a row among those that have a target, with the row's number in the source."""
    if error.row is None:
        return error
    row = int(table.numbers[error.row - 1])
    return DataError(str(error).replace(f"row {error.row}", f"row {row}"), row=row, column=error.column)


def _given(table: Table, test: np.ndarray) -> Split:
    """Test rows by their numbers in the source."""
    if test.ndim != 1 or test.dtype.kind not in "iu" or not len(test):
        raise InputError(f"test must be a share of the rows or the numbers of rows, from 1; got {test.tolist()!r:.80}.")
    unknown = np.setdiff1d(test, table.numbers)
    if len(unknown):
        raise InputError(
            f"test names row {unknown[0]}, which is not there or has no '{table.schema.target.name}'; rows are "
            f"numbered from {table.numbers[0]} to {table.numbers[-1]}."
        )
    judges = np.isin(table.numbers, test)
    if judges.all():
        raise InputError("test names every row that has a target; none would be left to learn from.")
    return Split(np.flatnonzero(~judges), np.flatnonzero(judges))


def split_training(
    table: Table, train: nw.DataFrame[Any], parts: Split, split: SplitKind | None, by: str | None, seed: int
) -> Split:
    """Set validation rows aside among the training rows, in the way the test rows were.

    A class with a single row left is learned from.
    """
    kind = split_kind(table, split, by)
    if kind != "stratified":
        return split_rows(len(parts.train), test=VALIDATION, seed=seed + 1, **_how(table, train, kind, by))
    label = train[table.schema.target.name]
    alone = ~np.asarray(label.is_duplicated().to_numpy(), dtype=bool)
    several = np.flatnonzero(~alone)
    inner = split_rows(len(several), test=VALIDATION, seed=seed + 1, stratify=label.filter((~alone).tolist()))
    return Split(np.sort(np.concatenate([several[inner.train], np.flatnonzero(alone)])), several[inner.test])


def split_kind(table: Table, split: SplitKind | None, by: str | None) -> SplitKind:
    """The kind of split, checked; classes are stratified unless something else is asked for."""
    if by is not None and split not in ("grouped", "time"):
        raise InputError(
            f"by='{by}' says which column holds groups or time; say which of them it is: split='grouped' or "
            "split='time' (on the command line --split)."
        )
    if split is None:
        return "stratified" if table.schema.task == "classification" else "random"
    if split in ("grouped", "time"):
        if by is None:
            raise InputError(f"A {split} split needs the column it goes by: pass by= (on the command line --by).")
        if by not in table.frame.columns:
            raise DataError(
                f"There is no column '{by}' to split by; there are {list_some(table.frame.columns)}."
                f"{did_you_mean(by, table.frame.columns)}",
                column=by,
            )
    elif split not in ("random", "stratified"):
        raise InputError(f"split must be 'random', 'stratified', 'grouped' or 'time'; got {split!r}.")
    return split


def _how(table: Table, frame: nw.DataFrame[Any], kind: SplitKind, by: str | None) -> dict[str, Any]:
    """Arguments of ``split_rows`` for a kind of split."""
    if kind == "stratified":
        return {"stratify": frame[table.schema.target.name]}
    if kind == "random":
        return {}
    return {"groups" if kind == "grouped" else "time": frame[str(by)]}
