"""What is to be predicted: a number, or a class."""

from typing import TYPE_CHECKING, Any, Literal

from chainrule._typing import Array
from chainrule.data.counts import Counts, count, describe_value, refuse_infinite, refuse_mixed
from chainrule.data.kinds import Locate
from chainrule.data.schema import Column, Kind
from chainrule.errors import DataError, InputError

if TYPE_CHECKING:
    import narwhals as nw

Task = Literal["regression", "classification"]
MOST_CLASSES = 20
"""Whole numbers of more different values than this are a measurement, not classes."""
ROWS_A_CLASS = 5
"""Whole numbers with fewer rows than this to a value, on average, are a measurement (unless there are two values)."""


def infer_target(
    series: "nw.Series[Any]", kind: Kind | None, task: Task | None, rows: Array, locate: Locate
) -> tuple[Column, Counts, Task]:
    """Say whether the target is a number (regression) or a class (classification), and why.

    Texts and booleans are classes. Numbers are classes when they are whole and look like codes rather than
    measurements: two values, or at most 20 close together (they fill at least half of their range) with five rows
    or more to a value. ``kind`` and ``task`` overrule.

    Args:
        series: the target, without gaps.
        kind: what the user said the column is.
        task: what the user said is to be done.
        rows: the number of each row in the table.
        locate: says where a row stands.

    Raises:
        DataError: there is one value only, an infinity, texts among numbers, or nothing that can be predicted.
        InputError: ``kind`` and ``task`` contradict each other or the column.
    """
    import narwhals as nw

    name, dtype = series.name, series.dtype
    numeric = dtype.is_numeric()
    if not (numeric or isinstance(dtype, (nw.String, nw.Boolean))):
        held = str(dtype).split("(")[0].lower()
        raise DataError(
            f"Target '{name}' holds {held} values, which cannot be predicted. Choose a target of numbers or names.",
            column=name,
        )
    if kind not in (None, "number", "category", "boolean"):
        raise InputError(f"Target '{name}' cannot be of kind '{kind}'. Choose number, category or boolean.")
    said: Task | None = None if kind is None else "regression" if kind == "number" else "classification"
    if said and task and said != task:
        raise InputError(
            f"Target '{name}' is to be of kind '{kind}', which is {said}; but the task is given as {task}."
        )
    counts = count(series)
    if numeric:
        refuse_infinite(series, rows, locate)
    elif kind is None and isinstance(dtype, nw.String):
        refuse_mixed(series, counts, rows, locate)
    if counts.distinct == 1:
        only = describe_value(counts.values[0])
        raise DataError(
            f"Target '{name}' is {only} in every row: there is nothing to predict. Choose another target, "
            "or give rows with other values.",
            column=name,
        )
    classes, reason = _decide(series, counts)
    chosen = said or task or ("classification" if classes else "regression")
    if said or task:
        reason = f"{reason}; {chosen}, as you said"
    if chosen == "regression":
        if not numeric:
            raise InputError(
                f"Target '{name}' holds names such as {describe_value(counts.values[0])}, not numbers, so "
                "regression cannot predict it. Leave the task out, or choose a target of numbers."
            )
        return Column(name, "number", reason, 0, counts.distinct), counts, chosen
    if counts.repeated < 0.5 and counts.rows > MOST_CLASSES:
        advice = "choose regression" if numeric else "choose another target"
        raise DataError(
            f"Target '{name}' has {counts.distinct} classes in {counts.rows} rows, most of them in one row only: too "
            f"few to learn a class from. Give more rows of each class, or {advice}.",
            column=name,
        )
    return Column(name, "boolean" if kind == "boolean" else "category", reason, 0, counts.distinct), counts, chosen


def _decide(series: "nw.Series[Any]", counts: Counts) -> tuple[bool, str]:
    if not series.dtype.is_numeric():
        return True, f"{counts.distinct} different names"
    low, high = float(counts.values[0]), float(counts.values[-1])
    span = f"from {describe_value(low)} to {describe_value(high)}"
    if not counts.whole:
        return False, f"numbers {span}"
    if counts.distinct == 2:
        return True, f"two whole numbers, {describe_value(low)} and {describe_value(high)}"
    close = high - low + 1 <= 2 * counts.distinct
    if counts.distinct <= MOST_CLASSES and close and counts.rows >= ROWS_A_CLASS * counts.distinct:
        return True, f"{counts.distinct} whole numbers {span}, {counts.rows // counts.distinct} rows to each"
    return False, f"{counts.distinct} whole numbers {span}"
