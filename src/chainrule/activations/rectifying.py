"""Activations that pass what is above zero and hold back what is below: ReLU and its kin."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from chainrule._typing import Array, Float
from chainrule.activations.base import Activation
from chainrule.ops import Ops


@dataclass(frozen=True)
class Relu(Activation):
    """Zero below zero, the pre-activation above (Nair and Hinton 2010)."""

    name = "relu"
    formula = r"\max(0, z)"
    derivative = r"1 \text{ if } z > 0 \text{ else } 0"
    range = (0.0, math.inf)
    monotone = True
    differentiable = False
    saturates = "left"
    convention = "f'(0) = 0"

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = max(0, z)``."""
        return ops.above_zero(z)

    def predicting(self, ops: Ops) -> Callable[[Float[Array, "*s"]], Float[Array, "*s"]]:
        """As :meth:`forward`, by one call of Python's less, which is a quarter of a row's time."""
        return ops.above_zero

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z) = 1 if z > 0 else 0``."""
        return ops.astype(z > 0, z.dtype)


@dataclass(frozen=True)
class Softplus(Activation):
    """A smooth ReLU; its slope is the sigmoid (Dugas et al. 2001)."""

    name = "softplus"
    formula = r"\log(1 + e^z)"
    derivative = r"\frac{1}{1 + e^{-z}}"
    range = (0.0, math.inf)
    monotone = True
    differentiable = True
    saturates = "left"

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = log(1 + e^z)``, as ``max(z, 0) + log(1 + e^-|z|)`` so that nothing overflows."""
        return ops.above_zero(z) + ops.log1p_exp(-ops.abs(z))

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z) = sigmoid(z)``, which is ``e^(z - a)``."""
        return ops.exp(z - a)


@dataclass(frozen=True)
class LeakyRelu(Activation):
    """ReLU with a small slope below zero, so that no unit is dead (Maas et al. 2013)."""

    name = "leaky_relu"
    formula = r"z \text{ if } z > 0 \text{ else } \alpha z"
    derivative = r"1 \text{ if } z > 0 \text{ else } \alpha"
    range = (-math.inf, math.inf)
    monotone = True
    differentiable = False
    saturates = "never"
    convention = "f'(0) = α"

    negative_slope: float = 0.01
    """The slope α below zero; PyTorch's default is 0.01, Keras's 0.3."""

    def check(self) -> None:
        """The slope is above 0, so that the function is monotone and never flat."""
        self.require(self.negative_slope > 0, "negative_slope", "above 0 (for 0, use 'relu')")

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = z if z > 0 else α z``."""
        return ops.where(z > 0, z, self.negative_slope * z)

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z) = 1 if z > 0 else α``."""
        one = ops.ones_like(z)
        return ops.where(z > 0, one, self.negative_slope * one)


@dataclass(frozen=True)
class Elu(Activation):
    """The pre-activation above zero, an exponential that levels off at −α below (Clevert et al. 2016, eq. 15)."""

    name = "elu"
    formula = r"z \text{ if } z > 0 \text{ else } \alpha (e^z - 1)"
    derivative = r"1 \text{ if } z > 0 \text{ else } \alpha e^z"
    monotone = True
    saturates = "left"
    convention = "f'(0) = α"

    alpha: float = 1.0

    def check(self) -> None:
        """Alpha is above 0, so that the function is monotone."""
        self.require(self.alpha > 0, "alpha", "above 0 (for 0, use 'relu')")

    @property
    def range(self) -> tuple[float, float]:  # pyright: ignore[reportIncompatibleVariableOverride]  (depends on alpha)
        """From −α up."""
        return (-self.alpha, math.inf)

    @property
    def differentiable(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]  (depends on alpha)
        """With α = 1 alone the two pieces meet at zero with one slope."""
        return self.alpha == 1.0

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = z if z > 0 else α (e^z - 1)``."""
        return _elu(ops, z, 1.0, self.alpha)

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z) = 1 if z > 0 else α e^z``."""
        return _elu_slope(ops, z, 1.0, self.alpha)


@dataclass(frozen=True)
class Selu(Activation):
    """An ELU scaled so that deep stacks keep mean 0 and variance 1 (Klambauer et al. 2017, eq. 2)."""

    name = "selu"
    formula = r"\lambda z \text{ if } z > 0 \text{ else } \lambda \alpha (e^z - 1), \lambda = 1.0507, \alpha = 1.6733"
    derivative = r"\lambda \text{ if } z > 0 \text{ else } \lambda \alpha e^z"
    range = (-1.7580993408473766, math.inf)
    monotone = True
    differentiable = False
    saturates = "left"
    convention = "f'(0) = λα"

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = λ z if z > 0 else λ α (e^z - 1)``."""
        return _elu(ops, z, _LAMBDA, _LAMBDA * _ALPHA)

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z) = λ if z > 0 else λ α e^z``."""
        return _elu_slope(ops, z, _LAMBDA, _LAMBDA * _ALPHA)


_ALPHA = 1.6732632423543772
_LAMBDA = 1.0507009873554805


def _elu(ops: Ops, z: Float[Array, "*s"], above: float, below: Float[Array, ""] | float) -> Float[Array, "*s"]:
    return ops.where(z > 0, above * z, below * ops.expm1(ops.minimum(z, ops.zeros_like(z))))


def _elu_slope(ops: Ops, z: Float[Array, "*s"], above: float, below: Float[Array, ""] | float) -> Float[Array, "*s"]:
    return ops.where(z > 0, above * ops.ones_like(z), below * ops.exp(ops.minimum(z, ops.zeros_like(z))))
