import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.diagnosis import experiments
from chainrule.explain.diagnosis.experiments import FEWEST, affordable_steps, branch, tried
from explain.diagnosis.illnesses import fit, friedman


def test_going_on_at_the_same_rate_is_the_training_itself():
    X, y = friedman(100)
    run = fit([cr.Dense(4, "tanh"), cr.Dense(1)], (X, y), epochs=10)
    look = run.look()
    start = look.state_before(0)
    states = branch(look, start, 0, look.steps, 1.0)
    assert np.array_equal(states[-1].params["dense1"].weight, look.state.params["dense1"].weight)
    assert tried(look, 0, start, look.steps, 1.0).loss == pytest.approx(look.row_losses[-1], rel=0.05)


def test_another_rate_is_what_a_training_at_that_rate_does():
    X, y = friedman(100)
    parts = [cr.Dense(4, "tanh"), cr.Dense(1)]
    slow, fast = (fit(parts, (X, y), epochs=10, optimizer=cr.SGD(rate), dtype="float64") for rate in (0.01, 0.1))
    look = slow.look()
    states = branch(look, look.state_before(0), 0, look.steps, 10.0)
    assert np.allclose(states[-1].params["dense1"].weight, fast.look().state.params["dense1"].weight, rtol=1e-9, atol=0)


def test_experiments_on_unseen_rows_are_told_too():
    look = fit([cr.Dense(4, "tanh"), cr.Dense(1)], friedman(100), epochs=10).look()
    found = tried(look, 0, look.state_before(0), look.steps, 1.0)
    states = branch(look, look.state_before(0), 0, look.steps, 1.0)[-3:]
    assert found.unseen == np.median([look.loss_at(state, look.held_rows) for state in states])
    alone = fit([cr.Dense(1)], friedman(40), epochs=1, validation=None).look()
    assert np.isnan(tried(alone, 0, alone.state_before(0), alone.steps, 1.0).unseen)


def test_an_experiment_takes_a_fixed_time_and_never_too_few_steps(monkeypatch):
    look = fit([cr.Dense(4, "tanh"), cr.Dense(1)], friedman(100), epochs=1).look()
    assert affordable_steps(look, 10**6) == max(FEWEST, int(0.4 / look.step_seconds))
    monkeypatch.setattr(experiments, "_SECONDS", 0)
    assert affordable_steps(look, 10**6) == FEWEST
    assert affordable_steps(look, 3) == 3
