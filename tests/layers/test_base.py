"""What every layer has unless it says otherwise."""

import numpy as np
import pytest

from chainrule.layers.base import Context, Layer
from chainrule.ops import Rng, eager_ops


def test_by_default_a_layer_learns_nothing_remembers_nothing_and_passes_masks_on():
    layer = Layer()
    assert layer.init(Rng(0), (3,)) == ()
    assert layer.init_stats(Rng(0), (3,)) is None
    mask = np.array([[True, False]])
    assert layer.output_mask(mask) is mask
    assert (layer.several_inputs, layer.takes_codes, layer.draws) == (False, False, False)


def test_the_maths_must_be_written():
    layer = Layer()
    for call in (
        lambda: layer.output_shape((3,)),
        lambda: layer.forward(eager_ops(), (), None, Context()),
        lambda: layer.backward(eager_ops(), (), None, np.zeros(1)),
        lambda: layer.terms((), None, np.zeros(1), "weight", (0,)),
    ):
        with pytest.raises(NotImplementedError):
            call()


def test_a_pass_is_for_prediction_unless_it_is_said_to_be_training():
    assert Context() == (False, None, None, None)
