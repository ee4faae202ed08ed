"""Schedules at their corner points."""

import numpy as np
import pytest

from chainrule.errors import InputError, InputTypeError
from chainrule.optimizers import Constant, Cosine, Exponential, OneCycle, StepDecay, WarmUp, rates_of

ALL = [
    Constant(0.1),
    StepDecay(0.1, every=3, factor=0.5),
    Exponential(0.1, factor=0.9),
    Cosine(0.1, lowest=0.01),
    OneCycle(0.1),
    WarmUp(4, Cosine(0.1)),
]
every = pytest.mark.parametrize("schedule", ALL, ids=repr)


def close(got, expected):
    np.testing.assert_allclose(got, expected, rtol=1e-14, atol=1e-17)


def test_step_decay():
    rates = StepDecay(0.8, every=3, factor=0.5).rates(np.array([0, 2, 3, 5, 6]), 7)
    close(rates, [0.8, 0.8, 0.4, 0.4, 0.2])


def test_exponential():
    close(Exponential(0.8, factor=0.5).rates(np.array([0, 1, 3]), 4), [0.8, 0.4, 0.1])


def test_cosine():
    rates = Cosine(1.0, lowest=0.2).rates(np.array([0, 25, 50, 75, 100, 130]), 100)
    half = 0.4 * np.sqrt(0.5)
    close(rates, [1.0, 0.6 + half, 0.6, 0.6 - half, 0.2, 0.2])


def test_one_cycle():
    rates = OneCycle(1.0, rise=0.25, start=10.0, end=100.0).rates(np.array([0, 10, 20, 50, 80]), 80)
    close(rates, [0.1, 0.55, 1.0, 0.5005, 0.001])


def test_one_cycle_rises_then_falls():
    rates = OneCycle(0.1).rates(np.arange(1000), 1000)
    assert np.argmax(rates) == 300
    assert np.all(np.diff(rates[:301]) > 0)
    assert np.all(np.diff(rates[300:]) < 0)


def test_warm_up():
    close(WarmUp(3, 0.4).rates(np.arange(5), 10), [0.1, 0.2, 0.3, 0.4, 0.4])


def test_what_follows_a_warm_up_has_what_is_left_of_the_training():
    rates = WarmUp(20, Cosine(0.5)).rates(np.array([0, 19, 20, 60, 100]), 100)
    close(rates, [0.5 / 21, 0.5 * 20 / 21, 0.5, 0.25, 0.0])


def test_a_training_shorter_than_its_warm_up():
    close(WarmUp(3, Cosine(0.4)).rates(np.arange(2), 2), [0.1, 0.2])


@every
@pytest.mark.parametrize("total", [1, 2, 10, 997])
def test_rates_are_positive_and_do_not_depend_on_which_steps_are_asked_for(schedule, total):
    rates = rates_of(schedule, np.arange(total), total)
    assert rates.dtype == np.float64
    assert rates.shape == (total,)
    assert np.all((rates > 0) & (rates <= 0.1))
    np.testing.assert_array_equal(rates_of(schedule, np.arange(total)[-1:], total), rates[-1:])


@pytest.mark.peers
@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")  # only rates are asked for; no step is taken
@pytest.mark.parametrize(
    "schedule", [StepDecay(0.1, every=7, factor=0.5), Exponential(0.1, 0.9), Cosine(0.1, 0.01)], ids=repr
)
def test_agrees_with_torch(schedule):
    import torch
    from torch.optim import lr_scheduler

    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
    theirs = {
        StepDecay: lambda: lr_scheduler.StepLR(optimizer, 7, gamma=0.5),
        Exponential: lambda: lr_scheduler.ExponentialLR(optimizer, 0.9),
        Cosine: lambda: lr_scheduler.CosineAnnealingLR(optimizer, T_max=50, eta_min=0.01),
    }[type(schedule)]()
    rates = []
    for _ in range(50):
        rates.append(theirs.get_last_lr()[0])
        theirs.step()
    np.testing.assert_allclose(schedule.rates(np.arange(50), 50), rates, rtol=1e-10)


def test_a_number_is_the_same_at_every_step():
    np.testing.assert_array_equal(rates_of(0.3, np.arange(4), None), [0.3] * 4)


@pytest.mark.parametrize(
    ("schedule", "name"), [(Cosine(1.0), "Cosine"), (OneCycle(1.0), "OneCycle"), (WarmUp(2, Cosine(1.0)), "WarmUp")]
)
def test_some_schedules_must_know_how_long_training_will_be(schedule, name):
    with pytest.raises(InputError) as caught:
        rates_of(schedule, np.arange(3), None)
    assert str(caught.value) == f"{name} needs to know how long training will be: pass epochs= to the Trainer."


@pytest.mark.parametrize("schedule", [Constant(0.1), Exponential(0.1), StepDecay(0.1, 2), WarmUp(2, 0.1)], ids=repr)
def test_the_others_need_not(schedule):
    assert rates_of(schedule, np.arange(3), None).shape == (3,)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Constant(-1), "Constant: rate must be 0 or more; got -1.0."),
        (lambda: StepDecay(-1, 2), "StepDecay: rate must be 0 or more; got -1.0."),
        (lambda: StepDecay(1, 0), "StepDecay: every must be a whole number of steps of at least 1; got 0."),
        (
            lambda: StepDecay(1, 2).bind({"every": 2.5}).check(),
            "StepDecay: every must be a whole number of steps of at least 1; got 2.5.",
        ),
        (lambda: StepDecay(1, True), "StepDecay: every must be a whole number of steps of at least 1; got True."),
        (lambda: StepDecay(1, 2, 1.5), "StepDecay: factor must be above 0 and at most 1; got 1.5."),
        (lambda: Exponential(-1), "Exponential: rate must be 0 or more; got -1.0."),
        (lambda: Exponential(1, 0), "Exponential: factor must be above 0 and at most 1; got 0.0."),
        (lambda: Cosine(-1), "Cosine: rate must be 0 or more; got -1.0."),
        (lambda: Cosine(0.1, 0.2), "Cosine: lowest must be between 0 and the rate; got 0.2."),
        (lambda: OneCycle(-1), "OneCycle: highest must be 0 or more; got -1.0."),
        (lambda: OneCycle(1, rise=1), "OneCycle: rise must be a share between 0 and 1; got 1.0."),
        (lambda: OneCycle(1, start=0.5), "OneCycle: start must be 1 or more; got 0.5."),
        (lambda: OneCycle(1, end=0), "OneCycle: end must be 1 or more; got 0.0."),
        (lambda: WarmUp(0, 0.1), "WarmUp: steps must be a whole number of steps of at least 1; got 0."),
        (lambda: WarmUp(2, -0.1), "Constant: rate must be 0 or more; got -0.1."),
    ],
)
def test_a_setting_out_of_range_is_named(make, message):
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value) == message


def test_what_follows_a_warm_up_is_a_schedule_or_a_number():
    with pytest.raises(InputTypeError) as caught:
        WarmUp(2, "cosine")
    assert str(caught.value) == "WarmUp: then must be a number; got 'cosine'."
