"""The program that XLA compiles takes the same rows, step by step, as NumPy does."""

import jax
import numpy as np
import pytest

from chainrule.training.program import Look
from chainrule.training.trainer import Trainer
from training.problems import small_network, table


def trainer_of(network, engine, **options) -> Trainer:
    return Trainer(network, *table(), engine=engine, dtype="float64", **options)


@pytest.mark.parametrize("options", [{"shuffle": False}, {"batch_size": 37}, {"batch_size": 1}])
def test_every_way_to_take_rows(options):
    options = {"batch_size": 8, "validation": (table(9, seed=1))} | options
    trainers = [trainer_of(small_network(), engine, **options) for engine in ("xla", "numpy")]
    for trainer in trainers:
        trainer.run(epochs=2)
    np.testing.assert_allclose(trainers[0].history["loss"], trainers[1].history["loss"], rtol=1e-12)
    np.testing.assert_allclose(trainers[0].validation_losses, trainers[1].validation_losses, rtol=1e-12)


def test_there_is_room_for_what_is_seen_of_every_step():
    sizes = {"slope": jax.ShapeDtypeStruct((2, 3), np.float32), "row": jax.ShapeDtypeStruct((), np.int32)}
    room = Look(lambda made, argument: (), None, most=4).room(sizes)
    assert (room["slope"].shape, room["row"].shape) == ((4, 2, 3), (4,))
    assert (room["slope"].dtype, room["row"].dtype) == (np.float32, np.int32)
