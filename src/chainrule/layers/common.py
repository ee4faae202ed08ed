"""What several layers share: first weights, checks of whole numbers, operations for arrays that are there already."""

import numpy as np

from chainrule._typing import Array, Float
from chainrule.ops import EagerOps, Rng

WEIGHTS = ("he", "glorot", "lecun", "zeros")
"""Names of the ways to draw first weights."""


def draw_weights(rng: Rng, how: str, shape: tuple[int, ...], inputs: int, outputs: int) -> Float[Array, "..."]:
    """First weights whose size keeps the signal's size from layer to layer.

    - ``"he"``: normal, variance ``2 / inputs`` (He et al. 2015, eq. 10): suits ReLU and its kin;
    - ``"glorot"``: uniform within ``±sqrt(6 / (inputs + outputs))`` (Glorot and Bengio 2010, eq. 16): tanh, sigmoid;
    - ``"lecun"``: normal, variance ``1 / inputs`` (LeCun et al. 1998, section 4.6): SELU, linear;
    - ``"zeros"``: all 0; units that start alike stay alike, so only for a layer after which nothing is hidden.

    Args:
        rng: where the numbers come from.
        how: one of the names above.
        shape: shape of the weights.
        inputs: how many values each output is a sum of.
        outputs: how many outputs each input goes to.

    >>> draw_weights(Rng(0), "zeros", (1, 2), 1, 2)
    array([[0., 0.]])
    """
    if how == "he":
        return rng.normal(shape) * (2 / inputs) ** 0.5
    if how == "lecun":
        return rng.normal(shape) * (1 / inputs) ** 0.5
    if how == "glorot":
        limit = (6 / (inputs + outputs)) ** 0.5
        return rng.uniform(shape, -limit, limit)
    return rng.zeros(shape)


def is_whole(value: object, least: int = 1) -> bool:
    """Whether a value is a whole number of at least ``least``.

    >>> is_whole(3), is_whole(2.5), is_whole(True), is_whole(0)
    (True, False, False, False)
    """
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= least


def are_whole(values: object, count: int | None = None) -> bool:
    """Whether values are whole numbers of at least 1, and ``count`` of them where it is given.

    >>> are_whole((3, 3), 2), are_whole((3,), 2)
    (True, False)
    """
    return isinstance(values, tuple) and count in (None, len(values)) and all(is_whole(value) for value in values)


def ops_of(array: Array) -> EagerOps:
    """Operations for an array that is there already, of whichever namespace.

    >>> ops_of(np.zeros(1)).namespace.__name__
    'numpy'
    """
    return EagerOps(array.__array_namespace__())
