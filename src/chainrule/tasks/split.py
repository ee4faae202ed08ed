"""The rows of a table go different ways: some judge the result, some decide when to stop, the rest are learned from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import narwhals as nw
import numpy as np

from chainrule.data import split_rows
from chainrule.data.cells import shown
from chainrule.data.split import Split, codes_of
from chainrule.errors import DataError, InputError, did_you_mean, list_some
from chainrule.tasks.table import Table, left_out

SplitKind = Literal["random", "stratified", "grouped", "time"]
VALIDATION = 0.15
"""Share of the training rows that decide when to stop."""
_FIXED = "train for a fixed number of epochs (early_stopping=None, --early-stopping 0)"


def split_table(
    table: Table,
    test: float | Sequence[int],
    split: SplitKind | None,
    by: str | None,
    seed: int,
    drop_rows: Sequence[int] = (),
) -> tuple[Table, Split]:
    """Set test rows aside, a share or those with the numbers given; a column of groups stops being an input.

    Rows that are dropped are on neither side, and all others where they would be with them.
    """
    kind = split_kind(table, split, by)
    if isinstance(test, (int, float)):
        how = split_how(table, table.frame, kind, by)
        parts = split_rows(len(table.frame), test=test, seed=seed, numbers=table.numbers, **how)
    else:
        parts = _given(table, np.asarray(test))
    if len(drop_rows):
        table, parts = _without(table, parts, np.asarray(drop_rows))
    if kind == "grouped" and by is not None:
        columns = tuple(
            replace(column, kind="dropped", reason="the rows are grouped by it") if column.name == by else column
            for column in table.schema.columns
        )
        already = {left_out(column) for column in table.schema.left_out if column.name == by}
        notes = [note for note in table.notes if note not in already]
        notes += [left_out(column) for column in columns if column.name == by]
        table = replace(table, schema=replace(table.schema, columns=columns), notes=tuple(notes))
    _refuse_unlearned(table, parts)
    _refuse_few(table, parts)
    return table, parts


def _without(table: Table, parts: Split, dropped: np.ndarray) -> tuple[Table, Split]:
    """Take rows out of both sides, by their numbers."""
    if dropped.dtype.kind not in "iu" or dropped.ndim != 1:
        raise InputError(f"drop_rows must be the numbers of rows, from 1; got {dropped.tolist()!r:.80}.")
    unknown = np.setdiff1d(dropped, table.numbers)
    if len(unknown):
        raise InputError(
            f"drop_rows names row {unknown[0]}, which is not there or has no '{table.schema.target.name}'; rows are "
            f"numbered from {table.numbers[0]} to {table.numbers[-1]}."
        )
    sides = Split(*(places[~np.isin(table.numbers[places], dropped)] for places in parts))
    for places, what in zip(sides, ("to learn from", "to judge the result"), strict=True):
        if not len(places):
            raise InputError(f"drop_rows leaves no row {what}.")
    count = len(np.unique(dropped))
    said = f"{count:,} rows are left out: you said so" if count > 1 else "1 row is left out: you said so"
    return replace(table, notes=(*table.notes, said)), sides


def _refuse_unlearned(table: Table, parts: Split) -> None:
    """Refuse a split that leaves all rows of a class on the side that judges."""
    if table.schema.task != "classification":
        return
    target = table.schema.target.name
    places = parts.test[_unlearned(table.frame[target], parts)]
    if len(places):
        name, row = table.frame[target][int(places[0])], int(table.numbers[places[0]])
        raise DataError(
            f"Every row of the class {shown(name)} is held out (row {row}, for one), so that it cannot be "
            "learned. Split in another way, hold out fewer rows, or leave the class out.",
            row=row,
            column=target,
        )


def _refuse_few(table: Table, parts: Split) -> None:
    """Refuse to learn from a single row."""
    if len(parts.train) < 2:
        raise DataError(
            f"{table.reading.name or 'The table'} has too few rows with a '{table.schema.target.name}', "
            f"{len(table.numbers)}: {len(parts.train)} of them would be left to learn from, the others judge the "
            "result or decide when to stop. Give more rows; a few hundred are a good beginning."
        )


def _unlearned(target: nw.Series[Any], parts: Split) -> np.ndarray:
    """Which rows of the side that judges have a class that the other side has not."""
    learned = set(target[parts.train.tolist()].to_list())
    return np.asarray([label not in learned for label in target[parts.test.tolist()].to_list()], dtype=bool)


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

    Every class is learned from, if need be without one of its rows among those that are set aside: where it has a
    single row, or where these are fewer than the classes, or where groups or times would have it otherwise.
    """
    kind = split_kind(table, split, by)
    numbers = table.numbers[parts.train]
    if kind == "stratified":
        inner = _split_classes(train[table.schema.target.name], seed + 1)
    else:
        how = split_how(table, train, kind, by)
        if kind == "grouped" and len(set(how["groups"].to_list())) == 1:
            raise InputError(
                f"One group of '{by}' is left to learn from, so that no other can decide when to stop. Give three "
                f"groups or more, or {_FIXED}."
            )
        inner = split_rows(len(parts.train), test=VALIDATION, seed=seed + 1, numbers=numbers, **how)
    if table.schema.task == "classification":
        inner = _with_all_classes(
            train[table.schema.target.name], inner, train[by] if kind == "grouped" and by else None
        )
    if not len(inner.test):
        raise InputError(
            "No row is left to decide when to stop, since each is needed for its class to be learned. "
            f"Give more rows of each class, or {_FIXED}."
        )
    _refuse_few(table, inner)
    return inner


