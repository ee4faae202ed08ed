"""LSTM: by hand, against central differences, JAX and PyTorch, and with sequences of unequal length."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from chainrule.errors import InputError
from chainrule.layers.base import Context
from chainrule.layers.lstm import LSTMLayer, LSTMParams
from chainrule.ops import Rng
from layers import checks
from oracles import ENGINES, differences, eager

SIZES = st.tuples(*[st.integers(1, 3)] * 4)


def made(sizes, *, sequences=False, seed=0):
    """Layer, parameters, input and the delta of its output."""
    n, t, inputs, units = sizes
    rng = np.random.default_rng(seed)
    layer = LSTMLayer(units, sequences)
    params = LSTMParams(
        rng.normal(size=(inputs, 4 * units)), rng.normal(size=(units, 4 * units)), rng.normal(size=4 * units)
    )
    dy = rng.normal(size=(n, t, units) if sequences else (n, units))
    return layer, params, rng.normal(size=(n, t, inputs)), dy


def masked(sizes, seed=1):
    return np.random.default_rng(seed).random((sizes[0], sizes[1])) < 0.6


def test_one_step_by_hand():
    """x = 1, all weights 1, all biases 0: every gate sees z = 1, and c starts at 0."""
    layer = LSTMLayer(1)
    params = LSTMParams(np.ones((1, 4)), np.ones((1, 4)), np.zeros(4))
    y, saved = layer.forward(eager(), params, np.ones((1, 1, 1)), Context())
    gate = 1 / (1 + math.exp(-1))
    c = gate * math.tanh(1)
    assert y.tolist() == [[pytest.approx(gate * math.tanh(c), rel=1e-12)]]
    assert saved.forget_gate[0, 0, 0] == pytest.approx(gate, rel=1e-12)
    dx, gradient = layer.backward(eager(), params, saved, np.ones((1, 1)))
    do = math.tanh(c) * gate * (1 - gate)
    dc = gate * (1 - math.tanh(c) ** 2)
    di, dg = dc * math.tanh(1) * gate * (1 - gate), dc * gate * (1 - math.tanh(1) ** 2)
    np.testing.assert_allclose(gradient.bias, [di, 0, dg, do], rtol=1e-12)
    assert dx[0, 0, 0] == pytest.approx(di + dg + do, rel=1e-12)
    assert gradient.recurrent.tolist() == [[0, 0, 0, 0]]


@pytest.mark.parametrize("use_mask", [False, True])
@pytest.mark.parametrize("sequences", [False, True])
@settings(max_examples=5)
@given(sizes=SIZES)
def test_gradients_agree_with_central_differences(use_mask, sequences, sizes):
    """1e-6 is a thousand times the error of the differences."""
    layer, params, x, dy = made(sizes, sequences=sequences)
    context = Context(mask=masked(sizes) if use_mask else None)

    def total(params, x):
        return (layer.forward(eager(), params, x, context)[0] * dy).sum()

    _, saved = layer.forward(eager(), params, x, context)
    dx, gradient = layer.backward(eager(), params, saved, dy)
    np.testing.assert_allclose(dx, differences(lambda value: total(params, value), x), rtol=1e-6, atol=1e-8)
    for name in params._fields:
        numeric = differences(lambda v, name=name: total(params._replace(**{name: v}), x), getattr(params, name))
        np.testing.assert_allclose(getattr(gradient, name), numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("use_mask", [False, True])
@pytest.mark.parametrize("sequences", [False, True])
def test_gradients_agree_with_jax(use_mask, sequences):
    sizes = (3, 4, 2, 3)
    checks.check_jax(*made(sizes, sequences=sequences), Context(mask=masked(sizes) if use_mask else None))


def pytorchs(params):
    """PyTorch's LSTM with the same weights; of its two biases the second is 0."""
    import torch

    inputs, units = params.weight.shape[0], params.recurrent.shape[0]
    theirs = torch.nn.LSTM(inputs, units, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(torch.tensor(params.weight.T))
        theirs.weight_hh_l0.copy_(torch.tensor(params.recurrent.T))
        theirs.bias_ih_l0.copy_(torch.tensor(params.bias))
        theirs.bias_hh_l0.zero_()
    return theirs


def check_pytorchs(y, dx, gradient, theirs, output, x):
    expected = (output, x.grad, theirs.weight_ih_l0.grad.T, theirs.weight_hh_l0.grad.T, theirs.bias_ih_l0.grad)
    for ours, tensor in zip((y, dx, *gradient), expected, strict=True):
        np.testing.assert_allclose(ours, tensor.detach(), rtol=1e-10, atol=1e-12)


@pytest.mark.peers
@given(sizes=SIZES, lengths=st.lists(st.integers(1, 3), min_size=3, max_size=3))
def test_outputs_and_gradients_are_pytorchs_on_sequences_of_unequal_length(sizes, lengths):
    import torch

    n, t, _, _ = sizes
    layer, params, x, dy = made(sizes)
    lengths = [min(each, t) for each in lengths[:n]]
    context = Context(mask=np.arange(t) < np.array(lengths)[:, None])
    theirs, tensor = pytorchs(params), torch.tensor(x, requires_grad=True)
    packed = torch.nn.utils.rnn.pack_padded_sequence(tensor, lengths, batch_first=True, enforce_sorted=False)
    _, (last, _) = theirs(packed)
    (last[0] * torch.tensor(dy)).sum().backward()
    check_pytorchs(*checks.both_ways(eager(), layer, params, x, dy, context), theirs, last[0], tensor)


@pytest.mark.peers
@given(sizes=SIZES)
def test_every_step_and_the_inputs_deltas_are_pytorchs(sizes):
    import torch

    layer, params, x, dy = made(sizes, sequences=True)
    theirs, tensor = pytorchs(params), torch.tensor(x, requires_grad=True)
    steps, _ = theirs(tensor)
    (steps * torch.tensor(dy)).sum().backward()
    check_pytorchs(*checks.both_ways(eager(), layer, params, x, dy), theirs, steps, tensor)


@ENGINES
@pytest.mark.parametrize("sequences", [False, True])
def test_all_engines_agree(engine, sequences):
    sizes = (3, 4, 2, 3)
    layer, params, x, dy = made(sizes, sequences=sequences)
    mask = masked(sizes)

    def both(ops, params, x, mask, dy):
        y, saved = layer.forward(ops, params, x, Context(mask=mask))
        return y, layer.backward(ops, params, saved, dy)

    expected_y, (expected_dx, expected) = both(eager(), params, x, mask, dy)
    y, (dx, gradient) = engine.run(both, params, x, mask, dy)
    np.testing.assert_allclose(y, expected_y, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(dx, expected_dx, rtol=1e-12, atol=1e-14)
    for name in params._fields:
        np.testing.assert_allclose(getattr(gradient, name), getattr(expected, name), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("side", ["left", "right"])
@given(sizes=SIZES, more=st.integers(1, 3))
def test_padding_changes_no_output_and_no_gradient(side, sizes, more):
    layer, params, x, dy = made(sizes)
    plain_y, saved = layer.forward(eager(), params, x, Context())
    _, plain = layer.backward(eager(), params, saved, dy)
    junk = np.full((sizes[0], more, sizes[2]), 1e3)
    real, false = np.ones(x.shape[:2], dtype=bool), np.zeros(junk.shape[:2], dtype=bool)
    padded = np.concatenate([junk, x] if side == "left" else [x, junk], axis=1)
    mask = np.concatenate([false, real] if side == "left" else [real, false], axis=1)
    y, saved = layer.forward(eager(), params, padded, Context(mask=mask))
    dx, gradient = layer.backward(eager(), params, saved, dy)
    np.testing.assert_allclose(y, plain_y, rtol=1e-12)
    assert (dx[~mask] == 0).all()
    for name in params._fields:
        np.testing.assert_allclose(getattr(gradient, name), getattr(plain, name), rtol=1e-10, atol=1e-12)


def test_where_the_mask_is_false_the_state_stands_still():
    layer, params, x, _ = made((1, 4, 2, 3), sequences=True)
    y, _ = layer.forward(eager(), params, x, Context(mask=np.array([[False, True, False, True]])))
    alone, _ = layer.forward(eager(), params, x[:, [1, 3]], Context())
    np.testing.assert_allclose(y[0], [np.zeros(3), alone[0, 0], alone[0, 0], alone[0, 1]], rtol=1e-12)


def test_padding_may_be_nan():
    sizes = (3, 4, 2, 3)
    layer, params, x, dy = made(sizes)
    ctx = Context(mask=masked(sizes))
    expected = checks.both_ways(eager(), layer, params, x, dy, ctx)
    found = checks.both_ways(eager(), layer, params, np.where(ctx.mask[..., None], x, np.nan), dy, ctx)
    for ours, theirs in zip((*found[:2], *found[2]), (*expected[:2], *expected[2]), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("large", [1e4, -1e4])
def test_gates_saturate_and_do_not_overflow(large):
    layer, params, _, dy = made((2, 3, 2, 2))
    x = np.full((2, 3, 2), large, dtype=np.float32)
    narrow = LSTMParams(*(array.astype(np.float32) for array in params))
    y, dx, gradient = checks.both_ways(eager(), layer, narrow, x, dy.astype(np.float32))
    assert all(np.isfinite(array).all() for array in (y, dx, *gradient))


@pytest.mark.parametrize("sequences", [False, True])
def test_terms_sum_to_the_gradient(sequences):
    sizes = (3, 4, 2, 2)
    layer, params, x, dy = made(sizes, sequences=sequences)
    _, saved = layer.forward(eager(), params, x, Context(mask=masked(sizes)))
    _, gradient = layer.backward(eager(), params, saved, dy)
    for name in params._fields:
        for index in np.ndindex(getattr(params, name).shape):
            terms = layer.terms(params, saved, dy, name, index)
            assert terms.shape == (3,)
            assert terms.sum() == pytest.approx(getattr(gradient, name)[index], rel=1e-10, abs=1e-13)


def test_first_weights():
    params = LSTMLayer(3).init(Rng(0, dtype=np.float32), (7, 2))
    assert [array.shape for array in params] == [(2, 12), (3, 12), (12,)]
    assert {array.dtype for array in params} == {np.dtype(np.float32)}
    assert params.bias.tolist() == [0.0] * 3 + [1.0] * 3 + [0.0] * 6


def test_float32_stays_float32():
    layer, params, x, dy = made((2, 3, 2, 2))
    narrow = LSTMParams(*(array.astype(np.float32) for array in params))
    y, saved = layer.forward(eager(), narrow, x.astype(np.float32), Context())
    dx, gradient = layer.backward(eager(), narrow, saved, dy.astype(np.float32))
    assert {array.dtype for array in (y, dx, *gradient)} == {np.dtype(np.float32)}


def test_masks_are_passed_on_with_sequences_only():
    mask = np.ones((2, 3), dtype=bool)
    assert LSTMLayer(2, return_sequences=True).output_mask(mask) is mask
    assert LSTMLayer(2).output_mask(mask) is None


def test_wrong_shapes_and_sizes_are_named():
    with pytest.raises(InputError) as caught:
        LSTMLayer(2).output_shape((3,))
    assert str(caught.value) == (
        "LSTM takes sequences of shape (time steps, inputs); got (3,). Codes of words go through Embedding() first."
    )
    with pytest.raises(InputError) as caught:
        LSTMLayer(0)
    assert str(caught.value) == "LSTMLayer: units must be a whole number of at least 1; got 0."
