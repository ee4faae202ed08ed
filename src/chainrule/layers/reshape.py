"""Layers that change the shape of a row and none of its values: Flatten and Reshape.

Shapes: n rows, s the axes before, m the product of them.
"""

from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

from chainrule._typing import Array, Bool, Float
from chainrule.errors import InputError
from chainrule.layers.base import Context, Layer, Shape
from chainrule.layers.common import are_whole
from chainrule.ops import Ops


class FlattenSaved(NamedTuple):
    """What backward needs."""

    x: Float[Array, "n *s"]
    mask: Bool[Array, "n t"] | None


@dataclass(frozen=True)
class FlattenLayer(Layer):
    """Each row as one long vector, the last axis running fastest; padding becomes 0."""

    kind = "flatten"

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(s1, s2, …)`` in, ``(s1 * s2 * …,)`` out."""
        return (prod(input_shape),)

    def forward(
        self, ops: Ops, params: tuple[()], x: Float[Array, "n *s"], ctx: Context
    ) -> tuple[Float[Array, "n m"], FlattenSaved]:
        """``y[n, :] = x[n, …]``, 0 where the mask says that a step is padding."""
        real = _only_real(ops, x, ctx.mask)
        return ops.reshape(real, (x.shape[0], prod(x.shape[1:]))), FlattenSaved(x, ctx.mask)

    def backward(
        self, ops: Ops, params: tuple[()], saved: FlattenSaved, dy: Float[Array, "n m"]
    ) -> tuple[Float[Array, "n *s"], tuple[()]]:
        """The deltas in the input's shape, 0 in the padding."""
        return _only_real(ops, ops.reshape(dy, saved.x.shape), saved.mask), ()

    def output_mask(self, mask: Any) -> None:
        """No steps are left that a mask could speak of."""


class ReshapeSaved(NamedTuple):
    """What backward needs."""

    x: Float[Array, "n *s"]


@dataclass(frozen=True)
class ReshapeLayer(Layer):
    """The values of each row in another shape, for example 784 values as a picture of ``(28, 28, 1)``."""

    kind = "reshape"
    shape: tuple[int, ...]

    def check(self) -> None:
        """A tuple of positive whole numbers."""
        self.require(are_whole(self.shape), "shape", "a tuple of whole numbers of at least 1, such as (28, 28, 1)")

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape given; the number of values must stay."""
        if prod(input_shape) != prod(self.shape):
            raise InputError(
                f"Reshape makes rows of shape {self.shape}, {prod(self.shape)} values, from as many; "
                f"got rows of shape {input_shape}, {prod(input_shape)} values. Make shape fit."
            )
        return self.shape

    def forward(
        self, ops: Ops, params: tuple[()], x: Float[Array, "n *s"], ctx: Context
    ) -> tuple[Float[Array, "n *m"], ReshapeSaved]:
        """The same values, the last axis running fastest."""
        return ops.reshape(x, (x.shape[0], *self.shape)), ReshapeSaved(x)

    def backward(
        self, ops: Ops, params: tuple[()], saved: ReshapeSaved, dy: Float[Array, "n *m"]
    ) -> tuple[Float[Array, "n *s"], tuple[()]]:
        """The deltas in the input's shape."""
        return ops.reshape(dy, saved.x.shape), ()

    def output_mask(self, mask: Any) -> None:
        """The axis of the steps is not known any more."""


def _only_real(ops: Ops, x: Array, mask: Array | None) -> Array:
    if mask is None:
        return x
    return ops.where(ops.reshape(mask, tuple(mask.shape) + (1,) * (x.ndim - 2)), x, ops.zeros_like(x))
