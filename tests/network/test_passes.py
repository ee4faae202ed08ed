"""Forward and backward by hand: deltas of a value that is used twice add up; penalties reach loss and gradient."""

import numpy as np
import pytest

from chainrule.network import LSTM, Add, Dense, Dropout, Network, Residual
from chainrule.network.parameters import flatten, unflatten
from chainrule.network.passes import Masked, backward, forward, fuses, measure, propagate
from chainrule.ops import eager_ops
from chainrule.ops.random import fold_in
from oracles import differences, jax_gradient

OPS = eager_ops()
WEIGHTS = {"dense1.weight": [[1.0, 2.0], [3.0, 4.0]], "dense1.bias": [0.0, 1.0]}


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


@pytest.mark.parametrize("weight", [None, np.array([1.0, 2.0, 0.5])], ids=["all alike", "weights"])
def test_padding_of_the_output_does_not_count_in_the_loss(weight):
    """Values and derivatives are those of central differences and of JAX, and of a mean over real steps."""
    rng = np.random.default_rng(0)
    mask = np.arange(4) < np.array([4, 1, 2])[:, None]
    steps, y = Masked(rng.normal(size=(3, 4, 2)), mask), rng.normal(size=(3, 4, 2))
    network = Network([LSTM(3, return_sequences=True), LSTM(2, return_sequences=True)], input_shape=(4, 2))
    params, stats = network.init(1, np.float64)

    def loss_at(ops, flat, target=y):
        full = unflatten(flat, params)
        done = forward(ops, network.nodes, full, stats, {"input": steps})
        return measure(ops, network.nodes, network.loss, full, done, target, weight).loss

    flat = flatten(params)
    done = forward(OPS, network.nodes, params, stats, {"input": steps})
    counts = mask * (np.ones(3) if weight is None else weight)[:, None]
    each = np.square(done.output - y).mean(axis=2)
    measured = measure(OPS, network.nodes, network.loss, params, done, y, weight)
    np.testing.assert_allclose(measured.loss, (each * counts).sum() / counts.sum(), rtol=1e-12)
    assert loss_at(OPS, flat, np.where(mask[..., None], y, 1e6)) == measured.loss
    gradients = flatten(backward(OPS, network.nodes, network.loss, params, done, measured).gradients)
    for name, array in flat.items():
        numeric = differences(lambda value, name=name: loss_at(OPS, {**flat, name: value}), array)
        np.testing.assert_allclose(gradients[name], numeric, rtol=1e-6, atol=1e-9)
        exact = jax_gradient(lambda ops, value, name=name: loss_at(ops, {**flat, name: value}), array)
        np.testing.assert_allclose(gradients[name], exact, rtol=1e-10, atol=1e-13)


def test_a_mask_that_speaks_of_no_steps_of_the_output_changes_nothing():
    """Columns of a table are no steps."""
    x, y = np.ones((3, 2)), np.zeros((3, 2))
    network = Network([Dense(2)], input_shape=2)
    found = [passed(network, given, y, **WEIGHTS)[1].loss for given in (x, Masked(x, x > 2))]
    assert found[0] == found[1]
