"""What remedies train with instead: other optimizers and rates, in words and as plain data."""

from dataclasses import replace
from typing import Any, cast

from chainrule.explain.diagnosis.finding import short
from chainrule.explain.diagnosis.look import Look
from chainrule.explain.digits import Words
from chainrule.optimizers import Adam, AdamW
from chainrule.optimizers.schedules import Schedule, scaled
from chainrule.plain import to_plain

LONGER = 100
"""Epochs that a training is given that hardly moved its weights in fewer."""


def usual_rate(look: Look) -> float:
    """The learning rate that the training's optimizer has where nothing is said."""
    return cast("float", type(look.optimizer)().learning_rate)


def optimizer_with(look: Look, **numbers: float) -> dict[str, Any]:
    """The training's optimizer with some numbers changed, as plain data."""
    return to_plain(replace(look.optimizer, **numbers))


def at_rate(look: Look, factor: float, intro: str = "lower the learning rate: ") -> tuple[Words, dict[str, Any]]:
    """A remedy's words and data for a learning rate that is ``factor`` times the training's."""
    rate = look.optimizer.learning_rate
    if isinstance(rate, Schedule):
        words, other = (intro, f"the schedule times {factor:g}."), scaled(rate, factor)
    else:
        other = short(rate * factor)
        words = (intro, other, " instead of ", float(rate), ".")
    return words, {"optimizer": to_plain(replace(look.optimizer, learning_rate=other))}


def adam() -> dict[str, Any]:
    """Adam with its usual rate, as plain data."""
    return to_plain(Adam(1e-3))


def decaying(look: Look) -> dict[str, Any]:
    """AdamW with a decay that is felt, at the training's rate where it had Adam's kind."""
    rate = look.optimizer.learning_rate if isinstance(look.optimizer, Adam | AdamW) else 1e-3
    return to_plain(AdamW(rate, weight_decay=0.3))
