"""Plateaus: a loss that stands still although there is more to learn."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.explain.diagnosis.finding import Finding, Remedy, short
from chainrule.explain.diagnosis.look import Look, Sampled
from chainrule.explain.diagnosis.models import forest_skill
from chainrule.explain.diagnosis.settings import adam, at_rate, optimizer_with, usual_rate
from chainrule.layers.dense import DenseLayer
from chainrule.network.parameters import flatten
from chainrule.optimizers import Adam, AdamW

FLAT = 0.02
"""Share of what there is to learn (the loss of the best constant) within which a loss counts as standing still."""
LONG = 0.2
"""Share of the epochs that a plateau lasts at least."""
DROPPED = 0.2
"""Share of what there is to learn by which the loss falls after a plateau; else it was the end of learning."""
FEWEST = 8
"""Steps that a loss takes at least to be stuck: before, it has hardly begun."""
HIGH = 0.01
"""Rate of Adam above which a training that is stuck is given its usual rate."""
LEARNABLE = 0.2
"""Skill that a forest has on rows it has not seen where something is there to be learned."""


def plateau(look: Look) -> Iterator[Finding]:
    """A loss that stood still although there was more to learn: passed on the way, or never left."""
    stuck = _stuck(look)
    if stuck is not None:
        yield stuck
        return
    losses = np.asarray(look.history["loss"], dtype=np.float64)[: look.epochs]
    found = flat_stretch(losses, look.constant_loss_by_epoch)
    if found is None:
        return
    begin, end = found
    yield Finding(
        "plateau",
        "mild",
        "the training",
        (
            "From epoch ",
            begin + 1,
            " to epoch ",
            end + 1,
            " the loss stood still (",
            short(losses[begin]),
            " and ",
            short(losses[end]),
            ") before it fell to ",
            short(losses[-1]),
            ".",
        ),
        {
            "from epoch": begin + 1,
            "to epoch": end + 1,
            "loss there": float(losses[end]),
            "loss in the end": float(losses[-1]),
        },
        _over_it(look)
        if isinstance(look.optimizer, Adam | AdamW)
        else Remedy(
            "let the optimizer scale every step by the gradient's own size, which carries it over flat stretches "
            "(Adam, Kingma and Ba 2015).",
            {"optimizer": adam()},
        ),
    )


def flat_stretch(losses: np.ndarray, worth: float) -> tuple[int, int] | None:
    """First and last epoch (from 0) of the longest plateau that was left again; None where there is none.

    >>> flat_stretch(np.array([1.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.4, 0.1]), 1.0)
    (1, 5)
    >>> flat_stretch(np.array([1.5, 0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]), 1.0) is None
    True
    """
    best: tuple[int, int] | None = None
    longest, end = max(5, LONG * len(losses)) - 1, 0
    for begin in range(len(losses)):
        end = max(begin, end)
        inside = losses[begin : end + 1]
        low, high = inside.min(), inside.max()
        while end + 1 < len(losses):
            low, high = min(low, losses[end + 1]), max(high, losses[end + 1])
            if not high - low <= FLAT * worth:
                break
            end += 1
        if end - begin >= longest and losses[end] - losses[-1] >= DROPPED * worth:
            best, longest = (begin, end), end - begin + 1
        if end + 1 == len(losses):
            break
    return best


def _size(made: Sampled) -> float:
    """Size of a step's whole gradient: the root of the sum of its squares."""
    gradients = flatten(made.record.backward.gradients).values()
    return float(np.sqrt(sum(float(np.square(np.asarray(each, np.float64)).sum()) for each in gradients)))


def _stuck(look: Look) -> Finding | None:
    """A loss that is still that of a constant, and stands still, where a forest finds something to learn."""
    if look.steps < FEWEST or _convex(look):
        return None
    half = look.row_losses[len(look.row_losses) // 2 :]
    constant = look.constant_loss
    near = 2 * FLAT * constant
    if half.min() < constant - near or np.median(half) > constant + near:
        return None
    forest = forest_skill(look)
    if forest is None or forest < LEARNABLE:
        return None
    slopes = [_size(made) for made in look.sampled]
    return Finding(
        "plateau",
        "serious",
        "the training",
        (
            "The loss has stood at ",
            short(float(half[-1])),
            " since step ",
            look.grid[len(look.row_losses) // 2],
            f" of {look.steps:,}, no better than the same answer for all rows (",
            short(constant),
            "), although a random forest explains ",
            short(100 * forest),
            " % of the variance of rows that it has not seen; the gradient's size went from ",
            short(slopes[0]),
            " to ",
            short(slopes[-1]),
            ".",
        ),
        {
            "loss": float(half[-1]),
            "loss of the best constant": constant,
            "skill of a forest on unseen rows": forest,
            "gradient's size by step": {
                f"step {made.step}": size for made, size in zip(look.sampled, slopes, strict=True)
            },
        },
        _over_it(look),
    )


def _convex(look: Look) -> bool:
    """Whether a dense layer is all that learns: its loss has no plateaus, and what it misses it is too stiff for."""
    learning = [node for node in look.network.nodes if look.state.params[node.name]]
    return len(learning) == 1 and isinstance(learning[0].layer, DenseLayer)


def _over_it(look: Look) -> Remedy:
    """What carries a training over a plateau, of what it does not have already; else another learning rate."""
    changes: dict[str, Any] = {}
    hidden = look.hidden_learning
    others = any(node.activation is None or node.activation.name != "relu" for node in look.hidden)
    if others or any(getattr(node.layer, "weights", "he") != "he" for node in hidden):
        changes["activation"] = {node.name: "relu" for node in look.hidden}
        changes["weights"] = dict.fromkeys((node.name for node in hidden), "he")
    relu = "give the hidden layers relu with He's first weights" if changes else ""
    if not isinstance(look.optimizer, Adam | AdamW):
        scaling = "take Adam (Kingma and Ba 2015), which scales every step by the gradient's own size"
        return Remedy(f"{relu}, and {scaling}." if relu else f"{scaling}.", changes | {"optimizer": adam()})
    if look.rate > HIGH:
        usual = usual_rate(look)
        words = (f"{relu}, and " if relu else "", "lower the learning rate: ", usual, " instead of ", look.rate, ".")
        return Remedy(words, changes | {"optimizer": optimizer_with(look, learning_rate=usual)})
    if relu:
        return Remedy(f"{relu}.", changes)
    return Remedy(*at_rate(look, 3.0, "raise the learning rate: "))
