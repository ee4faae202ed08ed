"""Cells of a workbook that hold an error such as #DIV/0!: readers give them as empty, and a word is said of them.

Only the error cells are looked for in the sheet's own XML, and only in .xlsx and .xlsm, which are archives of it.
"""

import re
from io import BytesIO
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from chainrule.format import count

_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_CELL = re.compile(r"<(?:\w+:)?c\b([^>]*[^>/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_VALUE = re.compile(r"<(?:\w+:)?(?:v|t)\b[^>]*>([^<]*)<")


class Failed(NamedTuple):
    """A cell that holds an error."""

    column: int
    """From 0, the first column with anything in it."""
    cell: str
    error: str


def failed_cells(content: bytes, place: int) -> list[Failed]:
    """The error cells of a workbook's sheet, by rows; none where the file is no archive of XML.

    Args:
        content: the workbook.
        place: which of its sheets, from 0.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            text = archive.read(_file_of(archive, place)).decode()
    except (BadZipFile, KeyError, IndexError, UnicodeDecodeError):
        return []
    if 't="e"' not in text:
        return []
    cells = [(attributes, value[1]) for attributes, inner in _CELL.findall(text) if (value := _VALUE.search(inner))]
    first = min(_column(attributes) for attributes, _ in cells)
    return [
        Failed(_column(attributes) - first, _attribute(attributes, "r"), value)
        for attributes, value in cells
        if _attribute(attributes, "t") == "e"
    ]


def _file_of(archive: ZipFile, place: int) -> str:
    """The name of a sheet's file, found by the workbook's relations."""
    sheet = _SHEET.findall(archive.read("xl/workbook.xml").decode())[place]
    relations = _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels").decode())
    target = {_attribute(each, "Id"): _attribute(each, "Target") for each in relations}[_attribute(sheet, r"\w+:id")]
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return found[1] if found else ""


def _column(attributes: str) -> int:
    """The place of a cell's column, from 0.

    >>> _column(' r="A1"'), _column(' r="Z7" t="e"'), _column(' r="AA12"')
    (0, 25, 26)
    """
    number = 0
    for letter in _attribute(attributes, "r").rstrip("0123456789"):
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def say_failed(column: str, failed: list[Failed]) -> str:
    """The note about the error cells of a column.

    >>> say_failed("x", [Failed(0, "A9", "#DIV/0!"), Failed(0, "A12", "#N/A")])
    "Column 'x': '#DIV/0!' in cell A9 and 1 more error are read as missing."
    """
    first = f"Column '{column}': '{failed[0].error}' in cell {failed[0].cell}"
    more = len(failed) - 1
    return f"{first} and {count(more, 'more error')} are read as missing." if more else f"{first} is read as missing."
