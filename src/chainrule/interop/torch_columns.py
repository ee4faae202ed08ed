"""How a file for PyTorch turns raw cells into a network's inputs: plain Python, of which the file has what it needs."""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo


def cell(row: Mapping[str, Any], name: str) -> Any:
    """What a row holds in a column; None where there is no value.

    >>> cell({"age": float("nan")}, "age")
    """
    if name not in row:
        raise ValueError(f"A row lacks the column {name!r}; it has {', '.join(map(repr, row)) or 'none'}.")
    value = row[name]
    value = value.tolist() if hasattr(value, "tolist") else value  # NumPy's numbers
    return None if value is None or value != value else value


def written(value: Any) -> str:
    """How a value is written: whole numbers without a point.

    >>> written(3.0), written("Bonn")
    ('3', 'Bonn')
    """
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    return str(int(value)) if whole else str(value)


def unknown(name: str, value: Any) -> ValueError:
    """The error for a value that no training row held.

    >>> print(unknown("city", "Rome"))
    Column 'city' holds 'Rome', which no training row held. Correct it, or pass allow_unknown=True.
    """
    return ValueError(
        f"Column {name!r} holds {value!r}, which no training row held. Correct it, or pass allow_unknown=True."
    )


def standard(name: str, x: float, mean: float, scale: float) -> float:
    """``(x - mean) / scale``.

    >>> standard("age", 50.0, mean=40.0, scale=5.0)
    2.0
    """
    result = (x - mean) / scale
    if not abs(result) <= 1e18:
        raise ValueError(f"Column {name!r}: {x!r} is too far from the training rows' mean {mean:g} to calculate with.")
    return result


def number(row: Mapping[str, Any], name: str, *, mean: float, scale: float, had_gaps: bool) -> list[float]:
    """``(x - mean) / scale``, 0 where there is no value; and whether there is none.

    >>> number({"age": 50}, "age", mean=40.0, scale=5.0, had_gaps=True)
    [2.0, 0.0]
    """
    x = cell(row, name)
    if x is not None and not hasattr(x, "__float__"):
        raise ValueError(f"Column {name!r} must hold numbers; a row holds {x!r}.")
    features = [0.0 if x is None else standard(name, float(x), mean, scale)]
    return [*features, float(x is None)] if had_gaps else features


def boolean(
    row: Mapping[str, Any], name: str, values: Sequence[str], *, mean: float, had_gaps: bool, refuse: bool
) -> list[float]:
    """1 for the last of the values, else 0, and the mean where there is none; and whether there is none.

    >>> boolean({"smoker": "yes"}, "smoker", ["no", "yes"], mean=0.3, had_gaps=False, refuse=True)
    [1.0]
    """
    x = cell(row, name)
    if x is not None and written(x) not in values:
        if len(values) == 2:
            raise ValueError(f"Column {name!r} must hold {' or '.join(values)}; a row holds {x!r}.")
        if refuse:
            raise unknown(name, x)
    features = [mean if x is None else float(written(x) == values[-1])]
    return [*features, float(x is None)] if had_gaps else features


def category(
    row: Mapping[str, Any], name: str, levels: Sequence[str], *, other: bool, had_gaps: bool, refuse: bool
) -> list[float]:
    """1 for the level that the row holds, else 0; so for any other value, and for none, where training had such.

    >>> category({"city": "Ulm"}, "city", ["Bonn", "Ulm"], other=False, had_gaps=True, refuse=True)
    [0.0, 1.0, 0.0]
    """
    x = cell(row, name)
    strange = x is not None and written(x) not in levels
    if strange and refuse and not other:
        raise unknown(name, x)
    features = [float(x is not None and written(x) == level) for level in levels]
    if other:
        features.append(float(strange or (x is None and not had_gaps)))
    return [*features, float(x is None)] if had_gaps else features


def code(row: Mapping[str, Any], name: str, levels: Sequence[str], *, refuse: bool) -> int:
    """The place of what the row holds among the levels, from 1; 0 for any other value, and for none.

    >>> code({"city": "Ulm"}, "city", ["Bonn", "Ulm"], refuse=True)
    2
    """
    x = cell(row, name)
    if x is not None and written(x) in levels:
        return levels.index(written(x)) + 1
    if x is not None and refuse:
        raise unknown(name, x)
    return 0


def moment(
    row: Mapping[str, Any],
    name: str,
    kind: str,
    *,
    mean: float,
    scale: float,
    cycles: Sequence[tuple[float, float]],
    zone: str | None,
    had_gaps: bool,
) -> list[float]:
    """``(t - mean) / scale``, and sine and cosine of the angle in each cycle (start, period); all 0 without a value.

    >>> moment({"at": time(0)}, "at", "time", mean=9.0, scale=3.0, cycles=[(0.0, 86400.0)], zone=None, had_gaps=False)
    [-3.0, 0.0, 1.0]
    """
    x = cell(row, name)
    features = [0.0] * (1 + 2 * len(cycles))
    if x is not None:
        t = seconds(name, x, kind, zone)
        features = [standard(name, t, mean, scale)]
        for start, period in cycles:
            angle = 2 * math.pi * ((t - start) % period) / period
            features += [math.sin(angle), math.cos(angle)]
    return [*features, float(x is None)] if had_gaps else features


def read_moment(x: Any, kind: str) -> Any:
    """A text as ISO 8601 has it as the time, or date and time, that it means; anything else as it is.

    >>> read_moment("17:05", "time")
    datetime.time(17, 5)
    """
    if isinstance(x, str):
        with suppress(ValueError):
            return time.fromisoformat(x) if kind == "time" else datetime.fromisoformat(x)
    return x


def seconds(name: str, x: Any, kind: str, zone: str | None) -> float:
    """Seconds since 1970-01-01, or of a time of day since midnight; texts as ISO 8601 has them.

    >>> seconds("on", "1970-01-02", "date", None)
    86400.0
    """
    x = read_moment(x, kind)
    expected: Any = time if kind == "time" else date
    if not isinstance(x, expected):
        raise ValueError(f"Column {name!r} must hold a {kind}, or a text as ISO 8601 has it; a row holds {x!r}.")
    if kind == "time":
        return (datetime.combine(date.min, x) - datetime.combine(date.min, time.min)) / timedelta(seconds=1)
    if not isinstance(x, datetime):
        x = datetime.combine(x, time.min)
    elif (x.tzinfo is None) != (zone is None):
        raise ValueError(f"Column {name!r} had {zone or 'no time zone'} in training; a row holds {x}.")
    elif zone is not None:
        x = x.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    x = datetime.combine(x, time.min) if kind == "date" else x
    return (x - datetime.combine(date(1970, 1, 1), time.min)) / timedelta(seconds=1)
