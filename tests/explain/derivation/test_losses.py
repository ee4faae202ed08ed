"""The first factors: the loss's derivatives by the outputs, by hand."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.derivation.graph import Graph
from chainrule.explain.derivation.losses import loss_array, loss_rule
from chainrule.explain.derivation.units import Unit
from chainrule.explain.tracing import trace_state
from chainrule.training.rows import make_rows


def trace(loss, bias, y, activation=None, weight=None):
    """Outputs that are the biases, before the activation."""
    units = len(bias)
    net = cr.Network([cr.Dense(units, activation)], loss=loss).set(
        {"dense1.weight": np.zeros((1, units)), "dense1.bias": bias}
    )
    net, rows = make_rows(net, np.zeros((len(y), 1)), np.array(y), weight, np.dtype("float64"))
    params, stats = net.arrays(np.float64)
    return Graph(trace_state(net.nodes, net.loss, params, stats, rows.inputs, rows.target, rows.weight))


def test_squares_with_weights():
    """Of outputs (1, 2), the mean of two squares a row, with weights 1 and 3: 2·(ŷ − y)·w / (4·2)."""
    graph = trace("mse", [1.0, 2.0], [[0.0, 0.0], [3.0, 2.5]], weight=np.array([1.0, 3.0]))
    array, slopes = loss_array(graph)
    assert array == ("dense1", "a")
    np.testing.assert_allclose(slopes, [[0.25, 0.5], [-1.5, -0.375]], rtol=1e-6)
    rule = loss_rule(graph, Unit("dense1", "a", 1, (1,)))
    assert rule.values == pytest.approx({"y": 2.5, "ŷ": 2.0, "w": 3.0, "n": 4 / 3, "k": 2.0})


def test_softmax_and_cross_entropy_as_one_and_apart():
    """Equal outputs of two classes are 1/2: p − y is ∓1/2, and −1/p is −2 for the class that is true."""
    graph = trace("cross_entropy", [0.0, 0.0], [1], "softmax")
    array, slopes = loss_array(graph)
    assert array == ("dense1", "z")
    np.testing.assert_allclose(slopes, [[0.5, -0.5]])
    array, slopes = loss_array(graph, unfused=True)
    assert array == ("dense1", "a")
    np.testing.assert_allclose(slopes, [[0.0, -2.0]])
    values = loss_rule(graph, Unit("dense1", "z", 0, (1,))).values
    assert (values["y"], values["ŷ"], values["rest"], values["n"]) == (1.0, 0.0, 1.0, 1.0)


@pytest.mark.peers
@pytest.mark.parametrize("loss", ["mse", "ssr", "huber"])
def test_n_counts_real_steps_and_padding_has_no_slope(loss):
    """Four of six steps are real; a weight of 3 makes the last row's step count as three."""
    mask = np.array([[True, True, True], [True, False, False]])
    steps = cr.Masked(np.sin(np.arange(12.0)).reshape(2, 3, 2), mask)
    net, rows = make_rows(
        cr.Network([cr.LSTM(1, return_sequences=True)], loss=loss), steps, np.ones((2, 3, 1)), [1, 3], np.dtype(float)
    )
    net = net.trained(*net.init(0, np.float64))
    passed = trace_state(net.nodes, net.loss, *net.arrays(), rows.inputs, rows.target, rows.weight)
    rule = loss_rule(Graph(passed), Unit("lstm1", "a", 1, (0, 0)))
    assert (rule.values["w"], rule.values["n"]) == (3.0, 6 / 3)
    assert passed.derivation("lstm1.a[1, 0]", row=1).value == 0
    for name in ("lstm1.bias[0]", "lstm1.weight[1, 2]"):
        assert all(check.agrees for check in passed.derivation(name).check().checks)
