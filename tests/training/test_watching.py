"""What a probe sees of many steps at once is what each step was, on either engine."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.training import compiled, watching
from chainrule.training.step import Made
from chainrule.training.trainer import Trainer
from training.problems import dropout_network, table


class Seen(NamedTuple):
    bias: Any
    slope: Any
    deltas: Any
    rate: Any
    count: Any
    new: Any


@dataclass(frozen=True)
class Look:
    def __call__(self, made: Made, argument: Any) -> Seen:
        (unit,) = argument
        back = made.record.backward
        return Seen(
            made.before.params["dense1"].bias,
            back.gradients["dense1"].bias[unit],
            back.deltas["dense1"].dz[:, unit],
            made.optimizer.learning_rate,
            made.count,
            made.after.params["dense1"].bias[unit],
        )


@pytest.fixture(scope="module", params=["numpy", "xla"])
def trainer(request):
    """Batches of 8 of 37 rows, so that each epoch ends in a smaller one; a change on the way."""
    made = Trainer(
        dropout_network(), *table(), optimizer="adam", engine=request.param, dtype="float64", batch_size=8, epochs=8
    )
    made.seek(12)
    made.set(learning_rate=0.02)
    made.seek(33)
    return made


@pytest.mark.parametrize("at_once", [4096, 7])
def test_every_step_is_seen_as_it_was(trainer, at_once, monkeypatch):
    """Between engines a few dozen operations round at 1e-16; states are the training's own."""
    monkeypatch.setattr(watching, "WORTH_COMPILING", 1)
    monkeypatch.setattr(compiled, "_WATCHED_PER_CALL", at_once)
    ticks: list[int] = []
    seen = watching.watch(trainer, 3, 31, Look(), (2,), ticks.append)
    assert sum(ticks) == 28
    assert isinstance(seen, Seen)
    assert seen.deltas.shape == (28, 8)
    for place, made in enumerate(trainer.replay(3, 31)):
        np.testing.assert_array_equal(seen.bias[place], made.before.params["dense1"].bias)
        assert seen.new[place] == made.after.params["dense1"].bias[2]
        assert seen.rate[place] == made.stretch.rates[0]
        assert seen.count[place] == made.step + 1
        back = made.record.backward
        np.testing.assert_allclose(seen.slope[place], back.gradients["dense1"].bias[2], rtol=1e-12, atol=1e-15)
        dz = back.deltas["dense1"].dz[:, 2]
        np.testing.assert_allclose(seen.deltas[place, : len(dz)], dz, rtol=1e-12, atol=1e-15)
        assert not seen.deltas[place, len(dz) :].any()


def test_few_steps_are_looked_at_one_by_one(trainer, monkeypatch):
    monkeypatch.setattr(type(trainer.engine), "watch", None if trainer.engine.name == "xla" else trainer.engine.watch)
    assert len(watching.watch(trainer, 0, 3, Look(), (0,)).slope) == 3


def test_steps_that_the_program_makes_otherwise_are_made_again_one_by_one(monkeypatch):
    """A program that rounded otherwise by one bit is noticed by its losses or by its last state."""
    monkeypatch.setattr(watching, "WORTH_COMPILING", 1)
    trainer = Trainer(dropout_network(), *table(), engine="xla", batch_size=8, epochs=4)
    trainer.seek(20)
    expected = watching.watch(trainer, 0, 20, Look(), (1,))
    watch = compiled.CompiledEngine.watch

    def shifted(*given):
        found = watch(*given)
        losses = found.losses.copy()
        losses[0] = np.nextafter(losses[0], np.inf)
        return found._replace(losses=losses, seen=found.seen._replace(bias=found.seen.bias + 1))

    monkeypatch.setattr(compiled.CompiledEngine, "watch", shifted)
    ticks: list[int] = []
    found = watching.watch(trainer, 0, 20, Look(), (1,), ticks.append)
    assert ticks == [1] * 20
    np.testing.assert_array_equal(found.bias, expected.bias)
    np.testing.assert_array_equal(found.new, expected.new)


def test_another_argument_compiles_nothing(monkeypatch):
    monkeypatch.setattr(watching, "WORTH_COMPILING", 1)
    trainer = Trainer(dropout_network(), *table(), engine="xla", batch_size=8, epochs=1)
    trainer.run(1)
    compiled._compiled_watching.cache_clear()
    slopes = [watching.watch(trainer, 0, 5, Look(), (unit,)).slope for unit in (0, 1, 2)]
    assert not np.array_equal(slopes[0], slopes[1])
    info = compiled._compiled_watching.cache_info()
    assert (info.misses, info.hits) == (1, 2)
    program = compiled._compiled_watching(trainer.engine.program, Look(), trainer.engine._at_once(None))
    assert program._cache_size() == 1


def test_steps_that_were_not_made(trainer):
    with pytest.raises(InputError) as caught:
        watching.watch(trainer, 30, 34, Look(), (0,))
    assert str(caught.value) == "There are no steps 31 to 34 to make again: steps 1 to 33 were made."
