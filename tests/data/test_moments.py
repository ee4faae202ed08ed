import datetime as dt

import polars as pl
import pytest

from chainrule.data.moments import read_moments

MORNING = dt.datetime.fromisoformat("2024-05-31 08:30")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024-05-31", dt.date(2024, 5, 31)),
        ("2024/5/31", dt.date(2024, 5, 31)),
        ("31.05.2024", dt.date(2024, 5, 31)),
        ("31-May-2024", dt.date(2024, 5, 31)),
        ("31 May 2024", dt.date(2024, 5, 31)),
        ("May 31, 2024", dt.date(2024, 5, 31)),
        ("2024-05-31T08:30:00", MORNING),
        ("2024-05-31 08:30", MORNING),
        ("2024-05-31 08:30:00.25", MORNING.replace(microsecond=250_000)),
        ("31.05.2024 08:30", MORNING),
        ("08:30", dt.time(8, 30)),
        ("8:30:15", dt.time(8, 30, 15)),
        ("8:30 pm", dt.time(20, 30)),
    ],
)
def test_without_a_note(cell, expected):
    notes = []
    assert read_moments(pl.Series("on", [cell, None]), notes).to_list() == [expected, None]
    assert notes == []


@pytest.mark.parametrize(
    "cells",
    [["red"], ["2024-05-31", "soon"], ["2024-13-31"], ["2024-05-31", "08:30"], ["25:00"], ["1.5.2"], ["5"]],
)
def test_what_is_no_moment_throughout_is_left(cells):
    notes = []
    assert read_moments(pl.Series("on", cells), notes) is None
    assert notes == []


@pytest.mark.parametrize("cells", [["1/2/20", "12/31/99"], ["31-12-99"]])
def test_years_of_two_digits_stay_text_and_are_said(cells):
    notes = []
    assert read_moments(pl.Series("on", cells), notes).to_list() == cells
    assert notes == [
        f"Column 'on' is read as text, because the years of its dates ('{cells[0]}') have two digits. Write them as "
        "YYYY-MM-DD."
    ]


@pytest.mark.parametrize(
    ("cells", "expected", "note"),
    [
        (["05/31/2024", "1/2/2024"], [dt.date(2024, 5, 31), dt.date(2024, 1, 2)],
         "Column 'on': dates ('05/31/2024') are read as month/day/year."),
        (["31-05-2024", "1-2-2024"], [dt.date(2024, 5, 31), dt.date(2024, 2, 1)],
         "Column 'on': dates ('31-05-2024') are read as day-month-year."),
        (["05/31/2024 8:30 AM"], [MORNING], "Column 'on': dates ('05/31/2024 8:30 AM') are read as month/day/year."),
        (["2024-05-31T08:30:00Z", "2024-05-31T10:30:00+02:00"], [MORNING, MORNING],
         "Column 'on': times are converted to UTC."),
        (["1/2/2024", "3/4/2024"], ["1/2/2024", "3/4/2024"],
         "Column 'on' is read as text, because the days and months of its dates ('1/2/2024') could be either way round "
         "(day/month/year or month/day/year). Write them as YYYY-MM-DD."),
    ],
)  # fmt: skip
def test_with_a_note(cells, expected, note):
    notes = []
    assert read_moments(pl.Series("on", cells), notes).to_list() == expected
    assert notes == [note]
