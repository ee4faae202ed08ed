"""Many steps made again, with a probe that looks at each: at the speed of training.

On XLA the program that trained makes each step twice, side by side: once as in training, and once for the probe, from
the same state. More outputs may still make XLA round otherwise. So the training's own program runs as well, and where a
loss or the last state differs in a single bit, those steps are made one by one and looked at on NumPy.
"""

from collections.abc import Callable, Iterator
from typing import Any

from chainrule.training.eager import EagerEngine
from chainrule.training.engine import joined, leaves
from chainrule.training.probe import Probe
from chainrule.training.trainer import Trainer

WORTH_COMPILING = 500
"""Fewer steps are made one by one before XLA has compiled a program that looks at them."""
_SECONDS_AT_ONCE = 0.25
Tick = Callable[[int], None]


def watch(
    trainer: Trainer,
    start: int,
    stop: int,
    probe: Probe,
    argument: Any = (),
    tick: Tick = lambda _: None,
) -> Any:
    """What a probe sees in each of some steps, in its own form, every array with the steps first.

    Args:
        trainer: the training; where it stands does not change.
        start: the first of the steps, from 0.
        stop: the one after the last; at most the steps that were made.
        probe: what looks.
        argument: numbers that the probe takes.
        tick: called with how many more steps have been made.

    Raises:
        InputError: such steps were not made.
    """
    trainer.check_made(start, stop)
    alone = trainer.engine.name == "xla" and stop - start < WORTH_COMPILING
    make = _one_by_one if alone else _together
    return joined(list(make(trainer, start, stop, probe, argument, tick)))


def _together(trainer: Trainer, start: int, stop: int, probe: Probe, argument: Any, tick: Tick) -> Iterator[Any]:
    """Stretch by stretch, as the engine makes them."""
    engine, at, before = trainer.engine, start, trainer.state_at(start)
    while at < stop:
        in_time = at + trainer.pace.steps_in(_SECONDS_AT_ONCE)
        to = min(stop, in_time, engine.watches(at), trainer.changes.next_after(at))
        stretch = trainer.stretch(at, to)
        watched = engine.watch(engine.load(before), stretch, probe, argument)
        trained = engine.advance(engine.load(before), stretch) if engine.name == "xla" else watched
        before = engine.fetch(trained.state)
        if _same_bits((watched.state, watched.losses), (before, trained.losses)):
            yield watched.seen
            tick(to - at)
        else:
            yield from _one_by_one(trainer, at, to, probe, argument, tick)
        at = to


def _one_by_one(trainer: Trainer, start: int, stop: int, probe: Probe, argument: Any, tick: Tick) -> Iterator[Any]:
    """Every state as the engine makes it, and every value between computed from it on NumPy."""
    eager = EagerEngine(trainer.plan, trainer.rows, None)
    for made in trainer.replay(start, stop):
        yield eager.look(made.stretch, probe, argument, (made.before, made.record, made.after))
        tick(1)


def _same_bits(one: Any, other: Any) -> bool:
    return all(a.tobytes() == b.tobytes() for a, b in zip(leaves(one), leaves(other), strict=True))
