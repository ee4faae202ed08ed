"""The regressor: one number or several, in their own units."""

import numpy as np
import polars as pl
from sklearn.linear_model import LinearRegression

import chainrule as cr
from chainrule import NetworkRegressor

QUICK = {"hidden_layers": (8,), "epochs": 60, "learning_rate": 0.02, "engine": "numpy", "random_state": 0}


def data(rows=80):
    rng = np.random.default_rng(1)
    X = rng.normal(100, 20, size=(rows, 2))
    return X, 1e4 + 30 * X[:, 0] - 5 * X[:, 1]


def test_without_hidden_layers_it_is_linear_regression():
    X, y = data()
    options = {"hidden_layers": (), "optimizer": cr.SGD(0.3), "batch_size": 80, "epochs": 300, "engine": "numpy"}
    model, linear = NetworkRegressor(**options).fit(X, y), LinearRegression().fit(X, y)
    np.testing.assert_allclose(model.predict(X), linear.predict(X), rtol=1e-9)


def test_several_numbers_each_in_their_units():
    X, y = data()
    both = np.stack([y, y / 1e6], axis=1)
    model = NetworkRegressor(**QUICK).fit(X, both)
    assert model.predict(X).shape == (80, 2)
    assert model.score(X, both) > 0.95
    table = pl.DataFrame(X, schema=["a", "b"])
    frame = NetworkRegressor(**QUICK).fit(table, both).predict_frame(table)
    assert frame.columns == ["prediction 1", "prediction 2"]
    np.testing.assert_array_equal(frame["prediction 2"].to_numpy(), model.predict(X)[:, 1])


def test_weights_are_repetitions():
    X, y = data(12)
    weight = np.arange(12) % 3
    options = QUICK | {"batch_size": 100}
    weighted = NetworkRegressor(**options).fit(X, y, sample_weight=weight)
    repeated = NetworkRegressor(**options).fit(X.repeat(weight, axis=0), y.repeat(weight))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-9)


def test_partial_fit_keeps_the_scaling_of_the_first_call():
    X, y = data()
    model = NetworkRegressor(**QUICK).partial_fit(X, y)
    before = model.predict(X[:1])
    model.partial_fit(X[:2] + 1000, y[:2])
    assert abs(model.predict(X[:1]) - before) < 0.5 * y.std()
