import numpy as np
import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from chainrule.data.columns import NumberEncoder
from chainrule.data.columns.number import moments, standardize
from chainrule.errors import DataError
from frames import LIBRARIES, column

libraries = pytest.mark.parametrize("library", LIBRARIES)


@libraries
def test_by_hand(library):
    encoder = NumberEncoder.fit(column([1, 2, 6], "age", library))
    assert encoder == NumberEncoder(name="age", mean=3.0, scale=(14 / 3) ** 0.5, had_gaps=False, low=1.0, high=6.0)
    block = encoder.encode(column([3.0, 3 + 2 * (14 / 3) ** 0.5], "age", library))
    np.testing.assert_allclose(block.values, [[0], [2]], rtol=1e-15)  # a division and a subtraction
    assert block.notes == ()
    assert encoder.slope(column([7, 8], "age", library)).tolist() == [[(3 / 14) ** 0.5]] * 2


@libraries
def test_gaps_in_training_make_a_feature(library):
    encoder = NumberEncoder.fit(column([1.0, None, 3.0], "age", library))
    assert encoder == NumberEncoder(name="age", mean=2.0, scale=1.0, had_gaps=True, low=1.0, high=3.0)
    assert encoder.features == ("age", "age is missing")
    block = encoder.encode(column([None, 1.0], "age", library))
    assert block.values.tolist() == [[0, 1], [-1, 0]]
    assert block.notes == ()
    assert encoder.slope(column([None, 1.0], "age", library)).tolist() == [[0, 0], [1, 0]]
    np.testing.assert_array_equal(encoder.decode(block.values), [np.nan, 1])


@libraries
def test_a_gap_that_training_did_not_have_becomes_the_mean_and_a_note(library):
    encoder = NumberEncoder(name="age", mean=29.71234567, scale=2.0, had_gaps=False)
    block = encoder.encode(column([31.71234567, None], "age", library))
    assert block.values.tolist() == [[1], [0]]
    assert [str(note) for note in block.notes] == [
        "Column 'age', row 2: no value, and the training rows had no gap; their mean 29.7123 was used."
    ]


def test_work():
    encoder = NumberEncoder(name="age", mean=30.0, scale=4.0, had_gaps=True)
    number, missing = encoder.work(column([31], "age"))
    assert (number.column, number.raw, number.feature, number.result) == ("age", 31, "age", 0.25)
    assert (number.formula, number.numbers) == ("(x − mean) / scale", "(31 − 30) / 4")
    assert number.values == {"x": 31.0, "mean": 30.0, "scale": 4.0}
    assert (missing.feature, missing.formula, missing.result) == ("age is missing", "1 if there is no value, else 0", 0)
    number, missing = encoder.work(column([None], "age"))
    assert (number.raw, number.numbers, number.result, missing.result) == (None, "(30 − 30) / 4", 0, 1)
    assert missing.numbers == "there is no value"


@pytest.mark.parametrize("values", [[0.1] * 10, [1e16], [-3.0, -3.0]])
def test_a_constant_becomes_zeros(values):
    # 0.1 ten times has a rounded mean of 0.09999999999999999 and a deviation of 1e-17, if one does not look
    encoder = NumberEncoder.fit(column(values))
    assert (encoder.mean, encoder.scale) == (values[0], 1.0)
    assert not encoder.encode(column(values)).values.any()


def test_a_column_without_a_value_becomes_zeros():
    encoder = NumberEncoder.fit(column([None, None]))
    assert encoder == NumberEncoder(name="x", mean=0.0, scale=1.0, had_gaps=True)
    assert encoder.encode(column([None])).values.tolist() == [[0, 1]]


@pytest.mark.parametrize("size", [1e-200, 1e-100, 1.0, 1e150, 5e299])
def test_moments_of_any_size(size):
    # the squares of the outer sizes are 0 and infinite; rtol: a few roundings of eight values
    found = moments(np.arange(8) / 8 * size)
    np.testing.assert_allclose(found, [0.4375 * size, np.std(np.arange(8) / 8) * size], rtol=1e-14)


def test_too_far_from_the_training_rows():
    with pytest.raises(DataError) as caught:
        standardize(np.array([1.5, 1e200]), 1.5, 1e-150, "age")
    assert str(caught.value) == (
        "Column 'age', row 2: 1e+200 is too far from the training rows' mean 1.5 (standard deviation 1e-150) to "
        "calculate with. Correct it, or leave the cell empty."
    )
    assert (caught.value.row, caught.value.column) == (2, "age")


@given(st.lists(st.none() | st.floats(-1e9, 1e9) | st.integers(-(10**6), 10**6), min_size=1, max_size=20))
def test_decode_gives_back_what_encode_took(cells):
    cells = [None if cell is None else float(cell) for cell in cells]
    encoder = NumberEncoder.fit(column(cells))
    back = encoder.decode(encoder.encode(column(cells)).values)
    values = np.array([np.nan if cell is None else cell for cell in cells])
    largest = np.nanmax(np.abs(values), initial=0.0)
    # each of the four operations rounds by at most 2**-53 of numbers up to twice the largest
    np.testing.assert_allclose(back, values, rtol=0, atol=8 * 2.0**-53 * largest)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50, unique=True))
def test_training_values_get_mean_0_and_deviation_1(cells):
    z = NumberEncoder.fit(column(cells)).encode(column(cells)).values[:, 0]
    # the mean is off by a rounding of the values, which counts for more the less they differ
    noise = 1e-14 + 1e-15 * max(map(abs, cells)) / np.std(cells)
    assert abs(z.mean()) < noise
    assert abs(z.std() - 1) < noise


@pytest.mark.parametrize("wrong", [{"scale": 0.0}, {"mean": float("nan")}, {"scale": float("inf")}, {"extra": 1}])
def test_only_sound_encoders_can_be_made(wrong):
    with pytest.raises(ValidationError):
        NumberEncoder(**({"name": "x", "mean": 0.0, "scale": 1.0, "had_gaps": False} | wrong))


def test_numbers_farther_from_the_training_rows_than_these_are_from_one_another_have_a_note():
    encoder = NumberEncoder.fit(column([20, 40, 30]))
    assert (encoder.low, encoder.high) == (20, 40)
    assert encoder.encode(column([0, 60, None])).notes[-1].cause == "gap"
    (note,) = encoder.encode(column([30, 61, -1])).notes
    assert str(note) == (
        "Column 'x': 61 in row 2, -1 in row 3 lie far outside of what the network has learned from; the training rows "
        "hold 20 to 40."
    )
    (note,) = encoder.encode(column([4000])).notes
    assert "4000 in row 1 lies far outside" in str(note)
    assert NumberEncoder(name="x", mean=0.0, scale=1.0, had_gaps=False).encode(column([1e9])).notes == ()
