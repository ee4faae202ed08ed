"""What a user says a column is, checked against the table and carried out on it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from chainrule.data.schema import USED
from chainrule.errors import DataError, InputError, did_you_mean, list_some

if TYPE_CHECKING:
    import narwhals as nw

Locate = Callable[[int], str]
"""Says where a data row stands: ``Reading.locate`` for a file."""

CHOICES = tuple(sorted([*USED, "identifier", "text"]))
"""What a column can be said to be; identifier and text leave it out."""
MOMENTS = ("datetime", "date", "time")


def in_memory(row: int) -> str:
    """Say where a row of a table in memory stands.

    >>> in_memory(3)
    'row 3'
    """
    return f"row {row}"


def check_kinds(columns: list[str], kinds: Mapping[str, str]) -> None:
    """Refuse a kind for a column that is not there, and a kind that is none.

    Raises:
        InputError: with the nearest name.

    >>> check_kinds(["zip"], {"zip": "category"})
    """
    for name, kind in kinds.items():
        if name not in columns:
            raise InputError(
                f"A kind was given for '{name}', but there is no such column.{did_you_mean(name, columns)} "
                f"The table has {list_some(columns)}."
            )
        if kind not in CHOICES:
            near = did_you_mean(kind, CHOICES)
            raise InputError(f"Column '{name}' cannot be of kind '{kind}'.{near} Choose one of {', '.join(CHOICES)}.")


def apply_kinds(
    frame: "nw.DataFrame[Any]", kinds: Mapping[str, str], *, locate: Locate = in_memory
) -> "nw.DataFrame[Any]":
    """Read the texts of columns that were said to be numbers, dates or times as such; leave all else alone.

    To be called on every table that goes with a schema made with these kinds, before training and before prediction
    (there, with the columns that the table has).

    Raises:
        InputError: see :func:`check_kinds`.
        DataError: a cell cannot be read so; the message names the row.

    >>> import narwhals as nw, polars as pl
    >>> frame = nw.from_native(pl.DataFrame({"zip": ["007", "123"]}), eager_only=True)
    >>> apply_kinds(frame, {"zip": "number"})["zip"].to_list()
    [7.0, 123.0]
    """
    import narwhals as nw

    check_kinds(frame.columns, kinds)
    changed: list[Any] = []
    for name, kind in kinds.items():
        series = frame[name]
        if kind == "number" and not (series.dtype.is_numeric() or isinstance(series.dtype, nw.Boolean)):
            changed.append(_read(series, _number, nw.Float64(), "number", locate))
        elif kind in MOMENTS and isinstance(series.dtype, nw.String):
            changed.append(_moments(series, kind, locate))
        elif kind in MOMENTS and not _is_moment(series.dtype, kind):
            held = str(series.dtype).lower()
            raise DataError(f"Column '{name}' cannot be a {kind}: it holds {held}. Choose another kind.", column=name)
    return frame.with_columns(*changed) if changed else frame


def _is_moment(dtype: Any, kind: str) -> bool:
    import narwhals as nw

    return isinstance(dtype, nw.Time) if kind == "time" else isinstance(dtype, (nw.Date, nw.Datetime))


def _number(text: object) -> float | None:
    try:
        return float(cast("str", text)) if isinstance(text, (str, int, float)) else None
    except ValueError:
        return None


def _read(
    series: "nw.Series[Any]", read: Callable[[object], Any], dtype: Any, kind: str, locate: Locate
) -> "nw.Series[Any]":
    import narwhals as nw

    made: list[Any] = []
    for row, value in enumerate(series.to_list(), 1):
        made.append(None if value is None else read(value))
        if value is not None and made[-1] is None:
            raise DataError(
                f"Column '{series.name}' cannot be a {kind}: {locate(row)} holds '{value}'. "
                "Mend the cell, leave it empty, or choose another kind.",
                row=row,
                column=series.name,
            )
    return nw.new_series(series.name, made, dtype, backend=series.implementation)


def _moments(series: "nw.Series[Any]", kind: str, locate: Locate) -> "nw.Series[Any]":
    import datetime as dt

    import narwhals as nw

    def moment(text: object) -> dt.datetime | None:
        try:
            return dt.datetime.fromisoformat(str(text))
        except ValueError:
            return None

    def clock(text: object) -> dt.time | None:
        try:
            return dt.time.fromisoformat(str(text))
        except ValueError:
            return None

    if kind == "time":
        return _read(series, clock, nw.Time(), "time (written 08:30 or 08:30:00)", locate)
    return _read(series, moment, nw.Datetime(), f"{kind} (written 2024-05-31 or 2024-05-31T08:30)", locate)
