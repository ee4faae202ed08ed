"""Losses by name."""

from chainrule.errors import InputError, InputTypeError, did_you_mean, list_some
from chainrule.losses.base import Loss
from chainrule.losses.binary import BinaryCrossEntropy, BinaryCrossEntropyFromLogits
from chainrule.losses.classes import CrossEntropy, CrossEntropyFromLogits
from chainrule.losses.count import Poisson, PoissonFromLog
from chainrule.losses.residual import MAE, MSE, SSR, Huber, LogCosh, Quantile

_LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        SSR(),
        MSE(),
        MAE(),
        Huber(),
        LogCosh(),
        BinaryCrossEntropy(),
        BinaryCrossEntropyFromLogits(),
        CrossEntropy(),
        CrossEntropyFromLogits(),
        Quantile(),
        Poisson(),
        PoissonFromLog(),
    )
}


def get_loss(loss: str | Loss) -> Loss:
    """Return a loss by name; one that is passed in comes back as it is.

    >>> get_loss("ssr")
    SSR()

    Raises:
        InputError: there is no loss of that name.
        InputTypeError: it is neither a name nor a loss.
    """
    if isinstance(loss, Loss):
        return loss
    if not isinstance(loss, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputTypeError(
            f"A loss is given by its name, such as 'mse', or as an object, such as Huber(0.5); "
            f"got {loss!r} of type {type(loss).__name__}."
        )
    if loss not in _LOSSES:
        raise InputError(
            f"There is no loss '{loss}'; there are {list_some(sorted(_LOSSES), most=30)}.{did_you_mean(loss, _LOSSES)}"
        )
    return _LOSSES[loss]


def loss_names() -> tuple[str, ...]:
    """Names of all losses.

    >>> loss_names()[:2]
    ('ssr', 'mse')
    """
    return tuple(_LOSSES)
