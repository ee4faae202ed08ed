"""Underfitting: a network that is too small, or too stiff, for what the rows have to tell."""

from collections.abc import Iterator
from typing import Any

from chainrule.explain.diagnosis.finding import Finding, Remedy, short
from chainrule.explain.diagnosis.look import Look
from chainrule.explain.diagnosis.models import forest_skill, linear_skill
from chainrule.explain.diagnosis.settings import LONGER
from chainrule.layers.dense import DenseLayer

BETTER = 0.1
"""Skill by which a forest, on rows that it has not seen, is ahead of the network on rows that it has, where the network
fits too little."""
BARELY = 0.2
"""Share of their size that weights have moved by at least in a training that was long enough."""
_MEANS = frozenset({"mse", "ssr", "poisson", "poisson_from_log", "binary_cross_entropy", "cross_entropy"}) | {
    "binary_cross_entropy_from_logits",
    "cross_entropy_from_logits",
}
"""Losses that the mean of the target makes smallest, so that the variance explained measures what was minimised."""


def underfitting(look: Look) -> Iterator[Finding]:
    """A network that is worse on rows it was trained on than a forest on rows that the forest has not seen."""
    if look.loss.name not in _MEANS or look.rows.weight is not None or not look.steps:
        return
    if look.skill is None or look.skill > 1 - BETTER:
        return
    forest = forest_skill(look)
    if forest is None or forest - look.skill < BETTER:
        return
    linear = linear_skill(look)
    evidence: dict[str, Any] = {
        "skill on training rows": look.skill,
        "skill of a forest on unseen rows": forest,
        "parameters": look.parameter_count,
    }
    beside = ""
    if linear is not None:
        evidence["skill of a linear model on training rows"] = linear
        beside = f" (a linear model {100 * linear:.0f} %)"
    if look.moved < BARELY and look.epochs < LONGER:
        remedy = Remedy(("train longer: ", LONGER, " epochs instead of ", look.epochs, "."), {"epochs": LONGER})
    else:
        remedy = _larger(look)
    evidence["weights moved by this share of their size"] = look.moved
    hardly = ("; its weights moved by ", short(100 * look.moved), " % of their size") if look.moved < BARELY else ()
    yield Finding(
        "underfitting",
        "serious" if look.skill < 0.5 * forest else "mild",
        "the network",
        (
            "The network explains ",
            short(100 * look.skill),
            f" % of the variance of the rows it was trained on{beside}, a random forest ",
            short(100 * forest),
            " % of rows that it has not seen: there is more to learn",
            *hardly,
            ".",
        ),
        evidence,
        remedy,
    )


def _larger(look: Look) -> Remedy:
    """More hidden units, or hidden layers where there are none."""
    units = {
        node.name: max(32, 4 * node.layer.units) for node in look.hidden_learning if isinstance(node.layer, DenseLayer)
    }
    larger: dict[str, Any] = {"units": units} if units else {"hidden_layers": [64, 64]}
    return Remedy(
        "give it more hidden units and train twice as long."
        if units
        else "give it two hidden layers of 64 units, and train twice as long.",
        larger | {"epochs": 2 * max(look.training["epochs"] or look.epochs, 50)},
    )
