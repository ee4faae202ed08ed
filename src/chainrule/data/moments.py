"""Columns of text that are dates, dates with times, or times of day throughout."""

from itertools import product
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

_D, _Y, _MON = r"\d{1,2}", r"\d{4}", r"[A-Za-z]{3,9}"
DATES = {
    "%Y-%m-%d": f"{_Y}-{_D}-{_D}",
    "%Y/%m/%d": f"{_Y}/{_D}/{_D}",
    "%d.%m.%Y": rf"{_D}\.{_D}\.{_Y}",
    "%d/%m/%Y": f"{_D}/{_D}/{_Y}",
    "%m/%d/%Y": f"{_D}/{_D}/{_Y}",
    "%d-%m-%Y": f"{_D}-{_D}-{_Y}",
    "%m-%d-%Y": f"{_D}-{_D}-{_Y}",
    "%d-%b-%Y": f"{_D}-{_MON}-{_Y}",
    "%d %b %Y": f"{_D} {_MON} {_Y}",
    "%b %d, %Y": f"{_MON} {_D}, {_Y}",
}
"""Ways to write a date that are understood, with what each looks like. Years have four digits."""
EITHER_WAY = ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y")
TIMES = {
    "": "",
    "%H:%M": r"\d{1,2}:\d{2}",
    "%H:%M:%S%.f": r"\d{1,2}:\d{2}:\d{2}(\.\d+)?",
    "%I:%M %p": r"\d{1,2}:\d{2} [AaPp][Mm]",
    "%I:%M:%S %p": r"\d{1,2}:\d{2}:\d{2} [AaPp][Mm]",
}
SHORT_YEARS = r"\d{1,2}/\d{1,2}/\d{2}|\d{1,2}-\d{1,2}-\d{2}"
"""What a date with a year of two digits looks like."""
ZONE = r"(?:Z|[+-]\d{2}:?\d{2})"


def read_moments(series: "pl.Series", notes: "list[str]", forms: "dict[str, str] | None" = None) -> "pl.Series | None":
    """Read a column of text as dates, as dates with times, or as times of day; None where not every cell is one.

    Dates whose day and month could be taken for one another throughout the column, or whose years have two digits, stay
    text. Times with an offset
    from UTC become UTC.

    Args:
        series: the column.
        notes: what was done that is not plain to see is added here.
        forms: the form that the dates have is added here, by the column's name.

    >>> import polars as pl
    >>> read_moments(pl.Series(["2024-05-31", None]), []).to_list()
    [datetime.date(2024, 5, 31), None]
    """
    import polars as pl

    present = series.drop_nulls()
    if not len(present) or not str(present[0])[:1].isalnum():
        return None
    if _matches(present, SHORT_YEARS):
        notes.append(
            f"Column '{series.name}' is read as text, because the years of its dates ('{present[0]}') have two digits. "
            "Write them as YYYY-MM-DD."
        )
        return series
    if ":" not in present[0] and len(present[0]) < 8:
        return None
    for form, looks in TIMES.items():
        if form and _matches(present, looks):
            padded = series.str.to_uppercase() if "%p" in form else series
            return _complete(padded.str.to_time(form, strict=False), series)
    readings: dict[str, pl.Series] = {}
    for (date, looks), (time, clock) in product(DATES.items(), TIMES.items()):
        pattern = rf"{looks}[ T]{clock}" if time else looks
        if not (zoned := _matches(present, rf"{pattern} ?{ZONE}")) and not _matches(present, pattern):
            continue
        read = _parse(series, date, time, zoned=zoned)
        if _complete(read, series) is not None:
            readings[date] = read
    if len(readings) > 1:
        first, second = readings
        notes.append(
            f"Column '{series.name}' is read as text, because the days and months of its dates ('{present[0]}') could "
            f"be either way round ({said(first)} or {said(second)}). Write them as YYYY-MM-DD."
        )
        return series
    for date, read in readings.items():
        if forms is not None and not isinstance(read.dtype, pl.Datetime):
            forms[series.name] = date
        if date in EITHER_WAY:
            notes.append(f"Column '{series.name}': dates ('{present[0]}') are read as {said(date)}.")
        if isinstance(read.dtype, pl.Datetime) and read.dtype.time_zone:
            notes.append(f"Column '{series.name}': times are converted to UTC.")
            return read.dt.replace_time_zone(None)
        return read
    return None


def read_date(series: "pl.Series", form: str) -> "pl.Series":
    """Read each text as a date in this form, or as null."""
    looks = series.str.contains(f"^(?:{DATES[form]})$").fill_null(value=False)
    read = series.str.to_date(form, strict=False)
    return read.zip_with(looks, read.clear(len(read)))


def look_like(series: "pl.Series", what: Literal["date", "time"]) -> "pl.Series":
    """Say which texts are written like dates (also with times) or like times of day, whether or not they are any.

    >>> import polars as pl
    >>> look_like(pl.Series(["2024-02-30", "31 May 2024 at noon", "25:99"]), "date").to_list()
    [True, True, False]
    """
    forms = "|".join(DATES.values() if what == "date" else filter(None, TIMES.values()))
    return series.str.contains(f"^(?:{forms})(?:[ T].*)?$")


def readable(series: "pl.Series", what: Literal["date", "time"]) -> "list[pl.Series]":
    """For every form that a column is read in and any of these texts has, say which of them can be read in it.

    >>> import polars as pl
    >>> [form.to_list() for form in readable(pl.Series(["2024-05-31", "31.5.2024", "2024-02-30"]), "date")]
    [[True, False, False], [False, True, False]]
    """
    forms: list[pl.Series] = []
    for time, clock in TIMES.items():
        if what == "time":
            padded = series.str.to_uppercase() if "%p" in time else series
            if time and (fits := series.str.contains(f"^(?:{clock})$")).any():
                forms.append(fits & padded.str.to_time(time, strict=False).is_not_null())
            continue
        for (date, looks), zoned in product(DATES.items(), (False, True) if time else (False,)):
            pattern = f"{looks}[ T]{clock}" if time else looks
            fits = series.str.contains(f"^(?:{pattern}{f' ?{ZONE}' if zoned else ''})$")
            if fits.any():
                forms.append(fits & _parse(series, date, time, zoned=zoned).is_not_null())
    return forms


def _matches(present: "pl.Series", pattern: str) -> bool:
    whole = f"^(?:{pattern})$"
    return bool(present.head(20).str.contains(whole).all()) and bool(present.str.contains(whole).all())


def _parse(series: "pl.Series", date: str, time: str, *, zoned: bool) -> "pl.Series":
    if not time:
        return series.str.to_date(date, strict=False)
    plain = series.str.replace("T", " ", literal=True) if "%b" not in date else series
    plain = plain.str.to_uppercase() if "%p" in time else plain
    if zoned:
        spaced = plain.str.replace(" ?(Z|[+-][0-9:]+)$", " $1").str.replace("Z$", "+00:00")
        return spaced.str.to_datetime(f"{date} {time} %#z", strict=False, time_unit="us")
    return plain.str.to_datetime(f"{date} {time}", strict=False, time_unit="us")


def _complete(read: "pl.Series", series: "pl.Series") -> "pl.Series | None":
    return read if read.null_count() == series.null_count() else None


def said(form: str) -> str:
    """Write a form for a message.

    >>> said("%d/%m/%Y")
    'day/month/year'
    """
    words = {"%d": "day", "%m": "month", "%Y": "year", "%b": "month"}
    for code, word in words.items():
        form = form.replace(code, word)
    return form
