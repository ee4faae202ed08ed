from chainrule.explain.digits import Digits
from chainrule.explain.document import Column, Table
from chainrule.explain.tables import write_table

NUMBERS = Table(
    (Column("n", "whole"), Column("x"), Column("said", "text")), tuple((n, n / 4, "a-b") for n in range(-1, 5))
)


def test_every_row_is_written_where_nothing_says_otherwise():
    written = write_table(NUMBERS)
    assert written.rows[0] == ["−1", "−0.25", "a-b"]
    assert [row[1] for row in written.rows] == ["−0.25", "0", "0.25", "0.50", "0.75", "1.00"]
    assert (written.gap, written.left) == (None, 0)


def test_of_many_rows_the_first_and_the_last():
    written = write_table(Table(NUMBERS.columns, NUMBERS.rows, most=3))
    assert [row[0] for row in written.rows] == ["−1", "0", "4"]
    assert (written.gap, written.left) == (2, 3)


def test_as_many_rows_as_are_wanted_are_all_shown():
    assert write_table(Table(NUMBERS.columns, NUMBERS.rows, most=6)).gap is None


def test_digits_and_commas():
    table = Table((Column("x"),), ((0.12345,), (None,), (float("nan"),)))
    assert write_table(table, Digits(2, comma=True)).rows == [["0,12"], [""], ["NaN"]]


def test_a_column_of_numbers_may_hold_words():
    assert write_table(Table((Column("x"),), ((0.5,), ("none",)))).rows == [["0.5"], ["none"]]


def test_a_table_without_rows():
    assert write_table(Table((Column("x"),), ())).rows == []
