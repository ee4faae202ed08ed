import numpy as np
import pytest

from chainrule.activations import Elu, LeakyRelu, Relu, Selu, Softplus
from chainrule.errors import InputError
from oracles import ENGINES

LOG2 = np.log(2.0)

BY_HAND = [
    (Relu(), [-1.0, 0.0, 2.0], [0, 0, 2], [0, 0, 1]),
    (Softplus(), [-LOG2, 0.0, LOG2], [np.log(1.5), LOG2, np.log(3.0)], [1 / 3, 1 / 2, 2 / 3]),
    (LeakyRelu(), [-1.0, 0.0, 2.0], [-0.01, 0, 2], [0.01, 0.01, 1]),
    (LeakyRelu(0.5), [-1.0, 0.0, 2.0], [-0.5, 0, 2], [0.5, 0.5, 1]),
    (Elu(), [-LOG2, 0.0, 2.0], [-0.5, 0, 2], [0.5, 1, 1]),
    (Elu(3.0), [-LOG2, 0.0, 2.0], [-1.5, 0, 2], [1.5, 3, 1]),
    (
        Selu(),
        [-LOG2, 0.0, 2.0],
        [-0.8790496704236884, 0, 2.101401974710961],
        [0.8790496704236884, 1.758099340847377, 1.0507009873554805],
    ),
]


@ENGINES
@pytest.mark.parametrize(("activation", "z", "a", "slope"), BY_HAND, ids=lambda given: repr(given)[:16])
def test_by_hand(engine, activation, z, a, slope):
    found = engine.run(activation.forward, np.array(z))
    np.testing.assert_allclose(found, a, rtol=1e-15, atol=1e-16)
    np.testing.assert_allclose(engine.run(activation.slope, np.array(z), found), slope, rtol=1e-15, atol=0)


@ENGINES
def test_softplus_of_the_lecture(engine):
    found = engine.run(Softplus().forward, np.array([2.14, -15.06, -32.26]))
    # The table's five digits, but for its 2.2515, a slip: e^2.14 = 8.49944 and log 9.49944 = 2.25123.
    np.testing.assert_allclose(found, [2.25123, 2.8809e-07, 9.7647e-15], rtol=1e-5)
    # At −32.26, log(1 + e^z) written plainly is 9.77e-15 only because 1 + e^z has rounded: here all digits hold.
    np.testing.assert_allclose(found[2], np.exp(-32.26), rtol=1e-14)


@ENGINES
def test_selu_keeps_mean_0_and_variance_1(engine):
    # Klambauer et al. 2017: a fixed point for standard normal pre-activations; midpoint rule over the density.
    z = np.linspace(-12, 12, 24_001)
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    a = engine.run(Selu().forward, z)
    assert np.sum(a * density) == pytest.approx(0, abs=1e-6)
    assert np.sum(a * a * density) == pytest.approx(1, abs=1e-6)


def test_properties_that_depend_on_alpha():
    assert Elu().differentiable
    assert not Elu(2.0).differentiable
    assert Elu(2.0).range == (-2.0, np.inf)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LeakyRelu(0.0), "LeakyRelu: negative_slope must be above 0 (for 0, use 'relu'); got 0.0."),
        (lambda: Elu(-1.0), "Elu: alpha must be above 0 (for 0, use 'relu'); got -1.0."),
    ],
)
def test_parameters_out_of_range(make, message):
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value) == message
