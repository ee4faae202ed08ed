"""Optimizers by name."""

from chainrule.optimizers.adaptive import Adagrad, Adam, AdamW, RMSProp
from chainrule.optimizers.base import Optimizer
from chainrule.optimizers.descent import SGD
from chainrule.optimizers.lion import Lion
from chainrule.registry import by_name

_OPTIMIZERS: dict[str, Optimizer] = {
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
        InputTypeError: it is neither a name nor an optimizer.
    """
    return by_name(optimizer, Optimizer, _OPTIMIZERS, "an optimizer", "adam", "Adam(0.001)")
