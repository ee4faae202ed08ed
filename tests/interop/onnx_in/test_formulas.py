"""Activations are told by their values: every one, and none that is only near."""

import numpy as np
import pytest

from chainrule.activations import Elu, LeakyRelu, activation_names, get_activation
from chainrule.interop.onnx_in.formulas import GRID, recognised
from chainrule.ops import eager_ops

NAMES = [name for name in activation_names() if get_activation(name).elementwise]


@pytest.mark.parametrize("activation", [*map(get_activation, NAMES), LeakyRelu(0.3), LeakyRelu(1.5), Elu(0.7)], ids=str)
def test_every_activation_in_single_precision(activation):
    sample = np.asarray(activation.forward(eager_ops(), GRID)).astype(np.float32).astype(np.float64)
    found = recognised(sample)
    assert found.same
    assert found.activation == activation
    assert recognised(sample + 2e-5 * (GRID > 1)).same is False


def test_what_is_nearest():
    found = recognised(np.clip(GRID, -2, 2))
    assert (found.same, found.activation.name, found.distance, found.z) == (False, "hard_tanh", 1.0, -30.0)
    assert not recognised(np.where(GRID < -29, np.nan, GRID)).same
