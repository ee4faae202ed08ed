"""The XLA engine: one program for every stretch of a block, and blocks that follow each other without a seam."""

import numpy as np

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


def test_a_state_that_was_fetched_is_a_copy():
    trainer = trainer_of(small_network(), batch_size=8)
    before = trainer.state
    kept = before.params["dense1"].weight.copy()
    trainer.step(3)
    assert np.array_equal(before.params["dense1"].weight, kept)
