"""What Ctrl-C leaves of a sweep."""

import os
import signal

import numpy as np
import pytest

import chainrule as cr
from chainrule.runs import sweep_parts

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 2))
Y = X[:, 0]


def _stopped_in(monkeypatch, training):
    train, made = sweep_parts.train_together, []

    def counted(*given):
        made.append(given)
        if len(made) == training:
            os.kill(os.getpid(), signal.SIGINT)
        return train(*given)

    monkeypatch.setattr(sweep_parts, "train_together", counted)
    rates = {"learning_rate": [0.1, 0.2, 0.3]}
    return cr.sweep(cr.Network([cr.Dense(1)]), X, Y, vary=rates, folds=3, epochs=1, engine="numpy")


@pytest.mark.parametrize(
    ("training", "settings", "folds", "said"),
    [
        (2, 2, 1, "Stopped by Ctrl-C: 2 of 3 settings in 1 of 3 folds are there."),
        (5, 3, 1, "Stopped by Ctrl-C: 1 of 3 folds are there."),
        (6, 3, 2, "Stopped by Ctrl-C: 2 of 3 folds are there."),
        (9, 3, 3, ""),
    ],
)
def test_what_is_whole_is_kept(monkeypatch, training, settings, folds, said):
    found = _stopped_in(monkeypatch, training)
    assert found.scores.shape == (settings, folds, 1)
    assert found.losses.shape == (settings, folds, 1, 1)
    assert (len(found.settings), len(found.states), len(found.networks)) == (
        settings,
        settings * folds,
        settings * folds,
    )
    assert np.isfinite(found.scores).all()
    assert found.stopped == said
    text = " ".join(found.to_text().split())
    assert said in text if said else "Stopped" not in text
    assert found.trained(settings - 1, folds - 1).predict(X).shape == (12, 1)


def test_the_whole_sweep_is_the_same(monkeypatch):
    """What is kept has the numbers that it would have had."""
    part = _stopped_in(monkeypatch, 6)
    monkeypatch.undo()
    whole = cr.sweep(
        cr.Network([cr.Dense(1)]), X, Y, vary={"learning_rate": [0.1, 0.2, 0.3]}, folds=3, epochs=1, engine="numpy"
    )
    np.testing.assert_array_equal(part.scores, whole.scores[:, :2])
