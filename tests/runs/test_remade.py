"""A run can be looked at as it stood after any step, and every pass of its training made again."""

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
