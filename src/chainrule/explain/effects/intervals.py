"""How sure an average is: averages of many resampled sets of rows, and the standard error that they give.

Shapes: n rows, r resamples, m numbers a row.
"""

from statistics import NormalDist
from typing import Any

import numpy as np

from chainrule._typing import Array, Float, Int
from chainrule.errors import InputError
from chainrule.layers.common import is_whole
from chainrule.ops import Rng, eager_ops
from chainrule.ops.random import random_bits
from chainrule.training.progress import working

_NUMBERS_AT_ONCE = 4_000_000


def usual_repeats(n: int) -> int:
    """How often rows are resampled where nothing is said: 1,000 times, of many rows less often, but 200 times.

    >>> usual_repeats(500), usual_repeats(100_000)
    (1000, 200)
    """
    return min(1_000, max(200, 20_000_000 // n))


def averages(values: Float[Array, "n m"]) -> Float[Array, " m"]:
    """The mean over the rows that have a value; NaN where none has.

    >>> averages(np.array([[1.0, np.nan], [3.0, np.nan]]))
    array([ 2., nan])
    """
    there = ~np.isnan(values)
    count = there.sum(axis=0)
    return np.where(count > 0, np.where(there, values, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def resampled_rows(n: int, seed: int, repeat: int) -> Int[Array, " n"]:
    """The places of n rows drawn from n with replacement (Efron 1979): the same for the same seed and repeat.

    >>> resampled_rows(5, 0, 0)
    array([1, 4, 2, 4, 0])
    """
    bits = random_bits(eager_ops(), Rng(seed).child("resampled rows").child(repeat).key, (n,))
    return ((bits.astype(np.uint64) * np.uint64(n)) >> np.uint64(32)).astype(np.int64)


def resampled_averages(
    values: Float[Array, "n m"], repeats: int, seed: int, progress: bool | None = False
) -> Float[Array, "r m"]:
    """The averages of resampled rows."""
    n, m = values.shape
    there = ~np.isnan(values)
    whole = bool(there.all())
    filled = values if whole else np.where(there, values, 0.0)
    result = np.empty((repeats, m))
    size = max(1, _NUMBERS_AT_ONCE // n)
    with working("resampling rows", steps=repeats, shown=progress) as tick:
        for begin in range(0, repeats, size):
            some = range(begin, min(begin + size, repeats))
            counts = np.stack([np.bincount(resampled_rows(n, seed, each), minlength=n) for each in some]).astype(float)
            rows = n if whole else counts @ there
            with np.errstate(invalid="ignore"):
                result[some.start : some.stop] = (counts @ filled) / rows
            tick(len(some))
    return result


def standard_errors(draws: Float[Array, "r *m"]) -> Float[Array, "*m"]:
    """The standard deviation of the averages, over what is finite."""
    if len(draws) < 2:
        return np.full(draws.shape[1:], np.nan)
    return np.std(draws, axis=0, ddof=1)


def check_interval(level: Any, repeats: Any) -> None:
    """Refuse a level or a number of repeats that cannot be meant.

    Raises:
        InputError: says what was expected.
    """
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        raise InputError(f"level must be a number between 0 and 1, such as 0.95; got {level!r}.")
    if repeats is not None and not is_whole(repeats, 2):
        raise InputError(f"repeats must be a whole number of at least 2; got {repeats!r}.")


def normal_interval(effects: Float[Array, "*m"], errors: Float[Array, "*m"], level: float) -> Float[Array, "*m 2"]:
    """``effect ± z · standard error``, the normal distribution's interval.

    >>> normal_interval(np.array([1.0]), np.array([0.5]), 0.95).round(2)
    array([[0.02, 1.98]])
    """
    reach = NormalDist().inv_cdf((1 + level) / 2) * errors
    return np.stack([effects - reach, effects + reach], axis=-1)
