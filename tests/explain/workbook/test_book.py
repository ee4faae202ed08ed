"""How arrays come onto a sheet: symbol, labels, formulas, and the numbers that viewers show."""

import numpy as np

from chainrule.explain.workbook.book import Book, row_labels
from explain.workbook.office import Cells
from explain.workbook.reading import formulas, read


def test_names_are_unique_whatever_nodes_are_called():
    book = Book("")
    wanted = ("dense.weight", "Dense.weight", "x1", "a b")
    assert [book.name(name, "A!$A$1") for name in wanted] == ["dense_weight", "Dense_weight_2", "x1_", "a_b"]
    assert book.names["Dense_weight_2"] == "A!$A$1"


def table(cells: Cells) -> list[list[object]]:
    """What stands below the sheet's title, without cells that are empty."""
    rows = [
        [cell.value for cell in row if cell.value not in (None, "")] for row in cells.book["Here"].iter_rows(min_row=4)
    ]
    return [row for row in rows if row]


def test_an_array_has_its_symbol_above_and_labels_around_it():
    book = Book("")
    sheet = book.sheet("Here", "Title", "What it is.")
    sheet.put("x", np.array([[1.5, -2.0], [0.0, np.inf]]), name="x.1", note="given")
    block = sheet.put("y", np.zeros((1, 2, 1)), lambda i, j: f"{i}+{j}", down=["first", "second"], across=["out"])
    assert (block.top, block.left, sheet.line) == (10, 1, 13)
    numbers, written = read(book)
    assert [cell.value for (cell,) in numbers.book["Here"].iter_rows(max_row=2, max_col=1)] == ["Title", "What it is."]
    assert table(written) == [
        ["x", "given"],
        ["[0]", "[1]"],
        ["row 1", 1.5, -2],
        ["row 2", 0, "#NUM!"],
        ["y"],
        ["out"],
        ["first", "=0+0"],
        ["second", "=1+0"],
    ]
    assert numbers["x_1"].tolist() == [[1.5, -2], [0, "#NUM!"]]
    assert table(numbers)[-1] == ["second", 0]


def test_a_formula_for_the_whole_stands_in_its_first_cell():
    book = Book("")
    block = book.sheet("Here", "", "").put("z", np.array([[3.0, 4.0]]), "MMULT(a,b)", name="z")
    numbers, written = read(book)
    assert formulas(written, "z") == [["=MMULT(a,b)", 4]]
    assert written["z"][0, 0].ref == "B6:C6"
    assert numbers.numbers("z", (2,)).tolist() == [3, 4]
    assert block.whole() == "z"


def test_a_line_has_one_number():
    book = Book("")
    sheet = book.sheet("Here", "", "")
    constant = sheet.value("delta", 1.5, name="delta", note="given")
    sheet.value("twice", 3.0, "2*delta")
    assert constant.cell(0, 0) == "Here!B4"
    assert table(read(book)[1]) == [["delta", 1.5, "given"], ["twice", "=2*delta"]]


def test_whole_and_very_small_numbers_are_shown_as_such():
    book = Book("")
    sheet = book.sheet("Here", "", "")
    sheet.put("x", np.zeros((1, 1)))
    sheet.put("z", np.zeros((2, 2)), "x")
    (rules,) = read(book)[1].book["Here"].conditional_formatting
    assert str(rules.sqref) == "B10:C11"
    assert [rule.formula for rule in rules.rules] == [
        ["IF(ISNUMBER(B10),B10=INT(B10),FALSE)"],
        ["IF(ISNUMBER(B10),ABS(B10)<0.00005,FALSE)"],
    ]


def test_rows_are_labelled_by_their_places():
    assert row_labels(2, (1, 2)) == ["row 1 [0, 0]", "row 1 [0, 1]", "row 2 [0, 0]", "row 2 [0, 1]"]
