"""Adagrad, RMSProp, Adam and AdamW, by hand: parameter 1, slopes 0.5, −1 and 0.25, learning rate 0.1, epsilon 0.1.

Epsilon is large, so that it matters where it stands.
"""

from math import sqrt

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.optimizers import Adagrad, Adam, AdamW, RMSProp
from optimizers.stepping import column, records
from oracles import ENGINES

SLOPES = [0.5, -1.0, 0.25]


def close(made, name, expected):
    # Values around 1 with a dozen float64 operations each.
    np.testing.assert_allclose(column(made, name), expected, rtol=1e-14, atol=1e-15)


@ENGINES
def test_adagrad(engine):
    made = records(Adagrad(0.1, epsilon=0.1), 1.0, SLOPES, engine)
    steps = np.array([0.05 / (0.5 + 0.1), -0.1 / (sqrt(1.25) + 0.1), 0.025 / (sqrt(1.3125) + 0.1)])
    close(made, "squares", [0.25, 1.25, 1.3125])
    close(made, "scale", [0.1 / 0.6, 0.1 / (sqrt(1.25) + 0.1), 0.1 / (sqrt(1.3125) + 0.1)])
    close(made, "step_size", steps)
    close(made, "new", 1 - np.cumsum(steps))


@ENGINES
def test_rmsprop(engine):
    made = records(RMSProp(0.1, decay=0.75, epsilon=0.1), 1.0, SLOPES, engine)
    steps = np.array([0.05 / (0.25 + 0.1), -0.1 / (sqrt(0.296875) + 0.1), 0.025 / (sqrt(0.23828125) + 0.1)])
    close(made, "squares", [0.0625, 0.296875, 0.23828125])
    close(made, "step_size", steps)
    close(made, "new", 1 - np.cumsum(steps))


ADAM = {"beta1": 0.5, "beta2": 0.75, "epsilon": 0.1}
M_HAT = [0.25 / 0.5, -0.375 / 0.75, -0.0625 / 0.875]
V_HAT = [0.0625 / 0.25, 0.296875 / 0.4375, 0.23828125 / 0.578125]
ADAM_STEPS = [0.1 * m / (sqrt(v) + 0.1) for m, v in zip(M_HAT, V_HAT, strict=True)]


@ENGINES
def test_adam(engine):
    made = records(Adam(0.1, **ADAM), 1.0, SLOPES, engine)
    close(made, "m", [0.25, -0.375, -0.0625])
    close(made, "v", [0.0625, 0.296875, 0.23828125])
    close(made, "m_hat", M_HAT)
    close(made, "v_hat", V_HAT)
    close(made, "scale", [0.1 / (sqrt(v) + 0.1) for v in V_HAT])
    close(made, "step_size", ADAM_STEPS)
    close(made, "new", 1 - np.cumsum(ADAM_STEPS))
    assert made[0].decay is None


@ENGINES
def test_adamw(engine):
    made = records(AdamW(0.1, weight_decay=0.5, **ADAM), 1.0, SLOPES, engine)
    new = [1.0]
    for step in ADAM_STEPS:
        new.append(new[-1] - step - 0.1 * 0.5 * new[-1])
    close(made, "v", [0.0625, 0.296875, 0.23828125])
    close(made, "decay", 0.05 * np.array(new[:-1]))
    close(made, "step_size", np.array(ADAM_STEPS) + 0.05 * np.array(new[:-1]))
    close(made, "new", new[1:])


@pytest.mark.parametrize("optimizer", [Adagrad(1.0, epsilon=1e-6), Adam(1.0, epsilon=1e-6)], ids=["adagrad", "adam"])
@ENGINES
def test_epsilon_stands_outside_the_root(optimizer, engine):
    # Here the root is the slope itself. Outside: 1e-6 / (1e-6 + 1e-6) = 1/2. Inside: 1e-6 / sqrt(1e-12 + 1e-6) = 0.001.
    np.testing.assert_allclose(records(optimizer, 0.0, [1e-6], engine)[0].step_size, 0.5, rtol=1e-12)


def test_epsilon_is_added_after_the_correction():
    # Keras adds it to the uncorrected root: the first step would be 0.1 * sqrt(0.25) * 0.5 / (0.25 + 0.1) = 0.0714.
    np.testing.assert_allclose(records(Adam(0.1, **ADAM), 1.0, SLOPES)[0].step_size, 0.05 / 0.6, rtol=1e-14)


@pytest.mark.parametrize("optimizer", [Adagrad(), RMSProp(), Adam(), AdamW()], ids=lambda optimizer: optimizer.name)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@ENGINES
def test_no_slope_ever_is_no_step(optimizer, kind, engine):
    made = records(
        optimizer.bind({"weight_decay": 0.0}) if optimizer.name == "adamw" else optimizer, 1.0, [0.0], engine, kind
    )
    assert float(made[0].step_size) == 0.0
    assert float(made[0].new) == 1.0


@pytest.mark.parametrize("slope", [1e-4, 3.0, 1e4])
def test_adams_first_step_is_the_learning_rate_whatever_the_slope(slope):
    # Up to epsilon / slope = 1e-4.
    np.testing.assert_allclose(records(Adam(0.01), 0.0, [slope])[0].step_size, 0.01, rtol=1.1e-4)


def test_defaults_are_those_of_pytorch():
    assert Adagrad() == Adagrad(0.01, epsilon=1e-10)
    assert RMSProp() == RMSProp(0.01, decay=0.99, epsilon=1e-8)
    assert Adam() == Adam(0.001, beta1=0.9, beta2=0.999, epsilon=1e-8)
    assert AdamW() == AdamW(0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.01)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Adam(beta1=1.0), "Adam: beta1 must be at least 0 and below 1; got 1.0."),
        (lambda: Adam(beta2=1.5), "Adam: beta2 must be at least 0 and below 1; got 1.5."),
        (lambda: AdamW(beta1=-0.5), "AdamW: beta1 must be at least 0 and below 1; got -0.5."),
        (lambda: Adam(epsilon=0), "Adam: epsilon must be above 0; got 0.0."),
        (lambda: AdamW(weight_decay=-1), "AdamW: weight_decay must be 0 or more; got -1.0."),
        (lambda: RMSProp(decay=1), "RMSProp: decay must be at least 0 and below 1; got 1.0."),
        (lambda: RMSProp(epsilon=-1e-8), "RMSProp: epsilon must be above 0; got -1e-08."),
        (lambda: Adagrad(epsilon=0), "Adagrad: epsilon must be above 0; got 0.0."),
    ],
)
def test_a_setting_out_of_range_is_named(make, message):
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value) == message
