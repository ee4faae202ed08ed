"""Texts of tables in memory are read as those of files are."""

import datetime as dt

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from chainrule.data import infer_schema, open_table
from chainrule.data.memory import read_memory
from chainrule.errors import DataError

TEXTS = {
    "acid": ["14,23", "13,2", "-", "12,9"],
    "on": ["31.12.2020", "01.01.2021", "02.01.2021", "03.01.2021"],
    "at": ["2021-01-01 00:00:00", "2021-01-01 01:00:00", None, "2021-01-01 03:00:00"],
    "code": ["007", "123", "NA", "124"],
    "shop": [" A", "B", "A", "C"],
    "whole": ["1", "2", "3", "4"],
    "n": [5, 6, 7, 9],
}


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_texts_of_every_library_are_read_as_those_of_a_file(make, tmp_path):
    path = tmp_path / "wine.csv"
    pl.DataFrame(TEXTS).write_csv(path, separator=";")
    of_file, found = open_table(path), open_table(make(TEXTS))
    assert found.frame.rows() == of_file.frame.rows()
    assert found.frame["acid"].to_list() == [14.23, 13.2, None, 12.9]
    assert found.frame["on"].to_list()[0] == dt.date(2020, 12, 31)
    assert found.forms == {name: form for name, form in of_file.forms.items() if name != "n"}
    said = "Texts that are numbers, dates or times throughout are read as such: 'on', 'at', 'whole'."
    assert found.notes == (said, *of_file.notes)


@pytest.mark.parametrize(
    "column",
    [pd.Series(["1", "2"] * 2, dtype="category"), pl.Series(["1", "2"] * 2, dtype=pl.Categorical)],
    ids=["pandas", "polars"],
)
def test_categories_stay_categories(column):
    frame = pd.DataFrame if isinstance(column, pd.Series) else pl.DataFrame
    found = read_memory(frame({"zip": column, "price": ["1,5", "2,5", "3,5", "4,5"]}), {})
    assert found.frame["zip"].to_list() == ["1", "2"] * 2
    assert found.frame["price"].to_list() == [1.5, 2.5, 3.5, 4.5]
    assert found.forms == {"price": ",", "zip": "text"}


def test_texts_that_nothing_is_to_be_done_to_leave_the_table_as_it_is():
    table = pd.DataFrame({"shop": ["A", None], "n": [1, 2]}, index=[7, 8])
    assert read_memory(table, {}).frame.to_native() is table
    assert read_memory(table, {}).frame.to_native().index.tolist() == [7, 8]
    assert read_memory(table, {}).notes == ()


def test_forms_that_are_known_hold():
    assert read_memory({"a": ["1,500"], "b": ["12"]}, {"a": ",", "b": "text"}).frame.rows() == [(1.5, "12")]
    with pytest.raises(DataError) as caught:
        read_memory({"a": ["1,5", "1.5"]}, {"a": ","})
    assert str(caught.value) == (
        "Column 'a' must hold numbers with a decimal comma, as in the training rows; row 2 holds '1.5'. Correct it, or "
        "leave the cell empty."
    )


def test_durations_are_left_out_beside_a_category_too():
    table = pd.DataFrame({"long": pd.to_timedelta(range(4), unit="min"), "y": [1.0, 2.0, 3.0, 5.0]})
    for given in (table, table.assign(c=pd.Categorical(["a", "b"] * 2))):
        column = next(each for each in infer_schema(open_table(given).frame, "y").columns if each.name == "long")
        assert (column.kind, column.reason) == ("text", "holds duration values, which are not understood")
