"""A run predicts, evaluates and traces with the weights it kept, and can be looked at as it stood after any step."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from training.problems import dropout_network, same, table


@pytest.fixture(scope="module", params=["numpy", "xla"])
def run(request):
    X, y = table()
    settings = {"optimizer": cr.Adam(0.01), "batch_size": 8, "epochs": 6, "engine": request.param, "progress": False}
    return cr.fit(dropout_network(), X, y, validation=(X[:5], y[:5]), **settings)


def test_it_stands_as_training_stood(run):
    X, y = table()
    slow = cr.Trainer(
        dropout_network(), X, y, optimizer=cr.Adam(0.01), batch_size=8, epochs=6, engine=run.engine, record=False
    )
    for step in (0, 1, 13, 30):
        slow.seek(step)
        then = run.at(step)
        assert same(then.params, slow.params)
        np.testing.assert_array_equal(then.predict(X), slow.network.predict(X, dtype=np.float32))
        assert (then.training["steps"], len(then.history.step_losses)) == (step, step)
        assert len(then.history["loss"]) == len(then.history["validation_loss"]) == step // 5
    assert run.trainer.steps_done == 30


def test_a_step_of_then_is_a_step_of_the_run(run):
    then = run.at(13)
    assert same(then.at(7).params, run.at(7).params)
    found = then.ledger("dense1.bias[0]")
    assert (found.stop, found.final) == (13, then.params["dense1.bias[0]"])
    assert len(then.steps("dense1.bias[0]")["step"]) == 13


def test_it_is_saved_as_it_stood(run, tmp_path):
    X, y = table()
    again = cr.load(run.at(13).save(tmp_path / "then")).with_data(X, y)
    assert same(again.trainer.params, run.at(13).params)


def test_the_pass_of_a_step_is_the_training_s_own(run):
    """Its loss was written down then (XLA rounds otherwise than NumPy, on which it is looked at), dropout included."""
    X, _ = table()
    for step in (1, 13):
        trace = run.trace_step(step)
        assert trace.loss == pytest.approx(run.history.step_losses[step - 1], rel=1e-6)
        np.testing.assert_allclose(trace.value("input"), X[run.rows_of_step(step) - 1], rtol=1e-6)
        assert (trace.value("dropout1.a") == 0).any()
        table_of = run.steps("dense1.weight[0, 0]", step - 1, step)
        assert trace.gradient("dense1.weight[0, 0]") == pytest.approx(table_of["slope"][0], rel=1e-6)


@pytest.mark.parametrize("step", [31, -1, 2.5])
def test_a_step_that_was_not_made(run, step):
    with pytest.raises(InputError) as caught:
        run.at(step)
    assert str(caught.value) == f"There is no step {step}: 30 steps were made, and step 0 is the network before them."


@pytest.mark.parametrize("step", [31, 0, 2.5])
def test_a_pass_that_was_not_made(run, step):
    for look in (run.trace_step, run.rows_of_step):
        with pytest.raises(InputError) as caught:
            look(step)
        assert str(caught.value) == f"There is no step {step}: steps 1 to 30 were made."


X, Y = np.arange(12.0).reshape(6, 2), np.arange(6.0)


def fitted(**options):
    network = cr.Network([cr.Dense(3, "tanh"), cr.Dense(1)], loss="mse")
    given = {"epochs": 3, "engine": "numpy", "progress": False, "dtype": "float64", "batch_size": 4} | options
    return cr.fit(network, X, Y, **given)


def test_it_knows_how_it_was_trained():
    run = fitted(seed=5, shuffle=False)
    assert run.training["seed"] == 5
    assert run.training["shuffle"] is False
    assert (run.training["rows"], run.training["steps"], run.epochs_kept) == (6, 6, 3)
    assert (run.engine, run.dtype) == ("numpy", np.dtype("float64"))
    assert run.training["optimizer"]["type"] == "Adam"
    assert not run.training["interrupted"]


def test_what_it_predicts_is_what_it_evaluates_and_traces():
    run = fitted()
    error = run.predict(X)[:, 0] - Y
    metrics = run.evaluate(X, Y)
    assert metrics["loss"] == pytest.approx(np.mean(error**2), rel=1e-12)
    assert metrics["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-12)
    np.testing.assert_allclose(run.trace(X[:2], Y[:2]).prediction, run.predict(X[:2]), rtol=1e-14)


def test_parameters_are_those_of_the_network_and_read_only():
    run = fitted()
    assert run.params["dense2.bias[0]"] == run.network.params["dense2.bias"][0]
    with pytest.raises(ValueError, match="read-only"):
        run.params["dense2.bias"][0] = 1.0


def test_the_repr_says_why_it_ended_and_how_good_it_was():
    run = fitted()
    first, second, *_ = repr(run).splitlines()
    assert first == f"Run  trained 3 epochs  loss {run.history['loss'][-1]:.6g}"
    assert second.startswith("Network  loss mse")
    assert repr(fitted(epochs=0)).splitlines()[0] == "Run  trained 0 epochs"


def test_changes_on_the_way_are_told():
    trainer = cr.Trainer(cr.Network([cr.Dense(1)]), X, Y, engine="numpy", batch_size=6)
    trainer.step()
    trainer.set(learning_rate=0.5)
    trainer.step()
    assert cr.Run.of(trainer, "by hand").training["changes"] == {"1": {"learning_rate": 0.5}}
