import numpy as np
import pytest

from chainrule.data.columns import BooleanEncoder
from chainrule.errors import DataError
from frames import LIBRARIES, column

libraries = pytest.mark.parametrize("library", LIBRARIES)


@libraries
@pytest.mark.parametrize(
    ("cells", "false", "true"),
    [
        ([True, False], False, True),
        ([False, False], False, True),
        ([1, 0, 1], 0, 1),
        ([1, 1], 0, 1),
        (["yes", "no"], "no", "yes"),
        (["Yes"], "No", "Yes"),
        (["OFF"], "OFF", "ON"),
        (["male", "female"], "female", "male"),
        (["b"], None, "b"),
        ([7, 3], 3, 7),
    ],
)
def test_which_value_is_1(library, cells, false, true):
    encoder = BooleanEncoder.fit(column(cells, library=library))
    assert (encoder.false, encoder.true) == (false, true)
    assert (type(encoder.false), type(encoder.true)) == (type(false), type(true))
    block = encoder.encode(column(cells, library=library))
    assert block.values.tolist() == [[float(cell == true)] for cell in cells]
    assert block.notes == ()
    assert encoder.mean == block.values.mean()
    assert encoder.decode(block.values).tolist() == cells


def test_0_and_1_read_as_floats_because_of_a_gap():
    encoder = BooleanEncoder.fit(column([1.0, None, 0.0]))
    assert encoder.features == ("x", "x is missing")
    assert encoder.encode(column([0, 1])).values.tolist() == [[0, 0], [1, 0]]


@libraries
def test_gaps_in_training_make_a_feature(library):
    encoder = BooleanEncoder.fit(column(["yes", None, "no", "no", "no"], "smoker", library))
    assert encoder == BooleanEncoder(name="smoker", false="no", true="yes", mean=0.25, had_gaps=True)
    assert encoder.features == ("smoker = yes", "smoker is missing")
    block = encoder.encode(column(["yes", None], "smoker", library))
    assert block.values.tolist() == [[1, 0], [0.25, 1]]
    assert block.notes == ()
    assert encoder.decode(block.values).tolist() == ["yes", None]
    assert encoder.slope(column(["yes", None], "smoker", library)).tolist() == [[1, 0], [0, 0]]


@libraries
def test_a_gap_that_training_did_not_have_becomes_the_mean_and_a_note(library):
    encoder = BooleanEncoder.fit(column([True, False], "smoker", library))
    block = encoder.encode(column([None, True], "smoker", library))
    assert block.values.tolist() == [[0.5], [1]]
    assert [str(note) for note in block.notes] == [
        "Column 'smoker', row 1: no value, and the training rows had no gap; their mean 0.5 was used."
    ]


def test_another_value_counts_as_0_when_training_had_only_one():
    block = BooleanEncoder.fit(column(["b", "b"])).encode(column(["b", "a"]))
    assert block.values.tolist() == [[1], [0]]
    assert [str(note) for note in block.notes] == [
        "Column 'x': 'a' in row 2 was not kept from the training rows; it counts as 0."
    ]


@libraries
def test_a_third_value_is_refused(library):
    encoder = BooleanEncoder.fit(column(["yes", "no"], "smoker", library))
    with pytest.raises(DataError) as caught:
        encoder.encode(column(["yes", None, "maybe"], "smoker", library))
    assert str(caught.value) == (
        "Column 'smoker' must hold 'no' or 'yes'; row 3 holds 'maybe'. Correct it, or leave the cell empty."
    )
    assert (caught.value.row, caught.value.column) == (3, "smoker")


def test_three_values_in_training_are_refused():
    with pytest.raises(DataError) as caught:
        BooleanEncoder.fit(column(["yes", "no", "maybe"], "smoker"))
    assert str(caught.value) == (
        "Column 'smoker' is to be true or false, but holds 3 different values: 'maybe', 'no', 'yes'. "
        "Make it a category."
    )


def test_a_column_without_a_value():
    encoder = BooleanEncoder.fit(column([None, None]))
    assert encoder == BooleanEncoder(name="x", false=False, true=True, mean=0.0, had_gaps=True)


def test_work():
    encoder = BooleanEncoder(name="smoker", false="no", true="yes", mean=0.25, had_gaps=True)
    first, missing = encoder.work(column(["yes"], "smoker"))
    assert (first.raw, first.feature, first.numbers, first.result) == (
        "yes",
        "smoker = yes",
        "it is 'yes'",
        1,
    )
    assert first.formula == "1 if smoker is 'yes', else 0"
    assert (missing.feature, missing.numbers, missing.result) == ("smoker is missing", "it is 'yes'", 0)
    first, missing = encoder.work(column([None], "smoker"))
    assert (first.raw, first.formula, first.numbers, first.result) == (None, "mean", "0.25", 0.25)
    assert missing.result == 1


def test_decode_takes_what_is_nearer():
    encoder = BooleanEncoder(name="x", false=False, true=True, mean=0.5, had_gaps=False)
    assert encoder.decode(np.array([[0.4], [0.5], [0.6]])).tolist() == [False, False, True]
