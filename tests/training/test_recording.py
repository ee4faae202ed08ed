"""Snapshots stay within their budget, and the first is never dropped."""

import numpy as np

from chainrule.training.recording import Recording, bytes_of
from chainrule.training.step import State

SIZE = 100 * 8 + 256
"""Of a state, with what an array takes beside its numbers."""


def state(value: float) -> State:
    return State({"dense1": (np.full(100, value),)}, {}, {})


def test_the_budget_holds_and_the_stride_widens():
    recording = Recording(budget=10 * SIZE)
    assert bytes_of(state(0.0)) == SIZE
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


def test_planned_steps_fill_the_budget_at_one_stride():
    recording = Recording(budget=11 * SIZE, planned=100)
    for step in range(101):
        recording.add(step, state(step))
    assert recording.steps == list(range(0, 101, 10))


def test_a_snapshot_too_near_to_one_before_or_after_is_not_wanted():
    recording = Recording(budget=11 * SIZE, planned=100)
    for step in (0, 50):
        recording.add(step, state(step))
    assert [recording.wants(step) for step in (9, 10, 40, 41, 59, 60)] == [False, True, True, False, False, True]
    recording.add(45, state(45))
    assert recording.steps == [0, 50]


def test_a_gap_can_be_closed():
    recording = Recording(budget=11 * SIZE, planned=100)
    for step in (0, 90, 30):
        recording.add(step, state(step))
    assert recording.steps == [0, 30, 90]
    assert recording.before(89)[0] == 30


def test_the_snapshots_of_another_recording_are_taken_over():
    recording = Recording()
    recording.add(0, state(0))
    recording.put({7: state(7), 3: state(3)})
    assert recording.steps == [3, 7]
    assert recording.before(6)[0] == 3


def test_the_next_step_that_is_far_enough():
    recording = Recording(budget=11 * SIZE, planned=100)
    recording.add(0, state(0.0))
    recording.add(30, state(0.0))
    assert [recording.next_after(step) for step in (0, 4, 9, 10, 29, 30)] == [10, 10, 10, 11, 30, 40]
    assert all(recording.wants(step) for step in (10, 20, 40))
    assert not recording.wants(9)
