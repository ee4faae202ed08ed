"""What an activation is: formula, derivative, range and properties beside the two functions that compute them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from chainrule._typing import Array, Float
from chainrule.config import Config
from chainrule.ops import Ops


@dataclass(frozen=True)
class Activation(Config):
    """Base of all activations: ``a = f(z)``, element by element (softmax: over the last axis)."""

    name: ClassVar[str]
    formula: ClassVar[str]
    """``f(z)`` in LaTeX, with ``z`` for the pre-activation."""
    derivative: ClassVar[str]
    """``f'(z)`` in LaTeX; ``a`` may stand for ``f(z)``."""
    range: ClassVar[tuple[float, float]]
    """Lowest and highest value, infinite where there is none."""
    monotone: ClassVar[bool]
    differentiable: ClassVar[bool]
    """Everywhere; where it is not, ``convention`` says which slope is used."""
    saturates: ClassVar[str]
    """Where the slope tends to 0: ``"left"``, ``"right"``, ``"both"`` or ``"never"``."""
    convention: ClassVar[str] = ""
    """What is used where the formula leaves a choice, e.g. ``f'(0) = 0``."""
    elementwise: ClassVar[bool] = True

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = f(z)``."""
        raise NotImplementedError

    def predicting(self, ops: Ops) -> Callable[[Float[Array, "*s"]], Float[Array, "*s"]]:
        """:meth:`forward` as a function of ``z`` alone, for one row after another."""
        return partial(self.forward, ops)

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z)``; only where the activation works element by element."""
        raise NotImplementedError

    def backward(
        self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"], da: Float[Array, "*s"]
    ) -> Float[Array, "*s"]:
        """``dz = da * f'(z)``."""
        return da * self.slope(ops, z, a)
