import numpy as np
import pytest

from chainrule.activations import Gelu, GeluTanh, Silu
from oracles import ENGINES

LOG2 = np.log(2.0)

BY_HAND = [
    # sigmoid(±log 2) is 2/3 and 1/3; its slope is 2/9.
    (Silu(), [-LOG2, 0.0, LOG2], [-LOG2 / 3, 0, 2 * LOG2 / 3], [1 / 3 - LOG2 * 2 / 9, 0.5, 2 / 3 + LOG2 * 2 / 9]),
    # Φ(1) = 0.841344746068543 and φ(1) = 0.241970724519143, from a table of the normal distribution.
    (
        Gelu(),
        [-1.0, 0.0, 1.0],
        [-0.158655253931457, 0, 0.841344746068543],
        [-0.083315470587686, 0.5, 1.083315470587686],
    ),
    # u(1) = 1.044715 √(2/π) = 0.833561969, tanh u = 0.682383981: (1 + tanh u) / 2 = 0.8411919906.
    (GeluTanh(), [-1.0, 0.0, 1.0], [-0.1588080094, 0, 0.8411919906], None),
]


@ENGINES
@pytest.mark.parametrize(("activation", "z", "a", "slope"), BY_HAND, ids=lambda given: repr(given)[:10])
def test_by_hand(engine, activation, z, a, slope):
    found = engine.run(activation.forward, np.array(z))
    rtol = 1e-9 if slope is None else 5e-15  # the digits written above
    np.testing.assert_allclose(found, a, rtol=rtol, atol=0)
    if slope is not None:
        np.testing.assert_allclose(engine.run(activation.slope, np.array(z), found), slope, rtol=2e-14, atol=0)


@ENGINES
def test_approximation_is_as_close_as_it_says(engine):
    z = np.linspace(-6, 6, 1201)
    away = np.abs(engine.run(Gelu().forward, z) - engine.run(GeluTanh().forward, z)).max()
    assert 4e-4 < away < 5e-4


@ENGINES
@pytest.mark.parametrize("activation", [Silu(), Gelu(), GeluTanh()], ids=repr)
def test_what_the_gate_holds_back_and_what_it_lets_through_add_up(engine, activation):
    # z * gate(z) and -z * gate(-z) differ by z, since gate(z) + gate(-z) = 1.
    z = np.linspace(0.1, 40, 50)
    passed, held = engine.run(activation.forward, z), engine.run(activation.forward, -z)
    np.testing.assert_allclose(passed - held, z, rtol=1e-15)
