"""The NumPy engine makes the steps of the plan, and shows every value of one."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from chainrule.network import cores
from chainrule.network.cores import side_by_side
from chainrule.training.eager import EagerEngine
from chainrule.training.trainer import Trainer
from training.problems import dropout_network, same, small_network, table, wide_network, wide_table


def engine_of(network, **options) -> tuple[Trainer, EagerEngine]:
    trainer = Trainer(network, *table(), engine="numpy", dtype="float64", **options)
    return trainer, trainer.engine


def test_one_step_is_the_first_of_a_stretch():
    trainer, engine = engine_of(dropout_network(), batch_size=8)
    stretch = trainer.stretch(0, 2)
    after, record = engine.step(trainer.state, stretch)
    done = engine.advance(trainer.state, trainer.stretch(0, 1))
    assert done.losses.tolist() == [record.loss.loss]
    assert all(np.array_equal(a, b) for a, b in zip(after.params["dense1"], done.state.params["dense1"], strict=True))


def test_batches_are_those_of_the_plan():
    trainer, engine = engine_of(small_network(), batch_size=8)
    assert trainer.plan.steps_per_epoch == 5
    for step in (0, 4, 7):
        rows = trainer.plan.batch_rows(step)
        assert engine.batch(step).target.tolist() == trainer.rows.target[rows].tolist()
    assert len(engine.batch(4).target) == 37 - 4 * 8


def test_losses_of_validation_rows_come_at_the_ends_of_epochs():
    trainer, engine = engine_of(small_network(), batch_size=10, validation=0.3)
    assert trainer.plan.steps_per_epoch == 3
    assert list(engine.advance(trainer.state, trainer.stretch(0, 2)).validation) == []
    assert list(engine.advance(trainer.state, trainer.stretch(0, 7)).validation) == [0, 1]


def test_what_is_not_finite_is_left_for_the_trainer_to_find():
    trainer, engine = engine_of(small_network(), batch_size=37)
    huge = trainer.state.params["dense2"]._replace(weight=np.full((5, 1), 1e200))
    state = trainer.state._replace(params=trainer.state.params | {"dense2": huge})
    assert np.isinf(engine.advance(state, trainer.stretch(0, 1)).losses[0])


@pytest.mark.parametrize("what", ["advance", "step", "watch"])
def test_every_product_is_on_one_thread_once_a_stretch(what, monkeypatch):
    """With another number of threads a product's last bits are others, and so would be every step that follows."""
    told = [3]

    class Library:
        get_num_threads = staticmethod(lambda: told[-1])
        set_num_threads = staticmethod(told.append)

    monkeypatch.setattr(cores, "_libraries", lambda: (Library,))
    trainer, engine = engine_of(small_network(), batch_size=8)
    batch = engine.batch
    predicted: list[list[int]] = []
    monkeypatch.setattr(engine, "batch", lambda step: (predicted.append(side_by_side(abs, [-1, 2])), batch(step))[1])
    more = (lambda made, argument: made.count, ()) if what == "watch" else ()
    getattr(engine, what)(trainer.state, trainer.stretch(0, 2), *more)
    assert told == [3, 1, 3]
    assert predicted == [[1, 2]] * (1 if what == "step" else 2)


def test_bits_do_not_depend_on_the_threads_that_products_may_have():
    trainers = []
    for threads in (1, 2):
        with threadpool_limits(threads, "blas"):
            trainers.append(Trainer(wide_network(), *wide_table(), batch_size=256, engine="numpy", seed=3))
            trainers[-1].seek(5)
            trainers[-1].back(2)  # made again
    one, two = trainers
    assert same(one.params, two.params)
    np.testing.assert_array_equal(one.history.step_losses, two.history.step_losses)


def test_bits_do_not_depend_on_the_thread_that_trains():
    def trained():
        trainer = Trainer(wide_network(), *wide_table(), batch_size=256, engine="numpy", seed=3)
        trainer.seek(3)
        return trainer.params

    with threadpool_limits(2, "blas"), ThreadPoolExecutor(2) as threads:
        here, *there = trained(), *threads.map(lambda _: trained(), range(2))
    assert all(same(here, each) for each in there)
