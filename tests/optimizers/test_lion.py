"""Lion, by hand: parameter 1, slopes 0.5, −1 and 0.25, learning rate 0.1, betas 0.5 and 0.75."""

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.optimizers import Lion
from optimizers.stepping import column, records
from oracles import ENGINES, eager

SLOPES = [0.5, -1.0, 0.25]
BETAS = {"beta1": 0.5, "beta2": 0.75}


def close(made, name, expected):
    np.testing.assert_allclose(column(made, name), expected, rtol=1e-14, atol=1e-15)


@ENGINES
def test_first_steps(engine):
    made = records(Lion(0.1, **BETAS), 1.0, SLOPES, engine)
    close(made, "blend", [0.25, -0.4375, 0.046875])
    close(made, "direction", [1, -1, 1])
    close(made, "m", [0.125, -0.15625, -0.0546875])
    close(made, "step_size", [0.1, -0.1, 0.1])
    close(made, "new", [0.9, 1.0, 0.9])
    assert made[0].decay is None


@ENGINES
def test_weight_decay(engine):
    made = records(Lion(0.1, weight_decay=0.5, **BETAS), 1.0, SLOPES, engine)
    close(made, "decay", [0.05, 0.0425, 0.045375])
    close(made, "step_size", [0.15, -0.0575, 0.145375])
    close(made, "new", [0.85, 0.9075, 0.762125])


def test_nothing_moves_where_the_blend_is_zero():
    (record,) = records(Lion(0.1), [1.0, 1.0], [[0.0, -1e-30]])
    np.testing.assert_array_equal(record.step_size, [0.0, -0.1])
    form = Lion(0.1).linear(eager(), record, np.asarray(1.0))
    assert form.of_gradient[0] == 0.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"beta1": 1.0}, "Lion: beta1 must be at least 0 and below 1; got 1.0."),
        ({"beta2": -1.0}, "Lion: beta2 must be at least 0 and below 1; got -1.0."),
        ({"weight_decay": -0.1}, "Lion: weight_decay must be 0 or more, or None; got -0.1."),
    ],
)
def test_a_setting_out_of_range_is_named(settings, message):
    with pytest.raises(InputError) as caught:
        Lion(**settings)
    assert str(caught.value) == message
