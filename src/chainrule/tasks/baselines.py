"""Honest baselines beside every network: the same encoded rows, the same test rows, scikit-learn's defaults."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.data.encode import TableEncoder
from chainrule.ops import Rng
from chainrule.runs.metrics import classification_metrics, regression_metrics
from chainrule.training.progress import Work

BASELINES = 3
"""A constant answer, a linear model, gradient boosting."""
MOST_ROWS = 200_000
"""Baselines learn from at most so many rows, so that they do not take longer than the network."""
MOST_CODES = 255
"""Scikit-learn's gradient boosting takes at most so many categories a column."""
MANY_NUMBERS = 10_000_000
"""From so many numbers on, gradient boosting uses all cores: below, threads gain little, and wait for each other where
the cores are busy (300 rows took 53 s instead of 1 s at a load of six to a core)."""


def baselines_for(
    encoder: TableEncoder,
    X: Mapping[str, np.ndarray],
    y: np.ndarray,
    X_test: Mapping[str, np.ndarray],
    y_test: np.ndarray,
    seed: int,
    work: Work | None = None,
) -> dict[str, dict[str, float]]:
    """Train the baselines on all training rows and judge them on the test rows, in the network's own metrics.

    Gradient boosting takes the codes of wide categories as categories; the linear model does without them. ``work`` is
    told of each of the :data:`BASELINES`.
    """
    from threadpoolctl import threadpool_limits

    narrow, narrow_test = _narrow(X), _narrow(X_test)
    wide, wide_test = _with_codes(encoder, X), _with_codes(encoder, X_test)
    codes = list(range(narrow.shape[1], wide.shape[1])) if "features" in X else list(range(wide.shape[1]))
    kept = slice(None) if len(y) <= MOST_ROWS else Rng(seed).permutation(len(y))[:MOST_ROWS]
    work = work or Work()
    threads = 1 if wide[kept].size < MANY_NUMBERS else None
    found: dict[str, dict[str, float]] = {}
    for name, model, train, test in (
        (*_constant(encoder), narrow, narrow_test),
        (*_linear(encoder), narrow, narrow_test),
        (*_boosting(encoder, codes, seed), wide, wide_test),
    ):
        work.begin(name)
        with warnings.catch_warnings(), threadpool_limits(threads, user_api="openmp"):
            warnings.simplefilter("ignore")  # a baseline that has not converged is judged as it is
            model.fit(train[kept], y[kept])
            found[name] = _judged(model, encoder, test, y_test)
        work()
    return found


def _judged(model: Any, encoder: TableEncoder, test: np.ndarray, y_test: np.ndarray) -> dict[str, float]:
    if encoder.target.kind == "number":
        decode = encoder.target.decode
        return regression_metrics(decode(y_test), decode(model.predict(test)))
    probabilities = np.zeros((len(test), len(encoder.target.labels)))
    probabilities[:, model.classes_] = model.predict_proba(test)
    return classification_metrics(y_test, probabilities)


def _constant(encoder: TableEncoder) -> tuple[str, Any]:
    from sklearn.dummy import DummyClassifier, DummyRegressor

    if encoder.target.kind == "number":
        return "mean", DummyRegressor()
    return "majority", DummyClassifier(strategy="prior")


def _linear(encoder: TableEncoder) -> tuple[str, Any]:
    from sklearn.linear_model import LinearRegression, LogisticRegression

    if encoder.target.kind == "number":
        return "linear regression", LinearRegression()
    return "logistic regression", LogisticRegression(max_iter=1000)


def _boosting(encoder: TableEncoder, codes: list[int], seed: int) -> tuple[str, Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingRegressor if encoder.target.kind == "number" else HistGradientBoostingClassifier
    options: dict[str, Any] = {"categorical_features": codes or None, "random_state": seed}
    return "gradient boosting", kind(**options)


def _narrow(X: Mapping[str, np.ndarray]) -> np.ndarray:
    """The features; a column of ones where all columns are wide categories."""
    return X["features"] if "features" in X else np.ones((len(next(iter(X.values()))), 1))


def _with_codes(encoder: TableEncoder, X: Mapping[str, np.ndarray]) -> np.ndarray:
    """The features and, behind them, the codes of wide categories; codes beyond what boosting takes count as one."""
    wide = [np.minimum(X[name], MOST_CODES - 1).astype(float)[:, None] for name in encoder.wide]
    return np.hstack([X["features"], *wide] if "features" in X else wide)
