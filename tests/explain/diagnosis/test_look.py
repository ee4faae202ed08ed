import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import chainrule as cr
from chainrule.explain.diagnosis import sample
from explain.diagnosis.illnesses import fit, fit_table, frame, friedman
from training.problems import wide_network, wide_table


def small(**settings) -> cr.Run:
    return fit([cr.Dense(4, "tanh"), cr.Dense(1)], friedman(100), epochs=5, **settings)


def test_losses_on_the_way_are_those_of_the_states_there():
    run = small()
    look = run.look()
    assert (look.grid[0], look.grid[-1], look.steps) == (0, 14, 15)
    for step, seen, unseen in zip([*look.grid, 15], look.row_losses, look.held_losses, strict=True):
        run.trainer.seek(step)
        network, rows, aside = run.trainer.network, run.trainer.rows, run.trainer.validation
        assert seen == pytest.approx(network.trace(rows.inputs["input"], rows.target).loss, rel=1e-5)  # float32
        assert unseen == pytest.approx(network.trace(aside.inputs["input"], aside.target).loss, rel=1e-5)
        run.trainer.seek(15)


def test_how_far_weights_moved_is_a_share_of_those_that_learn():
    """At (1, 0) the prediction is 103, half too high: its weight of 3 has the slope 1, and that of 4 has none."""
    network = cr.Network([cr.Dense(1)], loss="mse").set({"dense1.weight": [[3.0], [4.0]], "dense1.bias": [100.0]})
    options = {"optimizer": cr.SGD(0.5), "epochs": 1, "engine": "numpy", "progress": False}
    run = cr.fit(network.freeze("dense1.bias"), [[1.0, 0.0]], [102.5], **options)
    assert run.look().moved == 0.5 / 5


def test_sums_are_taken_for_each_row():
    run = fit([cr.Dense(1)], friedman(100), "ssr", epochs=1, optimizer=cr.SGD(1e-5))
    look = run.look()
    assert look.row_losses[-1] * 80 == pytest.approx(run.evaluate(*run.trainer.rows[:2])["loss"], rel=1e-5)
    assert look.constant_loss_by_epoch == look.constant_loss * 80


def test_of_large_tables_a_sample_is_looked_at_and_said(monkeypatch):
    monkeypatch.setattr(sample, "MOST_VALUES", 3000)
    look = fit([cr.Dense(4, "tanh"), cr.Dense(1)], friedman(1000), epochs=1).look()
    assert look.row_words == "200 of the 800 training rows"
    assert len(look.rows.target) == 200
    assert look.trace.rows == 200


def test_test_rows_judge_a_table_and_validation_rows_arrays():
    assert fit_table(frame("iris"), "target", epochs=1).look().held.what == "test rows"
    run = small()
    held = run.look().held
    assert held.what == "validation rows"
    X = friedman(100)[0].astype(np.float32)
    assert np.array_equal(held.rows.inputs["input"], X[held.numbers - 1])
    assert not set(held.numbers) & set(run.trainer.row_numbers)
    assert small(validation=None).look().held is None


def test_a_trainer_that_stands_elsewhere_is_looked_at_where_the_run_ended():
    run = small()
    before = run.look().row_losses
    run.trainer.seek(3)
    look = run.look()
    assert look.steps == 15
    assert np.array_equal(look.row_losses, before)
    assert run.trainer.steps_done == 3


def test_sampled_steps_are_those_of_the_replay():
    run = small()
    for made in run.look().sampled:
        (step,) = run.trainer.replay(made.step, made.step + 1)
        assert made.record.loss.loss == step.record.loss.loss
        assert np.array_equal(made.before.params["dense1"].weight, step.before.params["dense1"].weight)


def test_what_is_looked_at_has_the_same_bits_on_any_number_of_threads():
    look = cr.fit(wide_network(), *wide_table(), epochs=0, engine="numpy", progress=False).look()
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads, "blas"):
            found.append((look.loss_at(look.state, look.rows), look.forward_at(look.state).nodes["dense2"].z))
    (loss, z), (again, same) = found
    assert again == loss
    np.testing.assert_array_equal(same, z)
