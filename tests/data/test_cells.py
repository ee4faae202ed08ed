import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from chainrule.data.cells import distinct, key, label, numbers, seconds, sort_labels
from chainrule.errors import DataError
from frames import LIBRARIES, column, frame

libraries = pytest.mark.parametrize("library", LIBRARIES)


@libraries
@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([1.5, None, -3.0], [1.5, np.nan, -3.0]),
        ([1, 2, 3], [1, 2, 3]),
        ([1, None, 2], [1, np.nan, 2]),
        ([True, None, False], [1, np.nan, 0]),
        ([None, None], [np.nan, np.nan]),
        ([Decimal("1.5"), None], [1.5, np.nan]),
    ],
)
def test_numbers(library, cells, expected):
    np.testing.assert_array_equal(numbers(column(cells, library=library)), expected)


@libraries
def test_numbers_refuse_texts(library):
    with pytest.raises(DataError) as caught:
        numbers(column([None, "1", "abc"], "age", library))
    assert str(caught.value) == (
        "Column 'age' must hold numbers; row 2 holds '1'. Correct it, or leave the cell empty."
    )
    assert (caught.value.row, caught.value.column) == (2, "age")


def test_numbers_refuse_a_text_among_numbers():
    with pytest.raises(DataError) as caught:
        numbers(frame({"age": [1, 2.5, "many"]}, "pandas")["age"])
    assert str(caught.value) == (
        "Column 'age' must hold numbers; row 3 holds 'many'. Correct it, or leave the cell empty."
    )


@pytest.mark.parametrize(("cell", "written"), [(np.inf, "inf"), (-np.inf, "-inf"), (1e301, "1e+301")])
@libraries
def test_numbers_refuse_what_cannot_be_calculated_with(library, cell, written):
    with pytest.raises(DataError) as caught:
        numbers(column([1.0, cell], "age", library))
    assert str(caught.value) == (
        f"Column 'age', row 2: {written} is not a number to calculate with. Correct it, or leave the cell empty."
    )
    assert (caught.value.row, caught.value.column) == (2, "age")


def moment(*parts, zone=None):
    return dt.datetime(*parts, tzinfo=zone)


@libraries
@pytest.mark.parametrize(
    ("kind", "cells", "expected"),
    [
        ("datetime", [moment(1970, 1, 2, 0, 0, 1), None], [86401, np.nan]),
        ("datetime", [moment(1969, 12, 31, 23, 59, 59, 500_000)], [-0.5]),
        ("datetime", [dt.date(1970, 1, 2), None], [86400, np.nan]),
        ("datetime", ["1970-01-01T00:01", "1970-01-02"], [60, 86400]),
        ("date", [dt.date(1969, 12, 31), None], [-86400, np.nan]),
        ("date", [moment(1969, 12, 31, 13)], [-86400]),
        ("date", ["1970-01-03"], [172800]),
        ("time", [dt.time(1, 1, 1, 250_000), None], [3661.25, np.nan]),
        ("time", ["00:01", None], [60, np.nan]),
        ("time", [None, None], [np.nan, np.nan]),
        ("datetime", [None, None], [np.nan, np.nan]),
    ],
)
def test_seconds(library, kind, cells, expected):
    np.testing.assert_array_equal(seconds(column(cells, library=library), kind, None), expected)


@libraries
def test_seconds_are_those_of_the_clock_of_the_zone(library):
    cells = [moment(2024, 7, 1, 22, zone=dt.UTC)]
    in_berlin = (dt.date(2024, 7, 2) - dt.date(1970, 1, 1)).total_seconds()
    assert seconds(column(cells, library=library), "datetime", "Europe/Berlin").tolist() == [in_berlin]
    assert seconds(column(["2024-07-01T22:00:00+00:00"]), "datetime", "Europe/Berlin").tolist() == [in_berlin]


