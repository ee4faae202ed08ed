"""``fit``: when it stops, what it keeps, and that stopping and going on changes nothing."""

import os
import signal

import numpy as np
import pytest

from chainrule import SGD, Adam, Dense, Network, fit
from chainrule.errors import FileError, InputError, NonFiniteError
from chainrule.training.trainer import Trainer
from training.problems import dropout_network, same, small_network, table

OPTIONS = {"optimizer": Adam(0.02), "batch_size": 8, "seed": 1, "progress": False}


def test_fit_is_a_loop_over_the_trainer():
    X, y = table()
    run = fit(small_network(), X, y, epochs=6, **OPTIONS)
    trainer = Trainer(small_network(), X, y, epochs=6, **{k: v for k, v in OPTIONS.items() if k != "progress"})
    trainer.run(6)
    assert same(run.params, trainer.params)
    assert run.stopped == "trained 6 epochs"


def test_no_epochs_give_an_untrained_run():
    X, y = table()
    run = fit(small_network(), X, y, epochs=0, **OPTIONS)
    assert run.training["steps"] == 0
    assert run.predict(X).shape == (37, 1)


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_early_stopping_restores_the_best_weights(engine):
    X, _ = table(24)
    rng = np.random.default_rng(5)
    noise = rng.normal(size=24)  # nothing can be learned, so validation soon gets worse
    run = fit(
        Network([Dense(30, "tanh"), Dense(1)]),
        X,
        noise,
        epochs=300,
        validation=(X + 0.5, rng.normal(size=24)),
        early_stopping=7,
        engine=engine,
        **OPTIONS,
    )
    losses = run.history["validation_loss"]
    best = int(np.argmin(losses))
    assert len(losses) == best + 8
    assert run.stopped == (
        f"stopped after epoch {best + 8}: no lower validation loss for 7 epochs; the weights are those of "
        f"epoch {best + 1}"
    )
    fresh = fit(Network([Dense(30, "tanh"), Dense(1)]), X, noise, epochs=best + 1, engine=engine, **OPTIONS)
    assert same(run.params, fresh.params)


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_where_no_validation_loss_is_finite_the_weights_are_those_of_the_epoch_it_stopped_at(engine):
    """Stretches are cut by the clock, and go beyond that epoch."""
    X, y = table()
    run = fit(small_network(), X, y, epochs=50, validation=(X, 1e30 * y), early_stopping=2, engine=engine, **OPTIONS)
    assert run.stopped == "stopped after epoch 2: no lower validation loss for 2 epochs, and none was finite"
    assert run.training["steps"] == len(run.history.step_losses) == 10
    assert same(run.params, fit(small_network(), X, y, epochs=2, engine=engine, **OPTIONS).params)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"early_stopping": 3},
            "early_stopping needs validation rows: pass validation=0.2, or validation=(X, y).",
        ),
        (
            {"early_stopping": 2.5, "validation": 0.2},
            "early_stopping must be a whole number of at least 1; got 2.5.",
        ),
        ({"early_stopping": 0, "validation": 0.2}, "early_stopping must be a whole number of at least 1; got 0."),
        ({"until": 6}, "until must be a whole number from 0 to epochs, 5; got 6."),
        ({"until": "all"}, "until must be a whole number from 0 to epochs, 5; got 'all'."),
    ],
)
def test_reasons_to_stop_are_checked(options, message):
    X, y = table()
    with pytest.raises(InputError) as caught:
        fit(small_network(), X, y, epochs=5, **options)
    assert str(caught.value) == message


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_a_checkpoint_of_a_longer_training_is_gone_back_in(engine, tmp_path):
    X, y = table()
    fit(small_network(), X, y, epochs=5, checkpoint=tmp_path, engine=engine, **OPTIONS)
    shorter = fit(small_network(), X, y, epochs=2, checkpoint=tmp_path, engine=engine, **OPTIONS)
    fresh = fit(small_network(), X, y, epochs=2, engine=engine, **OPTIONS)
    assert same(shorter.params, fresh.params)
    assert shorter.history["loss"].tolist() == fresh.history["loss"].tolist()
    assert shorter.stopped == "trained 2 epochs"


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_ctrl_c_keeps_what_was_learned(engine):
    X, y = table()

    def press(trainer):
        if trainer.epochs_done == 3:
            os.kill(os.getpid(), signal.SIGINT)

    run = fit(small_network(), X, y, epochs=10**7, engine=engine, each_epoch=press, **OPTIONS)
    assert run.stopped == "stopped by Ctrl-C after step 15"
    assert run.training["steps"] == 15
    assert same(run.params, fit(small_network(), X, y, epochs=3, engine=engine, **OPTIONS).params)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("engine", ["numpy", "xla"])
@pytest.mark.parametrize("stop_at", [1, 7, 23])
def test_stopped_at_any_step_and_resumed_gives_the_same_bits(engine, stop_at, tmp_path, monkeypatch):
    X, y = table()
    options = {**OPTIONS, "engine": engine, "validation": (X[:5], y[:5])}
    whole = fit(dropout_network(), X, y, epochs=8, **options)

    class Pressed:
        pressed = True

    advance = Trainer.advance
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "advance", lambda self, limit: advance(self, min(limit, stop_at)))
        patch.setattr("chainrule.runs.fitting.interruptible", lambda: Entered(Pressed()))
        stopped = fit(dropout_network(), X, y, epochs=8, checkpoint=tmp_path, **options)
    assert stopped.training["steps"] == stop_at
    resumed = fit(dropout_network(), X, y, epochs=8, checkpoint=tmp_path, **options)
    assert same(whole.params, resumed.params)
    for name, column in whole.history.items():
        assert np.array_equal(column, resumed.history[name])


