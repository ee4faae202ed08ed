"""Where a network is asked about values that it has not learned from."""

import numpy as np
import pytest

from chainrule.explain.effects.columns import Cells, Column
from chainrule.explain.effects.outside import ends, outside, outside_range
from explain.effects.lines import rows, subject

NAMES = ("price", "size")
LEARNED = [[1.0, 10.0], [3.0, 20.0]]
RIGHT = "there the network was never told what is right."


def test_ends_leave_gaps_out():
    column = Column("price", "input", slice(0, 1), None)
    assert ends(column, rows([[2.0], [np.nan], [-1.0]])) == (-1, 2)
    assert np.isnan(ends(column, rows([[np.nan]]))).all()


def test_every_column_with_rows_outside_is_told():
    found = subject([1.0, 1.0], names=NAMES, learned=LEARNED)
    asked = rows([[0.5, 15.0], [1.0, 20.5], [3.0, 20.0], [4.0, 10.0]])
    assert list(outside(found, asked)) == [
        f"'price' of 2 of the 4 rows lies outside of the training rows (1 to 3): {RIGHT}",
        f"'size' of 1 of the 4 rows lies outside of the training rows (10 to 20): {RIGHT}",
    ]


@pytest.mark.parametrize("learned", [None, LEARNED])
def test_nothing_is_told_of_the_training_rows_or_where_they_are_not_known(learned):
    found = subject([1.0, 1.0], names=NAMES, learned=learned)
    asked: Cells = rows([[0.0, 0.0]]) if found.learned is None else found.learned
    assert list(outside(found, asked)) == []


def test_the_ends_themselves_and_gaps_are_not_outside():
    found = subject([1.0, 1.0], names=NAMES, learned=LEARNED)
    told = outside_range(found.columns[0], np.array([1.0, 3.0, np.nan]), found.learned, "points")
    assert list(told) == []
    told = outside_range(found.columns[0], np.array([1.0, 3.5, np.nan]), found.learned, "points")
    assert list(told) == [f"'price' of 1 of the 3 points lies outside of the training rows (1 to 3): {RIGHT}"]
