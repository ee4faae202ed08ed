"""BatchNorm: by hand, against central differences, JAX and PyTorch, with padding, and with a single row."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st

from chainrule.errors import InputError
from chainrule.layers import BatchNormLayer, Context
from chainrule.layers.batch_norm import BatchNormParams, BatchNormStats
from chainrule.ops import Rng
from layers import checks
from oracles import ENGINES, eager, torch_gradients

SHAPES = st.lists(st.integers(1, 4), min_size=2, max_size=4)
TRAINING = pytest.mark.parametrize("training", [True, False])


def made(shape, epsilon=1e-5):
    """Layer, parameters, input and the delta of its output."""
    rng = np.random.default_rng(0)
    params = BatchNormParams(rng.normal(size=shape[-1]), rng.normal(size=shape[-1]))
    return BatchNormLayer(0.1, epsilon), params, rng.normal(size=shape), rng.normal(size=shape)


def stats(features):
    rng = np.random.default_rng(1)
    return BatchNormStats(rng.normal(size=features), rng.uniform(0.5, 2, size=features))


def context(shape, training=True, mask=None):
    return Context(training, stats=stats(shape[-1]), mask=mask)


def test_two_rows_by_hand():
    """x = 1 and 5: mean 3, variance 4 (8 when unbiased); with epsilon 5 the deviation is 3."""
    layer, params = BatchNormLayer(0.25, 5.0), BatchNormParams(np.array([3.0]), np.array([10.0]))
    first = BatchNormStats(np.array([7.0]), np.array([4.0]))
    x, dy = np.array([[1.0], [5.0]]), np.array([[1.0], [2.0]])
    y, saved = layer.forward(eager(), params, x, Context(True, stats=first))
    np.testing.assert_allclose(y, [[8], [12]], rtol=1e-15)  # 10 ± 3·2/3
    assert saved.stats.mean.tolist() == [6]  # 7 + (3 − 7) / 4
    assert saved.stats.variance.tolist() == [5]  # 4 + (8 − 4) / 4
    dx, gradient = layer.backward(eager(), params, saved, dy)
    # du = (3, 6): sum 9; du·u = (−2, 4): sum 2; dx = (3 − (9 − 4/3)/2, 6 − (9 + 4/3)/2) / 3
    np.testing.assert_allclose(dx, [[-5 / 18], [5 / 18]], rtol=1e-14)
    np.testing.assert_allclose(gradient.scale, [2 / 3], rtol=1e-15)
    assert gradient.shift.tolist() == [3]


def test_prediction_uses_and_keeps_the_running_statistics():
    layer, params = BatchNormLayer(0.25, 5.0), BatchNormParams(np.array([3.0]), np.array([10.0]))
    running = BatchNormStats(np.array([7.0]), np.array([4.0]))
    x, dy = np.array([[1.0], [10.0]]), np.array([[1.0], [2.0]])
    y, saved = layer.forward(eager(), params, x, Context(stats=running))
    np.testing.assert_allclose(y, [[4], [13]], rtol=1e-15)  # 3·(1 − 7)/3 + 10
    assert saved.stats is running
    np.testing.assert_allclose(layer.backward(eager(), params, saved, dy)[0], [[1], [2]], rtol=1e-15)


@TRAINING
@given(shape=SHAPES)
def test_gradients_agree_with_central_differences(training, shape):
    """Epsilon 0.1 keeps the curvature, and so the error of the differences, small where values are nearly equal."""
    checks.check_differences(*made(shape, 0.1), context(shape, training))


@TRAINING
@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 2, 4)])
def test_gradients_agree_with_jax(training, shape):
    checks.check_jax(*made(shape), context(shape, training))


@pytest.mark.peers
@TRAINING
@given(shape=SHAPES)
def test_gradients_and_running_statistics_are_pytorchs(training, shape):
    """PyTorch refuses to train on a single value of a channel."""
    import torch
    from torch.nn import functional

    assume(not training or math.prod(shape[:-1]) > 1)
    layer, params, x, dy = made(shape)
    running = [torch.tensor(array) for array in stats(shape[-1])]
    _, saved = layer.forward(eager(), params, x, context(shape, training))
    dx, gradient = layer.backward(eager(), params, saved, dy)

    def total(x, scale, shift):
        y = functional.batch_norm(x.movedim(-1, 1), *running, scale, shift, training, 0.1).movedim(1, -1)
        return (y * x.new_tensor(dy)).sum()

    for ours, theirs in zip((dx, *gradient), torch_gradients(total, x, *params), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)
    for ours, theirs in zip(saved.stats, running, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@ENGINES
@pytest.mark.parametrize("masked", [False, True])
def test_all_engines_agree(engine, masked):
    shape = (3, 4, 2)
    mask = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]]) > 0 if masked else None
    ctx = context(shape, mask=mask)
    checks.check_engine(engine, *made(shape), ctx)
    layer, params, x, _ = made(shape)

    def moved(ops, params, x, arrays):
        return layer.forward(ops, params, x, Context(True, *arrays))[1].stats

    expected = layer.forward(eager(), params, x, ctx)[1].stats
    for ours, theirs in zip(engine.run(moved, params, x, tuple(ctx[1:])), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@TRAINING
@pytest.mark.parametrize("shape", [(3, 2), (3, 2, 2)])
def test_terms_sum_to_the_gradient(training, shape):
    checks.check_terms(*made(shape), context(shape, training))


def test_float32_stays_float32_and_inputs_stay_as_they_are():
    for mask in (None, np.ones((3, 2), dtype=bool)):
        layer, params, x, dy = made((3, 2, 4))
        checks.check_float32(layer, params, x, dy, context((4,), mask=mask))
        checks.check_purity(layer, params, x, dy, context((4,), mask=mask))
        narrow = BatchNormStats(*(array.astype(np.float32) for array in stats(4)))
        ctx = Context(True, stats=narrow, mask=mask)
        saved = layer.forward(eager(), BatchNormParams(*narrow), x.astype(np.float32), ctx)[1]
        assert {array.dtype for array in saved.stats} == {np.dtype(np.float32)}


@pytest.mark.parametrize("side", ["left", "right"])
@given(lengths=st.lists(st.integers(0, 3), min_size=2, max_size=3))
def test_padding_changes_no_output_no_gradient_and_no_statistics(side, lengths):
    """The real steps alone, as rows, are what padded sequences must come to."""
    n, t, features = len(lengths), 4, 2
    steps = np.arange(t) if side == "right" else np.arange(t)[::-1]
    mask = steps < np.array(lengths)[:, None]
    mask[0, 0] = mask[1, 1] = True
    layer, params, x, dy = made((n, t, features))
    x, dy = np.where(mask[..., None], x, np.nan), np.where(mask[..., None], dy, 0)
    y, saved = layer.forward(eager(), params, x, context((features,), mask=mask))
    dx, gradient = layer.backward(eager(), params, saved, dy)
    rows_y, rows_saved = layer.forward(eager(), params, x[mask], context((features,)))
    rows_dx, rows_gradient = layer.backward(eager(), params, rows_saved, dy[mask])
    np.testing.assert_allclose(y[mask], rows_y, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(dx[mask], rows_dx, rtol=1e-9, atol=1e-10)
    assert not dx[~mask].any()
    assert np.isfinite(y).all()
    for ours, theirs in zip((*gradient, *saved.stats), (*rows_gradient, *rows_saved.stats), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_with_padding_gradients_agree_with_central_differences():
    mask = np.array([[1, 1, 1], [1, 0, 0]]) > 0
    checks.check_differences(*made((2, 3, 2), 0.1), context((2,), mask=mask))


def test_a_single_row_is_normalised_by_the_running_statistics():
    layer, params, x, dy = made((1, 3))
    ctx = context((3,))
    y, saved = layer.forward(eager(), params, x, ctx)
    np.testing.assert_array_equal(y, layer.forward(eager(), params, x, ctx._replace(training=False))[0])
    for ours, theirs in zip(saved.stats, ctx.stats, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert layer.backward(eager(), params, saved, dy)[0].all()
    _, saved = layer.forward(eager(), params, x[:, None, :].repeat(2, axis=1), ctx)  # two places are two values
    assert saved.stats.mean.tolist() != ctx.stats.mean.tolist()


def test_momentum_may_be_an_argument():
    layer, params, x, _ = made((3, 4))
    bound = layer.bind({"momentum": np.asarray(1.0)})
    moved = bound.forward(eager(), params, x, context((4,)))[1].stats
    np.testing.assert_allclose(moved.mean, x.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(moved.variance, x.var(axis=0, ddof=1), rtol=1e-12)


def test_first_parameters_and_wrong_settings():
    rng = Rng(0, dtype=np.float32)
    first = (*BatchNormLayer().init(rng, (5, 2)), *BatchNormLayer().init_stats(rng, (5, 2)))
    assert [array.tolist() for array in first] == [[1, 1], [0, 0], [0, 0], [1, 1]]
    assert {array.dtype for array in first} == {np.dtype(np.float32)}
    assert BatchNormLayer().output_shape((5, 2)) == (5, 2)
    with pytest.raises(InputError) as caught:
        BatchNormLayer().output_shape(())
    assert str(caught.value) == "BatchNorm takes rows with features on the last axis, such as (features,); got ()."
    for settings, message in (
        ((0.0,), "momentum must be above 0 and at most 1"),
        ((0.1, 0.0), "epsilon must be above 0"),
    ):
        with pytest.raises(InputError) as caught:
            BatchNormLayer(*settings)
        assert str(caught.value) == f"BatchNormLayer: {message}; got 0.0."