@libraries
@pytest.mark.parametrize(
    ("kind", "expected", "bad"),
    [("datetime", "dates and times", "tomorrow"), ("date", "dates", "31.5.2024"), ("time", "times of day", "noon")],
)
def test_seconds_refuse_what_is_no_time(library, kind, expected, bad):
    with pytest.raises(DataError) as caught:
        seconds(column([None, bad], "when", library), kind, None)
    assert str(caught.value) == (
        f"Column 'when' must hold {expected}; row 2 holds '{bad}'. Correct it, or leave the cell empty."
    )
    assert (caught.value.row, caught.value.column) == (2, "when")


def test_seconds_refuse_a_text_without_the_zone_that_training_had():
    with pytest.raises(DataError) as caught:
        seconds(column(["2024-07-01T22:00:00+00:00", "2024-07-01T22:00:00"], "when"), "datetime", "UTC")
    assert str(caught.value) == (
        "Column 'when' must hold dates and times; row 2 holds '2024-07-01T22:00:00'. "
        "Correct it, or leave the cell empty."
    )


@libraries
def test_seconds_refuse_numbers(library):
    with pytest.raises(DataError) as caught:
        seconds(column([20240531], "when", library), "date", None)
    assert str(caught.value) == (
        "Column 'when' must hold dates; row 1 holds 20240531. Correct it, or leave the cell empty."
    )


@libraries
def test_seconds_refuse_another_kind_of_clock(library):
    with pytest.raises(DataError) as caught:
        seconds(column([moment(2024, 1, 1, zone=dt.UTC)], "when", library), "datetime", None)
    assert str(caught.value) == (
        "Column 'when' has the time zone UTC; in the training rows it had none. Convert it first."
    )
    with pytest.raises(DataError) as caught:
        seconds(column([moment(2024, 1, 1)], "when", library), "datetime", "UTC")
    assert str(caught.value) == ("Column 'when' has no time zone; in the training rows it had UTC. Convert it first.")


@libraries
@pytest.mark.parametrize(
    ("cells", "values", "index"),
    [
        (["b", None, "a", "b"], ["b", "a"], [0, -1, 1, 0]),
        ([3.5, None, 1.5, 3.5], [3.5, 1.5], [0, -1, 1, 0]),
        ([30, 10, 30], [30, 10], [0, 1, 0]),
        ([True, None, False], [True, False], [0, -1, 1]),
        ([None, None], [], [-1, -1]),
        ([dt.time(2), dt.time(1), None], [dt.time(2), dt.time(1)], [0, 1, -1]),
    ],
)
def test_distinct(library, cells, values, index):
    found = distinct(column(cells, library=library))
    assert found.values == values
    assert found.index.tolist() == index


def test_distinct_keeps_whole_numbers_that_float64_cannot_hold():
    series = column([2**53 + 1, None, 2**53])
    assert distinct(series).values == [2**53 + 1, 2**53]


def test_distinct_takes_a_library_s_categories():
    for native in (
        pl.Series("x", ["b", "a", None], dtype=pl.Categorical),
        pd.Series(["b", "a", None], dtype="category"),
    ):
        series = frame({"x": native}, "polars" if isinstance(native, pl.Series) else "pandas")["x"]
        assert distinct(series).index.tolist() == [0, 1, -1]
        assert distinct(series).values == ["b", "a"]


def test_labels():
    labels = [label(value) for value in (np.bool_(True), np.int64(2), np.float64(2.5), Decimal("2.5"), dt.time(1), "a")]
    assert labels == [True, 2, 2.5, 2.5, "01:00:00", "a"]
    assert [type(value) for value in labels] == [bool, int, float, float, str, str]
    assert key(-0.0) == key(0) == "0"
    assert key(1e300) == "1e+300"


def test_labels_are_sorted():
    assert sort_labels(["ä", "z", "A"]) == ("A", "z", "ä")
    assert sort_labels([True, False]) == (False, True)
    assert sort_labels([2.5, 10, -1]) == (-1, 2.5, 10)
    assert sort_labels([True, 2]) == ("2", "True")
    assert sort_labels([]) == ()
