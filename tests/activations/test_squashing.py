import numpy as np
import pytest

from chainrule.activations import HardSigmoid, HardTanh, Sigmoid, Softsign, Tanh
from oracles import ENGINES

THIRD = np.log(2.0)
"""e^-THIRD is 1/2, so the sigmoid of THIRD is 1 / (1 + 1/2) = 2/3."""

BY_HAND = [
    (Sigmoid(), [-THIRD, 0.0, THIRD], [1 / 3, 1 / 2, 2 / 3], [2 / 9, 1 / 4, 2 / 9]),
    (Tanh(), [-THIRD, 0.0, THIRD], [-3 / 5, 0.0, 3 / 5], [16 / 25, 1.0, 16 / 25]),  # (2 - 1/2) / (2 + 1/2)
    (Softsign(), [-3.0, 0.0, 1.0], [-3 / 4, 0.0, 1 / 2], [1 / 16, 1.0, 1 / 4]),
    (HardSigmoid(), [-4.0, -3.0, 0.0, 1.5, 3.0, 4.0], [0, 0, 0.5, 0.75, 1, 1], [0, 0, 1 / 6, 1 / 6, 0, 0]),
    (HardTanh(), [-2.0, -1.0, -0.5, 0.0, 1.0, 2.0], [-1, -1, -0.5, 0, 1, 1], [0, 0, 1, 1, 0, 0]),
]


@ENGINES
@pytest.mark.parametrize(("activation", "z", "a", "slope"), BY_HAND, ids=lambda given: repr(given)[:14])
def test_by_hand(engine, activation, z, a, slope):
    found = engine.run(activation.forward, np.array(z))
    np.testing.assert_allclose(found, a, rtol=1e-15, atol=1e-16)
    np.testing.assert_allclose(engine.run(activation.slope, np.array(z), found), slope, rtol=1e-15, atol=0)


@ENGINES
@pytest.mark.parametrize("activation", [Sigmoid(), Tanh(), Softsign(), HardSigmoid(), HardTanh()], ids=repr)
def test_symmetry(engine, activation):
    z = np.linspace(0, 50, 101)

    def both(ops, z):
        a = activation.forward(ops, z)
        return a, activation.slope(ops, z, a)

    (right, right_slope), (left, left_slope) = engine.run(both, z), engine.run(both, -z)
    middle = 0.5 if activation.range[0] == 0 else 0.0
    np.testing.assert_allclose(right - middle, middle - left, rtol=0, atol=2e-16)
    np.testing.assert_array_equal(right_slope, left_slope)
