"""Gradient clipping."""

import numpy as np
import pytest

from chainrule.optimizers import clip, global_norm
from oracles import ENGINES, eager


def clipped(ops, a, b, norm, value):
    gradients, scale = clip(ops, {"a": a, "b": b}, norm, value)
    return gradients["a"], gradients["b"], scale


A, B = np.array([3.0, 0.0]), np.array([[-4.0]])


@ENGINES
@pytest.mark.parametrize(("norm", "scale"), [(10.0, 1.0), (5.0, 1.0), (2.5, 0.5), (1e-3, 2e-4)])
def test_by_norm(engine, norm, scale):
    a, b, got = engine.run(clipped, A, B, np.asarray(norm), None)
    # Only where it clips may anything be rounded.
    np.testing.assert_allclose([got, a[0], b[0, 0]], [scale, 3 * scale, -4 * scale], rtol=0 if scale == 1 else 1e-15)


@ENGINES
def test_by_value(engine):
    a, b, scale = engine.run(clipped, A, B, None, np.asarray(1.0))
    np.testing.assert_array_equal(a, [1.0, 0.0])
    np.testing.assert_array_equal(b, [[-1.0]])
    assert scale == 1.0


@ENGINES
def test_gradients_of_zero_stay(engine):
    a, _, scale = engine.run(clipped, 0 * A, 0 * B, np.asarray(1.0), None)
    np.testing.assert_array_equal(a, [0.0, 0.0])
    assert scale == 1.0


@ENGINES
@pytest.mark.parametrize("size", [1e-30, 1e25])
def test_squares_neither_overflow_nor_vanish_in_float32(engine, size):
    gradient = np.array([3.0, 4.0], dtype=np.float32) * np.float32(size)
    length = engine.run(lambda ops, g: global_norm(ops, {"g": g}), gradient)
    assert length.dtype == np.float32
    np.testing.assert_allclose(length, 5 * size, rtol=1e-6)
    a, _, _ = engine.run(clipped, gradient, 0 * gradient, np.float32(0.1 * size), None)
    np.testing.assert_allclose(a, [0.06 * size, 0.08 * size], rtol=1e-6)


def test_what_is_not_finite_is_not_hidden():
    with np.errstate(invalid="ignore"):
        gradients, _ = clip(eager(), {"a": np.array([np.inf, 1.0])}, 1.0, None)
    assert np.isnan(gradients["a"]).all()


def test_no_gradients_at_all():
    assert clip(eager(), {}, 1.0, 1.0) == ({}, 1.0)
