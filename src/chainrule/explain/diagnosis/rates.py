"""The learning rate: too high, too low, or so high that training diverged; judged by experiment.

The training is gone on with from one of its own states, with another learning rate and all else as it was, by the
engine that trained; what happens then is the evidence. For gradient descent the curvature of the loss tells the same
from another side: see :mod:`~chainrule.explain.diagnosis.curvature`.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.explain.diagnosis.curvature import Curvature, steepest
from chainrule.explain.diagnosis.experiments import FEWEST, Tried, affordable_steps, tried
from chainrule.explain.diagnosis.finding import Finding, Remedy, short
from chainrule.explain.diagnosis.look import Look
from chainrule.explain.diagnosis.settings import LONGER, at_rate, optimizer_with, usual_rate

MATTERS = 0.1
"""Differences of losses below this share of what there is to learn (the loss of the best constant) are let be."""
TOO_SLOW = 0.2
"""The same for what ten times the rate would have reached: every training is unfinished to some degree."""
MOVED = 0.1
"""Share of their size by which weights move in a training that gets anywhere."""
STILL = 0.02
"""Share of their size that weights have moved by at least where anything was learned."""
GROWN = 2.0
"""Times the first loss and that of a constant beyond which training made it worse, and not just slowly better."""


def divergence(look: Look) -> Iterator[Finding]:
    """Training that made the loss worse than it was at first, or until it was no number any more."""
    broke = "not finite" in look.stopped
    losses = np.asarray(look.history.step_losses, dtype=np.float64)
    if look.trainer is None:
        if broke:
            yield _diverged(look, losses, broke, None)
        return
    worse = look.steps and look.row_losses[-1] > GROWN * max(look.row_losses[0], look.constant_loss)
    if broke or worse:
        yield _diverged(look, losses, broke, _tamed(look))


def _tamed(look: Look) -> Tried | None:
    """The highest of three lower rates with which the first steps go well."""
    state = look.state_before(0)
    first = look.loss_at(state, look.rows)
    planned = (look.trainer.epochs or 10) * look.epoch_steps if look.trainer is not None else 0
    for factor in (0.1, 0.01, 0.001):
        found = tried(look, 0, state, affordable_steps(look, planned), factor)
        if np.isfinite(found.loss) and found.loss < first:
            return found
    return None


def _diverged(look: Look, losses: np.ndarray, broke: bool, tamed: Tried | None) -> Finding:
    shown = losses[np.isfinite(losses)]
    first, peak = (float(shown[0]), float(shown.max())) if len(shown) else (float("nan"), float("nan"))
    evidence: dict[str, Any] = {
        "loss of the first step": first,
        "highest loss of a step": peak,
        "steps made": len(losses),
        "stopped": look.stopped,
        "learning rate": look.rate,
    }
    after = f"after {len(losses):,} {'step' if len(losses) == 1 else 'steps'}"
    ended = f" and was no number any more {after}." if broke else f" and is worse than at first {after}."
    words: tuple[Any, ...] = ("The loss rose from ", short(first), " in the first step to ", short(peak), ended)
    if not len(shown):
        words = ("The loss was no number from the first step on.",)
    curvature = None if look.trainer is None else steepest(look, look.state_before(0))
    if curvature is not None:
        evidence |= {"steepest curvature at the first weights": curvature.value, "highest stable rate": curvature.limit}
        words = (*words, *_said(curvature, look.rate))
    factor = 0.1 if tamed is None else tamed.factor
    if tamed is not None:
        evidence["loss at a lower rate"] = {f"{factor:g} times, after {tamed.steps:,} steps": tamed.loss}
        words = (
            *words,
            " At ",
            short(look.rate * factor),
            " instead of ",
            short(look.rate),
            ", the first ",
            tamed.steps,
            f" {'step brings' if tamed.steps == 1 else 'steps bring'} it to ",
            short(tamed.loss),
            ".",
        )
    return Finding("divergence", "serious", "the training", words, evidence, Remedy(*at_rate(look, factor)))


def rate_too_high(look: Look) -> Iterator[Finding]:
    """Whether a tenth of the rate does clearly better: from where training ended, or from the first weights."""
    if not look.steps or look.row_losses[-1] < MATTERS * look.constant_loss:
        return
    gain = MATTERS * look.constant_loss
    now = float(look.row_losses[-1])
    count = affordable_steps(look, max(FEWEST, min(look.steps // 4, 5 * look.epoch_steps)))
    slower = tried(look, look.steps, look.state, count, 0.1)
    same = tried(look, look.steps, look.state, count, 1.0)
    evidence: dict[str, Any] = {
        "learning rate": look.rate,
        "loss where training ended": now,
        "loss of the best constant": look.constant_loss,
        f"loss {count:,} steps later at a tenth of the rate": slower.loss,
        f"loss {count:,} steps later at the same rate": same.loss,
    }
    words: tuple[Any, ...] = ()
    if same.loss - slower.loss >= gain or (not np.isfinite(same.loss) and slower.loss < now):
        words = (
            "From where training ended, ",
            count,
            " more steps at a tenth of the rate bring the loss from ",
            short(now),
            " to ",
            short(slower.loss),
            ", at the same rate to ",
            short(same.loss),
            ".",
        )
    else:
        early = affordable_steps(look, look.steps)
        fresh = tried(look, 0, look.state_before(0), early, 0.1)
        evidence[f"loss after the first {early:,} steps at a tenth of the rate"] = fresh.loss
        if now - fresh.loss >= gain:
            words = (
                "A tenth of the rate, from the same first weights, comes to a loss of ",
                short(fresh.loss),
                " in ",
                early,
                " steps; the training came to ",
                short(now),
                " in ",
                look.steps,
                ".",
            )
    if not words:
        return
    curvature = steepest(look, look.state)
    if curvature is not None:
        evidence |= {"steepest curvature": curvature.value, "highest stable rate": curvature.limit}
        words = (*words, *_said(curvature, look.rate)) if look.rate > curvature.limit else words
    yield Finding("learning rate too high", "serious", "the training", words, evidence, Remedy(*at_rate(look, 0.1)))


def rate_too_low(look: Look) -> Iterator[Finding]:
    """Whether a higher rate gets much further from the same first weights, on rows it has not seen, too."""
    wanted = TOO_SLOW * look.constant_loss
    if not look.steps or look.row_losses[-1] < wanted:
        return
    first, count = look.state_before(0), affordable_steps(look, look.steps)
    now, tries = float(look.row_losses[-1]), [tried(look, 0, first, count, 10.0)]
    if not now - tries[0].loss >= wanted and (more := _to_move(look)) > 10:
        tries = [tried(look, 0, first, count, more)]
    if not now - tries[0].loss >= wanted:
        usual = usual_rate(look)
        if look.moved < STILL and look.rate < usual:
            yield _still(look, usual)
        return
    for factor in (10 * tries[0].factor, 100 * tries[0].factor):
        more = tried(look, 0, first, count, factor)
        if not tries[-1].loss - more.loss >= MATTERS * look.constant_loss:
            break
        tries.append(more)
    best = tries[-1]
    evidence: dict[str, Any] = {
        "learning rate": look.rate,
        f"loss after {look.steps:,} steps": now,
        f"loss after {count:,} steps at a higher rate": {f"{each.factor:g} times": each.loss for each in tries},
        "loss of the best constant": look.constant_loss,
    }
    if look.held is not None:
        evidence[f"the same on {look.held.what}"] = [float(look.held_losses[-1]), best.unseen]
        if not look.held_losses[-1] - best.unseen >= wanted / 2:
            return
    there = (f"From the same first weights, {best.factor:,.0f} times the rate brings the loss to ", short(best.loss))
    came = (" in ", count, " steps; the training came to ", short(now), " in ", look.steps)
    yield Finding(
        "learning rate too low",
        "serious" if now >= 0.5 * look.constant_loss else "mild",
        "the training",
        (*there, *came, ", and the same answer for all rows has ", short(look.constant_loss), "."),
        evidence,
        Remedy(*at_rate(look, best.factor, "raise the learning rate: ")),
    )


def _to_move(look: Look) -> float:
    """The power of ten by which the rate is to be multiplied for weights that move by a tenth of their size."""
    return 10.0 ** np.ceil(np.log10(MOVED / look.moved)) if 0 < look.moved < np.inf else 1.0


def _still(look: Look, usual: float) -> Finding:
    """Weights that hardly moved, at a rate below the optimizer's usual one."""
    epochs = {"epochs": LONGER} if look.epochs < LONGER else {}
    longer = f" And train longer: {LONGER} epochs." if epochs else ""
    rate = {"optimizer": optimizer_with(look, learning_rate=usual)}
    return Finding(
        "learning rate too low",
        "serious",
        "the training",
        (
            "The weights moved by ",
            short(100 * look.moved),
            " % of their size in ",
            look.steps,
            " steps, so that next to nothing could be learned: the loss went from ",
            short(float(look.row_losses[0])),
            " to ",
            short(float(look.row_losses[-1])),
            ".",
        ),
        {
            "learning rate": look.rate,
            "usual rate of the optimizer": usual,
            "weights moved by this share of their size": look.moved,
            "loss before training": float(look.row_losses[0]),
            f"loss after {look.steps:,} steps": float(look.row_losses[-1]),
        },
        Remedy(("raise the learning rate: ", usual, " instead of ", look.rate, f".{longer}"), rate | epochs),
    )


def _said(curvature: Curvature, rate: float) -> tuple[Any, ...]:
    return (
        " Where the loss is curved most (",
        short(curvature.value),
        "), gradient descent is stable up to a rate of ",
        short(curvature.limit),
        "; it was ",
        short(rate),
        ".",
    )
