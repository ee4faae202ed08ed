"""Embedding: by hand, as a one-hot product, against central differences, JAX and PyTorch."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from chainrule.errors import InputError
from chainrule.layers import EmbeddingLayer
from chainrule.layers.embedding import EmbeddingParams
from chainrule.ops import Rng
from layers import checks
from oracles import ENGINES, eager, torch_gradients

SIZES = given(
    shape=st.sampled_from([(1,), (5,), (1, 1), (3, 4)]), codes=st.integers(1, 4), dimensions=st.integers(1, 3)
)


def made(shape, codes=3, dimensions=2):
    """Layer, parameters, codes with repeats, and the delta of the output."""
    rng = np.random.default_rng(0)
    params = EmbeddingParams(rng.normal(size=(codes, dimensions)))
    x = rng.integers(0, codes, size=shape).astype(np.int32)
    return EmbeddingLayer(codes, dimensions), params, x, rng.normal(size=(*shape, dimensions))


def test_repeated_codes_by_hand():
    params = EmbeddingParams(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    codes, dy = np.array([2, 0, 2], dtype=np.int32), np.array([[1.0, 0.0], [0.0, 10.0], [100.0, 1000.0]])
    y, dx, gradient = checks.both_ways(eager(), EmbeddingLayer(3, 2), params, codes, dy)
    assert y.tolist() == [[5, 6], [1, 2], [5, 6]]
    assert dx is None
    assert gradient.weight.tolist() == [[0, 10], [0, 0], [101, 1000]]


@SIZES
def test_it_is_a_one_hot_product_and_agrees_with_central_differences(shape, codes, dimensions):
    layer, params, x, dy = made(shape, codes, dimensions)
    y, _, gradient = checks.both_ways(eager(), layer, params, x, dy)
    hot = np.eye(codes)[x]
    np.testing.assert_allclose(y, hot @ params.weight, rtol=1e-12)
    flat = hot.reshape(-1, codes).T @ dy.reshape(-1, dimensions)
    np.testing.assert_allclose(gradient.weight, flat, rtol=1e-12, atol=1e-14)
    checks.check_differences(layer, params, x, dy)


@pytest.mark.parametrize("shape", [(5,), (3, 4)])
def test_gradients_agree_with_jax(shape):
    checks.check_jax(*made(shape))


@pytest.mark.peers
@SIZES
def test_gradients_are_pytorchs(shape, codes, dimensions):
    from torch.nn import functional

    layer, params, x, dy = made(shape, codes, dimensions)
    _, _, gradient = checks.both_ways(eager(), layer, params, x, dy)

    def total(weight, codes):
        return (functional.embedding(codes, weight) * weight.new_tensor(dy)).sum()

    (theirs,) = torch_gradients(total, params.weight, x)
    np.testing.assert_allclose(gradient.weight, theirs, rtol=1e-10, atol=1e-12)


@ENGINES
@pytest.mark.parametrize("shape", [(5,), (3, 4)])
def test_all_engines_agree(engine, shape):
    checks.check_engine(engine, *made(shape))


@pytest.mark.parametrize("shape", [(5,), (3, 4)])
def test_terms_sum_to_the_gradient(shape):
    checks.check_terms(*made(shape))


def test_float32_stays_float32_and_inputs_stay_as_they_are():
    checks.check_float32(*made((5,)))
    checks.check_purity(*made((5,)))


def test_first_weights_are_small():
    weight = EmbeddingLayer(200, 100).init(Rng(0, dtype=np.float32), ()).weight
    assert (weight.shape, weight.dtype) == ((200, 100), np.float32)
    assert weight.std() == pytest.approx(0.05, rel=0.03)  # 20,000 draws: 0.5 % is one deviation


def test_shapes_and_wrong_settings():
    layer = EmbeddingLayer(3, 2)
    assert layer.takes_codes
    assert layer.output_shape(()) == (2,)
    assert layer.output_shape((7,)) == (7, 2)
    with pytest.raises(InputError) as caught:
        layer.output_shape((7, 3))
    assert str(caught.value) == (
        "Embedding takes one code a row, shape (), or a sequence of them, shape (steps,); got (7, 3)."
    )
    for sizes, name in (((0, 2), "codes"), ((2, 0), "dimensions")):
        with pytest.raises(InputError) as caught:
            EmbeddingLayer(*sizes)
        assert str(caught.value) == f"EmbeddingLayer: {name} must be a whole number of at least 1; got 0."
