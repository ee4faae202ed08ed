"""A table's cell moved a little both ways, and encoded again: what a derivative by a raw column is checked with."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from chainrule.data.columns import BooleanEncoder, MomentEncoder, NumberEncoder
from chainrule.errors import InputError
from chainrule.explain.digits import Words
from chainrule.explain.table_rows import FEATURES

if TYPE_CHECKING:
    from chainrule.explain.trace import Trace

STEP = 1e-6
"""Times the column's scale."""


def moved_inputs(trace: "Trace", column: str, row: int) -> tuple[dict[str, Any], dict[str, Any], float]:
    """The network's inputs with one cell a little higher and a little lower, and how far these are apart.

    Truth does not move by little, so the feature it becomes is moved instead. Points in time move by a second.

    Raises:
        InputError: the cell is empty, or a time of day that a second would carry into another day.
    """
    assert trace.table is not None
    encoder, frame = trace.table.encoder.column(column), trace.table.frame
    cells: list[Any] = frame[column].to_list()
    value = cells[row]
    if value is None:
        raise InputError(f"Row {trace.row_number(row):,} has no '{column}': an empty cell cannot be moved.")
    if isinstance(encoder, BooleanEncoder):
        place = trace.table.encoder.places[column].start
        return _feature(trace, row, place, STEP), _feature(trace, row, place, -STEP), 2 * STEP
    if isinstance(encoder, MomentEncoder):
        if isinstance(value, dt.time) or not isinstance(value, dt.date):
            raise InputError(
                f"'{column}' of row {trace.row_number(row):,} is {value!r}, which is not moved by a second."
            )
        return *(_moment(trace, column, row, seconds) for seconds in (1.0, -1.0)), 2.0  # pyright: ignore[reportReturnType]
    step = STEP * max(float(getattr(encoder, "scale", 1.0)), abs(float(value)))
    numbers = [None if each is None else float(each) for each in cells]
    moved: list[dict[str, Any]] = []
    for x in (float(value) + step, float(value) - step):
        numbers[row] = x
        series = nw.new_series(column, numbers, nw.Float64(), backend=frame.implementation)
        moved.append(_encoded(trace, frame.with_columns(series)))
    return moved[0], moved[1], 2 * step


def why_nothing(trace: "Trace", column: str, row: int) -> Words:
    """Why the derivative by an empty cell is 0, in words; nothing where there is a value."""
    assert trace.table is not None
    encoder, frame = trace.table.encoder.column(column), trace.table.frame
    if not frame[column].is_null()[row]:
        return ""
    put_in: tuple[str | float, ...] = ("0",)
    if isinstance(encoder, NumberEncoder):
        put_in = ("the training rows' mean ", encoder.mean)
    elif isinstance(encoder, BooleanEncoder):
        put_in = (f"the training rows' share of {encoder.true}, ", encoder.mean)
    return (
        f"The cell of '{column}' is empty: the encoder put in ",
        *put_in,
        ", which moves with nothing, so the derivative by it is 0 by construction.",
    )


def _encoded(trace: "Trace", frame: nw.DataFrame[Any]) -> dict[str, Any]:
    assert trace.table is not None
    return trace.table.encoder.transform(frame).inputs


def _feature(trace: "Trace", row: int, place: int, step: float) -> dict[str, Any]:
    assert trace.table is not None
    inputs = dict(_encoded(trace, trace.table.frame))
    inputs[FEATURES] = inputs[FEATURES].copy()
    inputs[FEATURES][row, place] += step
    return inputs


def _moment(trace: "Trace", column: str, row: int, seconds: float) -> dict[str, Any]:
    """Encoded as a date with a time of day, which a date alone would lose."""
    assert trace.table is not None
    encoder = trace.table.encoder.column(column)
    assert isinstance(encoder, MomentEncoder)
    value: Any = trace.table.frame[column].to_list()[row]
    at = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    import polars as pl

    series = nw.from_native(pl.Series(column, [at + dt.timedelta(seconds=seconds)]), series_only=True)
    inputs = dict(_encoded(trace, trace.table.frame))
    inputs[FEATURES] = inputs[FEATURES].copy()
    features = encoder.model_copy(update={"kind": "datetime"}).encode(series).values[0]
    inputs[FEATURES][row, trace.table.encoder.places[column]] = np.asarray(features)
    return inputs
