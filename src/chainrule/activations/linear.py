"""The activation that changes nothing: for outputs that are plain numbers."""

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

    def backward(
        self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"], da: Float[Array, "*s"]
    ) -> Float[Array, "*s"]:
        """``dz = da``."""
        return da
