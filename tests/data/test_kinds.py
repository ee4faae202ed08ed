import datetime as dt

import pandas as pd
import polars as pl
import pytest

from chainrule.data.frames import to_frame
from chainrule.data.kinds import apply_kinds
from chainrule.errors import DataError, InputError

TABLE = {"zip": ["007", "123", None], "n": [1.5, 2.0, None], "on": ["2024-05-31", "2024-06-01 08:30", None],
         "at": ["08:30", "09:00:15", None], "day": [dt.date(2024, 5, 31)] * 3}  # fmt: skip


@pytest.mark.parametrize("library", [pl.DataFrame, pd.DataFrame])
def test_texts_become_numbers(library):
    column = apply_kinds(to_frame(library(TABLE)), {"zip": "number"})["zip"]
    assert column.dtype.is_float()
    assert column.to_list()[:2] == [7, 123]
    assert column.is_null().to_list() == [False, False, True]


def test_texts_become_moments():
    frame = apply_kinds(to_frame(TABLE), {"on": "datetime", "at": "time"})
    assert frame["on"].to_list() == [*map(dt.datetime.fromisoformat, TABLE["on"][:2]), None]
    assert frame["at"].to_list() == [dt.time(8, 30), dt.time(9, 0, 15), None]


def test_what_fits_is_left_alone():
    frame = to_frame(TABLE)
    kinds = {"n": "number", "zip": "category", "day": "date", "at": "text"}
    assert apply_kinds(frame, kinds).rows() == frame.rows()


@pytest.mark.parametrize(
    ("kinds", "error", "message"),
    [
        ({"zop": "number"}, InputError,
         "A kind was given for 'zop', but there is no such column. Did you mean 'zip'? "
         "The table has 'zip', 'n', 'on', 'at', 'day'."),
        ({"zip": "numbr"}, InputError,
         "Column 'zip' cannot be of kind 'numbr'. Did you mean 'number'? Choose one of boolean, category, date, "
         "datetime, identifier, number, text, time."),
        ({"zip": "constant"}, InputError,
         "Column 'zip' cannot be of kind 'constant'. Choose one of boolean, category, date, "
         "datetime, identifier, number, text, time."),
        ({"on": "number"}, DataError,
         "Column 'on' cannot be a number: row 1 holds '2024-05-31'. "
         "Mend the cell, leave it empty, or choose another kind."),
        ({"zip": "date"}, DataError,
         "Column 'zip' cannot be a date (written 2024-05-31 or 2024-05-31T08:30): row 1 holds '007'. "
         "Mend the cell, leave it empty, or choose another kind."),
        ({"on": "time"}, DataError,
         "Column 'on' cannot be a time (written 08:30 or 08:30:00): row 1 holds '2024-05-31'. "
         "Mend the cell, leave it empty, or choose another kind."),
        ({"n": "date"}, DataError, "Column 'n' cannot be a date: it holds float64. Choose another kind."),
        ({"day": "number"}, DataError,
         "Column 'day' cannot be a number: row 1 holds '2024-05-31'. "
         "Mend the cell, leave it empty, or choose another kind."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(kinds, error, message):
    with pytest.raises(error) as caught:
        apply_kinds(to_frame(TABLE), kinds)
    assert str(caught.value) == message


def test_the_row_is_located():
    with pytest.raises(DataError, match=r"^Column 'on' cannot be a number: line 1 holds '2024-05-31'\."):
        apply_kinds(to_frame(TABLE), {"on": "number"}, locate="line {}".format)
