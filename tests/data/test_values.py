import datetime as dt

import polars as pl
import pytest

from chainrule.data.values import MISSING, read_numbers, read_values
from chainrule.errors import DataError


def read(cells, separator=","):
    values = read_values(pl.DataFrame({"x": cells}, schema={"x": pl.String}), separator)
    return values.frame["x"], values.notes


@pytest.mark.parametrize(
    ("cells", "dtype", "expected"),
    [
        (["1", " 2 ", "+3", "-4"], pl.Int64, [1, 2, 3, -4]),
        (["1", "2.5", ".5", "3.", "1e3"], pl.Float64, [1, 2.5, 0.5, 3, 1000]),
        (["0.25", "0"], pl.Float64, [0.25, 0]),
        (["inf", "1"], pl.Float64, [float("inf"), 1]),
        (["a", " b "], pl.String, ["a", "b"]),
        (["1", "two"], pl.String, ["1", "two"]),
        (["10", "13A"], pl.String, ["10", "13A"]),
        (["0x10", "1_000"], pl.String, ["0x10", "1_000"]),
        (["true", "false"], pl.String, ["true", "false"]),
        (["555-1234", "555-9876"], pl.String, ["555-1234", "555-9876"]),
        (["1.2.3", "1.2.4"], pl.String, ["1.2.3", "1.2.4"]),
        (["2024-05-31", None], pl.Date, [dt.date(2024, 5, 31), None]),
        ([None, ""], pl.String, [None, None]),
        (["none", "red"], pl.String, ["none", "red"]),
        (["-", "red"], pl.String, ["-", "red"]),
    ],
)
def test_without_a_note(cells, dtype, expected):
    series, notes = read(cells)
    assert (series.dtype, series.to_list(), notes) == (dtype, expected, ())


@pytest.mark.parametrize("word", MISSING)
@pytest.mark.parametrize("write", [str, str.lower, str.upper])
def test_the_words_for_a_gap(word, write):
    assert read([write(word), "red"])[0].to_list() == [None, "red"]
    assert read([write(word), "1"])[0].to_list() == [None, 1]


@pytest.mark.parametrize(
    ("cells", "separator", "expected", "note"),
    [
        (["1", "-", "none"], ",", [1, None, None],
         "Column 'x': '-', 'none' among the other values is read as missing (2 rows)."),
        (["00123", "45678"], ",", ["00123", "45678"],
         "Column 'x' is read as text, because numbers in it begin with zeros ('00123' in row 1) and may be codes."),
        (["0123", "45678"], ",", ["0123", "45678"],
         "Column 'x' is read as text, because numbers in it begin with zeros ('0123' in row 1) and may be codes."),
        (["12345678901234567890", "1"], ",", ["12345678901234567890", "1"],
         "Column 'x' is read as text, because its whole numbers have more than 18 digits."),
        (["−5", "2"], ",", [-5, 2], "Column 'x' has minus signs: '−5' is read as -5."),
        (["12 %", "13.5 %"], ",", [12, 13.5], "Column 'x' has a sign (%): '12 %' is read as 12."),
        (["$1,234.50", "$7"], ",", [1234.5, 7],
         "Column 'x' has commas between thousands and a sign ($): '$1,234.50' is read as 1234.5."),
        (["1,234,567", "8"], "\t", [1234567, 8],
         "Column 'x' has commas between thousands: '1,234,567' is read as 1234567."),
        (["1,234", "8"], ",", [1234, 8], "Column 'x' has commas between thousands: '1,234' is read as 1234."),
        (["1,234", "8"], ";", [1.234, 8], "Column 'x' has decimal commas: '1,234' is read as 1.234."),
        (["0,234", "8"], "\t", [0.234, 8], "Column 'x' has decimal commas: '0,234' is read as 0.234."),
        (["1.234,5", "2.000.000"], ";", [1234.5, 2e6],
         "Column 'x' has decimal commas and points between thousands: '1.234,5' is read as 1234.5."),
        (["1'234.5", "10"], ",", [1234.5, 10],
         "Column 'x' has spaces or apostrophes between thousands: '1'234.5' is read as 1234.5."),
        (["1\u202f234,5", "10,25"], ";", [1234.5, 10.25],
         "Column 'x' has spaces or apostrophes between thousands and decimal commas: "
         "'1\u202f234,5' is read as 1234.5."),
        (["1,234", "8"], "\t", ["1,234", "8"],
         "Column 'x' is read as text, because '1,234' may be a decimal number or thousands. Write it without thousands "
         "separators and with a decimal point."),
    ],
)  # fmt: skip
def test_with_a_note(cells, separator, expected, note):
    series, notes = read(cells, separator)
    assert series.to_list() == expected
    assert notes == (note,)


