"""What a workbook cannot hold is refused by name, with what it can hold or the size that fits."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.activations import register_activation
from chainrule.errors import InputError
from chainrule.explain.tracing import trace_state
from chainrule.explain.workbook.backward import BACKWARD
from chainrule.explain.workbook.forward import FORWARD
from chainrule.explain.workbook.limits import cells_needed, check_size
from chainrule.layers import LSTMLayer
from chainrule.ops import Rng
from explain.workbook.office import Cells


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


def test_a_layer_without_formulas_is_named_with_those_that_have_them(tmp_path, monkeypatch):
    monkeypatch.delitem(FORWARD, LSTMLayer)
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


def test_rows_of_unequal_length_are_refused_where_padding_counts_otherwise(tmp_path):
    X = cr.Masked(np.ones((1, 2, 3)), np.array([[True, False]]))
    network = cr.Network([cr.BatchNorm(), cr.LSTM(1)], input_shape=(2, 3))
    network = network.trained(*network.init(0, np.float64))
    assert refusal(network, X, np.ones((1, 1)), tmp_path) == (
        "'batchnorm1' takes rows of unequal length, which a workbook can hold in LSTM and Flatten layers alone, and "
        "there as one input has them. Pass rows of one length."
    )


def test_steps_of_an_lstm_count(tmp_path):
    X = np.zeros((2, 400, 1))
    network = ready([cr.LSTM(30), cr.Dense(1)], X)
    assert refusal(network, X, np.zeros((2, 1)), tmp_path) == (
        "A workbook of this network needs about 288,178 cells for 1 row, 241,726 of them for the row; up to 200,000 "
        "are recalculated at once. With up to 254 of 400 time steps it fits; or look at single numbers with "
        "trace.derivation(…)."
    )
    check_size(network.trace(X[:1, :254], np.zeros((1, 1))))


def test_a_row_too_wide_says_so(tmp_path):
    X = np.zeros((2, 40, 40, 8))
    network = ready([cr.Conv2D(16, 3), cr.GlobalAveragePool2D(), cr.Dense(1)], X)
    assert refusal(network, X, np.zeros((2, 1)), tmp_path) == (
        "A workbook of this network needs about 204,146 cells for 1 row, 189,926 of them for the row; up to 200,000 "
        "are recalculated at once. Networks with narrower layers fit; or look at single numbers with "
        "trace.derivation(…)."
    )


def test_the_estimate_is_near_what_is_written(tmp_path):
    X = np.zeros((6, 20, 2))
    trace = ready([cr.LSTM(4, return_sequences=True), cr.LSTM(3), cr.Dense(1)], X).trace(X, np.zeros((6, 1)))
    fixed, each = cells_needed(trace)
    written = len(Cells.of(trace.to_excel(tmp_path / "a.xlsx")).all_numbers())
    assert fixed + 6 * each == pytest.approx(written, rel=0.1)


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


def test_an_output_of_rows_of_unequal_length_is_refused(tmp_path):
    X = cr.Masked(np.ones((2, 3, 1)), np.array([[True, True, False]] * 2))
    network = ready([cr.LSTM(1, return_sequences=True)], X.values)
    assert refusal(network, X, np.zeros((2, 3, 1)), tmp_path) == (
        "The output has rows of unequal length, whose padding does not count in the loss; a workbook holds losses in "
        "which every step counts. Pass rows of one length."
    )
