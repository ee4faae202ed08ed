"""ROC, calibration and intervals against scikit-learn and hand-worked values."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_auc_score, roc_curve

from chainrule.report.curves import calibration, roc, wilson


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=30))
def test_roc_is_scikit_learns(rows):
    positive, score = np.array([row[0] for row in rows]), np.array([row[1] / 6 for row in rows])
    if positive.all() or not positive.any():
        return
    curve = roc(positive, score)
    assert curve.area == pytest.approx(roc_auc_score(positive, score), abs=1e-12)  # sums of a few dozen fractions
    false, true, _ = roc_curve(positive, score, drop_intermediate=False)
    grid = np.linspace(0, 1, 41)
    ours, theirs = np.interp(grid, curve.false, curve.true), np.interp(grid, false, true)
    assert np.allclose(ours, theirs, atol=1e-12)  # leaving out points on straight lines changes nothing


def test_calibration_is_scikit_learns():
    rng = np.random.default_rng(1)
    said = rng.random(500)
    so = rng.random(500) < said
    bins = calibration(said, so)
    happened, mean = calibration_curve(so, said, n_bins=10)
    assert [each.happened for each in bins] == pytest.approx(happened)
    assert [each.said for each in bins] == pytest.approx(mean)
    assert sum(each.rows for each in bins) == 500


def test_calibration_leaves_out_empty_bins_and_takes_one_as_the_last():
    assert [(each.rows, each.happened) for each in calibration(np.array([0.0, 1.0]), np.array([False, True]))] == [
        (1, 0.0),
        (1, 1.0),
    ]


def test_wilson_by_hand():
    assert wilson(8, 10) == pytest.approx((0.490162, 0.943318), abs=1e-6)  # published to six digits
    assert wilson(0, 5)[0] == 0.0
    assert wilson(5, 5)[1] == 1.0