@pytest.mark.parametrize("cells", [["$5", "€6"], ["12 %", "13"], ["1,5", "1.5.2"], ["1,5", "2.5"]])
def test_doubtful_numbers_stay_text(cells):
    assert read(cells, ";")[0].to_list() == cells


def test_one_column_decides_the_decimal_sign_of_another():
    frame = pl.DataFrame({"a": ["0,5", "1,25"], "b": ["1,234", "2,345"], "c": ["1.234", "12.000"], "d": ["48.1", "9"]})
    values = read_values(frame.drop("d"), "\t")
    assert values.frame.rows() == [(0.5, 1.234, 1234), (1.25, 2.345, 12000)]
    assert values.notes[0] == (
        "Column 'c' has points between thousands, as the decimal sign of this table is the comma: "
        "'1.234' is read as 1234."
    )
    contradictory = read_values(frame, "\t").frame
    assert contradictory.rows() == [(0.5, "1,234", 1.234, 48.1), (1.25, "2,345", 12.0, 9.0)]


def test_decimals_of_three_places_after_semicolons_stay_decimals():
    frame = pl.DataFrame({"a": ["1.234", "2.345"], "b": ["0.123", "0.456"]})
    assert read_values(frame, ";").frame.rows() == [(1.234, 0.123), (2.345, 0.456)]
    assert read(["1.234", "2.345"], ";")[0].to_list() == [1.234, 2.345]


def test_a_decimal_sign_after_spaces_is_looked_at():
    texts = pl.Series(["1\u00a0123,5", "1\u00a0123.5", "1'123"])
    assert read_numbers(texts, ",").to_list() == [1123.5, None, 1123]
    assert read_numbers(texts, ".").to_list() == [None, 1123.5, 1123]


def read_as(known, **columns):
    return read_values(pl.DataFrame(columns), None, known).frame.to_dict(as_series=False)


def test_how_columns_are_written_is_kept():
    texts = {"price": ["8.654", "12.001"], "w": ["0,69", "1,5"], "on": ["31/05/2024", "01/06/2024"], "n": ["1", "2"]}
    read = read_values(pl.DataFrame(texts), ";")
    assert read.forms == {"price": ",", "w": ",", "on": "%d/%m/%Y", "n": ","}
    assert read.frame["price"].to_list() == [8654, 12001]


def test_what_is_known_is_not_guessed_again():
    """Alone, these columns would be 8.654 and whole numbers, and the date could be either way round."""
    known = {"price": ",", "w": ",", "on": "%d/%m/%Y"}
    found = read_as(known, price=["8.654", "9.000"], w=["1", "0"], on=["03/04/2023", None])
    assert found == {"price": [8654, 9000], "w": [1, 0], "on": [dt.date(2023, 4, 3), None]}
    assert read_as({"price": "."}, price=["8.654", "1,234"]) == {"price": [8.654, 1234]}


@pytest.mark.parametrize(
    ("known", "cells", "message"),
    [
        (
            ".",
            ["39.1", "40", "39.1x"],
            "Column 'x' must hold numbers with a decimal point, as in the training rows; row 3 holds '39.1x'. Correct "
            "it, or leave the cell empty.",
        ),
        (
            ",",
            ["39,1", "40.12"],
            "Column 'x' must hold numbers with a decimal comma, as in the training rows; row 2 holds '40.12'. Correct "
            "it, or leave the cell empty.",
        ),
        (
            "%d/%m/%Y",
            ["31/05/2024", "05/31/2024"],
            "Column 'x' must hold dates as day/month/year, as in the training rows; row 2 holds '05/31/2024'. Correct "
            "it, or leave the cell empty.",
        ),
    ],
)
def test_the_cell_that_is_not_written_so_is_named(known, cells, message):
    with pytest.raises(DataError) as caught:
        read_as({"x": known}, x=cells)
    assert str(caught.value) == message
