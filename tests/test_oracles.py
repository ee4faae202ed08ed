"""The oracles themselves, on a function whose derivative is known: sum(x³)."""

import numpy as np
import pytest

from oracles import ENGINES, differences, jax_gradient, torch_gradients

X = np.array([[1.0, -2.0], [0.5, 3.0]])


def cubes(ops, x):
    return ops.sum(x * x * x)


@ENGINES
def test_every_engine_runs_the_same_lines(engine):
    total, (kept, number) = engine.run(lambda ops, x: (cubes(ops, x), (x, 3)), X)
    assert total == 1.0 - 8.0 + 0.125 + 27.0
    assert type(kept) is np.ndarray
    assert kept.dtype == np.float64
    assert number == 3


@ENGINES
def test_float32_stays_float32(engine):
    assert engine.run(lambda ops, x: x * 2, X.astype(np.float32)).dtype == np.float32


def test_differences():
    np.testing.assert_allclose(differences(lambda x: (x**3).sum(), X), 3 * X**2, rtol=0, atol=1e-8)  # step² = 1e-10


def test_jax_gradient():
    np.testing.assert_allclose(jax_gradient(cubes, X), 3 * X**2, rtol=1e-15)


@pytest.mark.peers
def test_torch_gradients():
    (slope,) = torch_gradients(lambda x: (x**3).sum(), X)
    np.testing.assert_allclose(slope, 3 * X**2, rtol=1e-15)
