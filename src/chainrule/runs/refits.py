"""A run's training made again: on resampled rows, or from other first weights. What that changes is how sure one is."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from chainrule.errors import InputError, NonFiniteError
from chainrule.explain.effects.intervals import resampled_rows
from chainrule.training.progress import ProgressBar
from chainrule.training.rows import select

if TYPE_CHECKING:
    from chainrule.network.network import Network
    from chainrule.runs.run import Run

REFITS = 20


class Refit(NamedTuple):
    """One training made again."""

    network: "Network"
    rows: np.ndarray
    """Places of the training rows that it learned from."""


def refits(
    run: "Run", how: Literal["bootstrap", "restarts"], repeats: int, seed: int, progress: bool | None
) -> Iterator[Refit]:
    """Train again with the run's own settings, for as many epochs as its weights have.

    Trainings that meet NaN or infinity are left out, and Ctrl-C ends it with those that are done.

    Args:
        run: the run.
        how: ``"bootstrap"`` draws the training rows with replacement; ``"restarts"`` takes other seeds.
        repeats: how many trainings.
        seed: decides rows and seeds.
        progress: show a progress bar; by default where standard error is a terminal.

    Raises:
        InputError: the run was not trained, its settings were changed on the way, or its rows are not at hand.
    """
    from chainrule.runs.fitting import fit

    trainer = run.replayed(f"intervals='{how}'")
    if not run.epochs_kept or run.training["changes"]:
        why = "it was not trained" if not run.epochs_kept else "its settings were changed on the way"
        raise InputError(f"intervals='{how}' trains the run again, but {why}; intervals='rows' trains nothing.")
    plan, n = trainer.plan, trainer.plan.rows
    bar = ProgressBar(repeats, shown=progress, what="retraining")
    try:
        for repeat in range(repeats):
            rows = resampled_rows(n, seed, repeat) if how == "bootstrap" else np.arange(n)
            chosen = select(trainer.rows, rows)
            try:
                again = fit(
                    plan.network,
                    chosen.inputs,
                    chosen.target,
                    sample_weight=chosen.weight,
                    optimizer=plan.optimizer,
                    epochs=run.training["epochs"] or run.epochs_kept,
                    until=run.epochs_kept,
                    batch_size=plan.batch_size,
                    shuffle=plan.shuffle,
                    seed=plan.seed if how == "bootstrap" else plan.seed + 1 + seed + repeat,
                    engine=run.engine,
                    dtype=str(plan.dtype),
                    record=False,
                    progress=False,
                )
            except NonFiniteError:
                continue
            if again.training["interrupted"]:
                return
            bar.update(repeat + 1, float(again.history["loss"][-1]), None)
            yield Refit(again.network, rows)
    finally:
        bar.close()
