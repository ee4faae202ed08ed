"""Which differences between scores can be told from noise: each beside the best one, fold by fold or seed by seed.

The same rows judge all, so what makes a fold hard for one makes it hard for the others, and falls out of differences.
Folds share most of the rows that they learn from, so their differences are more alike than independent ones: the
variance of their mean is (1/f + rows judged / rows learned from) times that between them (Nadeau and Bengio 2003,
section 3.3).

Shapes: k combinations of settings, f folds, r seeds.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from chainrule._typing import Array, Float

CHANCE = 0.05
"""How often chance alone may make at least one of the comparisons look like a difference."""


class Difference(NamedTuple):
    """A combination of settings beside the best one."""

    place: int
    worse: float
    """By how much its score is worse, on average; NaN where it has none."""
    noise: float
    """How much worse chance alone may make it look."""

    @property
    def told(self) -> bool:
        """Whether it is worse by more than that, or has no score at all."""
        return not self.worse <= self.noise


def differences(
    scores: Float[Array, "k f r"], best: int, places: Sequence[int], *, folds: int | None, higher_is_better: bool
) -> list[Difference]:
    """Compare some combinations with the best; none where there is one fold and one seed.

    >>> scores = np.array([[[1.0], [2.0], [3.0]], [[2.5], [3.6], [4.4]], [[1.2], [1.9], [3.0]]])
    >>> [each.told for each in differences(scores, 0, [1, 2], folds=3, higher_is_better=False)]
    [True, False]

    Args:
        scores: of each combination in each fold from each seed.
        best: place of the best combination.
        places: places of those to compare with it.
        folds: into how many folds the rows were split, if they were.
        higher_is_better: whether the best score is the highest.
    """
    from scipy.special import stdtrit

    apart = scores.mean(axis=2) if folds is not None else scores[:, 0]
    n = apart.shape[1]
    if n < 2:
        return []
    shared = 1 / n + (1 / (folds - 1) if folds is not None else 0.0)
    limit = float(stdtrit(n - 1, 1 - CHANCE / 2 / max(1, len(places))))
    found: list[Difference] = []
    for place in places:
        with np.errstate(invalid="ignore"):
            worse = (apart[best] - apart[place]) * (1 if higher_is_better else -1)
            noise = limit * float(np.sqrt(shared * worse.var(ddof=1)))
        found.append(Difference(place, float(worse.mean()), noise))
    return found
