"""Activations that squash the whole line into an interval: sigmoid, tanh, softsign and their hard forms.

Slopes are written so that they stay right far out, where ``a`` has rounded to its limit: ``1 - a**2`` is 0 from
z = 19 on, the slope of tanh is not.
"""

from dataclasses import dataclass

from chainrule._typing import Array, Float
from chainrule.activations.base import Activation
from chainrule.ops import Ops


def sigmoid(ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
    """The sigmoid ``1 / (1 + e^-z)``, to the last digits at any size of ``z``.

    Computed as ``1 / (1 + e)`` right of zero and ``e / (1 + e)`` left of it with ``e = e^-|z|``, which is at most 1.

    >>> import numpy as np
    >>> from chainrule.ops import eager_ops
    >>> sigmoid(eager_ops(), np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    small = ops.exp(-ops.abs(z))
    return ops.where(z < 0, small, ops.ones_like(z)) / (1 + small)


def sigmoid_slope(ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
    """Slope of the sigmoid, ``e / (1 + e)^2`` with ``e = e^-|z|``.

    >>> import numpy as np
    >>> from chainrule.ops import eager_ops
    >>> sigmoid_slope(eager_ops(), np.array([0.0, 100.0]))
    array([2.50000000e-01, 3.72007598e-44])
    """
    small = ops.exp(-ops.abs(z))
    return small / (1 + small) ** 2


@dataclass(frozen=True)
class Sigmoid(Activation):
    """A smooth step from 0 to 1: a probability from any number (the logistic function)."""

    name = "sigmoid"
    formula = r"\frac{1}{1 + e^{-z}}"
    derivative = r"a (1 - a)"
    range = (0.0, 1.0)
    monotone = True
    differentiable = True
    saturates = "both"

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = 1 / (1 + e^-z)``."""
        return sigmoid(ops, z)

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z) = a * (1 - a)``, without the cancellation in ``1 - a``."""
        return sigmoid_slope(ops, z)


@dataclass(frozen=True)
class Tanh(Activation):
    """A smooth step from −1 to 1, steepest at zero (LeCun et al. 1998, section 4.4)."""

    name = "tanh"
    formula = r"\tanh(z)"
    derivative = r"1 - a^2"
    range = (-1.0, 1.0)
    monotone = True
    differentiable = True
    saturates = "both"

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = tanh(z)``."""
        return ops.tanh(z)

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z) = 1 - a^2``, as four times the sigmoid's slope at ``2 z``, without cancellation."""
        return 4 * sigmoid_slope(ops, 2 * z)


@dataclass(frozen=True)
class Softsign(Activation):
    """Like tanh, but its tails approach ±1 slowly (Bergstra et al. 2009)."""

    name = "softsign"
    formula = r"\frac{z}{1 + |z|}"
    derivative = r"\frac{1}{(1 + |z|)^2}"
    range = (-1.0, 1.0)
    monotone = True
    differentiable = True
    saturates = "both"

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = z / (1 + |z|)``."""
        return z / (1 + ops.abs(z))

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z) = 1 / (1 + |z|)^2``."""
        return 1 / (1 + ops.abs(z)) ** 2


@dataclass(frozen=True)
class HardSigmoid(Activation):
    """The sigmoid as three straight lines (PyTorch's and Keras 3's: a slope of 1/6, not of 1/5)."""

    name = "hard_sigmoid"
    formula = r"\min(1, \max(0, \frac{z}{6} + \frac{1}{2}))"
    derivative = r"\frac{1}{6} \text{ if } -3 < z < 3 \text{ else } 0"
    range = (0.0, 1.0)
    monotone = True
    differentiable = False
    saturates = "both"
    convention = "f'(-3) = f'(3) = 0"

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = z / 6 + 1/2``, held between 0 and 1."""
        return ops.clip(z / 6 + 0.5, 0.0, 1.0)

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z) = 1/6 if -3 < z < 3 else 0``."""
        return ops.astype(ops.abs(z) < 3, z.dtype) / 6


@dataclass(frozen=True)
class HardTanh(Activation):
    """The pre-activation, held between −1 and 1."""

    name = "hard_tanh"
    formula = r"\min(1, \max(-1, z))"
    derivative = r"1 \text{ if } -1 < z < 1 \text{ else } 0"
    range = (-1.0, 1.0)
    monotone = True
    differentiable = False
    saturates = "both"
    convention = "f'(-1) = f'(1) = 0"

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = z``, held between −1 and 1."""
        return ops.clip(z, -1.0, 1.0)

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z) = 1 if -1 < z < 1 else 0``."""
        return ops.astype(ops.abs(z) < 1, z.dtype)
