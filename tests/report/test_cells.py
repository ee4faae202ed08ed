"""The cells of rows that figures list: escaped, shortened, and not more than fit."""

from chainrule.report.cells import cell_text, row_cells
from chainrule.report.material import Answers


def answers(cells) -> Answers:
    return Answers([5, 9], [1.0, 2.0], [1.5, 2.5], None, cells)


def test_values_as_html():
    assert cell_text(None) == '<span class="muted">empty</span>'
    assert cell_text("<b>") == "&lt;b&gt;"
    assert (cell_text(True), cell_text(2.5)) == ("True", "2.5")
    assert len(cell_text("x" * 100)) == 80


def test_rows_are_found_by_their_number_and_columns_are_cut():
    cells = {number: {f"<c{place}>": number * 10 + place for place in range(8)} for number in (5, 9)}
    names, found, left = row_cells(answers(cells), [1, 0])
    assert names == [f"&lt;c{place}&gt;" for place in range(6)]
    assert found == [["90", "91", "92", "93", "94", "95"], ["50", "51", "52", "53", "54", "55"]]
    assert left == " 2 more columns are not listed."


def test_one_column_more_and_rows_without_cells():
    names, found, left = row_cells(answers({5: dict.fromkeys("abcdefg", 1)}), [1])
    assert left == " 1 more column is not listed."
    assert found == [['<span class="muted">empty</span>'] * len(names)]
    assert row_cells(answers({}), [0]) == ([], [[]], "")
