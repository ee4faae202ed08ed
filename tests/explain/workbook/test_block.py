"""Where the elements of an array stand on a sheet, and what may be the name of a range."""

import numpy as np
import pytest

from chainrule.explain.workbook.block import Block, flat, tidy

BLOCK = Block("Data", 4, 1, np.arange(12.0).reshape(2, 3, 2))
"""Two rows of the data, each three rows of two cells, from B5 on."""


def test_the_last_axis_lies_across_and_all_others_down():
    assert flat(BLOCK.values).tolist() == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11]]
    assert flat(np.array([7.0, 8.0])).tolist() == [[7], [8]]
    assert flat(np.array(7.0)).tolist() == [[7]]
    assert (BLOCK.rows, BLOCK.columns, BLOCK.inner) == (6, 2, 3)
    vector = Block("Data", 0, 0, np.zeros(4))
    assert (vector.rows, vector.columns, vector.inner) == (4, 1, 1)


def test_cells_are_called_by_their_sheet_from_elsewhere():
    assert BLOCK.cell(0, 0, "Data") == "B5"
    assert BLOCK.cell(5, 1, "Loss") == BLOCK.cell(5, 1) == "Data!C10"
    assert BLOCK.cell(5, 1, "Data", fixed=True) == "$C$10"


def test_the_elements_of_a_row_count_on_over_its_rows_of_cells():
    assert [BLOCK.element(0, place, "Data") for place in range(3)] == ["B5", "C5", "B6"]
    assert [BLOCK.element(1, place, "Data") for place in (0, 5)] == ["B8", "C10"]


def test_ranges_are_fixed():
    assert BLOCK.row(1, "Data") == "$B$6:$C$6"
    assert BLOCK.column(1) == "Data!$C$5:$C$10"
    assert BLOCK.range(1, 0, 3, 1, "Data") == "$B$6:$C$8"
    assert BLOCK.whole("Data") == "$B$5:$C$10"
    assert Block("Data", 4, 1, BLOCK.values, "weights").whole("Loss") == "weights"


def test_a_part_has_its_own_columns_and_not_the_name_of_the_whole():
    part = Block("Data", 4, 1, np.arange(6.0).reshape(2, 3), "weights").part(1, 3)
    assert part.whole("Data") == "$C$5:$D$6"
    assert part.values.tolist() == [[1, 2], [4, 5]]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("dense1.weight", "dense1_weight"),
        ("Müller & Söhne", "Müller___Söhne"),
        ("2nd", "_2nd"),
        ("", "_"),
        ("xfd1", "xfd1_"),
        ("abcd1", "abcd1"),
        ("x", "x"),
        ("r", "r_"),
        ("c", "c_"),
        ("R1C1", "R1C1_"),
        ("rc_1", "rc_1"),
        ("R1x", "R1x"),
    ],
)
def test_names_are_letters_and_no_cells(name, written):
    assert tidy(name) == written
