"""Stretches are as long as they are meant to be, whatever was guessed, and leave no crumbs."""

import pytest

from chainrule.training.pace import Pace


def gaps(guess: float, real: float, steps: int, seconds: float = 0.02, compiling: float = 0.0) -> list[float]:
    """Seconds that each stretch of a training really takes."""
    pace, found = Pace(guess), []
    while steps:
        made = pace.stretch(steps, seconds)
        pace.learn(made, made * real + compiling)
        found.append(made * real)
        steps, compiling = steps - made, 0.0
    return found


@pytest.mark.parametrize("compiling", [0.0, 0.5])
@pytest.mark.parametrize("real", [1e-6, 1e-5, 3e-5, 6e-5])
def test_no_stretch_is_much_too_long_where_the_guess_is(real, compiling):
    """Guessed 16 µs: were it four times that, the first stretch would be twice too long, the second right; compiling in
    the first does no harm. The last takes along what is less than half a stretch."""
    found = gaps(16e-6, real, 100_000, compiling=compiling)
    assert found[0] <= 0.02 * 2
    assert max(found[1:], default=0.0) <= 0.02 * 1.5 + 1e-9
    assert len(found) <= 100_000 * real / 0.02 + 8


def test_a_training_that_is_short_is_one_stretch():
    """10,000 steps guessed at 2 µs are 20 ms; the eight that would be left over are no call of their own."""
    assert len(gaps(2.0016e-6, 4e-7, 10_000)) == 1


def test_one_that_may_be_short_is_one_stretch_while_the_time_of_a_step_is_a_guess():
    pace = Pace(1e-3)
    assert [pace.stretch(steps, 0.028) for steps in (56, 57)] == [56, 14]
    pace.learn(14, 0.014)
    assert [pace.stretch(steps, 0.028) for steps in (42, 43, 56)] == [42, 28, 28]


def test_the_estimate_falls_at_once_and_at_most_doubles():
    pace = Pace(1.0)
    pace.learn(10, 100.0)
    assert (pace.step_seconds, pace.measured) == (2.0, False)
    pace.learn(10, 1.0)
    assert (pace.step_seconds, pace.measured) == (0.1, True)
    pace.learn(10, 0.0)
    assert pace.step_seconds == 1e-8


def test_a_stretch_has_a_step():
    assert Pace(5.0).stretch(3, 0.02) == 1
    assert Pace(5.0).steps_in(0.02) == 1
