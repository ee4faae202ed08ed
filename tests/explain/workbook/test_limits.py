"""What a workbook cannot hold is refused by name, with what it can hold or the size that fits."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.activations import register_activation
from chainrule.errors import InputError
from chainrule.explain.trace import trace_state
from chainrule.explain.workbook.backward import BACKWARD
from chainrule.explain.workbook.forward import FORWARD
from chainrule.ops import Rng


def ready(parts, X, **options):
    network = cr.Network(parts, **options)
    params, stats = network.built({"input": np.shape(X)[1:]}).init(0, np.float64)
    return network.trained(params, stats)


def refusal(network, X, y, tmp_path, **options):
    with pytest.raises(InputError) as error:
        network.trace(X, y).to_excel(tmp_path / "a.xlsx", **options)
    assert list(tmp_path.iterdir()) == []
    return str(error.value)


def test_every_layer_that_goes_forward_comes_back():
    assert FORWARD.keys() == BACKWARD.keys()


def test_a_layer_without_formulas_is_named_with_those_that_have_them(tmp_path):
    X = np.zeros((1, 3, 2))
    assert refusal(ready([cr.LSTM(2), cr.Dense(1)], X), X, [[1.0]], tmp_path) == (
        "'lstm1' is a layer of kind LSTM, which a workbook cannot hold; it can hold 'Dense', 'Activation', 'Dropout', "
        "'Embedding', 'Flatten', 'Reshape', 'Concatenate', 'Add', 'LayerNorm', 'BatchNorm', 'Conv2D', 'MaxPool2D', "
        "'GlobalAveragePool2D'."
    )


def test_an_activation_of_the_users_own_has_no_formula(tmp_path):
    register_activation("square", lambda ops, z: z * z, lambda ops, z: 2 * z)
    X = np.ones((1, 1))
    assert refusal(ready([cr.Dense(1, "square")], X), X, [[1.0]], tmp_path) == (
        "'dense1' has the activation 'square', for which there is no spreadsheet formula: it was registered as Python "
        "functions. Built-in activations have one."
    )


def test_rows_of_unequal_length_are_refused(tmp_path):
    X = cr.Masked(np.zeros((1, 2), dtype=int), np.array([[True, False]]))
    network = cr.Network([cr.Embedding(3, 2), cr.Flatten()], input_shape=(2,)).set(
        {"embedding1.weight": np.ones((3, 2))}
    )
    assert refusal(network, X, np.ones((1, 4)), tmp_path) == (
        "Input 'input' has rows of unequal length, which a workbook cannot hold. Pass rows of one length."
    )


def test_too_many_rows_are_told_how_many_fit(tmp_path):
    X = np.zeros((6_000, 2))
    network = ready([cr.Dense(8, "relu"), cr.Dense(1)], X)
    message = refusal(network, X, np.zeros((6_000, 1)), tmp_path, rows=range(6_000))
    assert message == (
        "A workbook of this network needs about 372,396 cells for 6,000 rows; up to 200,000 are recalculated at once. "
        "With 3,219 rows it fits: rows=."
    )
    assert network.trace(X, np.zeros((6_000, 1))).to_excel(tmp_path / "a.xlsx").exists()


def test_too_many_parameters_are_told_what_fits(tmp_path):
    X = np.zeros((1, 150))
    assert refusal(ready([cr.Dense(120), cr.Dense(1)], X), X, [[1.0]], tmp_path) == (
        "A workbook of this network needs about 220,218 cells for 1 row, most of them for its 18,241 parameters; up to "
        "200,000 are recalculated at once. Networks of up to about 8,333 parameters, no layer wider than 2,000, fit: "
        "train a smaller one to show, or look at single numbers with trace.derivation(…)."
    )


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (cr.Dropout(0.5), "'dropout1' drops values at random there"),
        (cr.BatchNorm(), "'batchnorm1' uses the batch's own statistics there"),
    ],
)
def test_passes_of_training_are_no_passes_of_prediction(part, message, tmp_path):
    X = np.ones((3, 2))
    network = ready([part, cr.Dense(1)], X)
    params, stats, inputs = network.ready(X)
    trace = trace_state(
        network.nodes, network.loss, params, stats, inputs, np.ones((3, 1)), training=True, key=Rng(0).key
    )
    with pytest.raises(InputError) as error:
        trace.to_excel(tmp_path / "a.xlsx")
    assert str(error.value) == (f"The trace was made as training makes it, and {message}. Trace without training=True.")
