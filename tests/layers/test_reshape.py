"""Flatten and Reshape: the same values in another shape."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from chainrule.errors import InputError
from chainrule.layers import Context, FlattenLayer, ReshapeLayer
from layers import checks
from oracles import ENGINES, eager

SHAPES = st.lists(st.integers(1, 3), max_size=3).map(tuple)


def flattened(shape, n=2):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, *shape))
    return FlattenLayer(), (), x, rng.normal(size=(n, *FlattenLayer().output_shape(shape)))


def test_the_last_axis_runs_fastest():
    x = np.arange(12.0).reshape(2, 2, 3)
    y, saved = FlattenLayer().forward(eager(), (), x, Context())
    assert y.tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    dx, gradient = FlattenLayer().backward(eager(), (), saved, y * 10)
    np.testing.assert_array_equal(dx, x * 10)
    assert gradient == ()
    y, saved = ReshapeLayer((3, 2)).forward(eager(), (), x, Context())
    assert y[1].tolist() == [[6, 7], [8, 9], [10, 11]]
    np.testing.assert_array_equal(ReshapeLayer((3, 2)).backward(eager(), (), saved, y * 10)[0], x * 10)


@given(shape=SHAPES)
def test_flattening_and_shaping_undo_each_other(shape):
    layer, params, x, dy = flattened(shape)
    checks.check_differences(layer, params, x, dy)
    y = layer.forward(eager(), (), x, Context())[0]
    assert y.shape == (2, *layer.output_shape(shape))
    np.testing.assert_array_equal(ReshapeLayer(shape).forward(eager(), (), y, Context())[0], x)


@ENGINES
def test_all_engines_agree(engine):
    checks.check_engine(engine, *flattened((2, 3)))
    _, _, x, dy = flattened((2, 3))
    checks.check_engine(engine, ReshapeLayer((6,)), (), x, dy)
    mask = np.array([[True, False], [True, True]])
    checks.check_engine(engine, *flattened((2, 3)), Context(mask=mask))


def test_what_stands_in_padding_does_not_matter():
    layer, params, x, dy = flattened((3, 2))
    mask = np.array([[True, True, False], [False, True, True]])
    checks.check_differences(layer, params, x, dy, Context(mask=mask))
    junk = np.where(mask[..., None], x, np.nan)
    y, dx, _ = checks.both_ways(eager(), layer, params, junk, dy, Context(mask=mask))
    np.testing.assert_array_equal(y.reshape(x.shape), np.where(mask[..., None], x, 0))
    np.testing.assert_array_equal(dx, np.where(mask[..., None], dy.reshape(x.shape), 0))
    assert layer.output_mask(mask) is None
    assert ReshapeLayer((6,)).output_mask(mask) is None


def test_float32_stays_float32_and_inputs_stay_as_they_are():
    checks.check_float32(*flattened((2, 3)))
    checks.check_purity(*flattened((2, 3)), Context(mask=np.ones((2, 2), dtype=bool)))


def test_wrong_shapes_are_named():
    assert ReshapeLayer((2, 2, 1)).output_shape((4,)) == (2, 2, 1)
    with pytest.raises(InputError) as caught:
        ReshapeLayer((28, 28, 1)).output_shape((700,))
    assert str(caught.value) == (
        "Reshape makes rows of shape (28, 28, 1), 784 values, from as many; got rows of shape (700,), 700 values. "
        "Make shape fit."
    )
    with pytest.raises(InputError) as caught:
        ReshapeLayer((2, 0))
    assert str(caught.value) == (
        "ReshapeLayer: shape must be a tuple of whole numbers of at least 1, such as (28, 28, 1); got (2, 0)."
    )
