"""Stretches last as long as they may, and the estimate of a step's time falls at once and rises slowly."""

import pytest

from chainrule.training.pace import SECONDS_PER_SNAPSHOT, SECONDS_PER_STRETCH, Pace


def test_without_snapshots_stretches_are_longer():
    assert Pace(0.001, 100, recorded=True).stretch == round(SECONDS_PER_SNAPSHOT / 0.001)
    assert Pace(0.001, 100, recorded=False).stretch == round(SECONDS_PER_STRETCH / 0.001)


def test_a_step_is_the_least_a_stretch_can_be():
    assert Pace(9.0, 100, recorded=True).stretch == 1


def test_large_snapshots_are_taken_less_often():
    """100 MB at 20 MB for each second: 5 seconds apart."""
    pace = Pace(0.01, 100_000_000, recorded=True)
    assert pace.stretch == 500
    assert (pace.due(374), pace.due(376)) == (False, True)


def test_the_estimate_falls_at_once_and_rises_slowly():
    pace = Pace(0.001, 100, recorded=True)
    pace.measured(10, 1.0)
    assert pace.step_seconds == pytest.approx(0.002)
    pace.measured(10, 0.001)
    assert pace.step_seconds == pytest.approx(0.0001)
    pace.measured(1, 0.0)
    assert pace.step_seconds > 0
