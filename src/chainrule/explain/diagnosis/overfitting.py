"""Overfitting: rows that the network has not seen get worse answers while those that it has get better ones."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.explain.diagnosis.finding import Finding, Remedy, short
from chainrule.explain.diagnosis.look import Look
from chainrule.explain.diagnosis.settings import decaying

WORSE = 0.1
"""Share of what there is to learn by which the loss of unseen rows rises above its lowest in overfitting."""
CERTAIN = 2.0
"""Standard errors that the rise is above 0, row by row: the losses of few rows go up and down by chance."""
APART = 0.5
"""Share of what there is to learn between the losses of training rows and unseen ones where rows were memorised."""


def overfitting(look: Look) -> Iterator[Finding]:
    """Rows that were not seen get worse answers while those that were get better ones, or far worse ones in all."""
    if look.held is None or look.held_rows is None or not look.steps:
        return
    constant = look.constant_loss
    best = int(np.nanargmin(look.held_losses))
    lowest, now = float(look.held_losses[best]), float(look.held_losses[-1])
    seen, seen_then = float(look.row_losses[-1]), float(look.row_losses[best])
    step = [*look.grid, look.steps][best]
    rises = now - lowest >= WORSE * constant and seen < seen_then and _certain(look, step)
    apart = now - seen >= APART * constant and seen <= (1 - APART) / 2 * constant
    if not (rises or apart):
        return
    evidence: dict[str, Any] = {
        f"loss of {look.held.what}": now,
        f"their lowest loss, at step {step:,}": lowest,
        "loss of the training rows": seen,
        "loss of the training rows at that step": seen_then,
        "loss of the best constant": constant,
        "rows": {look.held.what: len(look.held.rows.target), "training rows": look.row_count},
        "parameters": look.parameter_count,
    }
    words: tuple[Any, ...] = (
        "The loss of the ",
        look.held.what,
        " is ",
        short(now),
        ", that of the training rows ",
        short(seen),
        ".",
    )
    if rises:
        words = (
            "Since step ",
            step,
            " the loss of the ",
            look.held.what,
            " rose from ",
            short(lowest),
            " to ",
            short(now),
            " while that of the training rows fell from ",
            short(seen_then),
            " to ",
            short(seen),
            ".",
        )
    yield Finding(
        "overfitting",
        "serious" if now >= constant or now - seen >= APART * constant else "mild",
        "the training",
        (*words, " The network has ", look.parameter_count, " parameters and learned from ", look.row_count, " rows."),
        evidence,
        Remedy(
            "stop where the loss of rows that do not train is lowest (early_stopping=20), and let weights decay "
            "(AdamW, Loshchilov and Hutter 2019).",
            {"early_stopping": 20, "optimizer": decaying(look)},
        ),
    )


def _certain(look: Look, step: int) -> bool:
    """Whether the rise since a step is more than chance, row by row."""
    if look.held_rows is None or look.held_trace is None:
        return False
    then = look.trace_at(look.state_before(step), look.held_rows)
    before, after = (
        np.asarray(each.measured.saved.rows, np.float64) for each in (then, look.held_trace) if each.measured
    )
    rise = after - before
    error = rise.std(ddof=1) / np.sqrt(len(rise)) if len(rise) > 1 else np.inf
    return bool(rise.mean() > CERTAIN * error)