def _split_classes(target: nw.Series[Any], seed: int) -> Split:
    """Split the classes with most rows, as many as there are rows to set aside; the others are learned from."""
    found = codes_of(target, len(target), "stratify")
    wanted = max(int(np.floor(VALIDATION * len(target) + 0.5)), 1)
    by_size = np.argsort(-found.counts, kind="stable")[:wanted]
    several = np.flatnonzero(np.isin(found.index, by_size[found.counts[by_size] > 1]))
    if not len(several):
        return Split(np.arange(len(target)), several)
    wanted = min(wanted, len(several) - len(set(found.index[several].tolist())))
    inner = split_rows(len(several), test=wanted / len(several), seed=seed, stratify=found.index[several])
    return _sides(len(target), several[inner.test])


def _with_all_classes(target: nw.Series[Any], parts: Split, groups: nw.Series[Any] | None) -> Split:
    """Move rows of classes that would not be learned to the training side, with all of their groups."""
    moved = _unlearned(target, parts)
    if not moved.any():
        return parts
    if groups is not None:
        held = groups[parts.test.tolist()].to_list()
        along = {name for name, move in zip(held, moved.tolist(), strict=True) if move}
        moved = np.asarray([name in along for name in held], dtype=bool)
        if moved.all():
            return _one_group(target, groups)
    return _sides(len(target), parts.test[~moved])


def _one_group(target: nw.Series[Any], groups: nw.Series[Any]) -> Split:
    """Set the smallest group aside without which every class is learned; none where there is no such group."""
    found = codes_of(groups, len(groups), "groups")
    for group in np.argsort(found.counts, kind="stable").tolist():
        parts = _sides(len(groups), np.flatnonzero(found.index == group))
        if not _unlearned(target, parts).any():
            return parts
    return _sides(len(groups), np.empty(0, dtype=np.int64))


def _sides(rows: int, test: np.ndarray) -> Split:
    return Split(np.setdiff1d(np.arange(rows), test), test)


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
        _check_by(table, by, split)
    elif split == "stratified" and table.schema.task == "regression":
        raise InputError(
            f"A stratified split holds out each class's share, and the target '{table.schema.target.name}' is a "
            "number. Leave split out (on the command line --split), or say that it is of classes: "
            "task='classification' (--task)."
        )
    elif split not in ("random", "stratified"):
        raise InputError(f"split must be 'random', 'stratified', 'grouped' or 'time'; got {split!r}.")
    return split


def split_how(table: Table, frame: nw.DataFrame[Any], kind: SplitKind, by: str | None) -> dict[str, Any]:
    """Arguments of ``split_rows`` for a kind of split."""
    if kind == "stratified":
        return {"stratify": frame[table.schema.target.name]}
    if kind == "random":
        return {}
    return {"groups" if kind == "grouped" else "time": frame[str(by)]}


def _check_by(table: Table, by: str, kind: SplitKind) -> None:
    """Refuse a column to split by that has a gap, or texts where an order of time is needed."""
    column, what = table.frame[by], "group" if kind == "grouped" else "time"
    gaps = np.asarray(column.is_null().to_numpy(), dtype=bool)
    if gaps.any():
        row = int(table.numbers[gaps.argmax()])
        raise DataError(
            f"Column '{by}' is empty in {table.reading.locate(row)}, so that the row has no {what} to split by. "
            "Fill the cell in, or leave the row out.",
            row=row,
            column=by,
        )
    if kind == "time" and isinstance(column.dtype, nw.String):
        row = int(table.numbers[0])
        raise DataError(
            f"Column '{by}' holds texts ('{column[0]}' in {table.reading.locate(row)}), whose order need not be that "
            "of time. Choose a column of dates or numbers, or write its dates as YYYY-MM-DD.",
            row=row,
            column=by,
        )
