"""The schema of a table is inferred from its rows, each decision with its reason, and open to correction."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from chainrule._typing import Array
from chainrule.data.counts import Counts, as_floats, count, describe_value, refuse_infinite, refuse_mixed
from chainrule.data.goal import infer_target
from chainrule.data.kinds import Locate, apply_kinds, in_memory
from chainrule.data.schema import Column, Kind, Schema
from chainrule.data.values import read_numbers
from chainrule.errors import DataError, did_you_mean, list_some

if TYPE_CHECKING:
    import narwhals as nw

BOOLEANS = ({"0", "1"}, {"no", "yes"}, {"n", "y"}, {"false", "true"}, {"f", "t"}, {"off", "on"})
FEW = 20
"""Texts with at most this many different values are a category, unless nearly every row has one of its own."""
REPEATED = 0.5
"""Texts are a category however many there are when at least this share of the rows has a text that comes again."""
WORDS = 5
"""Texts of more words than this on average, most of them different, are free text."""
IDENTIFIERS = ("id", "uuid", "guid", "key", "index", "idx", "row", "rownames", "nr", "no", "number", "obs", "#")
"""Words that end the name of an identifier (``customer_id``, ``Row``, ``Sample Number``)."""
_ID = re.compile(rf"(?:.*[ _.-])?(?:{'|'.join(IDENTIFIERS)})", re.IGNORECASE)
_CAMEL_ID = re.compile(r".*[a-z]I[Dd]")


def infer_schema(
    frame: "nw.DataFrame[Any]",
    target: str,
    *,
    kinds: Mapping[str, Kind] | None = None,
    task: Literal["regression", "classification"] | None = None,
    locate: Locate = in_memory,
) -> Schema:
    """Infer what each column is and what is to be predicted, from the rows that have a target.

    - Numbers stay numbers, however few values they have; whole numbers that are all different, in a column named like
      an identifier, are one.
    - Texts are a category when they are few (20) or when at least half of the rows have one that comes again; else
      free text when long, and identifiers when short. ``yes``/``no`` and the like are booleans.
    - Left out, with the reason: identifiers, free text, columns of one value, empty columns, columns equal to an
      earlier one or to the target.
    - The target: see :func:`chainrule.data.goal.infer_target`.

    Args:
        frame: the table.
        target: the column to predict.
        kinds: what columns are, where the inference would be wrong (see ``apply_kinds``, which carries it out).
        task: what the target is, where the inference would be wrong.
        locate: says where a row stands, for messages: ``Reading.locate``.

    Raises:
        DataError: a column or the target cannot be used as it is; the message names row and value.
        InputError: ``kinds`` or ``task`` does not fit the table.

    >>> from chainrule.data.frames import to_frame
    >>> table = to_frame({"price": [0, 0.5, 1], "shop": ["A", "B", "A"], "bought": [0, 1, 0]})
    >>> schema = infer_schema(table, "bought")
    >>> [(column.name, column.kind) for column in schema.columns], schema.task
    ([('price', 'number'), ('shop', 'category')], 'classification')
    """
    given: Mapping[str, Kind] = kinds or {}
    frame = apply_kinds(frame, given, locate=locate)
    refuse_absent(frame, target)
    present = ~_gaps(frame[target])
    if not present.any():
        raise DataError(
            f"Target '{target}' is missing in every row. Choose another target, or fill it in.", column=target
        )
    rows = np.flatnonzero(present) + 1
    frame = frame if present.all() else frame.filter(present.tolist())
    goal, goal_counts, found_task = infer_target(frame[target], given.get(target), task, rows, locate)
    columns = _infer_columns(frame, target, {goal_counts.signature: [target]}, given, rows, locate)
    return Schema(columns, goal, found_task, len(rows))


def infer_columns(frame: "nw.DataFrame[Any]") -> tuple[Column, ...]:
    """Infer what each column of a table without a target is; see :func:`infer_schema`.

    >>> from chainrule.data.frames import to_frame
    >>> table = to_frame({"price": [0, 0.5, 1], "shop": ["A", "B", "A"], "year": [1, 1, 1]})
    >>> [column.kind for column in infer_columns(table)]
    ['number', 'category', 'constant']

    Raises:
        DataError: a column cannot be used as it is; the message names row and value.
    """
    return _infer_columns(frame, None, {}, {}, np.arange(1, len(frame) + 1), in_memory)


def _infer_columns(
    frame: "nw.DataFrame[Any]",
    target: str | None,
    earlier: dict[tuple[object, ...], list[str]],
    given: Mapping[str, Kind],
    rows: Array,
    locate: Locate,
) -> tuple[Column, ...]:
    """Every column but the target; ``earlier`` has the columns that others can be equal to."""
    columns: list[Column] = []
    refused: list[DataError] = []
    for name in frame.columns:
        if name == target:
            continue
        try:
            column, counts = _infer(frame[name], given.get(name), rows, locate)
        except DataError as error:
            refused.append(error)
            continue
        if name not in given and (twin := _twin(frame, column, counts, earlier)) is not None:
            reason = (
                f"equal to the target '{target}' in every row: it would give the answer away"
                if twin == target
                else f"equal to '{twin}' in every row"
            )
            column = Column(name, "duplicate", reason, column.missing, column.distinct)
        else:
            earlier.setdefault(counts.signature, []).append(name)
        columns.append(column)
    if refused:
        first = refused[0]
        raise DataError("\n".join(map(str, refused)), row=first.row, column=first.column)
    return tuple(columns)


def drop_missing_target(frame: "nw.DataFrame[Any]", target: str) -> "tuple[nw.DataFrame[Any], int]":
    """Return the rows that have a target, and how many were dropped.

    >>> import narwhals as nw, polars as pl
    >>> kept, dropped = drop_missing_target(nw.from_native(pl.DataFrame({"y": [1, None]}), eager_only=True), "y")
    >>> kept["y"].to_list(), dropped
    ([1], 1)
    """
    refuse_absent(frame, target)
    gaps = _gaps(frame[target])
    return (frame.filter((~gaps).tolist()), int(gaps.sum())) if gaps.any() else (frame, 0)


def refuse_absent(frame: "nw.DataFrame[Any]", target: str) -> None:
    """Refuse a target that the table does not have.

    Raises:
        DataError: with the nearest name.
    """
    if target not in frame.columns:
        raise DataError(
            f"There is no column '{target}' to predict.{did_you_mean(target, frame.columns)} "
            f"The table has {list_some(frame.columns)}.",
            column=target,
        )


def _gaps(series: "nw.Series[Any]") -> Array:
    gaps = np.asarray(series.is_null().to_numpy(), dtype=bool)
    return gaps | np.isnan(as_floats(series)) if series.dtype.is_float() else gaps


def _infer(series: "nw.Series[Any]", given: Kind | None, rows: Array, locate: Locate) -> tuple[Column, Counts]:
    import narwhals as nw

    if isinstance(series.dtype, (nw.List, nw.Struct, nw.Array, nw.Binary, nw.Duration)):
        gaps = int(series.is_null().sum())
        reason = f"holds {str(series.dtype).split('(')[0].lower()} values, which are not understood"
        return Column(series.name, "text", reason, gaps), Counts([], np.empty(0), gaps, len(series))
    counts = count(series)
    if series.dtype.is_numeric():
        refuse_infinite(series, rows, locate)
    if given is not None:
        kind, reason = given, "you said so"
    elif not counts.present:
        kind, reason = "empty", "no row has a value"
    elif counts.distinct == 1 and not (counts.missing and isinstance(series.dtype, (nw.String, nw.Boolean))):
        gap = " wherever it is not missing" if counts.missing else " in every row"
        kind, reason = "constant", f"{describe_value(counts.values[0])}{gap}"
    elif series.dtype.is_numeric():
        kind, reason = _number(series, counts)
    elif isinstance(series.dtype, nw.Boolean):
        kind, reason = "boolean", "true or false"
    elif isinstance(series.dtype, nw.Datetime):
        kind, reason = "datetime", f"dates with times{_span(counts)}"
    elif isinstance(series.dtype, nw.Date):
        kind, reason = "date", f"dates{_span(counts)}"
    elif isinstance(series.dtype, nw.Time):
        kind, reason = "time", f"times of day{_span(counts)}"
    else:
        refuse_mixed(series, counts, rows, locate)
        kind, reason = _text(counts)
    return Column(series.name, kind, reason, counts.missing, counts.distinct), counts


def _span(counts: Counts) -> str:
    return f" from {min(counts.values)} to {max(counts.values)}"


def _number(series: "nw.Series[Any]", counts: Counts) -> tuple[Kind, str]:
    low, high = counts.values[0], counts.values[-1]
    named = _ID.fullmatch(series.name) or _CAMEL_ID.fullmatch(series.name)
    if named and counts.whole and counts.distinct == counts.rows > 2:
        return "identifier", f"named like an identifier, with a different whole number in each of {counts.rows} rows"
    words = "whole numbers" if counts.whole else "numbers"
    return "number", f"{words} from {describe_value(low)} to {describe_value(high)}"


def _text(counts: Counts) -> tuple[Kind, str]:
    values = list(counts.values)
    said = f"{counts.distinct} different texts in {counts.present} rows"
    lower = {str(value).lower() for value in values}
    if len(values) == 2 and any(lower == pair for pair in BOOLEANS):
        return "boolean", " or ".join(f"'{value}'" for value in sorted(values))
    if counts.distinct == 1:
        return "category", f"{describe_value(values[0])} or missing"
    everywhere = counts.distinct == counts.present
    if (counts.distinct <= FEW and not everywhere) or counts.repeated >= REPEATED:
        return "category", said
    sample = values[:1000]
    if sum(len(str(value).split()) for value in sample) > WORDS * len(sample):
        return "text", f"{said}, of several words; free text is not used yet"
    if everywhere:
        return "identifier", f"a different text in each of {counts.present} rows{_numbers_among(counts)}"
    return "identifier", f"{said}, most of which come once: nothing can be learned from them{_numbers_among(counts)}"


def _numbers_among(counts: Counts) -> str:
    """What to say of a column of texts most of which are numbers: it may have been meant as one of numbers."""
    import polars as pl

    texts = pl.Series(counts.values, dtype=pl.String)
    read = np.maximum(*(read_numbers(texts, decimal).is_not_null().to_numpy() for decimal in ".,"))
    held = int(counts.times[read].sum())
    if read.all() or held < 0.5 * counts.present:
        return ""
    other = counts.values[int(read.argmin())]
    return f" ({held} are numbers; if all should be, mend the others, such as {describe_value(other)})"


def _twin(
    frame: "nw.DataFrame[Any]", column: Column, counts: Counts, earlier: dict[tuple[object, ...], list[str]]
) -> str | None:
    """The earlier column that is equal in every row, gaps included."""
    if column.kind in ("empty", "constant") or not counts.distinct:
        return None
    alike = earlier.get(counts.signature, [])
    return next((other for other in alike if _equal(frame[column.name], frame[other])), None)


def _equal(a: "nw.Series[Any]", b: "nw.Series[Any]") -> bool:
    if a.dtype.is_numeric() and b.dtype.is_numeric():
        return bool(np.array_equal(as_floats(a), as_floats(b), equal_nan=True))
    gaps = np.array_equal(a.is_null().to_numpy(), b.is_null().to_numpy())
    return gaps and a.drop_nulls().to_list() == b.drop_nulls().to_list()
