"""Which differences are more than noise, against figures worked out by hand and by SciPy."""

import numpy as np
import pytest
from scipy import stats

from chainrule.runs.noise import differences

RNG = np.random.default_rng(0)
SCORES = np.stack([RNG.normal(size=(5, 2)) * 0.1 + mean for mean in (1.0, 1.02, 3.0)])


def test_folds_share_their_training_rows():
    [near, far] = differences(SCORES, 0, [1, 2], folds=5, higher_is_better=False)
    by_fold = SCORES[2].mean(axis=1) - SCORES[0].mean(axis=1)
    assert far.worse == pytest.approx(by_fold.mean(), rel=1e-12)
    limit = stats.t.ppf(1 - 0.05 / 2 / 2, 4)  # two comparisons
    assert far.noise == pytest.approx(limit * np.sqrt((1 / 5 + 1 / 4) * by_fold.var(ddof=1)), rel=1e-9)
    assert (near.told, far.told) == (False, True)


def test_seeds_are_independent():
    """Without folds it is the paired t-test itself."""
    scores = SCORES[:, :1]
    wide = np.concatenate([scores, RNG.normal(size=(3, 1, 4)) * 0.1 + SCORES.mean(axis=(1, 2))[:, None, None]], axis=2)
    [only] = differences(wide, 0, [2], folds=None, higher_is_better=False)
    t, p = stats.ttest_rel(wide[2, 0], wide[0, 0])
    assert only.worse / only.noise == pytest.approx(t / stats.t.ppf(0.975, 5), rel=1e-9)
    assert only.told == (p < 0.05)


def test_the_higher_the_better():
    [only] = differences(-SCORES, 0, [2], folds=5, higher_is_better=True)
    assert only == differences(SCORES, 0, [2], folds=5, higher_is_better=False)[0]


def test_what_has_no_score_is_told_and_one_fold_tells_nothing():
    broken = SCORES.copy()
    broken[1, 2, 0] = np.nan
    assert differences(broken, 0, [1], folds=5, higher_is_better=False)[0].told
    assert differences(SCORES[:, :1, :1], 0, [1], folds=None, higher_is_better=False) == []
    same = np.stack([SCORES[0], SCORES[0]])
    assert not differences(same, 0, [1], folds=5, higher_is_better=False)[0].told
