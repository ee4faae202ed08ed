"""A table is read from a file, from standard input or from memory; nothing in it is lost without a word."""

import gzip
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from chainrule.data.bytes import binary_kind
from chainrule.errors import DataError, FileError, InputError, did_you_mean

if TYPE_CHECKING:
    import narwhals as nw
    import polars as pl

    from chainrule.data.delimited import Lines

DELIMITED = (".csv", ".tsv", ".tab", ".psv", ".txt", ".dat", ".data")
EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
PARQUET = (".parquet", ".pq")
JSON = (".jsonl", ".ndjson", ".json")
SQLITE = (".db", ".sqlite", ".sqlite3")
KNOWN = "CSV, TSV or other delimited text (also .gz), Excel (.xlsx), Parquet, JSON (.jsonl, .json) or SQLite (.db)"
STANDARD_INPUT = "standard input"
LONGEST_NAME = 300
"""Characters of a path that a message shows when the system cannot follow it."""


@dataclass(frozen=True)
class Reading:
    """A table that was read, where its rows stand, and what was done on the way that is not plain to see."""

    frame: "nw.DataFrame[Any]"
    name: str | None
    """The file, as messages call it; None for a table in memory."""
    notes: tuple[str, ...] = ()
    lines: "Lines | None" = field(default=None, repr=False)
    forms: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """How columns of numbers, dates and texts were written: the next table of this kind is read so, too."""
    first: int = 1
    """The number of the first row, where this is a part of a table."""
    sheet: str | None = None
    """The sheet of a workbook that it is."""

    def locate(self, row: int) -> str:
        """Say where a data row stands, counted from 1, with the line of a delimited file.

        >>> open_table({"a": [1, 2]}).locate(2)
        'row 2'
        """
        number = self.first + row - 1
        where = f"row {number}" if self.name is None else f"{self.name}, row {number}"
        return where if self.lines is None else f"{where} (line {self.lines.line(number)})"

    def row(self, number: int) -> "Reading":
        """One row as a table of its own, which still knows where it stands.

        >>> open_table({"a": [1, 2]}).row(2).locate(1)
        'row 2'
        """
        return replace(self, frame=self.frame[number - self.first : number - self.first + 1], first=number)


def read_table(source: object, *, sheet: str | None = None) -> "nw.DataFrame[Any]":
    """Read a table from a file or from memory; :func:`open_table` does the same and tells more.

    >>> read_table({"price": [0, 0.5, 1], "bought": [0, 1, 0]}).shape
    (3, 2)
    """
    return open_table(source, sheet=sheet).frame


def open_table(
    source: object,
    *,
    sheet: str | None = None,
    forms: Mapping[str, str] | None = None,
    prefer: str | None = None,
    missing: Sequence[str] = (),
) -> Reading:
    """Read a table, and say what was done on the way.

    A path ending in .csv, .tsv, .txt and the like is delimited text (also with .gz after it): separator, quotes,
    decimal comma and encoding are recognised. Further Excel (.xlsx; ``sheet`` names one, the first otherwise),
    Parquet, JSON (an object a line, or a list of objects), SQLite (``file.db::table``), and ``-`` for delimited text
    from standard input. In memory: a pandas, polars or pyarrow table, a dict of columns, a 2-D NumPy array.

    Texts that are numbers, dates or times throughout a column become such, and the words of
    ``chainrule.data.values.MISSING`` (an empty cell, NA, N/A, NaN, NULL, ?, upper and lower case alike) are gaps. In
    JSON, dates are read. All else keeps the types it has: Parquet, and categories of pandas and polars. ``forms`` are
    the ``Reading.forms`` of an earlier table whose columns were written in the same way: these are not guessed again.
    ``prefer`` is the sheet or the table of a database to take where none is named and there is one of that name,
    ``missing`` are further words that are gaps where texts are read.

    Raises:
        FileError: there is no such file, or it is a folder or cannot be read.
        DataError: what it holds is no table; the message names the line.
        InputError: the sheet or table does not exist, or the type of file is not known.

    >>> reading = open_table({"a": [1.5, float("nan")]})
    >>> reading.frame["a"].to_list(), reading.notes
    ([1.5, None], ())
    """
    from chainrule.data.frames import to_frame
    from chainrule.data.memory import read_memory

    if not isinstance(source, (str, Path)):
        _refuse_sheet(sheet, "A table in memory")
        found = read_memory(source, forms or {}, missing)
        return Reading(found.frame, None, found.notes, forms=found.forms)
    if str(source) == "-":
        _refuse_sheet(sheet, STANDARD_INPUT.capitalize())
        return _delimited(sys.stdin.buffer.read(), STANDARD_INPUT, forms or {}, missing)
    given, mark, table = str(source).partition("::")
    path = Path(given)
    try:
        _refuse_absent(path)
    except FileError:
        raise
    except OSError as error:
        raise _unreadable(path, given, error) from error
    suffix = path.suffix.lower()
    if mark or suffix in SQLITE:
        _refuse_sheet(sheet, given)
        return _sqlite(path, given, table if mark else None, forms or {}, prefer, missing)
    if suffix in EXCEL:
        return _excel(path, given, sheet, forms or {}, prefer, missing)
    _refuse_sheet(sheet, given)
    if suffix in PARQUET:
        return Reading(to_frame(_parquet(path, given)), given)
    data = _bytes(path, given)
    inner = Path(path.stem).suffix.lower() if suffix == ".gz" else suffix
    if inner in JSON:
        return _json(data, given)
    if inner in DELIMITED or (not inner and binary_kind(data) is None):
        return _delimited(data, given, forms or {}, missing)
    raise InputError(f"{given}: files of type '{inner or 'unknown'}' are not understood. Give {KNOWN}.")


