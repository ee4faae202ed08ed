"""Who is told about a training, and what: every epoch once, with the numbers of its history."""

import numpy as np
import pytest

from chainrule import SGD, Dense, Network, fit
from chainrule.errors import InputTypeError, NonFiniteError
from training.problems import small_network, table

OPTIONS = {"batch_size": 10, "progress": False, "engine": "numpy"}


class Tracker:
    """As experiment trackers are: an object with ``log``."""

    def __init__(self):
        self.calls = []

    def log(self, values, *, step):
        self.calls.append((step, values))


def test_every_epoch_is_sent_once_with_the_numbers_of_its_history():
    X, y = table(37)
    tracker = Tracker()
    run = fit(small_network(), X, y, epochs=5, validation=0.2, log=tracker, **OPTIONS)
    assert [step for step, _ in tracker.calls] == [3, 6, 9, 12, 15]  # 30 rows in batches of 10
    assert [values["epoch"] for _, values in tracker.calls] == [1, 2, 3, 4, 5]
    for name in ("loss", "validation_loss", "learning_rate"):
        assert [values[name] for _, values in tracker.calls] == run.history[name].tolist()
    assert {type(value) for _, values in tracker.calls for value in values.values()} == {int, float}


def test_functions_and_several_logs_are_told_alike_and_cannot_change_each_others_numbers():
    X, y = table(20)
    tracker, seen = Tracker(), []

    def spoil(values, step):
        seen.append((step, dict(values)))
        values.clear()

    fit(small_network(), X, y, epochs=3, log=[spoil, tracker], **OPTIONS)
    assert seen == tracker.calls
    assert len(seen) == 3


def test_epochs_that_early_stopping_forgets_are_not_sent():
    rng = np.random.default_rng(5)
    X, noise = rng.normal(size=(24, 3)), rng.normal(size=24)
    tracker = Tracker()
    run = fit(
        Network([Dense(30, "tanh"), Dense(1)]),
        X,
        noise,
        epochs=300,
        validation=(X + 0.5, rng.normal(size=24)),
        early_stopping=7,
        log=tracker,
        **OPTIONS,
    )
    assert [values["epoch"] for _, values in tracker.calls] == run.history["epoch"].tolist()


def test_epochs_before_nan_are_sent():
    X, y = table(20)
    tracker = Tracker()
    with pytest.raises(NonFiniteError) as caught:
        fit(Network([Dense(1)], loss="ssr"), X * 50, y, epochs=400, optimizer=SGD(1.0), log=tracker, **OPTIONS)
    ended = (caught.value.step - 1) // 2
    assert [values["epoch"] for _, values in tracker.calls] == list(range(1, ended + 1))


def test_a_training_that_goes_on_sends_only_what_is_new(tmp_path):
    X, y = table(20)
    first, second = Tracker(), Tracker()
    fit(small_network(), X, y, epochs=10, until=4, checkpoint=tmp_path, log=first, **OPTIONS)
    fit(small_network(), X, y, epochs=10, checkpoint=tmp_path, log=second, **OPTIONS)
    assert [values["epoch"] for _, values in first.calls + second.calls] == list(range(1, 11))


def test_something_that_cannot_be_told_is_refused_before_training():
    with pytest.raises(InputTypeError) as caught:
        fit(small_network(), [[0.0]], [0.0], log="wandb")
    assert str(caught.value) == (
        "log must be a function log(values, step=...) or something with such a method; got 'wandb'."
    )
