"""Experiments: the training gone on with from one of its own states, at another learning rate, all else as it was."""

from typing import NamedTuple

import numpy as np

from chainrule.explain.diagnosis.look import Look
from chainrule.training.engine import Stretch
from chainrule.training.step import State

FEWEST = 20
"""Steps that an experiment makes however long they take, where the training has as many."""
_SECONDS = 0.4
"""What one experiment may take, about."""
_STATES = 8
"""States on the way of an experiment that are kept."""
_LAST = 3
"""Of these, the last whose losses count by their middle."""


class Tried(NamedTuple):
    """What another learning rate came to."""

    factor: float
    steps: int
    loss: float
    """Of the training rows, in inference, for each row."""
    unseen: float
    """Of the rows that had no part in training; NaN where there are none."""


def affordable_steps(look: Look, most: int) -> int:
    """Steps that an experiment may make, at most as many as given."""
    return min(most, max(FEWEST, int(_SECONDS / look.step_seconds)))


def tried(look: Look, start: int, state: State, steps: int, factor: float) -> Tried:
    """Train on from a state with a learning rate that is ``factor`` times that of the training."""
    states = branch(look, state, start, steps, factor)[-_LAST:]
    losses = [[look.loss_at(each, rows) for each in states] for rows in (look.rows, look.held_rows) if rows is not None]
    seen, unseen = (float(np.median(each)) for each in (*losses, [np.nan])[:2])
    return Tried(factor, steps, seen, unseen)


def branch(look: Look, state: State, start: int, steps: int, factor: float) -> list[State]:
    """States on the way of a training that goes on from a state with ``factor`` times its learning rates.

    The engine that trained makes the steps, on the same rows in the same order; the training itself stays as it is.
    Returns up to eight states, evenly spread, the last one after all of the steps.
    """
    trainer = look.trained
    here, at, found = trainer.engine.load(state), start, list[State]()
    for stop in start + np.unique(np.linspace(0, steps, _STATES + 1).round().astype(int))[1:]:
        while at < stop:
            to = min(int(stop), trainer.engine.longest(at), trainer.changes.next_after(at))
            planned = trainer.stretch(at, to)
            with np.errstate(all="ignore"):  # at a rate that is too high
                here = trainer.engine.advance(here, Stretch(at, to, planned.rates * factor, planned.numbers)).state
            at = to
        found.append(trainer.engine.fetch(here))
    return found
