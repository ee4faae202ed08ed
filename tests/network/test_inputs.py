"""What goes in is checked where it enters; messages about networks' inputs are in test_network.py, too."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import Dense, Masked, Network
from chainrule.errors import InputError
from chainrule.network.inputs import float_type, in_type, typed

NET = Network([Dense(2, "relu"), Dense(1)], input_shape=2).set(
    {"dense1.weight": np.eye(2), "dense1.bias": [0, 0], "dense2.weight": [[1], [1]], "dense2.bias": [0]}
)
X = np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize("dtype", ["float32", np.float32, np.dtype("float32"), np.array([1], np.float32).dtype])
def test_the_types_that_exist(dtype):
    assert float_type(dtype) is np.dtype(np.float32)
    assert NET.predict(X, dtype=dtype).dtype == np.float32


@pytest.mark.parametrize("dtype", ["foo", "float16", int, None, [1], np.complex128, ">f4"])
@pytest.mark.parametrize("use", ["predict", "trace"])
def test_other_types_are_refused(dtype, use):
    with pytest.raises(InputError) as caught:
        getattr(NET, use)(X, dtype=dtype)
    assert str(caught.value) == f"dtype must be 'float32' or 'float64'; got {dtype!r}."


@pytest.mark.parametrize("size", [2, 200_000], ids=["one piece", "many pieces"])
def test_a_number_too_large_for_the_type_is_named_by_its_row_and_place(size):
    rows = np.ones((size, 2))
    rows[-1, 1] = -1e300
    with pytest.raises(InputError) as caught:
        NET.predict(rows, dtype="float32")
    assert str(caught.value) == (
        f"Input 'input' is -1e+300 in row {size}, place [1], and float32 ends at 3.4e+38: give it another unit, or "
        "compute with dtype='float64'."
    )
    assert NET.predict(rows).shape == (size, 1)


def test_what_is_not_finite_comes_out_so_and_what_fits_is_as_it_was():
    assert in_type("The target", np.array([np.inf, -np.inf, 3e38]), np.float32).tolist() == [
        np.inf,
        -np.inf,
        float(np.float32(3e38)),
    ]
    assert np.isnan(NET.predict(np.array([[np.nan, 1.0]]), dtype="float32")).all()
    assert in_type("The target", X, np.float64) is X


def test_padding_is_brought_to_the_type_too():
    steps = Masked(np.full((1, 2, 1), 1e300), np.array([[True, False]]))
    with pytest.raises(InputError, match=r"^Input 'steps' is 1e\+300 in row 1, place \[0, 0\], and float32 ends "):
        typed("steps", steps, np.float32)
    assert typed("steps", steps, np.float64).mask is steps.mask


def _sequences(*lengths):
    return [np.arange(2.0 * length).reshape(length, 2) + 1 for length in lengths]


def test_sequences_of_unequal_length_train_as_with_masked():
    rows, y = _sequences(2, 4, 3), [1.0, 2.0, 3.0]
    values = np.zeros((3, 4, 2))
    for row, sequence in zip(values, rows, strict=True):
        row[: len(sequence)] = sequence
    mask = np.arange(4) < np.array([[2], [4], [3]])
    network = cr.Network([cr.Dropout(0.1), cr.LSTM(2), cr.Dense(1)])
    given, masked = (
        cr.fit(network, X, y, epochs=2, engine="numpy", progress=False) for X in (rows, cr.Masked(values, mask))
    )
    assert given.masked == ("input",)
    assert all(np.array_equal(given.params[name], masked.params[name]) for name in given.params)
    whole = given.predict(cr.Masked(values, mask))
    np.testing.assert_array_equal(given.predict(rows[:1]), whole[:1])  # shorter than those in training


@pytest.mark.parametrize(
    ("parts", "X", "message"),
    [
        (
            [cr.Dense(1)],
            [[1.0, 2.0], [3.0]],
            "Input 'input' must have rows of one shape; row 2 has shape (1,) and row 1 (2,).",
        ),
        (
            [cr.Flatten(), cr.Dense(1)],
            _sequences(2, 3),
            "Input 'input' must have rows of one shape; row 2 has shape (3, 2) and row 1 (2, 2).",
        ),
        (
            [cr.LSTM(1)],
            [np.ones((2, 2)), np.ones((3, 1))],
            "Input 'input' must have rows of one shape; row 2 has shape (3, 1) and row 1 (2, 2).",
        ),
        ([cr.LSTM(1)], [[[1.0], [2.0, 3.0]]], "Input 'input' must have rows of one shape; some of its rows differ."),
    ],
)
def test_rows_of_unequal_shapes_are_refused_in_words(parts, X, message):
    with pytest.raises(InputError) as caught:
        cr.fit(cr.Network(parts), X, np.zeros(len(X)))
    assert str(caught.value) == (
        f"{message} Sequences of unequal length are taken where an LSTM reads them, as a list of arrays (steps, "
        "inputs) or as Masked(values, mask)."
    )


@pytest.mark.parametrize(
    ("steps", "hint"),
    [
        (
            2,
            "Shorter sequences of 'input' are padded where they are passed as a list of arrays (steps, inputs); or pad "
            "them yourself, and pass Masked(values, mask).",
        ),
        (4, "Cut the sequences of 'input' to 3 steps, or train with the longest."),
    ],
)
def test_sequences_of_another_length_than_in_training(steps, hint):
    network = cr.Network([cr.LSTM(1)], input_shape=(3, 2))
    with pytest.raises(InputError) as caught:
        network.built({"input": (steps, 2)})
    assert str(caught.value) == (f"The network takes rows of shape 'input' (3, 2); got 'input' ({steps}, 2). {hint}")
