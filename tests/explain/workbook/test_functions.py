"""Activations as formulas: worked out one by one, near 0, far out, and where exponentials would overflow."""

import math

import numpy as np
import pytest

from chainrule.activations import get_activation, register_activation
from chainrule.activations.registry import activation_names
from chainrule.explain.workbook.functions import activate, delta, has_formula, log_one_plus, log_softmax
from explain.workbook.reading import worked

Φ = (1 + math.erf(0.5 / math.sqrt(2))) / 2
BY_HAND = {
    "linear": (-2.0, -2.0),
    "sigmoid": (-2.0, math.exp(-2) / (1 + math.exp(-2))),
    "tanh": (0.5, (math.e - 1) / (math.e + 1)),
    "relu": (-2.0, 0.0),
    "softplus": (-2.0, math.log1p(math.exp(-2))),
    "leaky_relu": (-2.0, -0.02),
    "elu": (-2.0, math.exp(-2) - 1),
    "selu": (-2.0, 1.7580993408473766 * (math.exp(-2) - 1)),
    "gelu": (0.5, 0.5 * Φ),
    "gelu_tanh": (0.5, 0.25 * (1 + math.tanh(math.sqrt(2 / math.pi) * (0.5 + 0.044715 * 0.125)))),
    "silu": (-2.0, -2 / (1 + math.exp(2))),
    "softsign": (-2.0, -2 / 3),
    "hard_sigmoid": (-2.0, 1 / 6),
    "hard_tanh": (-2.0, -1.0),
}
"""A pre-activation, and the activation there."""


def value(name: str, z: float) -> float:
    return float(worked(activate(get_activation(name), "B5", "B5:C5"), {"B5": z}))


def slope(name: str, z: float) -> float:
    cells = {"B5": z, "B9": value(name, z), "B13": 1.0}
    return float(worked(delta(get_activation(name), "B5", ("B9", "B9:C9"), ("B13", "B13:C13")), cells))


def test_every_activation_has_a_formula():
    assert sorted([*BY_HAND, "softmax", "log_softmax"]) == sorted(activation_names())
    assert all(has_formula(get_activation(name)) for name in activation_names())
    assert has_formula(None)


def test_one_that_a_user_registered_has_none():
    register_activation("cube_on_a_sheet", lambda ops, z: z**3, lambda ops, z: 3 * z * z)
    assert not has_formula(get_activation("cube_on_a_sheet"))


@pytest.mark.parametrize("name", BY_HAND)
def test_values_are_those_by_hand(name):
    z, expected = BY_HAND[name]
    assert value(name, z) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("name", BY_HAND)
def test_slopes_are_differences_of_values(name):
    """Central differences with h = 1e-5 are right to about 1e-10."""
    for z in (-3.3, -0.4, 0.7, 3.4):
        assert slope(name, z) == pytest.approx((value(name, z + 1e-5) - value(name, z - 1e-5)) / 2e-5, abs=1e-9)


@pytest.mark.parametrize("name", BY_HAND)
def test_nothing_overflows_far_out(name):
    """At ±900 the exponential of the pre-activation is no float64; working it out would raise."""
    for z in (-900.0, 900.0):
        assert np.isfinite([value(name, z), slope(name, z)]).all()


def test_corners_have_the_slopes_of_the_engine():
    """ReLU′(0) = 0, and the straight pieces of the hard ones end before their corners."""
    below = {"relu": 0, "leaky_relu": 0.01, "elu": 1, "selu": 1.7580993408473766}
    assert {name: slope(name, 0.0) for name in below} == pytest.approx(below, rel=1e-15)
    assert [slope("hard_sigmoid", z) for z in (-3, 3)] == [slope("hard_tanh", z) for z in (-1, 1)] == [0, 0]


def test_small_exponentials_keep_their_digits():
    for z in (-40.0, 8.99, 9.01, 15.06, 30.0):
        assert worked(log_one_plus("B5"), {"B5": z}) == pytest.approx(math.log1p(math.exp(-abs(z))), rel=1e-12, abs=0)


def test_softmax_is_taken_over_the_row():
    row = np.array([1000.0, 1000.0 + math.log(3)])
    cells = {"B5": row[0], "ROW": row, "B9": 0.25, "A": np.array([0.25, 0.75]), "B13": 2.0, "DA": np.array([2.0, -1.0])}
    softmax, logarithm = get_activation("softmax"), get_activation("log_softmax")
    # 1000 + log 3 has three digits fewer behind the point than log 3.
    assert worked(activate(softmax, "B5", "ROW"), cells) == pytest.approx(0.25, rel=1e-12)
    assert worked(activate(logarithm, "B5", "ROW"), cells) == pytest.approx(math.log(0.25), rel=1e-12)
    assert worked(log_softmax("B5", "ROW"), cells) == pytest.approx(math.log(0.25), rel=1e-12)
    # 0.25 · (2 − (2 · 0.25 − 1 · 0.75)) and 2 − e^a · (2 − 1), with a = log 0.25.
    assert worked(delta(softmax, "B5", ("B9", "A"), ("B13", "DA")), cells) == pytest.approx(0.5625, rel=1e-15)
    cells["B9"] = math.log(0.25)
    assert worked(delta(logarithm, "B5", ("B9", "A"), ("B13", "DA")), cells) == pytest.approx(1.75, rel=1e-15)
