"""The transformer: a hidden layer's activations, with targets or without."""

import numpy as np
import pandas as pd
import pytest

from chainrule import NetworkTransformer
from chainrule.errors import InputError

QUICK = {"hidden_layers": (6, 2), "epochs": 40, "learning_rate": 0.02, "engine": "numpy", "random_state": 0}


def line(rows=60):
    """Four columns that are one number in disguise."""
    t = np.random.default_rng(0).normal(size=rows)
    return np.stack([t, -2 * t, 3 * t + 1, t], axis=1)


def test_without_targets_it_learns_to_give_the_inputs_back():
    X = line()
    model = NetworkTransformer(**(QUICK | {"activation": None, "hidden_layers": (1,), "epochs": 300})).fit(X)
    given_back = model.run_.predict_arrays(model.columns_.inputs(X))
    assert np.square(given_back - (X - X.mean(axis=0)) / X.std(axis=0)).mean() < 1e-3
    assert abs(np.corrcoef(model.transform(X)[:, 0], X[:, 0])[0, 1]) > 0.999


def test_any_layer_can_be_asked_for():
    X = line()
    model = NetworkTransformer(**QUICK).fit(X, X[:, 0])
    assert model.transform(X).shape == (60, 2)
    model.set_params(layer="dense1").fit(X, X[:, 0])
    np.testing.assert_array_equal(
        model.transform(X), model.network_.trace(model.columns_.inputs(X)["features"]).value("dense1.a")
    )
    with pytest.raises(InputError) as caught:
        model.set_params(layer="dens1").transform(X)
    assert str(caught.value) == (
        "layer must be a node of the network; got 'dens1', and there are 'dense1', 'dense2', 'dense3'. "
        "Did you mean 'dense1'?"
    )


def test_whole_numbers_are_classes_unless_said_otherwise():
    X = line()
    y = (X[:, 0] > 0).astype(int)
    assert NetworkTransformer(**QUICK).fit(X, y).network_.loss.name == "binary_cross_entropy"
    assert NetworkTransformer(task="regression", **QUICK).fit(X, y).network_.loss.name == "mse"


def test_categories_cannot_be_given_back():
    with pytest.raises(InputError) as caught:
        NetworkTransformer(**QUICK).fit(pd.DataFrame({"size": [1.0, 2.0], "city": ["Rome", "Oslo"]}))
    assert str(caught.value) == (
        "Without y the network learns to give its inputs back, which have to be numbers; the table has other columns. "
        "Pass y, or only columns of numbers."
    )
