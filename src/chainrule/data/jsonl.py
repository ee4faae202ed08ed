"""JSON lines: an object a line, whose names are the columns. A name that a line lacks is a gap."""

import json
from typing import TYPE_CHECKING, Any, cast

from chainrule.data.bytes import to_utf8
from chainrule.data.frames import series_of
from chainrule.errors import DataError

if TYPE_CHECKING:
    import polars as pl


def read_jsonl(data: bytes, name: str) -> "pl.DataFrame":
    r"""Read JSON lines; a column of mixed values becomes text.

    Raises:
        DataError: a line is no JSON object, or there is none.

    >>> read_jsonl(b'{"a": 1}\n{"a": 2.5, "b": "x"}\n', "a.jsonl").rows()
    [(1.0, None), (2.5, 'x')]
    """
    import polars as pl

    text = to_utf8(data, name).data
    if not text.strip():
        raise DataError(f"{name} is empty. Give a JSON object a line.", file=name)
    try:
        return pl.read_ndjson(text, infer_schema_length=None)
    except pl.exceptions.PolarsError:
        return _slow(text, name)


def _slow(text: bytes, name: str) -> "pl.DataFrame":
    """Read line by line: names the line that is wrong, and takes columns of mixed values, which polars refuses."""
    import polars as pl

    columns: dict[str, list[Any]] = {}
    rows = 0
    for number, line in enumerate(text.decode().split("\n"), 1):
        if not line.strip():
            continue
        try:
            record: object = json.loads(line)
        except json.JSONDecodeError as error:
            advice = (
                "A JSON array of objects is not understood; write one object a line."
                if number == 1 and line.lstrip().startswith("[")
                else "Write one object a line."
            )
            raise DataError(f"{name}, line {number} is not JSON ({error.msg}). {advice}", file=name) from error
        if not isinstance(record, dict):
            raise DataError(
                f"{name}, line {number} is not a JSON object, but a {type(record).__name__}. Write one object a line, "
                "as in {\"price\": 0.5, \"bought\": 1}.",
                file=name,
            )  # fmt: skip
        for key, value in cast("dict[str, Any]", record).items():
            columns.setdefault(key, [None] * rows).append(value)
        rows += 1
        for column in columns.values():
            if len(column) < rows:
                column.append(None)
    return pl.DataFrame([series_of(column, values) for column, values in columns.items()])
