"""Many steps made again, with a probe that looks at each: at the speed of training.

On XLA the program that trained makes each step twice, side by side: once as in training, and once for the probe, from
the same state. More outputs may still make XLA round otherwise. So the training's own program runs as well, and where a
loss or the last state differs in a single bit, those steps are made one by one and looked at on NumPy.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from chainrule.training.course import Replayed
from chainrule.training.eager import EagerEngine
from chainrule.training.engine import joined, leaves, map_arrays
from chainrule.training.recording import bytes_of
from chainrule.training.step import Made, Probe, State
from chainrule.training.trainer import Trainer

if TYPE_CHECKING:
    from chainrule.training.compiled import CompiledEngine

WORTH_COMPILING = 500
"""Fewer steps are made one by one before XLA has compiled a program that looks at them."""
_SECONDS_AT_ONCE = 0.25
_BYTES_AT_ONCE = 64 * 2**20
"""What the steps that are gone over backwards in one passage may take."""
Tick = Callable[[int], None]


def watch(
    trainer: Trainer,
    start: int,
    stop: int,
    probe: Probe,
    argument: Any = (),
    tick: Tick = lambda _: None,
    most: int | None = None,
) -> Any:
    """What a probe sees in each of some steps, in its own form, every array with the steps first.

    Args:
        trainer: the training; where it stands does not change.
        start: the first of the steps, from 0.
        stop: the one after the last; at most the steps that were made.
        probe: what looks.
        argument: numbers that the probe takes.
        tick: called with how many more steps have been made.
        most: of a probe that sees much, how many steps it sees at once.

    Raises:
        InputError: such steps were not made.
    """
    trainer.check_made(start, stop)
    alone = trainer.engine.name == "xla" and stop - start < WORTH_COMPILING and most is None
    parts = _one_by_one if alone else _together
    return joined(list(parts(trainer, start, stop, probe, argument, tick, most)))


def _together(
    trainer: Trainer, start: int, stop: int, probe: Probe, argument: Any, tick: Tick, most: int | None
) -> Iterator[Any]:
    """Stretch by stretch, as the engine makes them."""
    engine, at, before = trainer.engine, start, trainer.state_at(start)
    while at < stop:
        in_time = at + trainer.pace.steps_in(_SECONDS_AT_ONCE)
        to = min(stop, in_time, engine.watches(at, most), trainer.changes.next_after(at))
        stretch = trainer.stretch(at, to)
        watched = engine.watch(engine.load(before), stretch, probe, argument, most)
        trained = engine.advance(engine.load(before), stretch) if engine.name == "xla" else watched
        before = engine.fetch(trained.state)
        if _same_bits((watched.state, watched.losses), (before, trained.losses)):
            yield watched.seen
            tick(to - at)
        else:
            yield from _one_by_one(trainer, at, to, probe, argument, tick)
        at = to


def _one_by_one(
    trainer: Trainer, start: int, stop: int, probe: Probe, argument: Any, tick: Tick, _most: int | None = None
) -> Iterator[Any]:
    """Every state as the engine makes it, and every value between computed from it on NumPy."""
    for step in trainer.replay(start, stop):
        seen = probe(_made(trainer, step), argument)
        yield map_arrays(lambda number: np.asarray(number)[None], seen)
        tick(1)


def _made(trainer: Trainer, step: Replayed) -> Made:
    eager = EagerEngine(trainer.plan, trainer.rows, None)
    return eager.made(step.stretch, (step.before, step.record, step.after))


def _same_bits(one: Any, other: Any) -> bool:
    return all(a.tobytes() == b.tobytes() for a, b in zip(leaves(one), leaves(other), strict=True))


def watch_back(
    trainer: Trainer,
    start: int,
    stop: int,
    probe: Probe,
    argument: Any,
    carry: Any,
    tick: Tick = lambda _: None,
) -> tuple[Any, Any]:
    """The same from the last step back to the first, with something that the probe carries along.

    The probe takes ``(carry, argument)`` and gives ``(carry, what it sees)``. On XLA it computes in double precision.

    Returns:
        What it carries along in the end, and what it saw, the first step first.

    Raises:
        InputError: such steps were not made.
    """
    trainer.check_made(start, stop)
    engine, parts, after = trainer.engine, [], trainer.state_at(stop)
    together = engine.name == "xla" and stop - start >= WORTH_COMPILING
    size = bytes_of(after if together else next(trainer.replay(start, start + 1)))
    most = max(1, min(_BYTES_AT_ONCE // size, 4096))
    while stop > start:
        first = max(start, stop - most)
        if together:
            while (end := min(engine.watches(first), trainer.changes.next_after(first))) < stop:
                first = end
            states: State = watch(trainer, first, stop, _Before(), most=most)
            stretch = trainer.stretch(first, stop)
            compiled = cast("CompiledEngine", engine)
            carry, seen = compiled.fold(states, after, stretch, probe, argument, carry, most)
            after = map_arrays(lambda array: array[0], states)
            parts.append(seen)
            tick(stop - first)
        else:
            for step in reversed(list(trainer.replay(first, stop))):
                carry, seen = probe(_made(trainer, step), (carry, argument))
                parts.append(map_arrays(lambda number: np.asarray(number)[None], seen))
                tick(1)
        stop = first
    return carry, joined(parts[::-1])


@dataclass(frozen=True)
class _Before:
    """Sees the state before the step."""

    def __call__(self, made: Made, argument: Any, /) -> State:
        return made.before
