"""Tables in memory: their texts are read as those of files are, and all else keeps the type it has."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from chainrule.data.frames import as_frame, rebuilt, to_frame
from chainrule.data.values import TEXT, read_values
from chainrule.errors import list_some

if TYPE_CHECKING:
    import narwhals as nw


class Memory(NamedTuple):
    """A table with plain columns, what was done to its texts, and how they were written: see ``Reading``."""

    frame: "nw.DataFrame[Any]"
    notes: tuple[str, ...]
    forms: Mapping[str, str]


def read_memory(table: object, known: Mapping[str, str], missing: Sequence[str] = ()) -> Memory:
    """Read the texts of a table as :func:`chainrule.data.values.read_values` does; categories stay what they are.

    Args:
        table: what :func:`chainrule.data.frames.to_frame` takes.
        known: how columns are written, where an earlier table of the same kind has shown it.
        missing: words that are gaps, too.

    Raises:
        DataError: a cell of a column whose form is known is not written so.

    >>> read_memory({"price": ["1,5", "2,25"], "shop": ["A", "B"]}, {}).frame.rows()
    [(1.5, 'A'), (2.25, 'B')]
    """
    import narwhals as nw
    import polars as pl

    given = as_frame(table)
    frame = to_frame(given)
    categories = [name for name, dtype in given.schema.items() if isinstance(dtype, (nw.Categorical, nw.Enum))]
    texts = [name for name, dtype in frame.schema.items() if isinstance(dtype, nw.String) and name not in categories]
    kept = dict.fromkeys(categories, TEXT)
    if not texts:
        return Memory(frame, (), kept)
    before = pl.DataFrame([_texts(frame[name]) for name in texts])
    values = read_values(before, None, known, missing=missing)
    changed = [new for new in values.frame if new.dtype != pl.String or not new.equals(before[new.name])]
    if changed:
        frame = frame if frame.implementation.is_polars() else rebuilt(frame)
        frame = frame.with_columns(*(nw.from_native(series, series_only=True) for series in changed))
    read = [new.name for new in changed if new.dtype != pl.String and new.name not in known]
    unsaid = [name for name in read if not any(f"Column '{name}'" in note for note in values.notes)]
    said = [f"Texts that are numbers, dates or times throughout are read as such: {list_some(unsaid)}."] * bool(unsaid)
    return Memory(frame, (*said, *values.notes), {**values.forms, **kept})


def _texts(series: "nw.Series[Any]") -> Any:
    import polars as pl

    gaps = series.is_null().to_list()
    cells = [None if gap else cell for cell, gap in zip(series.to_list(), gaps, strict=True)]
    return pl.Series(series.name, cells, dtype=pl.String)
