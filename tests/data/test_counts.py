"""Columns that are nearly all numbers or dates, with mistakes among them."""

import datetime as dt

import polars as pl
import pytest

from chainrule.data.frames import to_frame
from chainrule.data.infer import infer_schema
from chainrule.errors import DataError

NUMBERS = [f"{place}.5" for place in range(59)]
TIMES = [f"{place // 4}:30" for place in range(59)]
DAYS = [f"2024-{1 + place // 28:02}-{1 + place % 28:02}" for place in range(59)]


def inferred(cells):
    frame = to_frame(pl.DataFrame({"v": cells, "y": [float(place) for place in range(len(cells))]}))
    return infer_schema(frame, "y").columns[0]


@pytest.mark.parametrize(
    ("wrong", "like"),
    [("1,25", "0.5"), ("1.2.5", "0.5"), ("$5", "0.5"), ("−1,25", "0.5"), ("12 kg", ""), ("1e", ""), ("--1", "")],
)
def test_one_cell_that_only_looks_like_a_number(wrong, like):
    with pytest.raises(DataError) as caught:
        inferred([*NUMBERS, wrong])
    shown = f" like '{like}'" if like else ""
    assert str(caught.value) == (
        f"Column 'v' holds 59 numbers{shown}, but also '{wrong}' in row 60. Mend the cell or leave it empty; or, if "
        "these are names, make the column a category: --kind \"v=category\" (in Python kinds={'v': 'category'})."
    )


def written(form):
    return [(dt.date(2024, 1, 1) + dt.timedelta(place)).strftime(form) for place in range(59)]


@pytest.mark.parametrize(
    ("cells", "wrong", "said"),
    [
        (DAYS, "2024-02-30", "59 dates like '2024-01-01'"),
        (DAYS, "31.12.2024", "59 dates like '2024-01-01'"),
        (DAYS, "2024-05-31 10:00", "59 dates like '2024-01-01'"),
        (DAYS, "007", "59 dates"),
        (written("%Y-%m-%d 08:30"), "2024-05-31", "59 dates like '2024-01-01 08:30'"),
        (written("%Y-%m-%d 08:30"), "2024-05-31 28:30", "59 dates like '2024-01-01 08:30'"),
        (written("%Y-%m-%d 08:30"), "2024-05-31 08:30:15", "59 dates like '2024-01-01 08:30'"),
        (written("%Y-%m-%dT08:30Z"), "2024-05-31T08:30", "59 dates like '2024-01-01T08:30Z'"),
        (written("%d/%m/%Y"), "02/28/2024", "59 dates like '01/01/2024'"),
        (written("%d %b %Y"), "30 Feb 2024", "59 dates like '01 Jan 2024'"),
        (written("%m/%d/%Y 8:30 PM"), "02/30/2024 8:30 PM", "59 dates like '01/01/2024 8:30 PM'"),
        (TIMES, "25:99", "59 times like '0:30'"),
        (TIMES, "08:00:01", "59 times like '0:30'"),
        (TIMES, "noon", "59 times"),
    ],
)
def test_one_cell_that_only_looks_like_a_date_or_a_time(cells, wrong, said):
    with pytest.raises(DataError) as caught:
        inferred([*cells, wrong])
    assert str(caught.value).startswith(f"Column 'v' holds {said}, but also '{wrong}' in row 60. Mend the cell")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([f"{place}{',' if place % 2 else '.'}5" for place in range(60)],
         "30 numbers like '0.5', but also '1,5' in row 2, '3,5' in row 4, '5,5' in row 6 and 27 more"),
        ([f"{place}{'%' if place % 3 else ''}" for place in range(60)],
         "40 numbers like '1%', but also '0' in row 1, '3' in row 4, '6' in row 7 and 17 more"),
        ([f"{place}\u00a0123,5" for place in range(1, 60)] + ["1.5"],
         "59 numbers like '1\u00a0123,5', but also '1.5' in row 60"),
        ([*written("%Y-%m-%d"), *written("%d.%m.%Y")],
         "59 dates like '2024-01-01', but also '01.01.2024' in row 60, '02.01.2024' in row 61, '03.01.2024' in row 62 "
         "and 56 more"),
    ],
)  # fmt: skip
def test_a_column_written_in_two_ways(cells, said):
    with pytest.raises(DataError) as caught:
        inferred(cells)
    assert str(caught.value).startswith(f"Column 'v' holds {said}. Mend the cell")


def test_words_for_a_gap_are_no_mistakes_beside_one():
    with pytest.raises(DataError, match=r"^Column 'v' holds 57 numbers like '0.5', but also '1,25' in row 58\. Mend"):
        inferred([*NUMBERS[:57], "1,25", "-", "None"])


@pytest.mark.parametrize(
    "cells",
    [
        [f"{major}.{minor}.{patch}" for major in range(4) for minor in range(4) for patch in range(4)],
        [f"{code:05}" for code in range(0, 3000, 50)],
        [f"room {place}" for place in range(60)],
    ],
)
def test_versions_codes_and_names_are_no_mistakes(cells):
    assert inferred(cells).kind == "identifier"
