"""A cell moved a little both ways, and why an empty one moves nothing."""

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.explain.derivation.cells import STEP, moved_inputs, why_nothing
from chainrule.explain.table_rows import FEATURES
from explain.derivation.networks import in_table


@pytest.mark.parametrize("column", ["size", "garden", "sold"])
def test_only_that_cell_moves_and_as_fast_as_the_encoder_says(column):
    trace = in_table()
    higher, lower, apart = moved_inputs(trace, column, 3)
    moved = (higher[FEATURES] - lower[FEATURES]) / apart
    where, slope = trace.table.slope(column)
    expected = np.zeros_like(moved)
    expected[3, where] = slope[3]
    np.testing.assert_allclose(moved, expected, rtol=1e-5, atol=1e-9)
    assert column == "size" or apart == {"sold": 2.0, "garden": 2 * STEP}[column]


def test_an_empty_cell():
    """What the encoder put in is told, and that nothing moves it."""
    trace = in_table()
    assert why_nothing(trace, "age", 6) == ""
    assert why_nothing(trace, "age", 7) == (
        "The cell of 'age' is empty: the encoder put in ",
        "the training rows' mean ",
        trace.table.encoder.column("age").mean,
        ", which moves with nothing, so the derivative by it is 0 by construction.",
    )
    with pytest.raises(InputError) as caught:
        moved_inputs(trace, "age", 7)
    assert str(caught.value) == "Row 8 has no 'age': an empty cell cannot be moved."
