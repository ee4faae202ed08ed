"""Forward and backward by hand: deltas of a value that is used twice add up; penalties reach loss and gradient."""

import numpy as np
import pytest

from chainrule.network import Add, Dense, Dropout, Network, Residual
from chainrule.network.passes import Masked, backward, forward, fuses, measure, propagate
from chainrule.ops import eager_ops
from chainrule.ops.random import fold_in

OPS = eager_ops()


def passed(network: Network, x, y, weight=None, **values):
    network = network.set(values)
    params, stats, inputs = network.ready(x, np.dtype("float64"))
    done = forward(OPS, network.nodes, params, stats, inputs)
    target = np.asarray(y, dtype=np.float64)
    measured = measure(OPS, network.nodes, network.loss, params, done, target, weight)
    return done, measured, backward(OPS, network.nodes, network.loss, params, done, measured)


def test_by_hand():
    done, measured, back = passed(
        Network([Dense(1, "tanh"), Dense(1)], loss="ssr"),
        [[2.0]],
        [[1.0]],
        **{"dense1.weight": [[0.5]], "dense1.bias": [0.0], "dense2.weight": [[3.0]], "dense2.bias": [1.0]},
    )
    a = np.tanh(1.0)
    residual = 3 * a + 1 - 1
    assert done.nodes["dense1"].z.tolist() == [[1.0]]
    np.testing.assert_allclose(done.output, [[3 * a + 1]], rtol=1e-15)
    np.testing.assert_allclose(measured.loss, residual**2, rtol=1e-15)
    np.testing.assert_allclose(back.gradients["dense2"].weight, [[2 * residual * a]], rtol=1e-15)
    np.testing.assert_allclose(back.deltas["dense1"].da, [[2 * residual * 3]], rtol=1e-15)
    np.testing.assert_allclose(back.deltas["dense1"].dz, [[6 * residual * (1 - a * a)]], rtol=1e-14)
    np.testing.assert_allclose(back.inputs["input"], [[3 * residual * (1 - a * a)]], rtol=1e-14)


def test_where_a_value_is_used_twice_its_deltas_add_up():
    _, _, back = passed(
        Network([Residual([Dense(1)])], loss="ssr"),
        [[2.0]],
        [[0.0]],
        **{"dense1.weight": [[3.0]], "dense1.bias": [0.0]},
    )
    # y = 3x + x = 8, dy = 16, dx = 16 · 3 + 16
    assert back.inputs["input"].tolist() == [[64.0]]


def test_penalties_reach_loss_and_gradient_but_not_biases():
    _, measured, back = passed(
        Network([Dense(1, l1=0.5, l2=0.25)], loss="ssr"),
        [[0.0, 0.0]],
        [[3.0]],
        **{"dense1.weight": [[2.0], [-4.0]], "dense1.bias": [3.0]},
    )
    assert measured.data_loss == 0.0
    assert measured.penalty == measured.loss == 0.5 * 6 + 0.25 * 20
    assert back.gradients["dense1"].weight.tolist() == [[0.5 + 0.5 * 2], [-0.5 - 0.5 * 4]]
    assert back.gradients["dense1"].bias.tolist() == [0.0]


def test_loss_and_last_activation_are_taken_as_one_where_they_fit():
    fused, apart = Network([Dense(1, "sigmoid")], loss="binary_cross_entropy"), Network([Dense(1, "tanh")], loss="mse")
    assert fuses(fused.nodes, fused.loss)
    assert not fuses(apart.nodes, apart.loss)
    _, measured, back = passed(fused, [[1000.0]], [[0.0]], **{"dense1.weight": [[1.0]], "dense1.bias": [0.0]})
    assert measured.loss == 1000.0  # from probabilities it would be infinite
    assert back.deltas["dense1"].da is None
    assert back.deltas["dense1"].dz.tolist() == [[1.0]]


def test_deltas_can_be_given_anywhere():
    network = Network([Dense(1, "tanh"), Dense(1)], loss="ssr").set(
        {"dense1.weight": [[0.5]], "dense1.bias": [0.0], "dense2.weight": [[3.0]], "dense2.bias": [1.0]}
    )
    params, stats, inputs = network.ready([[2.0]], np.dtype("float64"))
    done = forward(OPS, network.nodes, params, stats, inputs)
    back = propagate(OPS, network.nodes, params, done, {}, {"dense1": np.array([[1.0]])})
    assert back.inputs["input"].tolist() == [[0.5]]
    assert back.gradients["dense2"].weight.tolist() == [[0.0]]


def test_masks_travel_beside_values():
    network = Network([Dropout(0.5), Add(inputs=("dropout1", "input"))], loss="mse")
    mask = np.array([[True, False]])
    params, stats, inputs = network.ready(Masked(np.ones((1, 2, 1)), mask), np.dtype("float64"))
    done = forward(OPS, network.nodes, params, stats, inputs)
    assert np.array_equal(done.nodes["dropout1"].mask, mask)
    assert np.array_equal(done.nodes["add1"].mask[0], mask)


@pytest.mark.parametrize("training", [True, False])
def test_layers_draw_from_keys_of_their_own_and_only_in_training(training):
    network = Network([Dropout(0.5), Dropout(0.5, name="second")], loss="mse")
    params, stats, inputs = network.ready(np.ones((50, 1)), np.dtype("float64"))
    key = fold_in(OPS, np.array([1, 2], dtype=np.uint32), 0)
    done = forward(OPS, network.nodes, params, stats, inputs, training=training, key=key if training else None)
    first, second = done.nodes["dropout1"].a[:, 0], done.nodes["second"].a[:, 0]
    if training:
        assert 0 < (first == 0).sum() < 50
        assert not np.array_equal(second == 0, first == 0)
        assert set(first.tolist()) == {0.0, 2.0}
    else:
        assert first.tolist() == second.tolist() == [1.0] * 50
