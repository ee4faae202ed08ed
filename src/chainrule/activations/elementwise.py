"""Activations that work element by element."""

import math
from dataclasses import dataclass

from chainrule._typing import Array, Float
from chainrule.activations.base import Activation
from chainrule.ops import Ops


@dataclass(frozen=True)
class Linear(Activation):
    """The pre-activation itself."""

    name = "linear"
    formula = "z"
    derivative = "1"
    range = (-math.inf, math.inf)
    monotone = True
    differentiable = True
    saturates = "never"

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = z``."""
        return z

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z) = 1``."""
        return ops.ones_like(z)


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
        return ops.maximum(z, ops.zeros_like(z))

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
        return ops.maximum(z, ops.zeros_like(z)) + ops.log1p(ops.exp(-ops.abs(z)))

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z) = sigmoid(z)``."""
        return ops.exp(z - a)
