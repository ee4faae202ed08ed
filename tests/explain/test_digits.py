import math

from chainrule.explain.digits import column, said


def test_a_column_has_as_many_digits_as_the_number_that_needs_most():
    assert column([1.5, -0.25, 100.0]) == ["1.50", "−0.25", "100.00"]
    assert column([1.0, 2.0]) == ["1", "2"]
    assert column([0.123456789, 1.0], 3) == ["0.123", "1.000"]


def test_what_has_no_such_digits_stays_as_it_is():
    assert column([0.5, 0.0, 1e-9, math.nan, -math.inf, None]) == ["0.5", "0", "1e−09", "NaN", "−∞", ""]


def test_a_column_with_decimal_commas():
    assert column([0.5, 2.5e-9], comma=True) == ["0,5", "2,5e−09"]


def test_sentences_write_their_numbers_like_all_others():
    words = (12345, " rows, ", 0.125, " apart")
    assert said(words) == "12,345 rows, 0.125 apart"
    assert said(words, 1, comma=True) == "12.345 rows, 0,1 apart"
    assert said("1.5 stays", comma=True) == "1.5 stays"
