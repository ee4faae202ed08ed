"""What holds for every activation."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from activation_checks import (
    ALL,
    BUILT_IN,
    ELEMENTWISE,
    EXACT,
    KINKS,
    LIMITS,
    PLACES,
    away_from_kinks,
    jax_function,
    torch_function,
)
from chainrule.activations import Activation, get_activation
from oracles import ENGINES, STRICT, XLA, differences, eager, jax_gradient, torch_gradients

SHAPES = st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple)
OPS = eager()
every = pytest.mark.parametrize("activation", ALL, ids=repr)


def drawn(activation, shape, seed, scale=3.0):
    random = np.random.default_rng(seed)
    return away_from_kinks(activation, scale * random.normal(size=shape)), random.normal(size=shape)


def back(ops, activation, z, da):
    return activation.backward(ops, z, activation.forward(ops, z), da)


@every
@given(shape=SHAPES, seed=st.integers(0, 2**32 - 1))
def test_backward_agrees_with_central_differences(activation, shape, seed):
    z, da = drawn(activation, shape, seed)
    expected = differences(lambda moved: np.sum(activation.forward(OPS, moved) * da), z)
    # The differences are right to 1e-9 here; a wrong sign or factor shows at 1e-1.
    np.testing.assert_allclose(back(OPS, activation, z, da), expected, rtol=1e-6, atol=1e-8)


@every
def test_values_and_backward_agree_with_jax(activation):
    z, da = drawn(activation, (2, 1, 3), 1)
    function = jax_function(activation)
    expected = jax_gradient(lambda ops, given: ops.sum(function(given) * da), z)
    np.testing.assert_allclose(back(OPS, activation, z, da), expected, rtol=1e-10, atol=1e-12)
    values = XLA.run(lambda ops, given: function(given), z)
    np.testing.assert_allclose(activation.forward(OPS, z), values, rtol=1e-10, atol=1e-12)


@pytest.mark.peers
@every
@given(shape=SHAPES, seed=st.integers(0, 2**32 - 1))
def test_values_and_backward_agree_with_torch(activation, shape, seed):
    z, da = drawn(activation, shape, seed)
    function = torch_function(activation)
    (expected, _) = torch_gradients(lambda given, delta: (function(given) * delta).sum(), z, da)
    np.testing.assert_allclose(back(OPS, activation, z, da), expected, rtol=1e-10, atol=1e-12)
    import torch

    values = function(torch.tensor(z)).numpy()
    np.testing.assert_allclose(activation.forward(OPS, z), values, rtol=1e-10, atol=1e-12)


@ENGINES
@every
def test_engines_agree(engine, activation):
    z, da = drawn(activation, (3, 4), 2)

    def both(ops, z, da):
        return activation.forward(ops, z), back(ops, activation, z, da)

    for found, expected in zip(engine.run(both, z, da), both(OPS, z, da), strict=True):
        assert found.dtype == np.float64
        # XLA's exp and tanh differ from NumPy's in the last digits.
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)


@ENGINES
@pytest.mark.parametrize("name", EXACT)
def test_digits_hold_far_out(engine, name):
    activation = get_activation(name)
    z = np.array(PLACES)

    def both(ops, z):
        a = activation.forward(ops, z)
        return a, activation.slope(ops, z, a)

    for found, expected in zip(engine.run(both, z), EXACT[name], strict=True):
        # exp(-z²/2) at z = -32 carries the rounding of 520: 520 * 1e-16 = 5e-14, elsewhere a few times 1e-16.
        np.testing.assert_allclose(found, expected, rtol=3e-13 if name.startswith("gelu") else 3e-15, atol=1e-300)
    for found, expected in zip(engine.run(both, z.astype(np.float32)), EXACT[name], strict=True):
        # float32 has 6e-8; below 1e-37 XLA rounds to 0. GELU again carries the rounding of its exponent.
        np.testing.assert_allclose(found, expected, rtol=1e-5 if name.startswith("gelu") else 2e-6, atol=1e-37)


@ENGINES
@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_limits_at_ten_thousand(engine, name, dtype):
    activation = get_activation(name)

    def both(ops, z):
        a = activation.forward(ops, z)
        return ops.stack([a, activation.slope(ops, z, a)])

    found = engine.run(both, np.array([-1e4, 1e4], dtype=dtype))
    assert found.dtype == dtype
    expected = np.array(LIMITS[name]).reshape(2, 2).T
    np.testing.assert_allclose(found, expected, rtol=2 * np.finfo(dtype).eps, atol=0)


@ENGINES
@every
def test_float32_stays_float32_and_nothing_is_modified(engine, activation):
    z = np.linspace(-4, 4, 6, dtype=np.float32).reshape(2, 3)
    da = np.ones_like(z)
    kept = z.copy()

    def both(ops, z, da):
        return activation.forward(ops, z), back(ops, activation, z, da)

    for found in engine.run(both, z, da):
        assert found.dtype == np.float32
        assert found.shape == (2, 3)
    np.testing.assert_array_equal(z, kept)


@pytest.mark.parametrize("activation", ELEMENTWISE, ids=repr)
def test_properties_hold(activation):
    z = np.linspace(-60, 60, 24_001)
    a = activation.forward(OPS, z)
    slope = activation.slope(OPS, z, a)
    lowest, highest = activation.range
    assert lowest <= a.min()
    assert a.max() <= highest
    assert np.all(np.diff(a) >= 0) == activation.monotone
    far = np.array([-1e4, 1e4])
    left, right = np.abs(activation.slope(OPS, far, activation.forward(OPS, far))) < 1e-7
    assert {(True, True): "both", (True, False): "left", (False, True): "right", (False, False): "never"}[
        bool(left), bool(right)
    ] == activation.saturates
    jumps = np.abs(np.diff(slope)).max() > 0.05  # smooth slopes move by 0.005 at most between places 0.005 apart
    assert jumps == (not activation.differentiable)


@pytest.mark.parametrize("activation", ELEMENTWISE, ids=repr)
def test_range_is_reached(activation):
    z = np.concatenate([np.linspace(-3, 3, 60_001), [-1e9, 1e9]])
    a = activation.forward(OPS, z)
    for end, reached in zip(activation.range, (a.min(), a.max()), strict=True):
        assert reached == pytest.approx(end, abs=1e-7) or (math.isinf(end) and abs(reached) > 1e6)


@pytest.mark.parametrize("activation", BUILT_IN, ids=repr)
def test_entry_is_complete(activation):
    assert activation.formula
    assert activation.derivative
    assert activation.saturates in {"left", "right", "both", "never"}
    assert type(activation).__doc__
    assert activation.differentiable or activation.convention
    assert (activation.name in KINKS) == (not activation.differentiable) or activation.name == "elu"


@ENGINES
@pytest.mark.parametrize(("activation", "field"), [(LIMITED, next(iter(LIMITED.numbers()))) for LIMITED in ALL[-2:]])
def test_numbers_can_be_arguments_of_a_program(engine, activation, field):
    z = np.array([-2.0, -0.5, 0.5])

    def both(ops, number, z):
        bound = activation.skeleton().bind({field: number})
        a = bound.forward(ops, z)
        return a, bound.slope(ops, z, a)

    expected = activation.forward(OPS, z), activation.slope(OPS, z, activation.forward(OPS, z))
    for found, wanted in zip(engine.run(both, np.array(activation.numbers()[field]), z), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-15)


def test_strict_namespace_refuses_what_is_not_in_the_standard():
    with pytest.raises(AttributeError):
        STRICT.run(lambda ops, z: ops.logaddexp2(z, z), np.ones(2))


def test_base_is_abstract():
    for call in (Activation().forward, Activation().slope):
        with pytest.raises(NotImplementedError):
            call(OPS, *[np.ones(1)] * (1 if call.__name__ == "forward" else 2))
