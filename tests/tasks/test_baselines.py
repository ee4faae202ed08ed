"""Baselines are scikit-learn's own, on the same rows, in the same metrics."""

import numpy as np
import polars as pl
import pytest
import threadpoolctl
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression

from chainrule.data import fit_encoder, infer_schema, to_frame
from chainrule.runs.metrics import classification_metrics, regression_metrics
from chainrule.tasks import baselines
from chainrule.tasks.baselines import BASELINES, baselines_for
from chainrule.training.progress import Work

RNG = np.random.default_rng(0)
SIZE = RNG.normal(size=120).round(3)


def encoded(target, **columns):
    """Encoder, and inputs and targets of the first 90 rows and of the others."""
    frame = to_frame(pl.DataFrame({"size": SIZE, **columns, "y": target}))
    encoder = fit_encoder(frame[:90], infer_schema(frame, "y"))
    parts = [(encoder.transform(part).inputs, encoder.target.encode(part["y"])) for part in (frame[:90], frame[90:])]
    return encoder, *parts[0], *parts[1]


def test_numbers_are_judged_in_their_own_units():
    price = 1000 * (3 * SIZE + RNG.normal(size=120))
    encoder, X, y, X_test, y_test = encoded(price)
    found = baselines_for(encoder, X, y, X_test, y_test, seed=0)
    assert list(found) == ["mean", "linear regression", "gradient boosting"]
    assert found["mean"] == pytest.approx(regression_metrics(price[90:], np.full(30, price[:90].mean())), rel=1e-9)
    for name, model in (
        ("linear regression", LinearRegression()),
        ("gradient boosting", HistGradientBoostingRegressor(random_state=0)),
    ):
        said = model.fit(X["features"], price[:90]).predict(X_test["features"])
        assert found[name] == pytest.approx(regression_metrics(price[90:], said), rel=1e-6)


def test_classes():
    labels = np.where(SIZE + RNG.normal(size=120) > 0, "yes", "no")
    encoder, X, y, X_test, y_test = encoded(labels)
    found = baselines_for(encoder, X, y, X_test, y_test, seed=0)
    assert list(found) == ["majority", "logistic regression", "gradient boosting"]
    share = np.bincount(y) / len(y)
    assert found["majority"] == pytest.approx(classification_metrics(y_test, np.tile(share, (30, 1))), rel=1e-12)
    model = LogisticRegression(max_iter=1000).fit(X["features"], y)
    assert found["logistic regression"] == classification_metrics(y_test, model.predict_proba(X_test["features"]))


def test_wide_categories_are_categories_to_gradient_boosting():
    codes = RNG.permutation(np.arange(120) % 40)
    value = np.where(codes % 2, 100.0, -100.0) + SIZE
    encoder, X, y, X_test, y_test = encoded(value, part=[f"p{code:02d}" for code in codes])
    found = baselines_for(encoder, X, y, X_test, y_test, seed=0)
    train, test = (np.column_stack([inputs["features"], inputs["part"]]) for inputs in (X, X_test))
    model = HistGradientBoostingRegressor(categorical_features=[1], random_state=0).fit(train, y)
    said = encoder.target.decode(model.predict(test))
    assert found["gradient boosting"] == pytest.approx(regression_metrics(value[90:], said), rel=1e-9)
    linear = LinearRegression().fit(X["features"], y).predict(X_test["features"])
    assert found["linear regression"]["mae"] == pytest.approx(
        regression_metrics(value[90:], encoder.target.decode(linear))["mae"], rel=1e-9
    )


def test_of_many_rows_some_are_learned_from(monkeypatch):
    monkeypatch.setattr(baselines, "MOST_ROWS", 10)
    encoder, X, y, X_test, y_test = encoded(SIZE * 2 + 1)
    few = baselines_for(encoder, X, y, X_test, y_test, seed=0)
    assert few == baselines_for(encoder, X, y, X_test, y_test, seed=0)
    assert few["mean"] != baselines_for(encoder, X, y, X_test, y_test, seed=1)["mean"]


def test_each_is_told_when_it_is_trained():
    told = []

    class Told(Work):
        def begin(self, part):
            told.append(part)

        def __call__(self, count=1):
            told.append(count)

    baselines_for(*encoded(SIZE * 2 + 1), seed=0, work=Told())
    assert told == ["mean", 1, "linear regression", 1, "gradient boosting", 1]
    assert len(told) == 2 * BASELINES


class Threads:
    """A model that says how many threads it may use."""

    def fit(self, X, y):
        pools = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "openmp"]
        self.seen = {pool["num_threads"] for pool in pools}
        return self

    def predict(self, X):
        return np.zeros(len(X))


@pytest.mark.parametrize(("many", "threads"), [(91, {1}), (90, {2})])
def test_few_numbers_are_boosted_by_one_thread(monkeypatch, many, threads):
    """Several wait for each other where the cores are busy, for a minute instead of a second."""
    model = Threads()
    monkeypatch.setattr(baselines, "MANY_NUMBERS", many)
    monkeypatch.setattr(baselines, "_boosting", lambda *_: ("gradient boosting", model))
    with threadpoolctl.threadpool_limits(2, user_api="openmp"):
        baselines_for(*encoded(SIZE * 2 + 1), seed=0)
    assert model.seen == threads
