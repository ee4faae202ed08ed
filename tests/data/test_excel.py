import datetime as dt

import openpyxl
import pytest

from chainrule.data.read import open_table, read_table
from chainrule.errors import DataError, InputError

MORNING = dt.datetime.fromisoformat("2024-05-31 08:30")


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "cars"
    morning = MORNING
    for row in [
        ["price", "mixed", "on", "zip", "at", "clock", "sold", None],
        [1.5, 3, dt.date(2024, 5, 31), "0012", morning, dt.time(10, 30), True, None],
        [2, "x", None, "0013", morning, dt.time(11), False, None],
        [],
        ["NA", None, dt.date(2024, 6, 1), "9999", None, None, None, None],
    ]:
        sheet.append(row)
    for title, rows in {
        "head": [["a"]],
        "none": [],
        "twice": [["a", "a"], [1, 2]],
        "nameless": [["a"], [1, 2]],
    }.items():
        other = workbook.create_sheet(title)
        for row in rows:
            other.append(row)
    workbook.save("book.xlsx")
    return "book.xlsx"


def test_cells_keep_their_meaning(book):
    reading = open_table(book)
    assert reading.frame.rows() == [
        (1.5, "3", dt.date(2024, 5, 31), "0012", MORNING, dt.time(10, 30), "true"),
        (2.0, "x", None, "0013", MORNING, dt.time(11), "false"),
        (None, None, dt.date(2024, 6, 1), "9999", None, None, None),
    ]
    assert reading.locate(2) == "book.xlsx, row 2"


@pytest.mark.parametrize(
    ("sheet", "error", "message"),
    [
        ("car", InputError,
         "book.xlsx has no sheet 'car'; it has 'cars', 'head', 'none', 'twice', 'nameless'. Did you mean 'cars'?"),
        ("head", DataError,
         "book.xlsx, sheet 'head' has a header ('a') but no rows. Add at least one line below it, or name "
         "another sheet, 'cars', 'none', 'twice', 'nameless': --sheet 'cars' (in Python sheet=)."),
        ("none", DataError,
         "book.xlsx, sheet 'none' is empty. Name another sheet, 'cars', 'head', 'twice', 'nameless': --sheet 'cars' "
         "(in Python sheet=)."),
        ("twice", DataError,
         "book.xlsx, sheet 'twice': 2 columns are called 'a' (columns 1 and 2). Give each column a name of its own."),
        ("nameless", DataError,
         "book.xlsx, sheet 'nameless': column 2 has no name. Name it in the first row, which is taken as the "
         "header: delete titles above it."),
    ],
)  # fmt: skip
def test_sheets_that_cannot_be_read(book, sheet, error, message):
    with pytest.raises(error) as caught:
        read_table(book, sheet=sheet)
    assert str(caught.value) == message


def test_an_empty_workbook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    openpyxl.Workbook().save("a.xlsx")
    with pytest.raises(DataError) as caught:
        read_table("a.xlsx")
    assert str(caught.value) == "a.xlsx, sheet 'Sheet' is empty. Give a table: a header, then a row a line."


def test_what_is_no_workbook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.xlsx").write_bytes(b"junk")
    with pytest.raises(DataError) as caught:
        read_table("a.xlsx")
    assert str(caught.value) == (
        "a.xlsx is not an Excel workbook that can be read, or it is damaged or has a password. Open it in a "
        "spreadsheet and save it again as .xlsx or CSV."
    )


def test_digits_that_a_workbook_does_not_keep_are_said(tmp_path):
    """Cells of text keep all digits; 6.02e+23 is no code, and 2**53 - 1 is exact."""
    workbook = openpyxl.Workbook()
    for row in [
        ["id", "text", "mole", "exact"],
        [1, "12345678901234567890", 6.02e23, 2**53 - 1],
        [],
        [12345678901234567890, "12345678901234567891", 6.03e23, 5],
        [2**60, "12345678901234567892", 6.04e23, 6],
    ]:
        workbook.active.append(row)
    workbook.save(tmp_path / "codes.xlsx")
    reading = open_table(tmp_path / "codes.xlsx")
    assert reading.frame["text"].to_list()[1] == "12345678901234567891"
    assert reading.notes[0] == (
        "Column 'id': a workbook keeps 15 digits of a number, so those after them are not to be trusted "
        "('12345678901234569216' in row 2 and 1 more). Keep such numbers as text in the workbook."
    )
    assert sum("a workbook keeps" in note for note in reading.notes) == 1


def test_titles_above_the_header(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    workbook = openpyxl.Workbook()
    for row in [["Sales of May"], ["size", "price"], [1, 2]]:
        workbook.active.append(row)
    workbook.save("a.xlsx")
    with pytest.raises(DataError) as caught:
        read_table("a.xlsx")
    assert str(caught.value) == (
        "a.xlsx, sheet 'Sheet': column 2 has no name. Name it in the first row, which is taken as the header: delete "
        "titles above it."
    )


def test_numbers_keep_all_their_digits(tmp_path):
    workbook = openpyxl.Workbook()
    for row in [["x", "code"], [5.9288e-07, "007"], [2e-11, "008"], [1 / 3, "009"]]:
        workbook.active.append(row)
    workbook.save(tmp_path / "small.xlsx")
    frame = read_table(tmp_path / "small.xlsx")
    assert frame["x"].to_list() == [5.9288e-07, 2e-11, 1 / 3]
    assert frame["code"].to_list() == ["007", "008", "009"]


def test_the_sheet_that_is_preferred_is_taken_where_there_is_one(book):
    assert open_table(book, prefer="cars").sheet == open_table(book, prefer="ships").sheet == "cars"
    with pytest.raises(DataError, match="sheet 'head' has a header"):
        open_table(book, prefer="head")
    assert open_table(book, sheet="cars", prefer="head").sheet == "cars"
