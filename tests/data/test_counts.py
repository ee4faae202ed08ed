"""Columns that are nearly all numbers or dates, with mistakes among them."""

import polars as pl
import pytest

from chainrule.data.frames import to_frame
from chainrule.data.infer import infer_schema
from chainrule.errors import DataError

NUMBERS = [f"{place}.5" for place in range(59)]
DAYS = [f"2024-{1 + place // 28:02}-{1 + place % 28:02}" for place in range(59)]


def inferred(cells):
    frame = to_frame(pl.DataFrame({"v": cells, "y": [float(place) for place in range(len(cells))]}))
    return infer_schema(frame, "y").columns[0]


@pytest.mark.parametrize("wrong", ["1,25", "1.2.5", "$5", "12 kg", "1e", "--1"])
def test_one_cell_that_only_looks_like_a_number(wrong):
    with pytest.raises(DataError) as caught:
        inferred([*NUMBERS, wrong])
    assert str(caught.value) == (
        f"Column 'v' holds 59 numbers, but also '{wrong}' in row 60. Mend the cell or leave it empty; or, if these are "
        "names, make the column a category: --kind \"v=category\" (in Python kinds={'v': 'category'})."
    )


@pytest.mark.parametrize("wrong", ["2024-02-30", "31.12.2024", "2024-05-31 10:00"])
def test_one_cell_that_only_looks_like_a_date(wrong):
    with pytest.raises(DataError, match=rf"^Column 'v' holds 59 dates, but also '{wrong}' in row 60\."):
        inferred([*DAYS, wrong])


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
