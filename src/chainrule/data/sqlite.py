"""Tables of SQLite databases, through Python's own sqlite3; the database is opened for reading only."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from chainrule.data.frames import series_of
from chainrule.errors import DataError, InputError, did_you_mean, list_some

if TYPE_CHECKING:
    import polars as pl


class Stored(NamedTuple):
    """A table of a database, and what it is called there."""

    frame: "pl.DataFrame"
    name: str


def read_sqlite(path: Path, name: str, table: str | None, prefer: str | None = None) -> Stored:
    """Read a table or view, the only one unless one is named; a column of mixed values becomes text.

    Args:
        path: the database.
        name: what messages call it.
        table: the table or view.
        prefer: the one to take where none is named and there is one of that name.

    Raises:
        DataError: it is no SQLite database, or the table has no rows.
        InputError: there is no such table, or several and none was named.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            return _read(connection, name, table, prefer)
    except sqlite3.DatabaseError as error:
        raise DataError(
            f"{name} cannot be read as an SQLite database ({error}). Check that the file is one and is complete.",
            file=name,
        ) from error


def _read(connection: sqlite3.Connection, name: str, table: str | None, prefer: str | None) -> Stored:
    import polars as pl

    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    tables = [str(row[0]) for row in found]
    if not tables:
        raise DataError(f"{name} holds no tables. Give a database with the table to learn from.", file=name)
    table = prefer if table is None and prefer in tables else table
    if table is None and len(tables) > 1:
        raise InputError(
            f"{name} holds {len(tables)} tables: {list_some(tables)}. Say which one: '{name}::{tables[0]}'."
        )
    chosen = tables[0] if table is None else table
    if chosen not in tables:
        raise InputError(f"{name} has no table '{chosen}'; it has {list_some(tables)}.{did_you_mean(chosen, tables)}")
    quoted = chosen.replace('"', '""')
    cursor = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608
    names = [str(column[0]) for column in cursor.description]
    parts: list[list[Any]] = [[] for _ in names]
    while rows := cursor.fetchmany(50_000):
        for part, values in zip(parts, zip(*rows, strict=True), strict=True):
            part.extend(values)
    if not parts[0]:
        raise DataError(f"{name}, table '{chosen}' has no rows. Add at least one.", file=name)
    frame = pl.DataFrame([series_of(column, part) for column, part in zip(names, parts, strict=True)])
    return Stored(frame, chosen)
