"""The XLA engine: one program for every stretch of a block, whatever the data, and blocks without a seam."""

import re

import jax
import numpy as np

from chainrule.network import Dense, Dropout, Network
from chainrule.ops.compiled import double_precision
from chainrule.optimizers import Adam
from chainrule.training import compiled
from chainrule.training.trainer import Trainer
from training.problems import dropout_network, same, small_network, table


def trainer_of(network, engine="xla", **options) -> Trainer:
    return Trainer(network, *table(), engine=engine, dtype="float64", **options)


def test_blocks_follow_each_other_without_a_seam(monkeypatch):
    """A call reaches over a block of epochs; with blocks of one epoch the same steps take many calls."""
    whole = trainer_of(dropout_network(), batch_size=8)
    whole.seek(23)
    monkeypatch.setattr(compiled, "_STEPS_PER_CALL", 1)
    cut = trainer_of(dropout_network(), batch_size=8)
    assert (cut.engine.longest(0), cut.engine.longest(4), cut.engine.longest(5)) == (5, 5, 10)
    cut.seek(23)
    assert same(whole.params, cut.params)
    assert whole.history.step_losses.tolist() == cut.history.step_losses.tolist()


def test_orders_of_large_tables_are_made_in_blocks(monkeypatch):
    monkeypatch.setattr(compiled, "_ORDERS_PER_CALL", 80)  # two epochs of 37 rows
    trainer = trainer_of(small_network(), batch_size=8)
    assert trainer.engine.longest(0) == 10
    trainer.seek(17)
    eager = trainer_of(small_network(), "numpy", batch_size=8)
    eager.seek(17)
    for name, array in eager.params.items():
        np.testing.assert_allclose(trainer.params[name], array, rtol=1e-12, atol=1e-14)


def first_steps(seed, rate, dropout, l2):
    """The program of a training's first steps as it is handed to XLA, lowered and not compiled."""
    network = Network([Dense(8, "relu", l2=l2), Dropout(dropout), Dense(1)], loss="mse")
    trainer = Trainer(
        network, *table(370, seed=seed), optimizer=Adam(rate), batch_size=8, seed=seed, engine="xla", dtype="float64"
    )
    engine = trainer.engine
    with double_precision(trainer.plan.dtype):
        program = compiled._compiled(engine.program, False)
        given = engine.load(trainer.state), engine.rows, None, *engine._call(trainer.stretch(0, 5))
        return program.lower(*given)


def test_the_program_holds_no_data_and_no_number():
    """Other rows, seed, learning rate, dropout and penalty: the same program to the letter, and they its arguments."""
    program = first_steps(0, 0.001, 0.4, 0.1)
    assert program.as_text() == first_steps(1, 0.5, 0.1, 0.3).as_text()
    taken = [given.shape for given in jax.tree.leaves(program.args_info)]
    assert {(370, 3), (370, 1)} < set(taken)
    longest = max((len(literal) for literal in re.findall(r"dense<([^>]*)>", program.as_text())), default=0)
    assert longest < 40  # a single number: a table's would be in hexadecimal or brackets


def test_the_state_is_donated():
    """Steps are written into the memory of the state that they start from; the rows are there for the next."""
    trainer = trainer_of(small_network(), batch_size=8, optimizer=Adam(0.01))
    state = trainer.engine.advance(trainer.engine.load(trainer.state), trainer.stretch(0, 5)).state
    given = {array.unsafe_buffer_pointer() for array in jax.tree.leaves(state)}
    after = trainer.engine.advance(state, trainer.stretch(5, 10)).state
    assert len(given) == 12  # two layers, weight and bias, each with Adam's two means
    assert {array.unsafe_buffer_pointer() for array in jax.tree.leaves(after)} == given
    assert all(array.is_deleted() for array in jax.tree.leaves(state))
    assert not any(array.is_deleted() for array in jax.tree.leaves(trainer.engine.rows))


def test_a_state_that_was_fetched_is_a_copy():
    trainer = trainer_of(small_network(), batch_size=8)
    before = trainer.state
    kept = before.params["dense1"].weight.copy()
    trainer.step(3)
    assert np.array_equal(before.params["dense1"].weight, kept)