def _refuse_sheet(sheet: str | None, name: str) -> None:
    if sheet is not None:
        raise InputError(f"{name} has no sheets; got sheet='{sheet}'. Leave it out: only Excel workbooks have sheets.")


def _refuse_absent(path: Path) -> None:
    if path.is_dir():
        raise FileError(f"{path} is a folder; a file was expected. Give one of the files in it.", path=path)
    if path.exists():
        return
    if not path.parent.is_dir():
        raise FileError(f"There is no folder {path.parent}, so no file {path}. Check the path.", path=path)
    near = did_you_mean(path.name, sorted(other.name for other in path.parent.iterdir()))
    raise FileError(f"There is no file {path}.{near or ' Check the path.'}", path=path)


def _bytes(path: Path, name: str) -> bytes:
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix.lower() == ".gz" else data
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"{name} cannot be unpacked: it is no gzip archive, or is cut short or damaged. Get it again.", file=name
        ) from error
    except OSError as error:
        raise _unreadable(path, name, error) from error
    if not data.strip():
        raise DataError(f"{name} is empty. Give a table: a line with the columns' names, then a line a row.", file=name)
    return data


def _unreadable(path: Path, name: str, error: OSError) -> FileError:
    shown = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
    return FileError(f"{shown} cannot be read: {error.strerror}.", path=path)


def _delimited(data: bytes, name: str, forms: Mapping[str, str], missing: Sequence[str]) -> Reading:
    from chainrule.data.delimited import read_delimited
    from chainrule.data.values import read_values

    found = read_delimited(data, name)
    where = Reading(None, name, (), found.lines)  # pyright: ignore[reportArgumentType]
    values = read_values(found.frame, found.lines.dialect.separator, forms, where.locate, missing)
    said = () if found.encoding.startswith("UTF") else (f"{name} is not UTF-8; it is read as {found.encoding}.",)
    return _reading(values.frame, name, (*said, *found.notes, *values.notes), found.lines, values.forms)


def _excel(
    path: Path, name: str, sheet: str | None, forms: Mapping[str, str], prefer: str | None, missing: Sequence[str]
) -> Reading:
    from chainrule.data.excel import plain_dates, read_excel
    from chainrule.data.values import read_values

    found = read_excel(_bytes(path, name), name, sheet, prefer)
    values = read_values(found.frame, None, forms, missing=missing)
    reading = _reading(plain_dates(values.frame), name, (*found.notes, *values.notes), None, values.forms)
    return replace(reading, sheet=found.name)


def _sqlite(
    path: Path, name: str, table: str | None, forms: Mapping[str, str], prefer: str | None, missing: Sequence[str]
) -> Reading:
    from chainrule.data.sqlite import read_sqlite
    from chainrule.data.values import read_values

    found = read_sqlite(path, name, table, prefer)
    values = read_values(found.frame, None, forms, missing=missing)
    return _reading(values.frame, f"{name}::{found.name}", values.notes, None, values.forms)


def _json(data: bytes, name: str) -> Reading:
    import polars as pl

    from chainrule.data.json_rows import read_json
    from chainrule.data.moments import read_moments

    frame = read_json(data, name)
    notes: list[str] = []
    texts = [series for series in frame if series.dtype == pl.String]
    moments = [read for series in texts if (read := read_moments(series, notes)) is not None]
    return _reading(frame.with_columns(moments), name, tuple(notes))


def _parquet(path: Path, name: str) -> "pl.DataFrame":
    import polars as pl

    try:
        return pl.read_parquet(_bytes(path, name))
    except pl.exceptions.PolarsError as error:
        raise DataError(
            f"{name} cannot be read as Parquet: it is another kind of file, or damaged. Write it again.", file=name
        ) from error


def _reading(
    frame: "pl.DataFrame",
    name: str,
    notes: tuple[str, ...],
    lines: "Lines | None" = None,
    forms: Mapping[str, str] = MappingProxyType({}),
) -> Reading:
    from chainrule.data.frames import to_frame

    return Reading(to_frame(frame), name, notes, lines, forms)
