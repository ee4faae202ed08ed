"""Pooling: small windows of a picture, each reduced to its largest value; or the whole picture to its mean.

Shapes: n pictures, h high, w wide, c channels; p by q windows.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from chainrule._typing import Array, Float
from chainrule.errors import InputError
from chainrule.layers.base import Context, Layer, Shape
from chainrule.layers.common import are_whole
from chainrule.ops import Ops
from chainrule.ops.windows import window_place


class MaxPool2DSaved(NamedTuple):
    """What backward needs."""

    x: Float[Array, "n h w c"]
    y: Float[Array, "n p q c"]


@dataclass(frozen=True)
class MaxPool2DLayer(Layer):
    """The largest value of each window; rows and columns that fill no whole window are left out.

    Where several values of a window are the largest, the first of them (row by row) gets the whole delta, as in
    PyTorch.
    """

    kind = "maxpool"
    size: tuple[int, int]
    strides: tuple[int, int]

    def check(self) -> None:
        """Sizes are positive whole numbers."""
        for name in ("size", "strides"):
            self.require(are_whole(getattr(self, name), 2), name, "two whole numbers of at least 1 (down, right)")

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(h, w, c)`` in, ``(p, q, c)`` out."""
        if len(input_shape) != 3:
            raise InputError(
                f"MaxPool2D takes pictures of shape (height, width, channels); got {input_shape}. "
                "Put it before Flatten()."
            )
        if input_shape[0] < self.size[0] or input_shape[1] < self.size[1]:
            raise InputError(
                f"MaxPool2D with a window of {self.size} takes pictures of at least that size; got {input_shape}. "
                "Use a smaller size."
            )
        return (*self._counts(input_shape), input_shape[2])

    def _counts(self, shape: Shape) -> tuple[int, int]:
        """How many windows there are, down and to the right."""
        (high, wide), (down, right) = self.size, self.strides
        return (shape[0] - high) // down + 1, (shape[1] - wide) // right + 1

    def _places(self, shape: Shape) -> list[tuple[slice, ...]]:
        """Where the values at each place of all windows lie, row by row."""
        counts = self._counts(shape)
        return [window_place((a, b), counts, self.strides) for a in range(self.size[0]) for b in range(self.size[1])]

    def rounds(self, input_shape: Shape) -> int:
        """One for each place of a window."""
        return self.size[0] * self.size[1]

    def forward(
        self, ops: Ops, params: tuple[()], x: Float[Array, "n h w c"], ctx: Context
    ) -> tuple[Float[Array, "n p q c"], MaxPool2DSaved]:
        """``y[n, p, q, c] = max_ab x[n, p*stride + a, q*stride + b, c]``."""
        first, *rest = self._places(x.shape[1:])
        y = x[first]
        for place in rest:
            y = ops.maximum(y, x[place])
        return y, MaxPool2DSaved(x, y)

    def backward(
        self, ops: Ops, params: tuple[()], saved: MaxPool2DSaved, dy: Float[Array, "n p q c"]
    ) -> tuple[Float[Array, "n h w c"], tuple[()]]:
        """Each window's delta goes to its first largest value; where windows overlap, deltas add up."""
        places = self._places(saved.x.shape[1:])
        parts: list[Array] = []
        free = ops.ones_like(dy) > 0
        for place in places:
            chosen = ops.logical_and(free, saved.x[place] == saved.y)
            parts.append(ops.where(chosen, dy, ops.zeros_like(dy)))
            free = ops.logical_and(free, ops.logical_not(chosen))
        return ops.assemble(tuple(saved.x.shape), places, parts), ()

    def output_mask(self, mask: Any) -> None:
        """Pictures have no steps that a mask could speak of."""


class GlobalAveragePool2DSaved(NamedTuple):
    """What backward needs."""

    x: Float[Array, "n h w c"]


@dataclass(frozen=True)
class GlobalAveragePool2DLayer(Layer):
    """The mean of each channel over the whole picture (Lin, Chen and Yan 2014, section 3.2)."""

    kind = "average"

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(h, w, c)`` in, ``(c,)`` out."""
        if len(input_shape) != 3:
            raise InputError(
                f"GlobalAveragePool2D takes pictures of shape (height, width, channels); got {input_shape}. "
                "Put Reshape((height, width, channels)) before it."
            )
        return input_shape[2:]

    def forward(
        self, ops: Ops, params: tuple[()], x: Float[Array, "n h w c"], ctx: Context
    ) -> tuple[Float[Array, "n c"], GlobalAveragePool2DSaved]:
        """``y[n, c] = sum_hw x[n, h, w, c] / (h * w)``."""
        return ops.mean(x, axis=(1, 2)), GlobalAveragePool2DSaved(x)

    def backward(
        self, ops: Ops, params: tuple[()], saved: GlobalAveragePool2DSaved, dy: Float[Array, "n c"]
    ) -> tuple[Float[Array, "n h w c"], tuple[()]]:
        """``dx[n, h, w, c] = dy[n, c] / (h * w)``."""
        n, high, wide, channels = saved.x.shape
        return ops.broadcast_to(ops.reshape(dy / (high * wide), (n, 1, 1, channels)), saved.x.shape), ()

    def output_mask(self, mask: Any) -> None:
        """Pictures have no steps that a mask could speak of."""
