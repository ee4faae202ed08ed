"""Losses: how far predictions are from targets, and the derivative of that."""

from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.losses.base import Loss
from chainrule.losses.squared import SSR

_LOSSES: dict[str, Loss] = {loss.name: loss for loss in (SSR(),)}


def get_loss(loss: str | Loss) -> Loss:
    """Return a loss by name; one that is passed in comes back as it is.

    >>> get_loss("ssr")
    SSR()

    Raises:
        InputError: there is no loss of that name.
    """
    if isinstance(loss, Loss):
        return loss
    if loss not in _LOSSES:
        raise InputError(
            f"There is no loss '{loss}'; there are {list_some(sorted(_LOSSES), most=30)}.{did_you_mean(loss, _LOSSES)}"
        )
    return _LOSSES[loss]


__all__ = ["SSR", "Loss", "get_loss"]
