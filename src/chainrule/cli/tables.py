"""Tables that go through a trained run: read as in training, and checked before anything is made of them."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.cli.failures import named
from chainrule.errors import DataError, FileError, InputError, did_you_mean, list_some

if TYPE_CHECKING:
    from chainrule.data import Reading, TableEncoder
    from chainrule.data.columns import Note
    from chainrule.runs import Run

STANDARD_INPUT = "standard input"
IN_MEMORY = "a table in memory"


def fingerprint(source: str) -> str | None:
    """SHA-256 of a table's file; None for standard input, which cannot be looked at twice."""
    path = Path(source.partition("::")[0])
    if source == "-" or not path.is_file():
        return None
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def load_table_run(folder: Path) -> "tuple[Run, TableEncoder]":
    """Read a run that was trained on a table, and how it reads tables.

    Raises:
        FileError: there is no whole run.
        InputError: it was trained on arrays.
    """
    from chainrule.runs import load

    run = load(folder)
    if run.table is None:
        raise InputError(
            f"{folder} was trained on arrays, not on a table, so there are no columns to read. "
            "Use it in Python: chainrule.load(...).predict(X)."
        )
    return run, run.table


def read_for(run: "Run", source: str, sheet: str | None) -> "Reading":
    """Read a table as the run's own was read, with the kinds that were given for its columns.

    Raises:
        DataError: the table cannot be used; the message says which file, row and column.
    """
    from chainrule.data import apply_kinds, open_table

    reading = open_table(source, sheet=sheet, forms=run.forms)
    kinds = {name: kind for name, kind in run.kinds.items() if name in reading.frame.columns}
    try:
        return replace(reading, frame=apply_kinds(reading.frame, kinds, locate=reading.locate))
    except DataError as error:
        raise named(error, str(reading.name)) from error


def check_rows(
    encoder: "TableEncoder", reading: "Reading", *, first: int = 1, allow_unknown: bool = False
) -> tuple[str, ...]:
    """Check cells that training did not prepare for; returns notes about those that can be lived with.

    A category that was not in the training rows is refused, unless rare categories taught the network what to make of
    those it does not know, or the user allows it.

    Args:
        encoder: how the run reads tables.
        reading: the rows.
        first: what number the first of them has in its table.
        allow_unknown: whether to go on with unknown categories, too.

    Raises:
        DataError: a column is missing, a cell cannot be read, or a category is unknown.
    """
    try:
        noticed = encoder.transform(reading.frame).notes
    except DataError as error:
        raise named(error, str(reading.name)) from error
    notes: list[str] = []
    for found in noticed:
        note = replace(found, examples=tuple((row + first - 1, value) for row, value in found.examples))
        if note.cause == "unknown" and not allow_unknown and not _learned(encoder, note):
            raise _unknown(encoder, reading, note)
        notes.append(f"{reading.name}: {note}")
    return tuple(notes)


def _learned(encoder: "TableEncoder", note: "Note") -> bool:
    """Whether the network has learned from values that it does not know."""
    column = next(column for column in encoder.columns if column.name == note.column)
    return bool(getattr(column, "other", False) or getattr(column, "had_unknown", False))


def _unknown(encoder: "TableEncoder", reading: "Reading", note: "Note") -> DataError:
    column = next(column for column in encoder.columns if column.name == note.column)
    levels = [str(level) for level in getattr(column, "levels", ())]
    row, value = note.examples[0]
    others = note.rows - 1
    more = f" ({others:,} more {'rows hold' if others > 1 else 'row holds'} such values)" if others else ""
    return DataError(
        f"Column '{note.column}' holds '{value}' in {reading.locate(row)}, which no training row held{more}. "
        f"Known are {list_some(levels)}.{did_you_mean(str(value), levels)} Correct it, leave the cell empty, or pass "
        "--allow-unknown to go on without it.",
        file=reading.name,
        row=row,
        column=note.column,
    )


def trained_on(run: "Run", folder: Path) -> tuple[str, str | None, tuple[str, ...]]:
    """The table that a run was trained on, its sheet, and a note where it has changed since.

    Raises:
        FileError: it is not there any more.
        InputError: it was no file.
    """
    source = str(run.facts.get("source", ""))
    reading: Mapping[str, Any] = run.facts.get("reading", {})
    path = Path(source.partition("::")[0])
    if source in (STANDARD_INPUT, IN_MEMORY):
        raise InputError(
            f"{folder} was trained on {source}, which cannot be read again. Give a table with the row: --data FILE; "
            "or leave --row out to see the run's own example."
        )
    if not path.is_file():
        raise FileError(
            f"{folder} was trained on {path}, which is not there (seen from {Path.cwd()}). Give it, or another table "
            "with the row: --data FILE; or leave --row out to see the run's own example.",
            path=path,
        )
    known, found = reading.get("sha256"), fingerprint(source)
    changed = known is not None and known != found
    note = f"{source} has changed since the run was trained; the row is the one that stands there now."
    return source, reading.get("sheet"), (note,) if changed else ()
