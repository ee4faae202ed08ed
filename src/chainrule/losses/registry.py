"""Losses by name."""

from chainrule.losses.base import Loss
from chainrule.losses.binary import BinaryCrossEntropy, BinaryCrossEntropyFromLogits
from chainrule.losses.classes import CrossEntropy, CrossEntropyFromLogits
from chainrule.losses.count import Poisson, PoissonFromLog
from chainrule.losses.residual import MAE, MSE, SSR, Huber, LogCosh, Quantile
from chainrule.registry import by_name

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
    return by_name(loss, Loss, _LOSSES, "a loss", "mse", "Huber(0.5)")


def loss_names() -> tuple[str, ...]:
    """Names of all losses.

    >>> loss_names()[:2]
    ('ssr', 'mse')
    """
    return tuple(_LOSSES)
