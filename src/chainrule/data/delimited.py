"""Delimited text becomes a table of texts; every row has as many fields as the header, or is named.

Polars' reader is fast, but fills a short row up with nulls without a word. So the fields of every line are counted
here first, in NumPy, which takes a fraction of the reading. Where quotes stand otherwise than RFC 4180 has them,
Python's csv module reads instead: it is several times slower, and right.
"""

import csv
import re
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chainrule._typing import Array
from chainrule.data.bytes import to_utf8
from chainrule.data.dialect import SEPARATORS, Dialect, find_dialect, reader
from chainrule.data.unnamed import counts_rows, say_left_out
from chainrule.errors import DataError, list_some

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

CHUNK = 50_000


class Lines(NamedTuple):
    """The text of a file, to find the line that a row begins on."""

    text: bytes
    dialect: Dialect

    def line(self, row: int) -> int:
        r"""Return the line on which a data row begins; both are counted from 1.

        >>> Lines(b'a,b\n1,"x\ny"\n\n2,z\n', Dialect(",", ["a", "b"], 1)).line(2)
        5
        """
        source = reader(self.text.decode(), self.dialect.separator)
        seen = 0
        start = 1
        for record in source:
            if source.line_num > self.dialect.header_line and (record or len(self.dialect.names) == 1):
                seen += 1
                if seen == row:
                    return start
            start = source.line_num + 1
        return start

    def with_columns(self, columns: "Mapping[str, Sequence[str]]") -> bytes:
        r"""The text with columns behind those that are there, and everything else as it was written.

        >>> Lines(b'a;b\n1,5;"x\ny"', Dialect(";", ["a", "b"], 1)).with_columns({"c": ["2,5"]}).decode()
        'a;b;c\n1,5;"x\ny";2,5\n'
        """
        separator, header = self.dialect.separator, self.dialect.header_line
        rows = zip(*([_quoted(cell, separator) for cell in cells] for cells in columns.values()), strict=True)
        lines = self.text.decode().split("\n")
        source = reader(self.text.decode(), separator)
        for record in source:
            place = source.line_num - 1
            if place + 1 == header:
                lines[place] = separator.join([lines[place], *(_quoted(name, separator) for name in columns)])
            elif place + 1 > header and (record or len(self.dialect.names) == 1):
                lines[place] = separator.join([lines[place], *next(rows)])
        return "\n".join([*lines, ""]).encode()


def _quoted(cell: str, separator: str) -> str:
    return f'"{cell.replace(chr(34), chr(34) * 2)}"' if re.search(f'[{re.escape(separator)}"\n\r]', cell) else cell


class Delimited(NamedTuple):
    """A table of texts, how it was written, and where its rows stand."""

    frame: "pl.DataFrame"
    encoding: str
    lines: Lines
    notes: tuple[str, ...] = ()
    """What was left out."""


def read_delimited(data: bytes, name: str) -> Delimited:
    r"""Read delimited text of any common encoding and separator; every cell is a text, an empty one null.

    Blank lines are skipped (in a table of one column each is a row with a gap). A column without a name is left out
    when it is empty throughout, as where each line ends with a separator, or when it is the first and counts the rows.

    Raises:
        DataError: there are no rows, a row has too many or too few fields, a name is missing or given twice, or the
            bytes are no text.

    >>> read_delimited(b"a\tb\n1\tx\n", "a.tsv").frame.rows()
    [('1', 'x')]
    """
    text = to_utf8(data, name)
    body = text.data.replace(b"\r\n", b"\n")
    if b"\r" in body and b"\n" not in body:
        body = body.replace(b"\r", b"\n")
    body = body.rstrip(b"\n \x1a")
    dialect = find_dialect(body[: 1 << 20].decode(errors="ignore"), name)
    lines = Lines(body, dialect)
    rows = _after(body, dialect.header_line)
    if not rows:
        raise DataError(
            f"{name} has a header ({list_some(dialect.names)}) but no rows. Add at least one line below it.", file=name
        )
    frame = _fast(rows, lines, name)
    named, notes = _named(frame if frame is not None else _slow(lines, name), lines, name)
    return Delimited(named, text.encoding, lines, notes)


def _after(body: bytes, lines: int) -> bytes:
    place = 0
    for _ in range(lines):
        place = body.find(b"\n", place) + 1
        if not place:
            return b""
    rows = body[place:]
    return rows if rows.strip(b"\n ") else b""


def _fast(rows: bytes, lines: Lines, name: str) -> "pl.DataFrame | None":
    """Read with polars; None where the quotes are not as RFC 4180 has them, or blank lines may stand inside them."""
    import polars as pl

    width = len(lines.dialect.names)
    quoted = b'"' in rows
    if width > 1 and (b"\n\n" in rows or rows.startswith(b"\n")):
        if quoted:
            return None
        rows = b"\n".join(line for line in rows.split(b"\n") if line)
    counts = _fields(np.frombuffer(rows, dtype=np.uint8), ord(lines.dialect.separator), quoted=quoted, width=width)
    if counts is None:
        return None
    if (counts != width).any():
        _refuse_ragged(counts, lines, name)
    frame = pl.read_csv(
        rows,
        has_header=False,
        new_columns=[str(place) for place in range(width)],
        separator=lines.dialect.separator,
        quote_char='"' if quoted else None,
        infer_schema=False,
    )
    return frame if frame.shape == (len(counts), width) else None


