"""Columns of text become numbers, dates and times where every cell is one; all else stays the text it was.

Nothing is guessed cell by cell: a column changes as a whole, or not at all. What was done beyond plain numbers and
ISO dates is said in a note.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from chainrule.data.kinds import Locate, in_memory
from chainrule.data.moments import read_date, read_moments, said
from chainrule.errors import DataError

if TYPE_CHECKING:
    import polars as pl

MISSING = ("", "NA", "N/A", "#N/A", "NaN", "NULL", "<NA>", "?")
"""Cells that are gaps in any column of text, upper and lower case alike."""
MISSING_AMONG_NUMBERS = ("None", "-", "--", ".", "–", "—")
"""Cells that are gaps as well where everything else in the column is a number, a date or a time."""

_SIGNED = r"^(?:[$€£¥] ?)?([+-]?[\d.,'\u00a0\u202f]*\d\.?(?:[eE][+-]?\d+)?)(?: ?[%$€£¥])?$"
_SIGN = r"([$€£¥%])"
CODE = r"^[+-]?0\d+$"
"""A whole number that begins with a zero: a column with one is of codes, not of numbers."""
_COMMA_THOUSANDS = r"^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$"
_POINT_THOUSANDS = r"^[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?$"
_SPACE_THOUSANDS = r"^[+-]?[1-9]\d{0,2}(['\u00a0\u202f]\d{3})+([.,]\d+)?$"
_COMMA_DECIMAL = r"^[+-]?(\d+,\d*|,\d+|\d+)([eE][+-]?\d+)?$"
_POINT_DECIMAL = r"^[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?$"


TEXT = "text"
"""The form of a column that stays the text it is."""
Forms: TypeAlias = Mapping[str, str]
"""How columns are written, by name: the decimal sign of numbers (``","``), the form of dates (``"%d/%m/%Y"``), and
``TEXT``."""


class Values(NamedTuple):
    """A table of numbers, dates, times and texts, and what was done to get it that is not plain to see."""

    frame: "pl.DataFrame"
    notes: tuple[str, ...]
    forms: Forms = MappingProxyType({})
    """How the columns of numbers, dates and texts were written."""


def read_values(
    frame: "pl.DataFrame",
    separator: str | None = None,
    known: Forms = MappingProxyType({}),
    locate: Locate = in_memory,
    missing: Sequence[str] = (),
) -> Values:
    """Read the texts of a table as numbers, dates and times, a column at a time; other columns are left alone.

    Space around a cell goes; the words of ``MISSING`` are gaps. A column of whole numbers with leading zeros (codes)
    and one of whole numbers too large for 64 bits stay text. Thousands separators, decimal commas, one currency sign
    and per cent signs are read where the column, or another column of the table, leaves no doubt; ``12 %`` is 12.

    Args:
        frame: the table.
        separator: that of the delimited text: numbers with a single comma are decimal after semicolons (as
            spreadsheets write them where the comma is the decimal sign), and thousands after commas.
        known: how columns are written, where an earlier table of the same kind has shown it; nothing is guessed there.
        locate: says where a row stands, for messages.
        missing: words that are gaps, too.

    Raises:
        DataError: a cell of a column whose form is known is not written so.

    >>> import polars as pl
    >>> read_values(pl.DataFrame({"x": ["1", " 2.5", "n/a"], "zip": ["01234", "99999", ""]})).frame.rows()
    [(1.0, '01234'), (2.5, '99999'), (None, None)]
    """
    import polars as pl

    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    if not texts:
        return Values(frame, ())
    tidy = _without(
        frame.with_columns(pl.col(texts).str.strip_chars(" \t\n\r\u00a0\ufeff")), texts, (*MISSING, *missing)
    )
    bare = _without(tidy, texts, MISSING_AMONG_NUMBERS)
    notes: list[str] = []
    done: dict[str, pl.Series] = {}
    rest: list[str] = []
    forms: dict[str, str] = {}
    for name in texts:
        if name in known:
            if known[name] != TEXT:
                done[name] = _as_known(bare[name], known[name], locate)
            continue
        read = _plain(bare[name], notes)
        read = read_moments(bare[name], notes, forms) if read is None else read
        if read is None:
            rest.append(name)
        elif read.dtype != pl.String:
            done[name] = read
    seen, decimal = _decimal(bare, done, rest, separator)
    for name, read in done.items():
        if read.dtype.is_numeric():
            forms[name] = known.get(name, "." if read.dtype.is_float() else seen or ".")
    if seen == ",":
        grouped = _grouped(bare, done, notes)
        done |= grouped
        forms |= dict.fromkeys(grouped, ",")
    for name in rest:
        if (read := _notated(bare[name], decimal, notes)) is not None:
            done[name] = read
            forms[name] = (
                "," if decimal != "." and not read_numbers(bare[name].drop_nulls(), ",").is_null().any() else "."
            )
    for name, read in done.items():
        _say_gaps(tidy[name], read, notes)
    frame = tidy.with_columns(done.values())
    forms |= {name: TEXT for name in texts if frame[name].dtype == pl.String}
    return Values(frame, tuple(notes), forms)


def look_like_numbers(series: "pl.Series") -> "pl.Series":
    """Say which texts are made of what numbers are made of, whether or not they can be read as one.

    >>> import polars as pl
    >>> look_like_numbers(pl.Series(["1,5", "1.2.5", "$5", "5 kg"])).to_list()
    [True, True, True, False]
    """
    return series.str.replace("−", "-").str.contains(_SIGNED)


def read_numbers(series: "pl.Series", decimal: str) -> "pl.Series":
    """Read each text as a number with this decimal sign, thousands and a currency or per cent sign allowed, or as null.

    >>> import polars as pl
    >>> read_numbers(pl.Series(["1.234,5", "7", "1,2,3", "x"]), ",").to_list()
    [1234.5, 7.0, None, None]
    """
    import polars as pl

    bare = series.str.replace("−", "-").str.extract(_SIGNED)
    own = [_COMMA_DECIMAL, _POINT_THOUSANDS] if decimal == "," else [_POINT_DECIMAL, _COMMA_THOUSANDS]
    fits = bare.str.contains(
        "|".join(f"(?:{pattern})" for pattern in [*own, _SPACE_THOUSANDS.replace("[.,]", f"[{decimal}]")])
    )
    bare = bare.str.replace_all("[.'\u00a0\u202f]" if decimal == "," else "[,'\u00a0\u202f]", "")
    bare = bare.str.replace(",", ".", literal=True)
    return bare.cast(pl.Float64, strict=False).zip_with(
        fits.fill_null(value=False), bare.clear(len(bare)).cast(pl.Float64)
    )


def _as_known(series: "pl.Series", form: str, locate: Locate) -> "pl.Series":
    """Read a column in a form that is known.

    Raises:
        DataError: names the first cell that is not written so.
    """
    import polars as pl

    numeric = form in (".", ",")
    read = read_numbers(series, form) if numeric else read_date(series, form)
    wrong = read.is_null() & series.is_not_null()
    if wrong.any():
        place = int(wrong.arg_true()[0])
        what = f"numbers with a decimal {'comma' if form == ',' else 'point'}" if numeric else f"dates as {said(form)}"
        raise DataError(
            f"Column '{series.name}' must hold {what}, as in the training rows; {locate(place + 1)} holds "
            f"'{series[place]}'. Correct it, or leave the cell empty.",
            row=place + 1,
            column=series.name,
        )
    whole = numeric and bool(((read % 1 == 0) & (read.abs() < 2**53)).all())
    return read.cast(pl.Int64) if whole else read


def _without(frame: "pl.DataFrame", texts: list[str], words: tuple[str, ...]) -> "pl.DataFrame":
    import polars as pl

    forms = {form for word in words for form in (word, word.lower(), word.upper(), word.title())}
    known = pl.col(texts).is_in(sorted(forms))
    return frame.with_columns(pl.when(~known).then(pl.col(texts)).name.keep())


def _say_gaps(series: "pl.Series", read: "pl.Series", notes: list[str]) -> None:
    if count := read.null_count() - series.null_count():
        words = ", ".join(f"'{word}'" for word in series.filter(read.is_null()).drop_nulls().unique().sort())
        rows = f"{count} row{'' if count == 1 else 's'}"
        notes.append(f"Column '{series.name}': {words} among the other values is read as missing ({rows}).")


def _plain(series: "pl.Series", notes: list[str]) -> "pl.Series | None":
    """Numbers with a decimal point; the column itself where it must stay text; None where it is something else."""
    import polars as pl

    present = series.drop_nulls()
    if not len(present):
        return series
    head = present.head(200)
    if head.cast(pl.Float64, strict=False).is_null().all():
        return None
    floats = series.cast(pl.Float64, strict=False)
    if floats.null_count() > series.null_count():
        return None
    if (zeros := series.str.contains(CODE).fill_null(value=False)).any():
        row = zeros.arg_true()[0]
        notes.append(
            f"Column '{series.name}' is read as text, because numbers in it begin with zeros ('{series[row]}' in row "
            f"{row + 1}) and may be codes."
        )
        return series
    integers = series.cast(pl.Int64, strict=False)
    if integers.null_count() == series.null_count():
        return integers
    if series.drop_nulls().str.contains(r"^[+-]?\d+$").all():
        notes.append(f"Column '{series.name}' is read as text, because its whole numbers have more than 18 digits.")
        return series
    return floats


def _bare(series: "pl.Series") -> "tuple[pl.Series, str] | None":
    """The texts without the sign that all of them share, and that sign; None where they are no numbers with it."""
    texts = series.drop_nulls().unique().str.replace("−", "-")
    if not texts.head(50).str.contains(_SIGNED).all() or not texts.str.contains(_SIGNED).all():
        return None
    signs = texts.str.extract(_SIGN).fill_null("").unique().to_list()
    return (series.str.replace("−", "-").str.extract(_SIGNED), signs[0]) if len(signs) == 1 else None


def _all(series: "pl.Series", *patterns: str) -> bool:
    return bool(series.drop_nulls().str.contains("|".join(f"(?:{pattern})" for pattern in patterns)).all())


def _decimal(
    frame: "pl.DataFrame", done: "dict[str, pl.Series]", rest: list[str], separator: str | None
) -> tuple[str | None, str | None]:
    """The decimal sign that columns without doubt show, and the one to go by: the same, or what the separator tells."""
    import polars as pl

    seen: set[str] = set()
    for name in rest:
        if (found := _bare(frame[name])) is not None:
            comma = _all(found[0], _COMMA_DECIMAL, _POINT_THOUSANDS)
            point = _all(found[0], _COMMA_THOUSANDS, _POINT_DECIMAL)
            if comma != point:
                seen.add("," if comma else ".")
    floats = [name for name, series in done.items() if series.dtype == pl.Float64]
    if any(not _all(frame[name], _POINT_THOUSANDS, r"^[+-]?\d+$") for name in floats):
        seen.add(".")
    if seen:
        sign = seen.pop() if len(seen) == 1 else None
        return sign, sign
    return None, {";": ",", ",": "."}.get(separator or "")


def _notated(series: "pl.Series", decimal: str | None, notes: list[str]) -> "pl.Series | None":
    """Numbers with signs, thousands separators or a decimal comma; None where there is doubt."""
    import polars as pl

    if (found := _bare(series)) is None:
        return None
    bare, sign = found
    comma = _all(bare, _COMMA_DECIMAL, _POINT_THOUSANDS)
    point = _all(bare, _COMMA_THOUSANDS, _POINT_DECIMAL)
    if comma and point and decimal is None and bare.str.contains("[.,]").any():
        notes.append(
            f"Column '{series.name}' is read as text, because '{_example(series, '[.,]')}' may be a decimal number or "
            "thousands. Write it without thousands separators and with a decimal point."
        )
        return None
    if _all(bare, _SPACE_THOUSANDS, _COMMA_DECIMAL, _POINT_DECIMAL) and not (comma or point):
        bare, said = bare.str.replace_all(r"['\u00a0\u202f]", ""), ["spaces or apostrophes between thousands"]
        comma, point = _all(bare, _COMMA_DECIMAL), _all(bare, _POINT_DECIMAL)
        decimal = decimal if comma and point else "," if comma else "."
    else:
        said = []
    if not (comma or point):
        return None
    if comma and (not point or decimal == ","):
        said += ["decimal commas"] if bare.str.contains(",").any() else []
        said += ["points between thousands"] if bare.str.contains(r"\.").any() else []
        bare = bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    else:
        said += ["commas between thousands"] if bare.str.contains(",").any() else []
        bare = bare.str.replace_all(",", "", literal=True)
    said += [f"a sign ({sign})"] if sign else []
    numbers = bare.cast(pl.Float64, strict=False)
    if numbers.null_count() > series.null_count():
        return None
    value = _example(series, sign or "[,.' −]")
    read = numbers[(series == value).arg_true()[0]]
    notes.append(f"Column '{series.name}' has {' and '.join(said) or 'minus signs'}: '{value}' is read as {read:.15g}.")
    integers = bare.cast(pl.Int64, strict=False)
    return integers if integers.null_count() == series.null_count() else numbers


def _grouped(frame: "pl.DataFrame", done: "dict[str, pl.Series]", notes: list[str]) -> "dict[str, pl.Series]":
    """Whole numbers like 1.234, which look like decimal numbers, in a table whose decimal sign is the comma."""
    import polars as pl

    found: dict[str, pl.Series] = {}
    for name, series in done.items():
        texts = frame[name]
        grouped = series.dtype == pl.Float64 and _all(texts, _POINT_THOUSANDS, r"^[+-]?\d{1,3}$")
        if grouped and texts.str.contains(r"\.").any():
            found[name] = texts.str.replace_all(".", "", literal=True).cast(pl.Int64, strict=False)
            value = _example(texts, r"\.")
            notes.append(
                f"Column '{name}' has points between thousands, as the decimal sign of this table is the comma: "
                f"'{value}' is read as {value.replace('.', '')}."
            )
    return found


def _example(series: "pl.Series", pattern: str) -> str:
    shown = series.drop_nulls()
    fitting = shown.filter(shown.str.contains(re.escape(pattern) if pattern in "$€£¥%" else pattern))
    return str(fitting[0] if len(fitting) else shown[0])
