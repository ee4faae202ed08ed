import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.explain.effects.intervals import (
    averages,
    check_interval,
    resampled_averages,
    resampled_rows,
    standard_errors,
)

VALUES = np.random.default_rng(1).exponential(size=(80, 3))


def test_resampled_averages_are_averages_of_the_resampled_rows():
    found = resampled_averages(VALUES, 7, seed=3)
    for repeat in range(7):
        np.testing.assert_allclose(found[repeat], VALUES[resampled_rows(80, 3, repeat)].mean(axis=0), rtol=1e-13)


def test_rows_without_a_value_are_left_out_of_every_resample():
    gaps = VALUES.copy()
    gaps[::4, 1] = np.nan
    found = resampled_averages(gaps, 5, seed=0)
    for repeat in range(5):
        np.testing.assert_allclose(found[repeat], averages(gaps[resampled_rows(80, 0, repeat)]), rtol=1e-13)


def test_standard_errors_come_to_those_of_a_mean():
    # The bootstrap's standard error of a mean is sd/√n in the limit; of 1,000 resamples it is right to 1/√2000 = 2 %.
    found = standard_errors(resampled_averages(VALUES, 1000, seed=0))
    np.testing.assert_allclose(found, VALUES.std(axis=0) / np.sqrt(80), rtol=0.08)


def test_resampled_rows_are_drawn_evenly_and_depend_on_seed_and_repeat():
    rows = np.concatenate([resampled_rows(10, 0, repeat) for repeat in range(1000)])
    # Each of 10 rows is expected 1,000 times, with a standard deviation of 30.
    assert np.abs(np.bincount(rows, minlength=10) - 1000).max() < 120
    assert not np.array_equal(resampled_rows(50, 0, 0), resampled_rows(50, 0, 1))
    assert not np.array_equal(resampled_rows(50, 0, 0), resampled_rows(50, 1, 0))


@pytest.mark.parametrize("level", [0, 1, 95, True, "0.95"])
def test_a_level_is_a_share(level):
    with pytest.raises(InputError) as caught:
        check_interval(level, None)
    assert str(caught.value) == f"level must be a number between 0 and 1, such as 0.95; got {level!r}."


@pytest.mark.parametrize("repeats", [1, 2.5, True])
def test_repeats_are_counted(repeats):
    with pytest.raises(InputError) as caught:
        check_interval(0.95, repeats)
    assert str(caught.value) == f"repeats must be a whole number of at least 2; got {repeats!r}."
