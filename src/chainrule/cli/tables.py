"""Runs that were trained on tables, and the tables they were trained on."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.errors import FileError, InputError

if TYPE_CHECKING:
    from chainrule.data import TableEncoder
    from chainrule.runs import Run

STANDARD_INPUT = "standard input"
IN_MEMORY = "a table in memory"


def load_table_run(folder: Path, instead: str) -> "tuple[Run, TableEncoder]":
    """Read a run that was trained on a table, and how it reads tables.

    Args:
        folder: the run's folder.
        instead: what a run that was trained on arrays is asked in Python, where its rows are: ``predict(X)``.

    Raises:
        FileError: there is no whole run.
        InputError: it was trained on arrays.
    """
    from chainrule.runs import load

    run = load(folder)
    if run.table is None:
        raise InputError(
            f"{folder} was trained on arrays, not on a table, so there are no columns to read. "
            f"Ask it in Python: chainrule.load({str(folder)!r}).{instead}."
        )
    return run, run.table


def trained_on(run: "Run", folder: Path) -> tuple[str, str | None, tuple[str, ...]]:
    """The table that a run was trained on, its sheet, and a note where it has changed since.

    Raises:
        FileError: it is not there any more.
        InputError: it was no file.
    """
    from chainrule.data.fingerprint import fingerprint

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
