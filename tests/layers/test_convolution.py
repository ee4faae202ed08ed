"""Conv2D: by hand, against central differences, JAX and PyTorch, with every stride and padding."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from chainrule.errors import InputError
from chainrule.layers.base import Context
from chainrule.layers.convolution import Conv2DLayer, Conv2DParams
from chainrule.ops import Rng
from layers import checks
from oracles import ENGINES, differences, eager

PADDINGS = pytest.mark.parametrize("padding", ["valid", "same"])
SIZES = given(
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    strides=st.tuples(st.integers(1, 3), st.integers(1, 2)),
    size=st.tuples(st.integers(3, 5), st.integers(3, 5)),
    channels=st.integers(1, 2),
    filters=st.integers(1, 2),
)


def made(kernel, strides, padding, *, size=(5, 6), channels=2, filters=3, rows=2):
    """Layer, parameters, input and the delta of its output."""
    rng = np.random.default_rng(0)
    layer = Conv2DLayer(filters, kernel, strides, padding)
    params = Conv2DParams(rng.normal(size=(*kernel, channels, filters)), rng.normal(size=filters))
    x = rng.normal(size=(rows, *size, channels))
    return layer, params, x, rng.normal(size=(rows, *layer.output_shape(x.shape[1:])))


def test_a_picture_by_hand():
    x = np.arange(9.0).reshape(1, 3, 3, 1)
    layer = Conv2DLayer(1, (2, 2))
    params = Conv2DParams(np.array([1.0, 2.0, 3.0, 4.0]).reshape(2, 2, 1, 1), np.array([0.5]))
    y, saved = layer.forward(eager(), params, x, Context())
    assert y[0, :, :, 0].tolist() == [[27.5, 37.5], [57.5, 67.5]]  # 0·1 + 1·2 + 3·3 + 4·4 + 0.5 = 27.5
    dy = np.array([1.0, 0.0, 0.0, 10.0]).reshape(1, 2, 2, 1)
    dx, gradient = layer.backward(eager(), params, saved, dy)
    assert dx[0, :, :, 0].tolist() == [[1, 2, 0], [3, 14, 20], [0, 30, 40]]
    assert gradient.weight[:, :, 0, 0].tolist() == [[40, 51], [73, 84]]  # 0 + 10·4, 1 + 10·5, 3 + 10·7, 4 + 10·8
    assert gradient.bias.tolist() == [11.0]


@PADDINGS
@SIZES
def test_gradients_agree_with_central_differences(padding, kernel, strides, size, channels, filters):
    """1e-6 is a thousand times the error of the differences."""
    layer, params, x, dy = made(kernel, strides, padding, size=size, channels=channels, filters=filters)

    def total(params, x):
        return (layer.forward(eager(), params, x, Context())[0] * dy).sum()

    _, saved = layer.forward(eager(), params, x, Context())
    dx, gradient = layer.backward(eager(), params, saved, dy)
    np.testing.assert_allclose(dx, differences(lambda value: total(params, value), x), rtol=1e-6, atol=1e-8)
    for name in params._fields:
        numeric = differences(lambda v, name=name: total(params._replace(**{name: v}), x), getattr(params, name))
        np.testing.assert_allclose(getattr(gradient, name), numeric, rtol=1e-6, atol=1e-8)


@PADDINGS
@pytest.mark.parametrize("strides", [(1, 1), (2, 3)])
def test_gradients_agree_with_jax(padding, strides):
    layer, params, x, dy = made((2, 3), strides, padding)
    checks.check_jax(layer, params, x, dy)


@pytest.mark.peers
@PADDINGS
@SIZES
def test_outputs_and_gradients_are_pytorchs(padding, kernel, strides, size, channels, filters):
    """PyTorch knows no "same" padding with strides: the zeros are put around its picture."""
    import torch
    from torch.nn import functional

    layer, params, x, dy = made(kernel, strides, padding, size=size, channels=channels, filters=filters)
    tensors = [torch.tensor(array, requires_grad=True) for array in (x, params.weight, params.bias)]
    picture = tensors[0].permute(0, 3, 1, 2)
    if padding == "same":
        missing = [
            max(0, (math.ceil(length / stride) - 1) * stride + window - length)
            for length, stride, window in zip(size, strides, kernel, strict=True)
        ]
        top, left = (zeros // 2 for zeros in missing)
        picture = functional.pad(picture, (left, missing[1] - left, top, missing[0] - top))
    weight = tensors[1].permute(3, 2, 0, 1).contiguous()  # of others it cannot give gradients on every processor
    theirs = functional.conv2d(picture, weight, tensors[2], strides).permute(0, 2, 3, 1)
    (theirs * torch.tensor(dy)).sum().backward()
    y, saved = layer.forward(eager(), params, x, Context())
    dx, gradient = layer.backward(eager(), params, saved, dy)
    np.testing.assert_allclose(y, theirs.detach(), rtol=1e-10, atol=1e-12)
    for ours, tensor in zip((dx, gradient.weight, gradient.bias), tensors, strict=True):
        np.testing.assert_allclose(ours, tensor.grad, rtol=1e-10, atol=1e-12)


@ENGINES
@PADDINGS
def test_all_engines_agree(engine, padding):
    layer, params, x, dy = made((3, 2), (2, 1), padding)

    def both(ops, params, x, dy):
        y, saved = layer.forward(ops, params, x, Context())
        return y, layer.backward(ops, params, saved, dy)

    expected_y, (expected_dx, expected) = both(eager(), params, x, dy)
    y, (dx, gradient) = engine.run(both, params, x, dy)
    np.testing.assert_allclose(y, expected_y, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dx, expected_dx, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(gradient.weight, expected.weight, rtol=1e-12, atol=1e-12)


def test_inputs_stay_as_they_are_and_pictures_have_no_mask():
    checks.check_purity(*made((2, 2), (1, 1), "same"))
    assert Conv2DLayer(1, (2, 2)).output_mask(np.ones((2, 3), dtype=bool)) is None


@PADDINGS
def test_terms_sum_to_the_gradient(padding):
    layer, params, x, dy = made((2, 3), (2, 1), padding)
    _, saved = layer.forward(eager(), params, x, Context())
    _, gradient = layer.backward(eager(), params, saved, dy)
    for name in params._fields:
        for index in np.ndindex(getattr(params, name).shape):
            terms = layer.terms(params, saved, dy, name, index)
            assert terms.shape == (2,)
            assert terms.sum() == pytest.approx(getattr(gradient, name)[index], rel=1e-10, abs=1e-12)


def test_same_padding_keeps_the_size_and_puts_the_odd_zero_below_and_right():
    layer = Conv2DLayer(1, (2, 2), padding="same")
    params = Conv2DParams(np.ones((2, 2, 1, 1)), np.zeros(1))
    y, _ = layer.forward(eager(), params, np.ones((1, 2, 2, 1)), Context())
    assert y[0, :, :, 0].tolist() == [[4, 2], [2, 1]]


def test_float32_stays_float32_and_first_weights_have_he_size():
    layer = Conv2DLayer(64, (3, 3))
    params = layer.init(Rng(0, dtype=np.float32), (8, 8, 16))
    assert params.weight.shape == (3, 3, 16, 64)
    assert params.weight.std() == pytest.approx((2 / 144) ** 0.5, rel=0.03)  # 9,216 draws: 0.7 % of error
    y, saved = layer.forward(eager(), params, np.ones((1, 8, 8, 16), dtype=np.float32), Context())
    dx, gradient = layer.backward(eager(), params, saved, y)
    assert {array.dtype for array in (y, dx, *gradient)} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: Conv2DLayer(2, (3, 3)).output_shape((4,)),
            "Conv2D takes pictures of shape (height, width, channels); got (4,). "
            "Put Reshape((height, width, channels)) before it.",
        ),
        (
            lambda: Conv2DLayer(2, (3, 3)).output_shape((2, 4, 1)),
            "Conv2D with a kernel of (3, 3) takes pictures of at least that size; got (2, 4, 1). "
            'Use a smaller kernel_size or padding="same".',
        ),
        (lambda: Conv2DLayer(0, (3, 3)), "Conv2DLayer: filters must be a whole number of at least 1; got 0."),
        (
            lambda: Conv2DLayer(1, (0, 3)),
            "Conv2DLayer: kernel_size must be two whole numbers of at least 1 (down, right); got (0, 3).",
        ),
        (
            lambda: Conv2DLayer(1, (3, 3), padding="full"),
            "Conv2DLayer: padding must be 'valid' or 'same'; got 'full'.",
        ),
    ],
)
def test_wrong_shapes_and_settings_are_named(build, message):
    with pytest.raises(InputError) as caught:
        build()
    assert str(caught.value) == message