def _fields(codes: Array, separator: int, *, quoted: bool, width: int) -> Array | None:
    """Count the fields of every line outside quotes; None where a quote neither opens nor closes a field."""
    ends = np.flatnonzero(codes == ord("\n"))
    marks = np.flatnonzero(codes == separator) if width > 1 else np.empty(0, dtype=np.int64)
    if quoted:
        quotes = np.flatnonzero(codes == ord('"'))
        if len(quotes) % 2:
            return None
        before, after = quotes[::2] - 1, quotes[1::2] + 1
        beside = np.concatenate((codes[before[before >= 0]], codes[after[after < len(codes)]]))
        if not ((beside == ord("\n")) | (beside == ord('"')) | (beside == separator)).all():
            return None
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
        marks = marks[np.searchsorted(quotes, marks) % 2 == 0]
    ends = np.append(ends, len(codes))
    return np.diff(np.searchsorted(marks, ends), prepend=0) + 1


def _slow(lines: Lines, name: str) -> "pl.DataFrame":
    """Read with Python's csv module, a chunk at a time."""
    import polars as pl

    width = len(lines.dialect.names)
    source = reader(lines.text.decode(), lines.dialect.separator, strict=True)
    counts: list[int] = []
    parts: list[pl.DataFrame] = []
    try:
        while source.line_num < lines.dialect.header_line:
            next(source)
        while chunk := list(islice(source, CHUNK)):
            records = [record or [""] for record in chunk if record or width == 1]
            counts += map(len, records)
            if {*map(len, records)} == {width}:
                fields = zip(*records, strict=True)
                parts.append(pl.DataFrame([pl.Series(str(i), v, dtype=pl.String) for i, v in enumerate(fields)]))
    except csv.Error as error:
        raise _quote_error(error, lines, name) from error
    found = np.asarray(counts)
    if (found != width).any():
        _refuse_ragged(found, lines, name)
    return pl.concat(parts, rechunk=True)


def _quote_error(error: csv.Error, lines: Lines, name: str) -> DataError:
    source = reader(lines.text.decode(), lines.dialect.separator, strict=True)
    start = 1
    with suppress(csv.Error):
        for _ in source:
            start = source.line_num + 1
    if "expected after" in str(error):
        return DataError(
            f"{name}, line {source.line_num}: text follows a closing quotation mark. Put a separator between, "
            'or write a quotation mark inside quotes twice ("").',
            file=name,
        )
    return DataError(
        f"{name}, line {start}: a quotation mark is opened and never closed. Close it, or remove it.", file=name
    )


def _refuse_ragged(counts: Array, lines: Lines, name: str) -> None:
    width = len(lines.dialect.names)
    wrong = np.flatnonzero(counts != width)
    separator = SEPARATORS.get(lines.dialect.separator, repr(lines.dialect.separator))
    if len(wrong) == len(counts) > 1 and len(set(counts.tolist())) == 1:
        raise DataError(
            f"{name}: the header has {_plural(width, 'name')}, but every row has {_plural(int(counts[0]), 'field')} "
            f"(separated by {separator}). Name each column in the header, and nothing else.",
            file=name,
        )
    row = int(wrong[0]) + 1
    others = len(wrong) - 1
    more = f"; {_plural(others, 'other row')} {'is' if others == 1 else 'are'} wrong as well" if others else ""
    raise DataError(
        f"{name}, row {row} (line {lines.line(row)}): {_plural(int(counts[row - 1]), 'field')}, where the header has "
        f"{width} (separated by {separator}){more}. Mend the line; a value that holds the separator must stand in "
        "quotation marks.",
        file=name,
        row=row,
    )


def _named(frame: "pl.DataFrame", lines: Lines, name: str) -> "tuple[pl.DataFrame, tuple[str, ...]]":
    """The columns that have a name, and what is to be said of the others."""
    import polars as pl

    names = lines.dialect.names
    notes: list[str] = []
    for place, column in enumerate(names):
        texts = frame[str(place)]
        if column or not texts.str.strip_chars().fill_null("").ne("").any():
            continue
        if place or len(names) == 1 or not counts_rows(texts):
            raise DataError(
                f"{name}, line {lines.dialect.header_line}: column {place + 1} has no name. "
                "Name it or delete it, and delete titles above the header.",
                file=name,
            )
        notes.append(say_left_out(texts))
    named = frame.select(pl.col(str(place)).alias(column) for place, column in enumerate(names) if column)
    return named, tuple(notes)


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
