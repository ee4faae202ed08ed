"""Small models of scikit-learn that say what is there to be learned; each is fitted once for a diagnosis.

They learn from encoded rows, a sample of many, and are judged by the share of the variance that they explain.
"""

import warnings
from typing import Any

import numpy as np

from chainrule.explain.diagnosis.look import Look
from chainrule.explain.diagnosis.sample import spread
from chainrule.explain.diagnosis.skill import explained, matrix_of
from chainrule.training.rows import select

MODELLED_ROWS = 2_000
"""More would not change what they tell."""
_TREES = 60
_LEAF = 3


def forest_skill(look: Look) -> float | None:
    """Skill of a random forest (Breiman 2001) on the rows that each of its trees has not seen; None without a table."""
    if "forest" not in look.models:
        look.models["forest"] = _forest(look)
    return look.models["forest"]


def linear_skill(look: Look) -> float | None:
    """Skill of a linear model on the rows it was fitted to; None where the rows are no table."""
    sample = sample_of(look)
    if sample is None:
        return None
    from sklearn.linear_model import LinearRegression

    X, truth = sample
    return explained(truth, LinearRegression().fit(X, truth).predict(X).reshape(truth.shape))


def sample_of(look: Look) -> tuple[np.ndarray, np.ndarray] | None:
    """Inputs side by side and targets as numbers (classes as 0 and 1) of some training rows."""
    if look.truth is None:
        return None
    places = spread(len(look.truth), MODELLED_ROWS)
    X = matrix_of(select(look.rows, places))
    return None if X is None else (X, look.truth[places])


def _forest(look: Look) -> float | None:
    sample = sample_of(look)
    if sample is None or len(sample[1]) < 4 * _LEAF:
        return None
    from sklearn.ensemble import RandomForestRegressor

    X, truth = sample
    model: Any = RandomForestRegressor(_TREES, min_samples_leaf=_LEAF, oob_score=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a row that every tree has seen
        model.fit(X, truth[:, 0] if truth.shape[1] == 1 else truth)
    return explained(truth, np.asarray(model.oob_prediction_).reshape(truth.shape))
