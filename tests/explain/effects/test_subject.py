"""A network as a function of columns: its answers, their names, and their derivatives by hand."""

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.explain.effects import subject as module
from chainrule.explain.effects.subject import Subject, finite
from explain.effects.lines import subject


def test_slopes_of_a_sum_are_its_weights():
    found = subject([[2.0, 5.0], [3.0, 7.0]], [1.0, 0.0])
    answers, slopes = found.slopes({"input": np.array([[1.0, 10.0], [0.0, 0.0]])})
    assert answers.tolist() == [[33, 75], [1, 0]]
    assert slopes["input"].tolist() == [[[2, 3], [5, 7]]] * 2
    assert found.predict({"input": np.array([[1.0, 10.0]])}).tolist() == [[33, 75]]


def test_logits_are_answers_as_probabilities():
    """At the logit log 3 the probability is ¾ and its slope ¾ · ¼ of the logit's; of classes the same against 0."""
    binary = subject([2.0], math.log(3), loss="binary_cross_entropy_from_logits")
    answers, slopes = binary.slopes({"input": np.zeros((1, 1))})
    np.testing.assert_allclose(answers, [[0.75]], rtol=1e-15)
    np.testing.assert_allclose(slopes["input"], [[[2 * 0.75 * 0.25]]], rtol=1e-15)
    classes = subject([[2.0, 0.0]], [math.log(3), 0.0], loss="cross_entropy_from_logits")
    answers, slopes = classes.slopes({"input": np.zeros((1, 1))})
    np.testing.assert_allclose(answers, [[0.75, 0.25]], rtol=1e-15)
    np.testing.assert_allclose(slopes["input"][0, :, 0], [0.375, -0.375], rtol=1e-14)


def test_answers_are_called_by_what_they_are():
    assert subject([1.0]).answers == ("prediction",)
    assert subject([[1.0, 1.0]]).answers == ("prediction[0]", "prediction[1]")
    assert subject([1.0], loss="binary_cross_entropy_from_logits").answers == ("P(1)",)
    assert subject([[1.0, 1.0]], loss="cross_entropy_from_logits").answers == ("P(0)", "P(1)")


def test_answers_of_a_table_are_called_by_its_target():
    table = {"x": [0.0, 1.0, 2.0, 3.0], "form": ["b", "a", "b", "a"]}
    run = cr.fit_table(table, "form", hidden_layers=(), epochs=0, test=[1], baselines=False, progress=False)
    found = Subject(run.network, run.dtype, run.table)
    assert (found.target, found.answers, found.probabilities) == ("form", ("P(form = b)",), True)


def test_answers_and_slopes_are_in_the_targets_own_units():
    """Trained on 10, 20 and 30 for 1, 2 and 3: a standard deviation of x by a weight of 2 is two of y, so 20 each."""
    table = {"x": [9.0, 1.0, 2.0, 3.0], "y": [0.0, 10.0, 20.0, 30.0]}
    run = cr.fit_table(
        table, "y", hidden_layers=(), epochs=0, test=[1], baselines=False, dtype="float64", progress=False
    )
    network = run.network.set({"dense1.weight": [[2.0]], "dense1.bias": [0.0]})
    found = Subject(network, run.dtype, run.table)
    (column,) = found.columns
    raw = np.array([2.0, 3.0, np.nan])
    inputs = {"features": column.encode(raw.tolist())}
    answers, slopes = found.slopes({name: np.nan_to_num(array) for name, array in inputs.items()})
    np.testing.assert_allclose(answers, [[20], [40], [20]], rtol=1e-14)
    np.testing.assert_allclose(found.slope(column, raw, slopes), [[20], [20], [np.nan]], rtol=1e-14)


def test_many_rows_are_passed_in_parts(monkeypatch):
    found, X = subject([[2.0], [3.0]]), {"input": np.arange(14.0).reshape(7, 2)}
    whole = found.slopes(X)
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 3)
    parts = found.slopes(X)
    np.testing.assert_array_equal(parts[0], whole[0])
    np.testing.assert_array_equal(parts[1]["input"], whole[1]["input"])
    assert found.predict(X).tolist() == (X["input"] @ [[2], [3]]).tolist()


def test_no_rows_have_no_answers():
    assert subject([[2.0], [3.0]]).predict({"input": np.zeros((0, 2))}).shape == (0, 1)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (
            [[1.0, np.nan]],
            "Input 'input' is nan in row 1, place [1]: effects need finite numbers. Fill or leave out what is missing.",
        ),
        (
            [[1.0, 2.0], [np.inf, np.nan]],
            "Input 'input' is inf in row 2, place [0]: effects need finite numbers. Fill or leave out what is missing.",
        ),
    ],
)
def test_inputs_are_finite(array, message):
    with pytest.raises(InputError) as caught:
        finite({"input": np.array(array)})
    assert str(caught.value) == message


def test_sequences_are_no_columns():
    with pytest.raises(InputError) as caught:
        finite({"words": cr.Masked(np.zeros((1, 2, 1)), np.ones((1, 2), dtype=bool))})
    assert str(caught.value) == "Effects are of columns, and the input 'words' is rows of unequal length."


def test_outputs_are_rows_of_numbers():
    network = cr.Network([cr.Dense(4), cr.Reshape((2, 2))], input_shape=1)
    with pytest.raises(InputError) as caught:
        _ = Subject(network, np.dtype(np.float64)).answers
    assert str(caught.value) == (
        "Effects are on single numbers, and the network's output has the shape (2, 2) a row: give effects of a network "
        "whose output is one row of numbers."
    )
