"""Optimizers by name."""

from chainrule.errors import InputError, InputTypeError, did_you_mean, list_some
from chainrule.optimizers.adaptive import Adagrad, Adam, AdamW, RMSProp
from chainrule.optimizers.base import Optimizer
from chainrule.optimizers.descent import SGD
from chainrule.optimizers.lion import Lion

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
    if isinstance(optimizer, Optimizer):
        return optimizer
    if not isinstance(optimizer, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputTypeError(
            f"An optimizer is given by its name, such as 'adam', or as an object, such as Adam(0.001); "
            f"got {optimizer!r} of type {type(optimizer).__name__}."
        )
    if optimizer not in _OPTIMIZERS:
        raise InputError(
            f"There is no optimizer '{optimizer}'; there are {list_some(sorted(_OPTIMIZERS), most=30)}."
            f"{did_you_mean(optimizer, _OPTIMIZERS)}"
        )
    return _OPTIMIZERS[optimizer]
