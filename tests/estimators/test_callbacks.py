"""scikit-learn's callbacks: told of every epoch, with an estimator that predicts as training stands there."""

import numpy as np
import pytest

from chainrule import NetworkClassifier, NetworkRegressor

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks from 1.9 on")

QUICK = {"hidden_layers": (4,), "learning_rate": 0.02, "engine": "numpy", "random_state": 0}
X = np.random.default_rng(0).normal(size=(40, 2))
Y = X[:, 0] - X[:, 1]


def test_scores_of_every_epoch():
    monitor = callback.ScoringMonitor(scoring="r2")
    model = NetworkRegressor(epochs=6, **QUICK).set_callbacks(monitor).fit(X, Y)
    scores = [each["r2"] for each in monitor.get_logs().data if each["task_name"] == "epoch"]
    assert len(scores) == 6
    for epochs in (2, 6):
        assert NetworkRegressor(epochs=epochs, **QUICK).fit(X, Y).score(X, Y) == pytest.approx(scores[epochs - 1])
    assert model.score(X, Y) == pytest.approx(scores[-1])


def test_a_callback_may_end_the_training():
    class Stop:
        def __init__(self):
            self.epochs = 0

        def setup(self, estimator, context):
            pass

        def teardown(self, estimator, context):
            pass

        def on_fit_task_begin(self, estimator, context):
            pass

        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            self.epochs += context.task_name == "epoch"
            assert fitted_estimator.predict(X[:2]).shape == (2,)
            return self.epochs == 3

    model = NetworkClassifier(epochs=50, **QUICK).set_callbacks(Stop()).fit(X, Y > 0)
    assert model.n_iter_ == 3
    assert model.run_.stopped == "stopped after epoch 3, as asked"


def test_the_progress_bar_runs(capsys):
    NetworkRegressor(epochs=3, **QUICK).set_callbacks(callback.ProgressBar()).fit(X, Y)


def test_without_callbacks_training_is_the_same():
    told = NetworkRegressor(epochs=4, **QUICK).set_callbacks(callback.ScoringMonitor(scoring="r2")).fit(X, Y)
    np.testing.assert_array_equal(told.predict(X), NetworkRegressor(epochs=4, **QUICK).fit(X, Y).predict(X))
