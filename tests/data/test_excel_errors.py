"""Errors in a workbook's cells are gaps, and are spoken of."""

import openpyxl
import pytest

from chainrule.data.excel_errors import failed_cells
from chainrule.data.read import open_table


@pytest.mark.parametrize("first", [1, 3])
def test_cells_with_errors(tmp_path, monkeypatch, first):
    """The sheet is the second one, and may begin in another column than A."""
    monkeypatch.chdir(tmp_path)
    book = openpyxl.Workbook()
    sheet = book.create_sheet("cars & vans")
    rows = [["price", "share", "name"], [1.5, "#DIV/0!", "a"], [2, 0.5, "#N/A"], ["#REF!", 1, "b"], [3, "#NUM!", "c"]]
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row):
            sheet.cell(number, first + place, value)
    book.save("a.xlsx")
    reading = open_table("a.xlsx", sheet="cars & vans")
    letters = "ABCDE"[first - 1 :]
    assert reading.frame.rows() == [(1.5, None, "a"), (2.0, 0.5, None), (None, 1.0, "b"), (3.0, None, "c")]
    assert reading.notes == (
        f"Column 'price': '#REF!' in cell {letters[0]}4 is read as missing.",
        f"Column 'share': '#DIV/0!' in cell {letters[1]}2 and 1 more error are read as missing.",
        f"Column 'name': '#N/A' in cell {letters[2]}3 is read as missing.",
    )


def test_a_text_that_looks_like_an_error_is_none(tmp_path):
    book = openpyxl.Workbook()
    cell = book.active.cell(1, 1, "#N/A!")
    cell.data_type = "s"
    book.save(tmp_path / "a.xlsx")
    assert failed_cells((tmp_path / "a.xlsx").read_bytes(), 0) == []


@pytest.mark.parametrize("content", [b"", b"PK no archive", b"\xd0\xcf\x11\xe0 an old .xls"])
def test_other_files_are_left_alone(content):
    assert failed_cells(content, 0) == []
