"""Dropout: while training, each value is dropped at random, and the others grow so that the mean stays.

Shapes: any.
"""

from dataclasses import dataclass
from typing import NamedTuple

from chainrule._typing import Array, Bool, Float
from chainrule.layers.base import Context, Layer, Shape
from chainrule.ops import Ops, uniform


class DropoutSaved(NamedTuple):
    """What backward needs."""

    kept: Bool[Array, "n *s"] | None
    """True where a value was kept; None where nothing can be dropped, outside training."""


@dataclass(frozen=True)
class DropoutLayer(Layer):
    """Inverted dropout (Srivastava et al. 2014, section 10): the scaling is done in training, prediction is plain."""

    kind = "dropout"
    draws = True
    rate: float
    """The share of values that are dropped."""

    def check(self) -> None:
        """Something must be left."""
        self.require(0 <= self.rate < 1, "rate", "at least 0 and below 1")

    def output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape

    def rounds(self, input_shape: Shape) -> int:
        """Mixing counters into random bits takes some hundred operations."""
        return 7

    def forward(
        self, ops: Ops, params: tuple[()], x: Float[Array, "n *s"], ctx: Context
    ) -> tuple[Float[Array, "n *s"], DropoutSaved]:
        """Training: ``y = x / (1 - rate)`` where ``u >= rate``, else 0, ``u`` uniform in [0, 1); otherwise ``x``."""
        if not ctx.training:
            return x, DropoutSaved(None)
        assert ctx.key is not None, "a training pass has a key"
        kept = uniform(ops, ctx.key, x.shape, x.dtype) >= self.rate
        return ops.where(kept, x / (1 - self.rate), ops.zeros_like(x)), DropoutSaved(kept)

    def backward(
        self, ops: Ops, params: tuple[()], saved: DropoutSaved, dy: Float[Array, "n *s"]
    ) -> tuple[Float[Array, "n *s"], tuple[()]]:
        """``dx = dy / (1 - rate)`` where the value was kept, else 0."""
        if saved.kept is None:
            return dy, ()
        return ops.where(saved.kept, dy / (1 - self.rate), ops.zeros_like(dy)), ()
