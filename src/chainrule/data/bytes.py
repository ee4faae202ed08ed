"""The bytes of a text file become UTF-8, whatever encoding it was saved in; what is no text is refused by its name."""

import codecs
from typing import NamedTuple

from chainrule.errors import DataError

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "an Excel workbook or another zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook or another Office file"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"ARROW1", "an Arrow file"),
    (b"\x93NUMPY", "a NumPy array"),
)
"""How binary files begin that are met under a wrong name."""

SAMPLE = 1 << 16


class Text(NamedTuple):
    """A file's text as UTF-8 without a mark at its start, and the encoding that it had."""

    data: bytes
    encoding: str


def binary_kind(data: bytes) -> str | None:
    """Say what a binary file is by how it begins.

    >>> binary_kind(b"PAR1...")
    'a Parquet file'
    >>> binary_kind(b"a,b")
    """
    return next((kind for start, kind in MAGIC if data.startswith(start)), None)


def to_utf8(data: bytes, name: str) -> Text:
    r"""Recognise UTF-8 (with or without a byte order mark), UTF-16, UTF-32 and Windows-1252, and return UTF-8.

    Windows-1252 (Latin-1 where that leaves a byte undefined) is what a file is taken for that is not UTF-8 anywhere;
    one that is UTF-8 but for a few bytes is damaged, and is refused.

    Raises:
        DataError: the bytes are no text, or damaged UTF-8.

    >>> to_utf8("naïve".encode("latin-1"), "a.csv")
    Text(data=b'na\xc3\xafve', encoding='Windows-1252')
    """
    if kind := binary_kind(data):
        raise DataError(
            f"{name} is {kind}, not delimited text, whatever it is called. Give the file its own ending, "
            "or save the table as CSV, Excel (.xlsx), Parquet or JSON lines.",
            file=name,
        )
    if wide := _wide(data):
        try:
            return Text(data.decode(wide).removeprefix("\ufeff").encode(), wide.upper())
        except UnicodeDecodeError as error:
            raise _junk(name) from error
    if b"\0" in data[:SAMPLE]:
        raise _junk(name)
    marked = data.startswith(codecs.BOM_UTF8)
    data = data.removeprefix(codecs.BOM_UTF8)
    controls = sum(byte < 32 and byte not in b"\t\n\v\f\r\x1a\x1b" for byte in data[:SAMPLE])
    if controls > 0.005 * len(data[:SAMPLE]):
        raise _junk(name)
    if data.isascii():
        return Text(data, "UTF-8")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return _one_byte(data, name, error, marked=marked)
    return Text(data, "UTF-8")


def _wide(data: bytes) -> str | None:
    """UTF-16 and UTF-32 by their marks; UTF-16 without one by the zero that is half of each Latin letter."""
    for mark, encoding in ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32")):
        if data.startswith(mark):
            return encoding
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = data[:SAMPLE:2].count(0), data[1:SAMPLE:2].count(0)
    half = len(data[:SAMPLE]) / 2
    if odd > 0.6 * half and even < 0.02 * half:
        return "utf-16-le"
    if even > 0.6 * half and odd < 0.02 * half:
        return "utf-16-be"
    return None


def _one_byte(data: bytes, name: str, error: UnicodeDecodeError, *, marked: bool) -> Text:
    text = data.decode(errors="replace")
    bad = text.count("\ufffd")
    good = sum(not char.isascii() for char in text) - bad
    if marked or good > 4 * bad:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name}, line {line}: the byte 0x{data[error.start]:02x} is not UTF-8, though the file is. "
            "Mend that line, or save the file as UTF-8 again.",
            file=name,
        ) from error
    try:
        return Text(data.decode("cp1252").encode(), "Windows-1252")
    except UnicodeDecodeError:
        return Text(data.decode("latin-1").encode(), "Latin-1")


def _junk(name: str) -> DataError:
    return DataError(
        f"{name} is not text: it holds bytes that no text has. Give a table: CSV, TSV or other delimited text, "
        "Excel (.xlsx), Parquet, JSON lines or SQLite.",
        file=name,
    )
