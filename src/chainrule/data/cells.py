"""The cells of one column as NumPy arrays, whichever library the table came from.

Three readings: numbers, points in time, and distinct values with an index. A gap (null or NaN) is NaN in the first
two and index −1 in the third. Rows are counted from 1 in messages.
"""

import datetime as dt
import math
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeAlias

import narwhals as nw
import numpy as np

from chainrule._typing import Array, Float, Int
from chainrule.errors import DataError

Label: TypeAlias = bool | int | float | str
"""What a category or a class is called; whole numbers are the same label as integers and as floats."""

LARGEST = 1e300
"""Numbers beyond this are refused like infinity: differences and squares of them leave float64."""

SECONDS_A_DAY = 86_400.0


class Distinct(NamedTuple):
    """The distinct values of a column in order of appearance, and for each row the place of its value (−1: a gap)."""

    values: list[Any]
    index: Int[Array, " n"]


def numbers(series: nw.Series[Any]) -> Float[Array, " n"]:
    """Read a column of numbers (or true and false, as 1 and 0) as float64, with NaN for a gap.

    Raises:
        DataError: a cell is no number, or infinite.

    >>> import polars as pl
    >>> numbers(nw.from_native(pl.Series("age", [31, None, 40]), series_only=True))
    array([31., nan, 40.])
    """
    if series.dtype.is_numeric():
        values = np.asarray(series.cast(nw.Float64()).to_numpy(), dtype=np.float64)
    else:
        found = distinct(series)
        values = spread(found, [_number(value) for value in found.values])
        _refuse(series, np.isnan(values), "numbers")
    wrong = np.abs(values) > LARGEST
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"Column '{series.name}', row {row + 1}: {values[row]:g} is not a number to calculate with. "
            "Correct it, or leave the cell empty.",
            row=row + 1,
            column=series.name,
        )
    return values


def seconds(series: nw.Series[Any], kind: Literal["datetime", "date", "time"], zone: str | None) -> Float[Array, " n"]:
    """Read points in time as seconds since 1970-01-01 (``time``: since midnight), with NaN for a gap.

    With a time zone, the clock of that zone counts. ``date`` drops the time of day. Texts are read when they are
    written as ISO 8601 says (``2024-05-31``, ``2024-05-31T08:30:00``, ``08:30:00``).

    Raises:
        DataError: a cell is no such point in time, or the column has a time zone where training had none (or none
            where it had one).

    >>> import polars as pl
    >>> seconds(nw.from_native(pl.Series("at", [dt.time(0, 1), None]), series_only=True), "time", None)
    array([60., nan])
    """
    if kind == "time":
        found = distinct(series)
        values = spread(found, [_second_of_day(value) for value in found.values])
        _refuse(series, np.isnan(values), "times of day")
        return values
    if isinstance(series.dtype, (nw.Datetime, nw.Date)):
        values = _since_1970(_on_the_clock(series, zone).to_numpy())
    else:
        found = distinct(series)
        values = spread(found, [_since_epoch(value, zone) for value in found.values])
        _refuse(series, np.isnan(values), "dates" if kind == "date" else "dates and times")
    return np.floor(values / SECONDS_A_DAY) * SECONDS_A_DAY if kind == "date" else values


def time_zone(series: nw.Series[Any]) -> str | None:
    """Return the time zone that a column is kept in, if any; UTC for a fixed offset from it."""
    zone = series.dtype.time_zone if isinstance(series.dtype, nw.Datetime) else None
    return "UTC" if zone and re.search(r"[+-]\d\d", zone) else zone


