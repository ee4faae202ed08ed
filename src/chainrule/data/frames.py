"""Tables in memory become one kind of table: narwhals', with plain columns, whichever library they came from."""

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any

from chainrule.data.dialect import refuse_twice
from chainrule.errors import DataError, InputTypeError

if TYPE_CHECKING:
    import narwhals as nw


def to_frame(table: object) -> "nw.DataFrame[Any]":
    """Make a narwhals table of a pandas, polars or pyarrow table, a dict of columns, or a 2-D NumPy array.

    The columns of an array are called x1, x2, and so on. NaN becomes a gap. A column of mixed Python objects becomes
    text where it is not numbers throughout. Texts are not read as numbers or dates here: see ``chainrule.data.memory``.

    Raises:
        InputTypeError: it is none of these.
        DataError: it has no rows or no columns, columns of unequal length, or a name twice.

    >>> import numpy as np
    >>> to_frame(np.array([[1.0, 2.0]])).columns
    ['x1', 'x2']
    """
    import narwhals as nw

    frame = as_frame(table)
    if not frame.columns:
        raise DataError("The table has no columns. Give one with a column for each thing that was measured.")
    if not len(frame):
        raise DataError("The table has no rows. Give at least one row.")
    loose = (
        (nw.Object, nw.Unknown, nw.Categorical) if frame.implementation.is_pandas_like() else (nw.Object, nw.Unknown)
    )
    if any(isinstance(dtype, loose) for dtype in frame.schema.values()):
        frame = rebuilt(frame)
    columns: list[Any] = []
    for name, dtype in frame.schema.items():
        if dtype.is_float():
            columns.append(nw.col(name).cast(nw.Float64()).fill_nan(None))
        elif isinstance(dtype, nw.Decimal):
            columns.append(nw.col(name).cast(nw.Float64()))
        elif isinstance(dtype, (nw.Categorical, nw.Enum)):
            columns.append(nw.col(name).cast(nw.String()))
    return frame.with_columns(*columns) if columns else frame


def series_of(name: str, values: list[Any]) -> Any:
    """Make a polars column of Python values: of their own type when they share one, else of text.

    >>> series_of("x", [1, 2.5, None]).to_list(), series_of("x", [1, "a"]).to_list()
    ([1.0, 2.5, None], ['1', 'a'])
    """
    import polars as pl

    held = [None if isinstance(value, float) and math.isnan(value) else value for value in values]
    kinds = {type(value) for value in held if value is not None}
    if kinds and bool not in kinds and all(issubclass(kind, (Real, Decimal)) for kind in kinds):
        whole = all(isinstance(value, int) for value in held if value is not None)
        if whole and all(abs(value) < 2**63 for value in held if value is not None):
            return pl.Series(name, held, dtype=pl.Int64)
        return pl.Series(name, [None if value is None else float(value) for value in held], dtype=pl.Float64)
    if len(kinds) == 1 and kinds <= {bool, str, dt.date, dt.datetime, dt.time, dt.timedelta, bytes}:
        return pl.Series(name, held)
    if kinds and all(issubclass(kind, dt.datetime) for kind in kinds):
        return pl.Series(name, held)
    texts = [value if value is None or isinstance(value, str) else str(value) for value in held]
    return pl.Series(name, texts, dtype=pl.String)


def as_frame(table: object) -> "nw.DataFrame[Any]":
    """The same table for narwhals, its columns as they are; see :func:`to_frame`."""
    import narwhals as nw
    import numpy as np
    import polars as pl

    if isinstance(table, nw.DataFrame):
        return table
    if isinstance(table, np.ndarray):
        if table.ndim != 2:
            raise InputTypeError(
                f"A NumPy array must have two dimensions, rows and columns; got shape {table.shape}. "
                "Reshape it: array.reshape(-1, 1) makes a table of one column."
            )
        return nw.from_native(
            pl.DataFrame([_array(f"x{place}", column) for place, column in enumerate(table.T, 1)]), eager_only=True
        )
    if isinstance(table, Mapping):
        columns = {str(name): values for name, values in table.items()}
        for name, values in columns.items():
            if isinstance(values, str) or not hasattr(values, "__len__"):
                raise InputTypeError(f"Column '{name}' must be a list of values, one a row; got {values!r:.60}.")
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"'{name}' {length}" for name, length in list(lengths.items())[:4])
            raise DataError(f"The columns must be of one length; got {said}. Give a value (or None) for every row.")
        return nw.from_native(
            pl.DataFrame([_array(name, np.asarray(v)) if isinstance(v, np.ndarray) else series_of(name, list(v))
                          for name, v in columns.items()]), eager_only=True)  # fmt: skip
    if type(table).__module__.startswith("polars") and hasattr(table, "collect"):
        table = table.collect()  # pyright: ignore[reportAttributeAccessIssue]
    if type(table).__module__.startswith("pandas") and hasattr(table, "columns"):
        names: list[object] = list(table.columns)  # pyright: ignore[reportAttributeAccessIssue]
        texts = [str(name) for name in names]
        refuse_twice(texts, "The table", None)
        if texts != names:
            table = table.set_axis(texts, axis=1)  # pyright: ignore[reportAttributeAccessIssue]
    elif hasattr(table, "column_names"):
        refuse_twice(list(table.column_names), "The table", None)  # pyright: ignore[reportAttributeAccessIssue]
    try:
        return nw.from_native(table, eager_only=True)  # pyright: ignore[reportCallIssue, reportArgumentType, reportUnknownVariableType]
    except TypeError as error:
        raise InputTypeError(
            "A table must be a path, a pandas, polars or pyarrow table, a dict of columns or a 2-D NumPy array; "
            f"got {type(table).__module__}.{type(table).__qualname__}."
        ) from error


def _array(name: str, column: Any) -> Any:
    import polars as pl

    if column.dtype.kind in "OUST":
        return series_of(name, column.tolist())
    return pl.Series(name, column)


def rebuilt(frame: "nw.DataFrame[Any]") -> "nw.DataFrame[Any]":
    """The table in polars, whose columns have a type each; pandas' columns of Python objects have none."""
    import narwhals as nw
    import polars as pl

    return nw.from_native(pl.DataFrame([_typed(frame[name]) for name in frame.columns]), eager_only=True)


def _typed(series: "nw.Series[Any]") -> Any:
    import narwhals as nw
    import polars as pl

    gaps = series.is_null().to_list()
    if series.dtype.is_numeric():
        cells = [None if gap else value for value, gap in zip(series.to_list(), gaps, strict=True)]
        return pl.Series(series.name, cells, pl.Float64 if all(gaps) else None, strict=False, nan_to_null=True)
    values = [None if gap else _scalar(value) for value, gap in zip(series.to_list(), gaps, strict=True)]
    if isinstance(series.dtype, nw.Categorical):
        values = [None if value is None else str(value) for value in values]
    return series_of(series.name, values)


def _scalar(value: Any) -> Any:
    value = value.tolist() if hasattr(value, "tolist") else value
    for convert in ("to_pydatetime", "to_pytimedelta"):  # pandas' own
        if hasattr(value, convert):
            return getattr(value, convert)()
    return value
