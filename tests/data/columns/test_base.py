import datetime as dt

import numpy as np
import pytest

from chainrule.data.columns.base import Note, Worked, note_rows, one_value, substitute
from frames import LIBRARIES, column


def test_a_note_names_column_row_and_value():
    note = Note("island", "unknown", 1, ((3, "Atlantis"),), "it counts as other")
    assert str(note) == (
        "Column 'island': 'Atlantis' in row 3 was not kept from the training rows; it counts as other."
    )


def test_a_note_counts_the_rows_that_it_does_not_name():
    note = note_rows("age", "gap", None, np.array([False, True, True, True, False, True, True]), "the mean 3 was used")
    assert note == Note("age", "gap", 5, ((2, None), (3, None), (4, None)), "the mean 3 was used")
    assert str(note) == (
        "Column 'age', row 2, row 3, row 4 and 2 more: no value, and the training rows had no gap; the mean 3 was used."
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"x": 39.1, "mean": -43.9219298, "scale": 5.0}, "(39.1 − (−43.9219)) / 5"),
        ({"x": 1577836800.25, "mean": 1e20, "scale": 1e-9}, "(1577836800.25 − 1e+20) / 1e-09"),
        ({"x": 1e6, "mean": 0.0, "scale": 123456.7}, "(1000000 − 0) / 123457"),
    ],
)
def test_numbers_take_the_place_of_symbols(values, expected):
    assert substitute("(x − mean) / scale", values) == expected
    assert Worked("x", 1, "x", "(x − mean) / scale", values, 0.0).numbers == expected


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("value", [None, 1.5, "a", True, dt.time(1)])
def test_one_value(library, value):
    assert one_value(column([value], library=library)) == value


def test_nan_is_no_value():
    assert one_value(column([float("nan")])) is None
