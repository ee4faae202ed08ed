"""JSON: an object a line, or a list of objects, whose names are the columns. A name that an object lacks is a gap."""

import json
from typing import TYPE_CHECKING, Any, cast

from chainrule.data.bytes import to_utf8
from chainrule.data.frames import series_of
from chainrule.errors import DataError

if TYPE_CHECKING:
    import polars as pl

FORM = "Write one object a line, or a list of objects"
EXAMPLE = '{"price": 0.5, "bought": 1}'


def read_json(data: bytes, name: str) -> "pl.DataFrame":
    r"""Read JSON lines or a list of objects; a column of mixed values becomes text.

    Raises:
        DataError: a line or an item of the list is no JSON object, or there is none.

    >>> read_json(b'{"a": 1}\n{"a": 2.5, "b": "x"}\n', "a.jsonl").rows()
    [(1.0, None), (2.5, 'x')]
    >>> read_json(b'[{"a": 1}, {"a": 2, "b": "x"}]', "a.json").rows()
    [(1, None), (2, 'x')]
    """
    import polars as pl

    text = to_utf8(data, name).data
    if not text.strip():
        raise DataError(f"{name} is empty. {FORM}.", file=name)
    if text.lstrip().startswith(b"["):
        return _listed(text.decode(), name)
    try:
        return pl.read_ndjson(text, infer_schema_length=None)
    except pl.exceptions.PolarsError:
        return _slow(text, name)


def _listed(text: str, name: str) -> "pl.DataFrame":
    """Read a list of objects."""
    try:
        found: list[object] = json.loads(text)
    except json.JSONDecodeError as error:
        raise _no_json(name, error.lineno, error) from error
    for number, item in enumerate(found, 1):
        if not isinstance(item, dict):
            raise DataError(
                f"{name}, item {number} of the list is not a JSON object, but a {type(item).__name__}. {FORM}, each as "
                f"in {EXAMPLE}.",
                file=name,
            )
    if not found:
        raise DataError(f"{name} holds an empty list. {FORM}.", file=name)
    return _table(cast("list[dict[str, Any]]", found))


def _slow(text: bytes, name: str) -> "pl.DataFrame":
    """Read line by line: names the line that is wrong, and takes columns of mixed values, which polars refuses."""
    records: list[dict[str, Any]] = []
    for number, line in enumerate(text.decode().split("\n"), 1):
        if not line.strip():
            continue
        try:
            record: object = json.loads(line)
        except json.JSONDecodeError as error:
            raise _no_json(name, number, error) from error
        if not isinstance(record, dict):
            raise DataError(
                f"{name}, line {number} is not a JSON object, but a {type(record).__name__}. {FORM}, each as in "
                f"{EXAMPLE}.",
                file=name,
            )
        records.append(cast("dict[str, Any]", record))
    return _table(records)


def _no_json(name: str, line: int, error: json.JSONDecodeError) -> DataError:
    return DataError(f"{name}, line {line} is not JSON ({error.msg}). {FORM}.", file=name)


def _table(records: list[dict[str, Any]]) -> "pl.DataFrame":
    import polars as pl

    names = dict.fromkeys(key for record in records for key in record)
    return pl.DataFrame([series_of(key, [record.get(key) for record in records]) for key in names])
