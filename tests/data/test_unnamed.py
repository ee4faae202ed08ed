"""What pandas and R write of row numbers is left out, with a word."""

import openpyxl
import pandas as pd
import pytest

from chainrule.data.read import open_table

LEFT_OUT = "The first column has no name and a different whole number in each row (3, 7, …); it is left out."
TABLE = pd.DataFrame({"price": [1.5, 2.5, 4.0], "shop": ["A", "B", "A"]}, index=[3, 7, 5])


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_row_numbers_without_a_name(tmp_path, monkeypatch, ending):
    monkeypatch.chdir(tmp_path)
    TABLE.to_csv("a.csv") if ending == "csv" else TABLE.to_excel("a.xlsx")
    reading = open_table(f"a.{ending}")
    assert reading.frame.rows() == [(1.5, "A"), (2.5, "B"), (4.0, "A")]
    assert reading.notes == (LEFT_OUT,)


def test_a_single_row_and_quoted_numbers(tmp_path):
    (tmp_path / "r.csv").write_text('"","x"\n"1",2.5\n')
    reading = open_table(str(tmp_path / "r.csv"))
    assert reading.frame.rows() == [(2.5,)]
    assert reading.notes == (
        "The first column has no name and a different whole number in each row (1); it is left out.",
    )


def test_a_gap_is_no_row_number(tmp_path):
    book = openpyxl.Workbook()
    for row in ([None, "x"], [1, 2], [None, 3]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(ValueError, match="column 1 has no name"):
        open_table(str(tmp_path / "a.xlsx"))
