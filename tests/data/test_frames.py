import datetime as dt
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from chainrule.data.frames import to_frame
from chainrule.errors import DataError, InputTypeError

MAY = dt.datetime.fromisoformat("2024-05-31")
COLUMNS = {"n": [1.5, float("nan"), None], "i": [1, 2, 3], "s": ["a", None, "b"]}


@pytest.mark.parametrize(
    "table",
    [COLUMNS, pl.DataFrame(COLUMNS), pl.LazyFrame(COLUMNS), pa.table(COLUMNS), pd.DataFrame(COLUMNS)],
    ids=["dict", "polars", "lazy", "pyarrow", "pandas"],
)
def test_every_library_gives_the_same_columns_and_gaps(table):
    frame = to_frame(table)
    assert frame.columns == ["n", "i", "s"]
    assert frame["n"].is_null().to_list() == [False, True, True]
    assert frame["s"].is_null().to_list() == [False, True, False]
    assert to_frame(frame).columns == frame.columns


def test_an_arrays_columns_are_counted():
    frame = to_frame(np.array([[1, 2], [3, 4]]))
    assert (frame.columns, frame.rows()) == (["x1", "x2"], [(1, 2), (3, 4)])
    assert to_frame(np.array([["a", 1]], dtype=object)).rows() == [("a", 1)]


def test_python_objects_in_pandas_get_a_type():
    table = pd.DataFrame(
        {
            "mixed": pd.Series([1, "x", None], dtype=object),
            "flag": pd.Series([True, None, False], dtype=object),
            "day": pd.Series([dt.date(2024, 5, 31), None, None], dtype=object),
            "price": pd.Series([decimal.Decimal("1.5"), None, 2], dtype=object),
            "class": pd.Categorical([1, None, 2]),
            "at": pd.to_datetime(["2024-05-31", None, "2024-05-31"]),
            "n": [1.0, np.nan, 2.0],
        }
    )
    frame = to_frame(table)
    assert frame.rows() == [
        ("1", True, dt.date(2024, 5, 31), 1.5, "1", MAY, 1.0),
        ("x", None, None, None, None, None, None),
        (None, False, None, 2.0, "2", MAY, 2.0),
    ]


def test_whole_numbers_with_gaps_beside_a_category_in_pandas():
    """pandas' own gap is neither None nor NaN; a column of it alone is one of numbers, too."""
    table = pd.DataFrame(
        {
            "class": pd.Categorical(["a", "b", "a"]),
            "n": pd.array([1, None, 3], dtype="Int64"),
            "x": pd.array([0.5, None, 2], dtype="Float64"),
            "none": pd.array([None] * 3, dtype="Int64"),
        }
    )
    frame = to_frame(table)
    assert frame.rows() == [("a", 1, 0.5, None), ("b", None, None, None), ("a", 3, 2.0, None)]
    assert [dtype.is_numeric() for dtype in frame.schema.values()] == [False, True, True, True]


def test_mixed_values_become_text_not_gaps():
    assert to_frame({"a": [1, "x", None], "b": [True, 2, "y"]}).rows() == [("1", "True"), ("x", "2"), (None, "y")]


def test_names_become_texts():
    assert to_frame(pd.DataFrame({1: [1], "b": [2]})).columns == ["1", "b"]


@pytest.mark.parametrize(
    ("table", "error", "message"),
    [
        (np.zeros(3), InputTypeError,
         "A NumPy array must have two dimensions, rows and columns; got shape (3,). Reshape it: array.reshape(-1, 1) "
         "makes a table of one column."),
        ({"a": [1], "b": [1, 2]}, DataError,
         "The columns must be of one length; got 'a' 1, 'b' 2. Give a value (or None) for every row."),
        (7, InputTypeError,
         "A table must be a path, a pandas, polars or pyarrow table, a dict of columns or a 2-D NumPy array; "
         "got builtins.int."),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), DataError,
         "The table: 2 columns are called 'a' (columns 1 and 2). Give each column a name of its own."),
        (pa.table([[1], [2]], names=["a", "a"]), DataError,
         "The table: 2 columns are called 'a' (columns 1 and 2). Give each column a name of its own."),
        ({}, DataError, "The table has no columns. Give one with a column for each thing that was measured."),
        ({"a": []}, DataError, "The table has no rows. Give at least one row."),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(table, error, message):
    with pytest.raises(error) as caught:
        to_frame(table)
    assert str(caught.value) == message


@pytest.mark.parametrize("value", [1, "abc", None])
def test_a_column_is_a_list(value):
    with pytest.raises(InputTypeError) as caught:
        to_frame({"x": value})
    assert str(caught.value) == f"Column 'x' must be a list of values, one a row; got {value!r}."
