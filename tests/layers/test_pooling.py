"""MaxPool2D: by hand, ties, overlaps, and against central differences and PyTorch. GlobalAveragePool2D likewise."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from chainrule.errors import InputError
from chainrule.layers.base import Context
from chainrule.layers.pooling import GlobalAveragePool2DLayer, MaxPool2DLayer
from layers import checks
from oracles import ENGINES, differences, eager

SIZES = given(
    size=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    strides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    picture=st.tuples(st.integers(3, 6), st.integers(3, 6)),
)


def both(ops, layer, x, dy):
    y, saved = layer.forward(ops, (), x, Context())
    return y, layer.backward(ops, (), saved, dy)[0]


def test_a_picture_by_hand():
    x = np.array([[1.0, 5.0, 2.0], [4.0, 3.0, 0.0]]).reshape(1, 2, 3, 1)
    y, dx = both(eager(), MaxPool2DLayer((2, 2), (1, 1)), x, np.array([1.0, 10.0]).reshape(1, 1, 2, 1))
    assert y.reshape(-1).tolist() == [5.0, 5.0]
    assert dx[0, :, :, 0].tolist() == [[0, 11, 0], [0, 0, 0]]


def test_the_first_of_equals_gets_the_whole_delta():
    y, dx = both(eager(), MaxPool2DLayer((2, 2), (2, 2)), np.zeros((1, 2, 2, 1)), np.full((1, 1, 1, 1), 3.0))
    assert y.reshape(-1).tolist() == [0.0]
    assert dx[0, :, :, 0].tolist() == [[3, 0], [0, 0]]


def test_rows_that_fill_no_window_are_left_out():
    layer = MaxPool2DLayer((2, 2), (2, 2))
    assert layer.output_shape((5, 4, 3)) == (2, 2, 3)
    _, dx = both(eager(), layer, np.ones((1, 5, 4, 1)), np.ones((1, 2, 2, 1)))
    assert dx[0, 4].tolist() == [[0], [0], [0], [0]]


@SIZES
def test_gradients_agree_with_central_differences(size, strides, picture):
    """Values are 0.1 apart, far more than the step of the differences, so that no maximum changes hands."""
    rng = np.random.default_rng(0)
    x = 0.1 * rng.permutation(2 * picture[0] * picture[1] * 2).reshape(2, *picture, 2)
    layer = MaxPool2DLayer(size, strides)
    dy = rng.normal(size=(2, *layer.output_shape(x.shape[1:])))
    _, dx = both(eager(), layer, x, dy)
    numeric = differences(lambda value: (layer.forward(eager(), (), value, Context())[0] * dy).sum(), x)
    np.testing.assert_allclose(dx, numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.peers
@SIZES
def test_outputs_and_deltas_are_pytorchs_also_with_ties(size, strides, picture):
    import torch

    x = np.random.default_rng(0).integers(0, 3, (2, *picture, 2)).astype(float)
    layer = MaxPool2DLayer(size, strides)
    dy = np.random.default_rng(1).normal(size=(2, *layer.output_shape(x.shape[1:])))
    tensor = torch.tensor(x, requires_grad=True)
    theirs = torch.nn.functional.max_pool2d(tensor.permute(0, 3, 1, 2), size, strides).permute(0, 2, 3, 1)
    (theirs * torch.tensor(dy)).sum().backward()
    y, dx = both(eager(), layer, x, dy)
    assert np.array_equal(y, theirs.detach().numpy())
    np.testing.assert_allclose(dx, tensor.grad, rtol=1e-12, atol=1e-14)


@ENGINES
def test_all_engines_agree(engine):
    layer = MaxPool2DLayer((2, 3), (1, 2))
    x = np.random.default_rng(0).integers(0, 3, (2, 5, 6, 2)).astype(float)
    dy = np.random.default_rng(1).normal(size=(2, *layer.output_shape(x.shape[1:])))
    y, dx = engine.run(lambda ops, x, dy: both(ops, layer, x, dy), x, dy)
    expected = both(eager(), layer, x, dy)
    assert np.array_equal(y, expected[0])
    np.testing.assert_allclose(dx, expected[1], rtol=1e-12, atol=1e-14)


def test_deltas_agree_with_jax():
    """Without ties: there JAX gives each of the largest a share of the delta."""
    rng = np.random.default_rng(0)
    x = rng.permutation(2 * 5 * 6 * 2).reshape(2, 5, 6, 2) * 0.1
    checks.check_jax(MaxPool2DLayer((2, 3), (1, 2)), (), x, rng.normal(size=(2, 4, 2, 2)))
    checks.check_jax(GlobalAveragePool2DLayer(), (), x, rng.normal(size=(2, 2)))


def test_nan_is_passed_on():
    x = np.zeros((1, 2, 2, 1))
    x[0, 1, 0, 0] = np.nan
    assert np.isnan(both(eager(), MaxPool2DLayer((2, 2), (2, 2)), x, np.ones((1, 1, 1, 1)))[0]).all()


def test_float32_stays_float32_and_inputs_stay_as_they_are():
    for layer, dy in (
        (MaxPool2DLayer((2, 2), (2, 2)), np.ones((1, 2, 2, 1))),
        (GlobalAveragePool2DLayer(), np.ones((1, 1))),
    ):
        checks.check_float32(layer, (), np.ones((1, 4, 4, 1)), dy)
        checks.check_purity(layer, (), np.ones((1, 4, 4, 1)), dy)


def test_pictures_have_no_mask():
    for layer in (MaxPool2DLayer((2, 2), (2, 2)), GlobalAveragePool2DLayer()):
        assert layer.output_mask(np.ones((2, 3), dtype=bool)) is None


def test_the_mean_of_a_picture_by_hand():
    x = np.array([[1.0, 2.0], [3.0, 6.0]]).reshape(1, 2, 2, 1)
    y, dx = both(eager(), GlobalAveragePool2DLayer(), x, np.array([[8.0]]))
    assert y.tolist() == [[3]]
    assert dx[0, :, :, 0].tolist() == [[2, 2], [2, 2]]


@given(shape=st.tuples(*[st.integers(1, 3)] * 4))
def test_means_agree_with_central_differences(shape):
    rng = np.random.default_rng(0)
    dy = rng.normal(size=(shape[0], shape[3]))
    checks.check_differences(GlobalAveragePool2DLayer(), (), rng.normal(size=shape), dy)


@ENGINES
def test_all_engines_agree_on_means(engine):
    rng = np.random.default_rng(0)
    checks.check_engine(engine, GlobalAveragePool2DLayer(), (), rng.normal(size=(2, 3, 4, 2)), rng.normal(size=(2, 2)))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: MaxPool2DLayer((2, 2), (2, 2)).output_shape((4,)),
            "MaxPool2D takes pictures of shape (height, width, channels); got (4,). Put it before Flatten().",
        ),
        (
            lambda: MaxPool2DLayer((2, 2), (2, 2)).output_shape((1, 4, 1)),
            "MaxPool2D with a window of (2, 2) takes pictures of at least that size; got (1, 4, 1). "
            "Use a smaller size.",
        ),
        (
            lambda: GlobalAveragePool2DLayer().output_shape((4,)),
            "GlobalAveragePool2D takes pictures of shape (height, width, channels); got (4,). "
            "Put Reshape((height, width, channels)) before it.",
        ),
        (
            lambda: MaxPool2DLayer((2, 0), (2, 2)),
            "MaxPool2DLayer: size must be two whole numbers of at least 1 (down, right); got (2, 0).",
        ),
    ],
)
def test_wrong_shapes_and_sizes_are_named(build, message):
    with pytest.raises(InputError) as caught:
        build()
    assert str(caught.value) == message
