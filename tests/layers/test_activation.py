"""Activation as a layer of its own."""

import numpy as np
import pytest

from chainrule.activations import get_activation
from chainrule.layers import ActivationLayer, Context
from chainrule.ops import Rng
from layers import checks
from oracles import ENGINES, eager

NAMES = pytest.mark.parametrize("name", ["relu", "softplus", "softmax"])


def made(name, shape=(3, 4)):
    rng = np.random.default_rng(0)
    return ActivationLayer(get_activation(name)), (), rng.normal(size=shape), rng.normal(size=shape)


def test_relu_by_hand():
    x, dy = np.array([[-1.0, 2.0]]), np.array([[10.0, 20.0]])
    layer = ActivationLayer(get_activation("relu"))
    y, saved = layer.forward(eager(), (), x, Context())
    assert y.tolist() == [[0, 2]]
    assert saved.z.tolist() == [[-1, 2]]
    assert saved.a.tolist() == [[0, 2]]
    assert layer.backward(eager(), (), saved, dy)[0].tolist() == [[0, 20]]


@NAMES
@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (2, 3, 2)])
def test_deltas_agree_with_central_differences(name, shape):
    checks.check_differences(*made(name, shape))


@NAMES
@ENGINES
def test_all_engines_agree(engine, name):
    checks.check_engine(engine, *made(name))


@NAMES
def test_float32_stays_float32_and_shapes_stay(name):
    checks.check_float32(*made(name))
    layer = made(name)[0]
    assert layer.output_shape((2, 3)) == (2, 3)
    assert layer.init(Rng(0), (2,)) == ()


def test_the_activations_numbers_are_the_layers():
    layer = ActivationLayer(get_activation("leaky_relu"))
    assert layer.numbers() == {"activation.negative_slope": 0.01}
    bound = layer.bind({"activation.negative_slope": 0.5})
    assert bound.forward(eager(), (), np.array([[-2.0]]), Context())[0].tolist() == [[-1]]
