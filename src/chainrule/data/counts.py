"""What the cells of one column are, counted: the evidence that its kind is inferred from."""

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from chainrule._typing import Array
from chainrule.data.kinds import Locate
from chainrule.data.moments import look_like, readable
from chainrule.data.values import CODE, MISSING_AMONG_NUMBERS, look_like_numbers, read_numbers
from chainrule.errors import DataError

if TYPE_CHECKING:
    import narwhals as nw
    import polars as pl

WHAT: tuple[Literal["number", "date", "time"], ...] = ("number", "date", "time")
MOSTLY = 0.9
"""A column of text in which at least this share of the cells look like numbers (or dates) has mistakes in it."""
SOME = 0.5
"""Unless more of them than this cannot be read as such: version numbers, say."""


class Counts(NamedTuple):
    """How often each value of a column comes, and how many cells are gaps."""

    values: list[Any] | Array
    """The different values: numbers by size, all else in order of appearance."""
    times: Array
    """How often each of them comes."""
    missing: int
    rows: int

    @property
    def present(self) -> int:
        """How many cells have a value."""
        return self.rows - self.missing

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(self.values)

    @property
    def repeated(self) -> float:
        """The share of the cells whose value comes more than once."""
        return 1 - int((self.times == 1).sum()) / max(self.present, 1)

    @property
    def whole(self) -> bool:
        """Whether every number is whole."""
        return bool((np.asarray(self.values) % 1 == 0).all())

    @property
    def signature(self) -> tuple[object, ...]:
        """What equal columns have in common, and few others."""
        return (self.missing, self.distinct, *list(self.values[:20]), self.times.tobytes())


def count(series: "nw.Series[Any]") -> Counts:
    """Count the values of a column.

    >>> import narwhals as nw, polars as pl
    >>> count(nw.from_native(pl.Series(["b", "a", None, "b"]), series_only=True))
    Counts(values=['b', 'a'], times=array([2, 1]), missing=1, rows=4)
    """
    if series.dtype.is_numeric():
        cells = as_floats(series)
        values, times = np.unique(cells[~np.isnan(cells)], return_counts=True)
        return Counts(values, times, len(cells) - int(times.sum()), len(cells))
    tally = Counter(series.drop_nulls().to_list())
    times = np.asarray([*tally.values()], dtype=np.int64)
    return Counts(list(tally), times, len(series) - int(times.sum()), len(series))


def as_floats(series: "nw.Series[Any]") -> Array:
    """Return a column of numbers as float64, NaN at gaps."""
    import narwhals as nw

    return np.asarray(series.cast(nw.Float64()).to_numpy(), dtype=np.float64)


def refuse_infinite(series: "nw.Series[Any]", rows: Array, locate: Locate) -> None:
    """Refuse infinities in a column of numbers; ``rows`` are the numbers of its rows in the table."""
    infinite = np.isinf(as_floats(series))
    if infinite.any():
        row = int(rows[infinite.argmax()])
        more = f" ({int(infinite.sum())} rows in all)" if infinite.sum() > 1 else ""
        raise DataError(
            f"Column '{series.name}' is infinite in {locate(row)}{more}. Mend the cell, or leave it empty.",
            row=row,
            column=series.name,
        )


def refuse_mixed(series: "nw.Series[Any]", counts: Counts, rows: Array, locate: Locate) -> None:
    """Refuse a column of text that is nearly all numbers, or nearly all dates: the others are mistakes, or it is codes.

    Raises:
        DataError: names the row of the first such text, and how many more there are.
    """
    import polars as pl

    texts = pl.Series(counts.values, dtype=pl.String).str.strip_chars()
    for what in WHAT:
        alike = look_like_numbers(texts) if what == "number" else look_like(texts, what)
        if counts.times[alike.to_numpy()].sum() < MOSTLY * counts.present:
            continue
        if what == "number" and texts.str.contains(CODE).any():
            continue
        read = _read(what, texts, counts.times)
        wrong = _not_gaps(texts, ~read)
        others = {value: place for place, value in enumerate(counts.values) if wrong[place]}
        held, number = (int(counts.times[mask.to_numpy()].sum()) for mask in (read, wrong))
        if not others or number > SOME * counts.present:
            continue
        cells = series.to_list()
        places = [place for place, cell in enumerate(cells) if cell in others][:3]
        first = f"'{cells[places[0]]}' in {locate(int(rows[places[0]]))}"
        more = [f"'{cells[place]}' in row {int(rows[place])}" for place in places[1:]]
        left = number - len(places)
        listed = "".join(f", {other}" for other in more) + (f" and {left} more" if left else "")
        like = f" like '{texts[int(read.arg_true()[0])]}'" if any(alike[others[cells[at]]] for at in places) else ""
        mend = "the cell or leave it" if number == 1 else "the cells or leave them"
        words = [cells[place].strip() for place in places if not re.search(r"\d", cells[place])]
        gap = (
            f', or say that "{words[0]}" is a missing cell: --missing "{words[0]}" (in Python missing=[{words[0]!r}])'
            if words
            else ""
        )
        raise DataError(
            f"Column '{series.name}' holds {held} {what}s{like}, but also {first}{listed}. Mend "
            f"{mend} empty{gap}; or, if these are names, make "
            f'the column a category: --kind "{series.name}=category" '
            f"(in Python kinds={{'{series.name}': 'category'}}).",
            row=int(rows[places[0]]),
            column=series.name,
        )


def _read(what: Literal["number", "date", "time"], texts: "pl.Series", times: Array) -> "pl.Series":
    """Which texts can be read in the form in which most cells can be."""
    import polars as pl

    if what == "number":
        signs = texts.str.extract(r"([$€£¥%])").fill_null("")
        most = max(sorted(set(signs)), key=lambda sign: times[(signs == sign).to_numpy()].sum())
        forms = [read_numbers(texts, decimal).is_not_null() & (signs == most) for decimal in ".,"]
    else:
        forms = readable(texts, what) or [pl.repeat(value=False, n=len(texts), eager=True)]
    return max(forms, key=lambda read: times[read.to_numpy()].sum())


def _not_gaps(texts: "pl.Series", wrong: "pl.Series") -> "pl.Series":
    """Which wrong texts are mistakes: not the words that are gaps among numbers, unless there are no others."""
    gaps = texts.str.to_lowercase().is_in([word.lower() for word in MISSING_AMONG_NUMBERS])
    return wrong & ~gaps if (wrong & ~gaps).any() else wrong


def describe_value(value: object) -> str:
    """Write a value for a message.

    >>> describe_value("a"), describe_value(2.0), describe_value(True)
    ("'a'", '2', 'True')
    """
    if isinstance(value, float):
        return f"{value:.6g}"
    return f"'{value[:60]}'" if isinstance(value, str) else str(value)
