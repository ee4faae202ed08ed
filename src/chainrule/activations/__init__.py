"""Activations: formula, derivative, range and properties, one entry each."""

from chainrule.activations.base import Activation
from chainrule.activations.elementwise import Linear, Relu, Softplus
from chainrule.errors import InputError, did_you_mean, list_some

_REGISTERED: dict[str, Activation] = {entry.name: entry for entry in (Linear(), Relu(), Softplus())}


def get_activation(activation: str | Activation) -> Activation:
    """Return an activation by name; one that is passed in comes back as it is.

    >>> get_activation("relu").range
    (0.0, inf)

    Raises:
        InputError: there is no activation of that name.
    """
    if isinstance(activation, Activation):
        return activation
    if activation not in _REGISTERED:
        raise InputError(
            f"There is no activation '{activation}'; there are {list_some(sorted(_REGISTERED), most=30)}."
            f"{did_you_mean(activation, _REGISTERED)}"
        )
    return _REGISTERED[activation]


__all__ = ["Activation", "Linear", "Relu", "Softplus", "get_activation"]
