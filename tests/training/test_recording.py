"""Snapshots stay within their budget, and the first is never dropped."""

import numpy as np

from chainrule.training.recording import Recording, bytes_of
from chainrule.training.step import State


def state(value: float) -> State:
    return State({"dense1": (np.full(100, value),)}, {}, {})


def test_the_budget_holds_and_the_stride_widens():
    recording = Recording(budget=10 * 800)
    assert bytes_of(state(0.0)) == 800
    for step in range(100):
        recording.add(step, state(step))
        assert len(recording.steps) <= 10
    assert recording.steps[0] == 0
    step, found = recording.before(70)
    assert step <= 70
    assert found.params["dense1"][0][0] == step


def test_without_a_budget_only_the_first_is_kept():
    recording = Recording(budget=0)
    for step in range(5):
        recording.add(step, state(step))
    assert recording.steps == [0]


def test_forgetting_drops_what_comes_after():
    recording = Recording()
    for step in range(5):
        recording.add(step, state(step))
    recording.forget_after(2)
    assert recording.steps == [0, 1, 2]