class Entered:
    def __init__(self, value):
        self.value = value

    def __enter__(self):
        return self.value

    def __exit__(self, *_error):
        return None


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    X, y = table()
    fit(small_network(), X, y, epochs=2, checkpoint=tmp_path, **OPTIONS)
    with pytest.raises(InputError) as caught:
        fit(small_network(), X + 1, y, epochs=2, checkpoint=tmp_path, **OPTIONS)
    assert str(caught.value) == (
        f"{tmp_path / 'latest.safetensors'} was made by another training (network, data, optimizer, batch size, "
        "seed, or what it began with differ). Pass another checkpoint folder, or delete this one to start anew."
    )


def test_a_damaged_checkpoint_is_named(tmp_path):
    X, y = table()
    fit(small_network(), X, y, epochs=2, checkpoint=tmp_path, **OPTIONS)
    file = tmp_path / "latest.safetensors"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(
        FileError, match=r"latest\.safetensors is no whole checkpoint \(.*\); delete it to start anew\."
    ):
        fit(small_network(), X, y, epochs=2, checkpoint=tmp_path, **OPTIONS)


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_after_nan_the_best_weights_so_far_are_kept(engine):
    X, y = table()
    network = Network([Dense(4, "relu"), Dense(1)])
    with pytest.raises(NonFiniteError) as caught:
        fit(network, X, 3 * y, epochs=400, optimizer=SGD(1.2), batch_size=37, engine=engine, progress=False)
    run = caught.value.run
    assert "the weights are those of epoch " in run.stopped
    assert all(np.isfinite(value).all() for value in run.params.values())
    assert run.evaluate(X, 3 * y)["loss"] <= run.history["loss"].min() * 1.5


def test_evaluate_gives_loss_and_metrics():
    X, y = table()
    run = fit(small_network(), X, y, epochs=30, **OPTIONS)
    found = run.evaluate(X, y)
    error = run.predict(X)[:, 0] - y
    assert found["loss"] == pytest.approx(np.mean(error**2), rel=1e-5)
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-5)
    assert found["mae"] == pytest.approx(np.mean(np.abs(error)), rel=1e-5)
    assert set(found) == {"loss", "r2", "rmse", "mae"}


def test_rows_to_evaluate_are_checked_as_rows_to_train_on_are():
    X, y = table()
    run = fit(small_network(), X, y, epochs=1, **OPTIONS)
    for given, message in (
        (y[:5], "Input 'input' has 37 rows and the target has 5."),
        (np.full(37, np.nan), "The target is nan in row 1; fill or drop what is missing before training."),
    ):
        with pytest.raises(InputError) as caught:
            run.evaluate(X, given)
        assert str(caught.value) == message


def test_class_weights_count_rows():
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    y = np.array([0, 0, 0, 1])
    network = Network([Dense(2, "softmax")], loss="cross_entropy")
    weighted = fit(network, X, y, class_weight={1: 3.0}, epochs=20, **OPTIONS)
    by_row = fit(network, X, y, sample_weight=[1.0, 1.0, 1.0, 3.0], epochs=20, **OPTIONS)
    assert same(weighted.params, by_row.params)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([[1.0], [2.0]], [1.0], "Input 'input' has 2 rows and the target has 1."),
        (
            [[1.0], [np.nan]],
            [1.0, 2.0],
            "Input 'input' is nan in row 2, place [0]; fill or drop what is missing before training.",
        ),
        (
            [[1.0], [2.0]],
            [1.0, np.inf],
            "The target is inf in row 2; fill or drop what is missing before training.",
        ),
        (
            [["a"], ["b"]],
            [1.0, 2.0],
            "Input 'input' must be an array of numbers; got <U1 with shape (2, 1). "
            "Tables with text or dates are encoded by fit_table, or by the estimators.",
        ),
        (
            [[1.0], [2.0]],
            [[1.0, 2.0], [1.0, 2.0]],
            "The target has shape (2, 2) and the network's output (2, 1); they must be the same for loss 'mse'.",
        ),
        (np.empty((0, 1)), [], "There are no rows to train on."),
    ],
)
def test_data_that_cannot_be_trained_on_are_named(X, y, message):
    with pytest.raises(InputError) as caught:
        fit(Network([Dense(1)]), X, y, progress=False)
    assert str(caught.value) == message


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_each_epoch_sees_the_training_there_and_may_end_it(engine):
    X, y = table(20)
    seen = []

    def look(trainer):
        seen.append((trainer.steps_done, trainer.params["dense2.bias[0]"]))
        return len(seen) == 3

    run = fit(small_network(), X, y, epochs=9, each_epoch=look, engine=engine, **OPTIONS)
    assert run.stopped == "stopped after epoch 3, as asked"
    assert [step for step, _ in seen] == [3, 6, 9]
    for step, bias in seen:
        run.trainer.seek(step)
        assert run.trainer.params["dense2.bias[0]"] == bias
