"""Gradient descent, by hand: parameter 1, slopes 0.5, −1 and 0.25, learning rate 0.1."""

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.optimizers import SGD
from optimizers.stepping import column, records
from oracles import ENGINES

SLOPES = [0.5, -1.0, 0.25]


def close(made, name, expected):
    # Values around 1 with a handful of float64 operations each.
    np.testing.assert_allclose(column(made, name), expected, rtol=1e-14, atol=1e-15)


@ENGINES
def test_plain(engine):
    made = records(SGD(0.1), 1.0, SLOPES, engine)
    close(made, "gradient", SLOPES)
    close(made, "direction", SLOPES)
    close(made, "step_size", [0.05, -0.1, 0.025])
    close(made, "new", [0.95, 1.05, 1.025])
    assert made[0].velocity is None
    assert SGD(0.1).state_of(made[0]) == ()


@ENGINES
def test_momentum(engine):
    made = records(SGD(0.1, momentum=0.9), 1.0, SLOPES, engine)
    close(made, "velocity", [0.5, -0.55, -0.245])
    close(made, "direction", [0.5, -0.55, -0.245])
    close(made, "step_size", [0.05, -0.055, -0.0245])
    close(made, "new", [0.95, 1.005, 1.0295])


@ENGINES
def test_nesterov(engine):
    made = records(SGD(0.1, momentum=0.9, nesterov=True), 1.0, SLOPES, engine)
    close(made, "velocity", [0.5, -0.55, -0.245])
    close(made, "direction", [0.95, -1.495, 0.0295])
    close(made, "step_size", [0.095, -0.1495, 0.00295])
    close(made, "new", [0.905, 1.0545, 1.05155])


def test_a_change_of_the_rate_acts_on_the_whole_velocity():
    first = SGD(0.1, momentum=0.9)
    state = first.state_of(records(first, 1.0, [0.5])[0])
    from oracles import eager

    record = first.at_rate(0.0).step(eager(), np.asarray(0.95), np.asarray(-1.0), state, np.asarray(2.0))
    assert float(record.step_size) == 0.0


def test_the_second_argument_is_momentum():
    assert SGD(0.1, 0.9) == SGD(0.1, momentum=0.9)


@pytest.mark.parametrize("momentum", [-0.1, 1.0])
def test_momentum_out_of_range(momentum):
    with pytest.raises(InputError) as caught:
        SGD(momentum=momentum)
    assert str(caught.value) == f"SGD: momentum must be at least 0 and below 1; got {momentum}."


def test_nesterov_without_momentum():
    with pytest.raises(InputError) as caught:
        SGD(nesterov=True)
    assert str(caught.value) == "SGD: nesterov must be used together with momentum; got True."
