"""The trainings of a sweep: every combination of settings in every fold from every seed, and what is kept of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.layers.common import is_whole
from chainrule.network.network import row_shapes
from chainrule.runs.metrics import METRICS_OF
from chainrule.runs.swept import Sweep
from chainrule.runs.variants import Variant
from chainrule.training.plan import Plan
from chainrule.training.progress import interruptible, working
from chainrule.training.rows import select
from chainrule.training.step import Rows, State
from chainrule.training.together import at_once, choose_together, losses_of, predictions_of, train_together


class Part(NamedTuple):
    """A fold: the rows that train, and those that judge; without folds, all rows do both."""

    plans: Sequence[Plan]
    """A plan for each combination."""
    rows: Rows
    train: np.ndarray
    """Places of the rows that train."""
    test: np.ndarray | None
    """Places of those held out."""
    judge: Callable[[np.ndarray, np.ndarray], Mapping[str, float]]
    """Metrics of the rows at some places, by what the network puts out for them."""


class How(NamedTuple):
    """What all trainings of a sweep share."""

    epochs: int
    seeds: np.ndarray
    engine: str
    metric: str
    folds: int | None

    def measured(self, plan: Plan) -> list[str]:
        """What is measured: the metric first and, unless it is the loss, the others that fit the loss.

        Raises:
            InputError: it is none of those.
        """
        fitting = METRICS_OF[plan.network.loss.target_kind]
        known = ["loss", *fitting]
        if self.metric not in known:
            raise InputError(
                f"metric must be one of {list_some(known)}, which fit the loss '{plan.network.loss.name}'; got "
                f"{self.metric!r}.{did_you_mean(str(self.metric), known)}"
            )
        others = [name for name in fitting if name != self.metric]
        return ["loss"] if self.metric == "loss" else [self.metric, *others]


class _Job(NamedTuple):
    """Trainings that are made in one go."""

    fold: int
    engine: str
    cells: list[tuple[int, int, int]]
    """Combination, fold and seed of each, by their places."""


def plan_variant(plan: Plan, variant: Variant, rows: Rows) -> Plan:
    """The plan of one combination.

    Args:
        plan: that of another one.
        variant: the combination.
        rows: what all are trained on.

    Raises:
        InputError: it predicts something of another shape, or has no batch size.
    """
    shapes = row_shapes(rows.inputs)
    network = variant.network.built(shapes)
    outputs = [each.shapes(shapes)[each.nodes[-1].name] for each in (plan.network, network)]
    if outputs[0] != outputs[1]:
        raise InputError(
            f"vary changes what the network predicts: rows of shape {outputs[0]} and of shape {outputs[1]}. Leave its "
            "last layer as it is."
        )
    if not is_whole(variant.batch_size):
        raise InputError(f"batch_size must be a whole number of at least 1; got {variant.batch_size!r}.")
    return replace(plan, network=network, optimizer=variant.optimizer, batch_size=variant.batch_size)


def train_parts(
    settings: Sequence[Mapping[str, Any]], parts: Sequence[Part], how: How, *, progress: bool | None
) -> Sweep:
    """Train every combination in every part from every seed, and put together what came of it.

    Ctrl-C ends it early: the parts that are done are kept or, where none is, the combinations of the first one.

    Args:
        settings: the values of each combination.
        parts: at least one; all have the same combinations.
        how: what all share.
        progress: show a progress bar; by default where standard error is a terminal.

    Raises:
        InputError: there is no such metric.
        KeyboardInterrupt: nothing was done.
    """
    names = how.measured(parts[0].plans[0])
    shape = (len(settings), len(parts), len(how.seeds))
    losses = np.empty((*shape, how.epochs))
    first, final = np.empty(shape), np.empty(shape)
    measured = {name: np.full(shape, np.nan) for name in names}
    states: dict[tuple[int, int, int], State] = {}
    jobs = [job for fold, part in enumerate(parts) for job in _jobs(part, fold, how)]
    began = perf_counter()
    with working("sweeping", steps=int(np.prod(shape)), shown=progress) as tick, interruptible() as interrupt:
        for job in jobs:
            if interrupt.pressed:
                break
            part = parts[job.fold]
            own = part.rows if part.test is None else select(part.rows, part.train)
            judged = part.train if part.test is None else part.test
            rows = own if part.test is None else select(part.rows, part.test)
            plans = [_cut(part.plans[place], len(part.train), int(how.seeds[number])) for place, _, number in job.cells]
            made = train_together(plans, own, how.epochs, job.engine)
            held_out = made.final if part.test is None else losses_of(plans, made.states, rows)
            for at, cell in enumerate(job.cells):
                losses[cell], first[cell], final[cell] = made.epoch_losses[at], made.first[at], made.final[at]
                states[cell] = made.states[at]
                if "loss" in measured:
                    measured["loss"][cell] = held_out[at]
                else:
                    output = predictions_of(plans[at], made.states[at], rows)
                    found = part.judge(judged, output) if np.isfinite(output).all() else {}
                    for name in names:
                        measured[name][cell] = found.get(name, np.nan)
            tick(len(job.cells))
    kept, folds = _whole(states, shape)
    done = len(kept) * folds * shape[2]
    return Sweep(
        tuple(settings[place] for place in kept),
        how.metric,
        how.folds,
        how.seeds,
        losses[kept, :folds],
        first[kept, :folds],
        final[kept, :folds],
        {name: each[kept, :folds] for name, each in measured.items()},
        {(at, fold): parts[fold].plans[place].network for at, place in enumerate(kept) for fold in range(folds)},
        {
            (at, fold, number): states[place, fold, number]
            for at, place in enumerate(kept)
            for fold in range(folds)
            for number in range(shape[2])
        },
        " and ".join(sorted({job.engine for job in jobs})),
        len(_groups(parts[0].plans)),
        perf_counter() - began,
        _stopped(kept, folds, shape) if done < np.prod(shape) else "",
    )


def _jobs(part: Part, fold: int, how: How) -> list[_Job]:
    """What is trained in one go: all of one shape side by side, or one by one where that takes no longer."""
    found: list[_Job] = []
    for group in _groups(part.plans):
        cells = [(place, fold, number) for place in group for number in range(len(how.seeds))]
        plans = [_cut(part.plans[group[0]], len(part.train), 0)] * len(cells)
        choice = choose_together(how.engine, plans, part.rows, how.epochs)
        size = at_once(choice, len(cells))
        found += [_Job(fold, choice.engine, cells[at : at + size]) for at in range(0, len(cells), size)]
    return found


def _cut(plan: Plan, rows: int, seed: int) -> Plan:
    """The same plan for fewer rows, from another seed."""
    return replace(plan, rows=rows, batch_size=min(plan.batch_size, rows), seed=seed)


def _groups(plans: Sequence[Plan]) -> list[list[int]]:
    """Places of the plans that can be trained as one program."""
    found: dict[Any, list[int]] = {}
    for place, plan in enumerate(plans):
        found.setdefault(plan.form, []).append(place)
    return list(found.values())


def _whole(states: Mapping[tuple[int, int, int], State], shape: tuple[int, int, int]) -> tuple[list[int], int]:
    """Which combinations were trained in as many folds as all of those, from every seed; and how many folds."""
    done = np.zeros(shape, dtype=bool)
    for cell in states:
        done[cell] = True
    folds = int(np.cumprod(done.all(axis=(0, 2))).sum())
    if folds:
        return list(range(shape[0])), folds
    kept = np.flatnonzero(done[:, 0].all(axis=1)).tolist()
    if not kept:
        raise KeyboardInterrupt
    return kept, 1


def _stopped(kept: Sequence[int], folds: int, shape: tuple[int, int, int]) -> str:
    said = f"{folds} of {shape[1]} folds" if folds < shape[1] else ""
    if len(kept) < shape[0]:
        said = f"{len(kept)} of {shape[0]} settings" + (f" in {said}" if said else "")
    return f"Stopped by Ctrl-C: {said} are there."
