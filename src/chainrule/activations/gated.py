"""Activations that multiply the pre-activation by a gate between 0 and 1 which it opens itself: GELU and SiLU."""

import math
from dataclasses import dataclass

from chainrule._typing import Array, Float
from chainrule.activations.base import Activation
from chainrule.activations.squashing import sigmoid, sigmoid_slope
from chainrule.ops import Ops


@dataclass(frozen=True)
class Silu(Activation):
    """The pre-activation times its sigmoid, also called swish (Elfwing et al. 2018)."""

    name = "silu"
    formula = r"z\, \sigma(z), \sigma(z) = \frac{1}{1 + e^{-z}}"
    derivative = r"\sigma(z) + z\, \sigma(z) (1 - \sigma(z))"
    range = (-0.2784645427610738, math.inf)
    monotone = False
    differentiable = True
    saturates = "left"

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = z * sigmoid(z)``."""
        return z * sigmoid(ops, z)

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z) = sigmoid(z) + z * sigmoid'(z)``."""
        return sigmoid(ops, z) + z * sigmoid_slope(ops, z)


@dataclass(frozen=True)
class Gelu(Activation):
    """The pre-activation times the chance that a standard normal number is below it (Hendrycks and Gimpel 2016)."""

    name = "gelu"
    formula = r"z\, \Phi(z), \Phi(z) = \frac{1}{2} (1 + \mathrm{erf}(\frac{z}{\sqrt{2}}))"
    derivative = r"\Phi(z) + z\, \varphi(z), \varphi(z) = \frac{1}{\sqrt{2 \pi}} e^{-z^2 / 2}"
    range = (-0.16997120747990366, math.inf)
    monotone = False
    differentiable = True
    saturates = "left"
    convention = "the exact form, with the error function; 'gelu_tanh' is the approximation"

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = z * Φ(z)``."""
        return z * _normal_below(ops, z)

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z) = Φ(z) + z * φ(z)``."""
        density = ops.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
        return _normal_below(ops, z) + z * density


@dataclass(frozen=True)
class GeluTanh(Activation):
    """GELU by its tanh approximation, at most 0.0005 away (Hendrycks and Gimpel 2016, section 2)."""

    name = "gelu_tanh"
    formula = r"\frac{z}{2} (1 + \tanh u), u = \sqrt{2 / \pi} (z + 0.044715 z^3)"
    derivative = r"\frac{1}{2} (1 + \tanh u) + \frac{z}{2} (1 - \tanh^2 u)\, u', u' = \sqrt{2 / \pi} (1 + 0.134145 z^2)"
    range = (-0.17004075057125417, math.inf)
    monotone = False
    differentiable = True
    saturates = "left"

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = z * sigmoid(2 u)``, since ``(1 + tanh u) / 2 = sigmoid(2 u)`` and the sigmoid keeps its digits."""
        return z * sigmoid(ops, _twice_u(z))

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z) = sigmoid(2 u) + z * sigmoid'(2 u) * 2 u'``."""
        twice = _twice_u(z)
        return sigmoid(ops, twice) + z * sigmoid_slope(ops, twice) * _SCALE * (1 + 3 * _CUBIC * z * z)


_SCALE = 2 * math.sqrt(2 / math.pi)
_CUBIC = 0.044715


def _twice_u(z: Float[Array, "*s"]) -> Float[Array, "*s"]:
    return _SCALE * z * (1 + _CUBIC * z * z)


def _normal_below(ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
    """``Φ(z) = erfc(-z / √2) / 2``, which keeps its digits far to the left where ``1 + erf`` has none."""
    return 0.5 * ops.erfc(z * -math.sqrt(0.5))
