"""Dense: by hand, against central differences, JAX and PyTorch."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from chainrule.errors import InputError
from chainrule.layers import Context, DenseLayer
from chainrule.layers.dense import DenseParams
from chainrule.ops import Rng
from layers import checks
from oracles import ENGINES, eager, torch_gradients

SIZES = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))


def made(sizes):
    """Layer, parameters, input and the delta of its output."""
    n, inputs, units = sizes
    rng = np.random.default_rng(0)
    params = DenseParams(rng.normal(size=(inputs, units)), rng.normal(size=units))
    return DenseLayer(units), params, rng.normal(size=(n, inputs)), rng.normal(size=(n, units))


def test_two_rows_by_hand():
    params = DenseParams(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, -0.5]))
    x, dy = np.array([[1.0, 0.0], [2.0, 1.0]]), np.array([[1.0, 0.0], [10.0, 100.0]])
    y, dx, gradient = checks.both_ways(eager(), DenseLayer(2), params, x, dy)
    assert y.tolist() == [[1.5, 1.5], [5.5, 7.5]]  # 2·1 + 1·3 + 0.5, 2·2 + 1·4 − 0.5
    assert dx.tolist() == [[1, 3], [210, 430]]  # 10·1 + 100·2, 10·3 + 100·4
    assert gradient.weight.tolist() == [[21, 200], [10, 100]]  # 1·1 + 2·10
    assert gradient.bias.tolist() == [11, 100]


@given(sizes=SIZES)
def test_gradients_agree_with_central_differences(sizes):
    checks.check_differences(*made(sizes))


@pytest.mark.parametrize("sizes", [(3, 4, 2), (1, 1, 1)])
def test_gradients_agree_with_jax(sizes):
    checks.check_jax(*made(sizes))


@pytest.mark.peers
@given(sizes=SIZES)
def test_gradients_are_pytorchs(sizes):
    from torch.nn import functional

    layer, params, x, dy = made(sizes)
    _, dx, gradient = checks.both_ways(eager(), layer, params, x, dy)

    def total(x, weight, bias):
        return (functional.linear(x, weight.T, bias) * x.new_tensor(dy)).sum()

    for ours, theirs in zip((dx, *gradient), torch_gradients(total, x, *params), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


@ENGINES
def test_all_engines_agree(engine):
    checks.check_engine(engine, *made((3, 4, 2)))


def test_terms_sum_to_the_gradient():
    checks.check_terms(*made((3, 2, 2)))
    layer, params, x, dy = made((3, 2, 2))
    _, saved = layer.forward(eager(), params, x, Context())
    np.testing.assert_array_equal(layer.terms(params, saved, dy, "weight", (1, 0)), x[:, 1] * dy[:, 0])


def test_float32_stays_float32_and_inputs_stay_as_they_are():
    checks.check_float32(*made((3, 4, 2)))
    checks.check_purity(*made((3, 4, 2)))


def test_first_weights_are_he_normal_and_repeatable():
    params = DenseLayer(200).init(Rng(0, dtype=np.float32), (100,))
    assert (params.weight.shape, params.bias.shape) == ((100, 200), (200,))
    assert {array.dtype for array in params} == {np.dtype(np.float32)}
    assert params.weight.std() == pytest.approx((2 / 100) ** 0.5, rel=0.02)  # 20,000 draws: 0.5 % is one deviation
    assert not params.bias.any()
    np.testing.assert_array_equal(params.weight, DenseLayer(200).init(Rng(0, dtype=np.float32), (100,)).weight)
    assert not DenseLayer(2, "zeros").init(Rng(0), (3,)).weight.any()


def test_wrong_shapes_and_settings_are_named():
    assert DenseLayer(3).output_shape((2,)) == (3,)
    with pytest.raises(InputError) as caught:
        DenseLayer(3).output_shape((4, 5))
    assert str(caught.value) == "Dense takes rows of shape (inputs,); got (4, 5). Put Flatten() before it."
    with pytest.raises(InputError) as caught:
        DenseLayer(0)
    assert str(caught.value) == "DenseLayer: units must be a whole number of at least 1; got 0."
    with pytest.raises(InputError) as caught:
        DenseLayer(1, "xavier")
    assert str(caught.value) == "DenseLayer: weights must be 'he', 'glorot', 'lecun' or 'zeros'; got 'xavier'."
