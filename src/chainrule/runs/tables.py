"""Tables that go through a trained run: read as its own was, and refused where training did not prepare for a cell."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import DataError, InputError, did_you_mean, list_some
from chainrule.format import count

if TYPE_CHECKING:
    from chainrule.data import Reading, TableEncoder
    from chainrule.data.columns import Note
    from chainrule.data.encode import Encoded
    from chainrule.runs.trained import Trained


def read_table(run: "Trained", source: Any, sheet: str | None = None) -> "Reading":
    """Read a table as the run's own was read: numbers and dates written so, and the kinds that were given.

    Raises:
        DataError: the table cannot be used; the message says which file, row and column.
    """
    from chainrule.data import Reading, apply_kinds

    reading = source if isinstance(source, Reading) else _open(run, source, sheet)
    kinds = {name: kind for name, kind in run.kinds.items() if name in reading.frame.columns}
    try:
        return replace(reading, frame=apply_kinds(reading.frame, kinds, locate=reading.locate))
    except DataError as error:
        raise error.naming(reading.name) from error


def _open(run: "Trained", source: Any, sheet: str | None) -> "Reading":
    """The table, its columns written as in training; the target, which need not be there, may be written otherwise."""
    from chainrule.data import open_table

    if isinstance(source, np.ndarray) and run.table is not None:
        source = _named(run, run.table, source)
    target = run.table.target.name if run.table is not None else ""
    told = run.facts.get("reading", {})
    prefer = told.get("sheet") or str(run.facts.get("source", "")).partition("::")[2] or None
    read = partial(open_table, source, sheet=sheet, prefer=prefer, missing=told.get("missing", ()))
    forms = {name: form for name, form in run.facts.get("forms", {}).items() if name == target}
    try:
        return read(forms=run.forms | forms)
    except DataError as error:
        if error.column != target or str(source) == "-":
            raise
        return read(forms=run.forms)


def _named(run: "Trained", encoder: "TableEncoder", array: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of an array by name: those that the network takes, all but the target, or all of the run's table."""
    taken = [column.name for column in encoder.columns]
    others = [str(column["name"]) for column in run.facts.get("columns", ())] or taken
    place = run.facts.get("target_column", {}).get("place", len(others))  # earlier versions did not keep it
    whole = [*others[:place], encoder.target.name, *others[place:]]
    for names in (taken, others, whole):
        if array.ndim == 2 and array.shape[1] == len(names):
            return dict(zip(names, array.T, strict=True))
    left = f", or of all {len(whole)} columns of its table" if others != taken else ""
    raise InputError(
        f"This run was trained on a table: an array for it is 2-D, of {count(len(taken), 'raw column')} in this order: "
        f"{list_some(taken)}{left}; got shape {array.shape}. Encoded rows are given by the names of the network's "
        "inputs, as run.encode(table).inputs is."
    )


def encode_table(run: "Trained", source: Any, *, allow_unknown: bool = False) -> "Encoded":
    """The rows as the network takes them, with notes about cells that can be lived with.

    Raises:
        InputError: the run was trained on arrays.
        DataError: a column is missing, a cell cannot be read, or a category is unknown; the message names its row.
    """
    if run.table is None:
        raise InputError("This run was trained on arrays, not on a table; use run.predict(X) with arrays.")
    from chainrule.data import Reading

    reading = source if isinstance(source, Reading) else read_table(run, source)
    try:
        found = run.table.transform(reading.frame)
    except DataError as error:
        if error.row is not None:
            error = error.at(reading.first + error.row - 1, reading.locate(error.row))
        raise error.naming(reading.name) from None
    for note in found.notes:
        if note.cause == "unknown" and not (note.learned or allow_unknown):
            raise _unknown(run.table, reading, note)
    return found


def _unknown(encoder: "TableEncoder", reading: "Reading", note: "Note") -> DataError:
    column = next(column for column in encoder.columns if column.name == note.column)
    levels = [str(level) for level in getattr(column, "levels", ())]
    row, value = note.examples[0]
    others = note.rows - 1
    more = f" ({others:,} more {'rows hold' if others > 1 else 'row holds'} such values)" if others else ""
    return DataError(
        f"Column '{note.column}' holds '{value}' in {reading.locate(row)}, which no training row held{more}. "
        f"Known are {list_some(levels)}.{did_you_mean(str(value), levels)} Correct it, leave the cell empty, or go on "
        "without it: allow_unknown=True (on the command line --allow-unknown).",
        file=reading.name,
        row=reading.first + row - 1,
        column=note.column,
    )
