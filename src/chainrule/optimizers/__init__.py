"""Optimizers: update rules that return every number on the way, schedules and clipping."""

from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.optimizers.adaptive import Adagrad, Adam, AdamW, RMSProp
from chainrule.optimizers.base import Optimizer, Update, update
from chainrule.optimizers.clipping import clip
from chainrule.optimizers.descent import SGD
from chainrule.optimizers.lion import Lion
from chainrule.optimizers.schedules import (
    Constant,
    Cosine,
    Exponential,
    OneCycle,
    Schedule,
    StepDecay,
    WarmUp,
    rates_of,
)

_NAMED: dict[str, Optimizer] = {
    "sgd": SGD(),
    "momentum": SGD(momentum=0.9),
    "nesterov": SGD(momentum=0.9, nesterov=True),
    "adagrad": Adagrad(),
    "rmsprop": RMSProp(),
    "adam": Adam(),
    "adamw": AdamW(),
    "lion": Lion(),
}


def get_optimizer(optimizer: str | Optimizer) -> Optimizer:
    """Return an optimizer with its defaults by name; one that is passed in comes back as it is.

    >>> get_optimizer("adam").learning_rate
    0.001

    Raises:
        InputError: there is no optimizer of that name.
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    if optimizer not in _NAMED:
        raise InputError(
            f"There is no optimizer {optimizer!r}; there are {list_some(_NAMED)}.{did_you_mean(str(optimizer), _NAMED)}"
        )
    return _NAMED[optimizer]


__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Constant",
    "Cosine",
    "Exponential",
    "Lion",
    "OneCycle",
    "Optimizer",
    "RMSProp",
    "Schedule",
    "StepDecay",
    "Update",
    "WarmUp",
    "clip",
    "get_optimizer",
    "rates_of",
    "update",
]
