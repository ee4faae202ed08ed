"""What all estimators share: going on, stopping early, checking their parameters, and precision."""

import numpy as np
import pytest

from chainrule import NetworkRegressor
from chainrule.errors import InputError

QUICK = {"hidden_layers": (8,), "epochs": 60, "learning_rate": 0.02, "engine": "numpy", "random_state": 0}


def data(rows=80):
    rng = np.random.default_rng(1)
    X = rng.normal(100, 20, size=(rows, 2))
    return X, 1e4 + 30 * X[:, 0] - 5 * X[:, 1]


def test_warm_start_goes_on_from_its_weights():
    X, y = data()
    model = NetworkRegressor(**(QUICK | {"warm_start": True, "epochs": 3})).fit(X, y)
    first = model.history_["loss"]
    model.fit(X, y)
    assert model.history_["loss"][0] < first[-1]
    with pytest.raises(InputError) as caught:
        model.set_params(hidden_layers=(3,)).fit(X, y)
    assert str(caught.value) == (
        "warm_start goes on with the same network; layers, columns or classes have changed since. Set "
        "warm_start=False, or fit a new estimator."
    )


def test_early_stopping_watches_rows_of_its_own():
    X, y = data()
    model = NetworkRegressor(**(QUICK | {"early_stopping": 4, "validation_fraction": 0.25, "epochs": 400})).fit(X, y)
    watched = model.history_["validation_loss"]
    assert model.n_iter_ == 1 + int(np.argmin(watched)) < 400
    assert model.run_.training["validation_rows"] == 20


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"early_stopping": "yes"}, "early_stopping must be 'auto', a whole number of epochs or None; got 'yes'."),
        (
            {"activation": ("relu", "tanh")},
            "activation names 2 for 1 hidden layers of units; give one for each, or one for all.",
        ),
        ({"loss": "cross_entropy"}, None),
        ({"engine": "gpu"}, "engine must be 'auto', 'numpy' or 'xla'; got 'gpu'."),
    ],
)
def test_parameters_are_checked_by_fit(options, message):
    with pytest.raises(InputError) as caught:
        NetworkRegressor(**(QUICK | options)).fit(*data(10))
    assert message is None or str(caught.value) == message


def test_single_precision_stays():
    X, y = data()
    assert NetworkRegressor(**QUICK).fit(X.astype(np.float32), y).run_.dtype == np.float32
    assert NetworkRegressor(**QUICK).fit(X, y).run_.dtype == np.float64
