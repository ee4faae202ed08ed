"""Any step of a training can be made again, in one passage or one by one, to the same bits."""

import numpy as np
import pytest

from chainrule import Adam, Dense, Network, Trainer
from chainrule.errors import InputError
from chainrule.training.step import Rows
from training.problems import dropout_network, same, small_network, table


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_states_are_those_that_were_passed(engine):
    X, y = np.random.default_rng(0).normal(size=(20, 3)), np.arange(20.0)
    network = Network([Dense(4, "tanh"), Dense(1)])
    trainer = Trainer(network, X, y, batch_size=6, engine=engine, record=False)
    passed = [trainer.state]
    for _ in range(13):
        trainer.step()
        passed.append(trainer.state)
    steps = [0, 3, 3, 8, 13]
    for step, state in zip(steps, trainer.states(steps), strict=True):
        assert np.array_equal(state.params["dense1"].weight, passed[step].params["dense1"].weight)
        assert np.array_equal(state.slots["dense2.bias"].m, passed[step].slots["dense2.bias"].m)
    assert trainer.steps_done == 13


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_a_step_made_again_is_the_step_that_was_made(engine):
    """In float64, since the numbers of the step are computed on NumPy, and its state after by the engine."""
    X, y = table()
    options = {"optimizer": Adam(0.01), "batch_size": 8, "engine": engine, "dtype": "float64"}
    trainer = Trainer(dropout_network(), X, y, **options)
    trainer.seek(9)
    trainer.set(beta1=0.5)
    trainer.seek(14)
    made = list(trainer.replay(7, 12))
    assert [each.step for each in made] == [7, 8, 9, 10, 11]
    assert [each.stretch.numbers["optimizer.beta1"] for each in made] == [0.9, 0.9, 0.5, 0.5, 0.5]
    for each in made:
        assert each.record.loss.loss == pytest.approx(trainer.history.step_losses[each.step], rel=1e-12)
        there = Trainer(dropout_network(), X, y, **options)
        there.changes = trainer.changes
        there.seek(each.step + 1)
        assert same(
            there.params,
            {
                f"{node}.{name}": array
                for node, params in each.after.params.items()
                for name, array in zip(getattr(params, "_fields", ()), params, strict=True)
            },
        )
    assert trainer.steps_done == 14


def test_rows_of_a_step_are_those_of_the_plan():
    trainer = Trainer(small_network(), *table(), batch_size=8, engine="numpy", sample_weight=np.arange(37.0))
    batch = trainer.batch(6)
    rows = trainer.plan.batch_rows(6)
    assert isinstance(batch, Rows)
    assert batch.weight.tolist() == rows.tolist()
    assert np.array_equal(batch.inputs["input"], trainer.rows.inputs["input"][rows])


def test_a_state_is_made_again_from_the_nearest_snapshot_before(monkeypatch):
    trainer = Trainer(small_network(), *table(), batch_size=8, engine="numpy")
    trainer.seek(12)
    kept = trainer.state
    trainer.seek(20)
    trainer.recording.put({0: trainer.recording.states[0], 12: kept})
    stretches = []
    advance = trainer.engine.advance
    monkeypatch.setattr(
        trainer.engine,
        "advance",
        lambda state, stretch: stretches.append(stretch) or advance(state, stretch),
    )
    list(trainer.states([5, 14, 15]))
    made = [step for stretch in stretches for step in range(stretch.start, stretch.stop)]
    assert made == [0, 1, 2, 3, 4, 12, 13, 14]


def test_gaps_that_were_found_are_closed_for_the_next_time(monkeypatch):
    trainer = Trainer(small_network(), *table(), batch_size=8, engine="numpy", record=True)
    trainer.seek(40)
    trainer.recording.put({0: trainer.recording.states[0]})
    monkeypatch.setattr(trainer.pace, "stretch", lambda left, seconds: min(left, 5))
    monkeypatch.setattr(trainer.pace, "learn", lambda steps, seconds: None)
    trainer.pace.step_seconds = 0.004
    trainer.state_at(38)
    assert trainer.recording.steps == [0, 5, 10, 15, 20, 25, 30, 35]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda trainer: trainer.state_at(13),
            "There is no step 13: 12 steps were made, and step 0 is the network before them.",
        ),
        (
            lambda trainer: list(trainer.replay(3, 13)),
            "There are no steps 4 to 13 to make again: steps 1 to 12 were made.",
        ),
        (
            lambda trainer: list(trainer.replay(3, 3)),
            "No step lies between start (3) and stop (3): steps 1 to 12 were made.",
        ),
    ],
)
def test_steps_that_were_not_made_are_refused(call, message):
    trainer = Trainer(small_network(), *table(), engine="numpy")
    trainer.seek(12)
    with pytest.raises(InputError) as caught:
        call(trainer)
    assert str(caught.value) == message


def test_before_the_first_step_there_is_nothing_to_make_again():
    with pytest.raises(InputError) as caught:
        list(Trainer(small_network(), *table(), engine="numpy").replay(0, 1))
    assert str(caught.value) == "There are no steps 1 to 1 to make again: no step was made."


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_steps_are_made_again_from_the_rows_as_they_were(dtype):
    """Arrays of the training's own type come in as they are, and may be changed afterwards by whoever passed them."""
    X, y = (array.astype(dtype) for array in table())
    trainer = Trainer(small_network(), X, y, batch_size=len(X), engine="numpy", dtype=dtype, record=False)
    trainer.step(3)
    before = trainer.state_at(2).params["dense1"].weight
    X[:] = 0
    y[:] = 0
    assert np.array_equal(trainer.state_at(2).params["dense1"].weight, before)


def test_stretches_end_where_a_snapshot_is_due():
    """By the time of a step, counted from the snapshot before; where the budget allows fewer, where it allows one."""
    trainer = Trainer(small_network(), *table(), batch_size=8, engine="numpy", epochs=1000)
    trainer.pace.step_seconds, trainer.pace.measured = 1e-3, True
    assert trainer._stretch_end(0, 5000) == 28
    assert trainer._stretch_end(20, 5000) == 28
    assert trainer._stretch_end(0, 40) == 40
    trainer.recording._apart = 70
    assert trainer._stretch_end(0, 5000) == 70
    trainer.recording._apart = 150
    assert [trainer._stretch_end(step, 5000) for step in (0, 100)] == [100, 150]
    without = Trainer(small_network(), *table(), batch_size=8, engine="numpy", epochs=1000, record=False)
    without.pace.step_seconds, without.pace.measured = 1e-3, True
    assert without._stretch_end(0, 5000) == 100