def distinct(series: nw.Series[Any]) -> Distinct:
    """Find the distinct values of a column and where each row's value stands among them.

    >>> import polars as pl
    >>> distinct(nw.from_native(pl.Series(["b", None, "a", "b"]), series_only=True))
    Distinct(values=['b', 'a'], index=array([ 0, -1,  1,  0], dtype=int32))
    """
    if series.dtype.is_float():
        floats = np.asarray(series.to_numpy(), dtype=np.float64)
        gaps = np.isnan(floats)
    elif series.dtype.is_integer():
        gaps = series.is_null().to_numpy()
        floats = series.fill_null(0).to_numpy()
    else:
        if isinstance(series.dtype, (nw.Categorical, nw.Enum)):
            series = series.cast(nw.String())
        values = series.drop_nulls().unique(maintain_order=True).to_list()
        if not values:
            return Distinct([], np.full(len(series), -1, dtype=np.int32))
        places = list(range(len(values)))
        index = series.replace_strict(values, places, default=-1, return_dtype=nw.Int32()).to_numpy()
        return Distinct(values, np.asarray(index, dtype=np.int32))
    present, first, place = np.unique(floats[~gaps], return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    index = np.full(len(floats), -1, dtype=np.int32)
    index[~gaps] = rank[place]
    return Distinct(present[order].tolist(), index)


def spread(found: Distinct, values: list[float]) -> Float[Array, " n"]:
    """Give each row the number of its distinct value, NaN at a gap."""
    return np.asarray([*values, math.nan], dtype=np.float64)[found.index]


def label(value: Any) -> Label:
    """Return a cell as a label: its own value if a text, number or boolean, else how it is written.

    >>> label(np.int64(3)), label(dt.date(2024, 5, 31))
    (3, '2024-05-31')
    """
    value = _plain(value)
    value = float(value) if isinstance(value, Decimal) else value
    return value if isinstance(value, (bool, int, float, str)) else str(value)


def plain_cell(value: Any) -> float | str | None:
    """Return a cell as JSON can hold it: numbers, texts and truth as they are, moments as ISO text, gaps as None.

    >>> plain_cell(np.int64(3)), plain_cell(dt.date(2024, 5, 31)), plain_cell(float("nan")), plain_cell([1, 2])
    (3, '2024-05-31', None, '[1, 2]')
    """
    value = _plain(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return str(label(value))


def _plain(value: Any) -> Any:
    """Python's own value for one of NumPy's, and a list for the series that a cell of a nested column is."""
    for convert in ("to_list", "tolist"):
        if hasattr(value, convert):
            return getattr(value, convert)()
    return value


def key(name: Label) -> str:
    """Return how a label is written; labels are the same when this is.

    >>> key(3), key(3.0), key(2.5), key(True), key("3")
    ('3', '3', '2.5', 'True', '3')
    """
    whole = isinstance(name, float) and name.is_integer() and abs(name) < 2**53
    return str(int(name)) if whole else str(name)


def sort_labels(labels: Iterable[Label]) -> tuple[Label, ...]:
    """Sort labels: numbers by size, texts by Unicode code point, false before true; a mixture as texts.

    >>> sort_labels([10, 9]), sort_labels(["b", "B", "a"]), sort_labels([10, "9", 10.0])
    ((9, 10), ('B', 'a', 'b'), ('10', '9'))
    """
    by_key = {key(name): name for name in labels}
    texts = {isinstance(name, str) for name in by_key.values()}
    truths = {isinstance(name, bool) for name in by_key.values()}
    if len(texts) > 1 or len(truths) > 1:
        return tuple(sorted(by_key))
    return tuple(sorted(by_key.values()))  # pyright: ignore[reportArgumentType, reportCallIssue]


def _refuse(series: nw.Series[Any], unread: Any, expected: str) -> None:
    wrong = unread & ~np.asarray(series.is_null().to_numpy(), dtype=bool)
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"Column '{series.name}' must hold {expected}; row {row + 1} holds {shown(series[row])}. "
            "Correct it, or leave the cell empty.",
            row=row + 1,
            column=series.name,
        )


def shown(value: object) -> str:
    """Write a cell for a message: texts in quotes, everything else as it is.

    >>> shown("a"), shown(1.5), shown(dt.date(2024, 5, 31))
    ("'a'", '1.5', '2024-05-31')
    """
    name = label(value)
    return f"'{name}'" if isinstance(value, str) else str(name)


def _number(value: object) -> float:
    value = label(value)
    return math.nan if isinstance(value, str) else float(value)


def _second_of_day(value: object) -> float:
    if isinstance(value, str):
        try:
            value = dt.time.fromisoformat(value)
        except ValueError:
            return math.nan
    if not isinstance(value, dt.time):
        return math.nan
    return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6


def _since_epoch(value: object, zone: str | None) -> float:
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return math.nan
    if isinstance(value, dt.datetime):
        if (value.tzinfo is None) != (zone is None):
            return math.nan
        if zone is not None:
            from zoneinfo import ZoneInfo

            value = value.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        return float(_since_1970(np.asarray([value], dtype="datetime64[us]"))[0])
    if isinstance(value, dt.date):
        return float((value - dt.date(1970, 1, 1)).days * SECONDS_A_DAY)
    return math.nan


def _on_the_clock(series: nw.Series[Any], zone: str | None) -> nw.Series[Any]:
    held = time_zone(series)
    if (held is None) != (zone is None):
        have, had = (f"the time zone {held}", "none") if held else ("no time zone", zone)
        raise DataError(
            f"Column '{series.name}' has {have}; in the training rows it had {had}. Convert it first.",
            column=series.name,
        )
    return series if zone is None else series.dt.convert_time_zone(zone).dt.replace_time_zone(None)


def _since_1970(moments: Any) -> Float[Array, " n"]:
    whole = np.asarray(moments).astype("datetime64[us]")
    return np.where(np.isnat(whole), math.nan, whole.astype(np.int64) / 1e6)
