"""What lies between a table's cells and the network's inputs: slopes that the encoders' own numbers bear out."""

import numpy as np
import polars as pl
import pytest

from chainrule.errors import InputError
from explain.tables import house_run, houses


def test_slopes_are_those_of_the_encoded_numbers():
    """Encoders of numbers are straight, so two points tell the slope; exact but for rounding of differences."""
    run, table = house_run(), houses(10)
    trace = run.trace(table)
    where, slope = trace.table.slope("size")
    moved = run.trace(table.with_columns(pl.col("size") + 1)).value("features")[:, where]
    np.testing.assert_allclose(moved - trace.value("features")[:, where], slope, rtol=1e-12, atol=0)


def test_a_gap_does_not_move():
    where, slope = house_run().trace(houses(10)).table.slope("age")
    assert where.stop - where.start == 2
    assert np.flatnonzero(slope[:, 0] == 0).tolist() == [7]
    assert not slope[:, 1].any()


def test_a_table_brings_its_targets():
    run, table = house_run(), houses(10)
    trace = run.trace(table)
    np.testing.assert_array_equal(trace.table.encoder.target.decode(trace.prediction)[:, 0], run.predict(table))
    assert trace.loss == run.trace(run.encode(_reading(table)).inputs, trace.target).loss
    assert run.trace(table.drop("price")).loss is None
    assert run.trace(table.drop("price"), table["price"]).loss == trace.loss


def _reading(table):
    from chainrule.data import open_table

    return open_table(table)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (
            "district",
            "'district' is a category: it has levels, and nothing has a derivative by them. "
            "run.effects(columns=['district']), on the command line --effects, compares the prediction at its levels.",
        ),
        (
            "siz",
            "The network takes no column 'siz'; it takes 'size', 'age', 'district', 'garden', 'sold'. "
            "Did you mean 'size'?",
        ),
    ],
)
def test_what_has_no_slope(column, message):
    with pytest.raises(InputError) as caught:
        house_run().trace(houses(10)).table.slope(column)
    assert str(caught.value) == message
