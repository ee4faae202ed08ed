"""LayerNorm: by hand, against central differences, JAX and PyTorch."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from chainrule.errors import InputError
from chainrule.layers import Context, LayerNormLayer
from chainrule.layers.layer_norm import LayerNormParams
from chainrule.ops import Rng
from layers import checks
from oracles import ENGINES, eager, torch_gradients

SHAPES = given(shape=st.lists(st.integers(1, 4), min_size=2, max_size=4))


def made(shape, epsilon=1e-5):
    """Layer, parameters, input and the delta of its output."""
    rng = np.random.default_rng(0)
    params = LayerNormParams(rng.normal(size=shape[-1]), rng.normal(size=shape[-1]))
    return LayerNormLayer(epsilon), params, rng.normal(size=shape), rng.normal(size=shape)


def test_two_features_by_hand():
    """x = (1, 5): mean 3, variance 4; with epsilon 5 the deviation is 3."""
    params = LayerNormParams(np.array([3.0, 6.0]), np.array([10.0, 20.0]))
    layer, x = LayerNormLayer(5.0), np.array([[1.0, 5.0]])
    y, saved = layer.forward(eager(), params, x, Context())
    np.testing.assert_allclose(saved.deviation, [[3]], rtol=1e-15)
    np.testing.assert_allclose(saved.normal, [[-2 / 3, 2 / 3]], rtol=1e-15)
    np.testing.assert_allclose(y, [[8, 24]], rtol=1e-15)
    dx, gradient = layer.backward(eager(), params, saved, np.array([[1.0, 1.0]]))
    # du = (3, 6), mean 4.5; du·u = (−2, 4), mean 1; dx = (3 − 4.5 + 2/3, 6 − 4.5 − 2/3) / 3
    np.testing.assert_allclose(dx, [[-5 / 18, 5 / 18]], rtol=1e-14)
    np.testing.assert_allclose(gradient.scale, [-2 / 3, 2 / 3], rtol=1e-15)
    assert gradient.shift.tolist() == [1, 1]


@SHAPES
def test_gradients_agree_with_central_differences(shape):
    """Epsilon 0.1 keeps the curvature, and so the error of the differences, small where features are nearly equal."""
    checks.check_differences(*made(shape, 0.1))


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4)])
def test_gradients_agree_with_jax(shape):
    checks.check_jax(*made(shape))


@pytest.mark.peers
@SHAPES
def test_gradients_are_pytorchs(shape):
    from torch.nn import functional

    layer, params, x, dy = made(shape)
    _, dx, gradient = checks.both_ways(eager(), layer, params, x, dy)

    def total(x, scale, shift):
        return (functional.layer_norm(x, shape[-1:], scale, shift) * x.new_tensor(dy)).sum()

    for ours, theirs in zip((dx, *gradient), torch_gradients(total, x, *params), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


@ENGINES
@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4)])
def test_all_engines_agree(engine, shape):
    checks.check_engine(engine, *made(shape))


@pytest.mark.parametrize("shape", [(3, 2), (3, 2, 2)])
def test_terms_sum_to_the_gradient(shape):
    checks.check_terms(*made(shape))


def test_float32_stays_float32_and_inputs_stay_as_they_are():
    checks.check_float32(*made((3, 4)))
    checks.check_purity(*made((3, 4)))


def test_a_single_feature_gives_the_shift():
    layer, params, x, dy = made((3, 1))
    y, dx, _ = checks.both_ways(eager(), layer, params, x, dy)
    np.testing.assert_array_equal(y, np.broadcast_to(params.shift, (3, 1)))
    assert not dx.any()


def test_epsilon_may_be_an_argument():
    layer, params, x, _ = made((3, 4), 0.1)
    bound = LayerNormLayer().bind({"epsilon": np.asarray(0.1)})
    expected = layer.forward(eager(), params, x, Context())[0]
    np.testing.assert_array_equal(bound.forward(eager(), params, x, Context())[0], expected)


def test_first_parameters_and_wrong_settings():
    params = LayerNormLayer().init(Rng(0, dtype=np.float32), (5, 2))
    assert [array.tolist() for array in params] == [[1, 1], [0, 0]]
    assert {array.dtype for array in params} == {np.dtype(np.float32)}
    assert LayerNormLayer().output_shape((5, 2)) == (5, 2)
    with pytest.raises(InputError) as caught:
        LayerNormLayer().output_shape(())
    assert str(caught.value) == "LayerNorm takes rows with features on the last axis, such as (features,); got ()."
    with pytest.raises(InputError) as caught:
        LayerNormLayer(0.0)
    assert str(caught.value) == "LayerNormLayer: epsilon must be above 0; got 0.0."
