"""How a delimited text is written: its separator and its header, found by looking at the first lines."""

import csv
import io
import re
from collections import Counter
from contextlib import suppress
from itertools import islice, pairwise
from typing import Any, NamedTuple

from chainrule.errors import DataError, list_some

SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
FOREIGN = {":": "colons", " ": "spaces", "~": "tildes", "^": "carets", "\x01": "control characters"}
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
SAMPLE_ROWS = 200


class Dialect(NamedTuple):
    """What the first lines tell: the separator, the header's names (empty where none stands), and its last line."""

    separator: str
    names: list[str]
    header_line: int


def reader(text: str, separator: str, *, strict: bool = False) -> Any:
    """Return Python's reader of delimited text, as RFC 4180 says; space before a quote is dropped.

    >>> list(reader('a,"b, c"', ","))
    [['a', 'b, c']]
    """
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict, skipinitialspace=True)


def find_dialect(text: str, name: str) -> Dialect:
    r"""Find the separator (a comma, semicolon, tab or bar) and the names of the columns.

    The separator is the one that splits the most of the first 200 records into as many fields as the header; a first
    line ``sep=;``, as Excel writes it, decides. A text without any has one column.

    Raises:
        DataError: there is no header, a name is given twice, the header is a row of numbers, or the lines are
            separated by something else.

    >>> find_dialect("price;colour\n1,5;red\n", "a.csv")
    Dialect(separator=';', names=['price', 'colour'], header_line=1)
    """
    sample = _whole_lines(text)
    told = re.match(r"\s*sep=(.)\r?\n", sample)
    separator = told[1] if told else _separator(sample)
    source = reader(sample, separator)
    header = next((row for row in islice(source, 1 if told else 0, None) if row), None)
    if header is None:
        raise DataError(f"{name} is empty. Give a table: a line with the columns' names, then a line a row.", file=name)
    names = [field.strip() for field in header]
    dialect = Dialect(separator, names, source.line_num)
    if len(names) == 1:
        _refuse_foreign(sample, name)
    _check_names(dialect, name)
    return dialect


def _whole_lines(text: str) -> str:
    """The first 256 kilobytes, without a line cut in two."""
    size = 1 << 18
    return text if len(text) <= size else text[: text.rfind("\n", 0, size) + 1] or text


def _separator(sample: str) -> str:
    best, best_score = ",", (0.0, 0)
    for candidate in SEPARATORS:
        rows = _first_records(sample, candidate)
        fields = len(rows[0]) if rows else 1
        if fields == 1:
            continue
        agreeing = sum(len(row) == fields for row in rows[1:]) / max(len(rows) - 1, 1)
        if (agreeing, fields) > best_score:
            best, best_score = candidate, (agreeing, fields)
    return best


def _first_records(sample: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(row for row in islice(reader(sample, separator), SAMPLE_ROWS) if row)
    return rows


def _refuse_foreign(sample: str, name: str) -> None:
    lines = [line.strip() for line in islice(sample.splitlines(), SAMPLE_ROWS) if line.strip()]
    for separator, words in FOREIGN.items():
        split = [line.split() if separator == " " else line.split(separator) for line in lines]
        fields = len(split[0])
        numbers = sum(NUMBER.fullmatch(field.strip()) is not None for row in split[1:] for field in row)
        if len(lines) > 1 and fields > 1 and {len(row) for row in split} == {fields} and 2 * numbers >= len(split) - 1:
            raise DataError(
                f"{name}: the fields seem to be separated by {words} ({fields} to a line), which is not understood. "
                "Separate them by a comma, semicolon, tab or bar (|).",
                file=name,
            )
    for separator, words in SEPARATORS.items():
        counts = Counter(line.count(separator) for line in lines[1:])
        times, held = counts.most_common(1)[0] if counts else (0, 0)
        if times and held > len(lines[1:]) / 2:
            raise DataError(
                f"{name}: the first line is a single name, '{lines[0][:60]}', but the lines after it are separated by "
                f"{words} into {times + 1} fields. Begin the file with a line that names each column.",
                file=name,
            )


def _check_names(dialect: Dialect, name: str) -> None:
    names = dialect.names
    numbers = [field for field in names if NUMBER.fullmatch(field)]
    if numbers and len(numbers) == len(names) and not _counting(names):
        raise DataError(
            f"{name}, line {dialect.header_line}: every name in the header is a number ({list_some(names, 4)}), so "
            "this line is probably a row. Begin the file with a line that names each column.",
            file=name,
        )
    refuse_twice(names, f"{name}, line {dialect.header_line}", name)


def refuse_twice(names: list[str], where: str, file: str | None) -> None:
    """Refuse a name that two columns have.

    >>> refuse_twice(["a", "b"], "a.csv, line 1", "a.csv")
    """
    for column, times in Counter(names).items():
        if column and times > 1:
            places = [str(place) for place, other in enumerate(names, 1) if other == column]
            raise DataError(
                f"{where}: {times} columns are called '{column}' (columns {', '.join(places[:-1])} and {places[-1]}). "
                "Give each column a name of its own.",
                file=file,
                column=column,
            )


def _counting(names: list[str]) -> bool:
    """Whether names are whole numbers that rise by one: years, or pixels of a picture."""
    if not all(field.isdecimal() for field in names):
        return False
    return all(int(b) == int(a) + 1 for a, b in pairwise(names))
