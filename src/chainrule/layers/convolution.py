"""Two-dimensional convolution: one small weight slides over the picture, the same at every place.

Shapes: n pictures, h high, w wide, c channels; a weight of kh rows and kw columns; p by q windows, o filters.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from chainrule._typing import Array, Float
from chainrule.errors import InputError
from chainrule.layers.base import Context, Layer, Shape
from chainrule.layers.common import WEIGHTS, are_whole, draw_weights, is_whole, ops_of
from chainrule.ops import Ops, Rng
from chainrule.ops.windows import window_place, window_row


class Conv2DParams(NamedTuple):
    """What the layer learns; its gradient has the same form."""

    weight: Float[Array, "kh kw c o"]
    bias: Float[Array, " o"]


class Conv2DSaved(NamedTuple):
    """What backward needs."""

    x: Float[Array, "n h w c"]
    """The pictures, with the padding around them."""
    inside: tuple[int, int, int, int]
    """Where a picture lies in it: top, left, height, width."""


@dataclass(frozen=True)
class Conv2DLayer(Layer):
    """Convolution as everybody computes it: cross-correlation, the weight is not turned round.

    - ``padding="valid"``: windows lie inside the picture; ``floor((h - kh) / stride) + 1`` of them.
    - ``padding="same"``: zeros around the picture, so that there are ``ceil(h / stride)`` windows; where their number
      is odd, the one more is below and to the right, as in TensorFlow (and in PyTorch, which has it for stride 1).
    """

    kind = "conv"
    linear = True
    filters: int
    kernel_size: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    padding: str = "valid"
    weights: str = "he"
    """How first weights are drawn: see :func:`~chainrule.layers.common.draw_weights`."""

    def check(self) -> None:
        """Sizes are positive whole numbers; padding and weights are names."""
        self.require(is_whole(self.filters), "filters", "a whole number of at least 1")
        for name in ("kernel_size", "strides"):
            self.require(are_whole(getattr(self, name), 2), name, "two whole numbers of at least 1 (down, right)")
        self.require(self.padding in ("valid", "same"), "padding", "'valid' or 'same'")
        self.require(self.weights in WEIGHTS, "weights", "'he', 'glorot', 'lecun' or 'zeros'")

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(h, w, c)`` in, ``(p, q, o)`` out."""
        if len(input_shape) != 3:
            raise InputError(
                f"Conv2D takes pictures of shape (height, width, channels); got {input_shape}. "
                "Put Reshape((height, width, channels)) before it."
            )
        if self.padding == "valid" and (input_shape[0] < self.kernel_size[0] or input_shape[1] < self.kernel_size[1]):
            raise InputError(
                f"Conv2D with a kernel of {self.kernel_size} takes pictures of at least that size; got {input_shape}. "
                'Use a smaller kernel_size or padding="same".'
            )
        return (*self._counts(input_shape), self.filters)

    def _counts(self, size: Shape) -> tuple[int, int]:
        """How many windows there are, down and to the right."""
        (kh, kw), (down, right) = self.kernel_size, self.strides
        if self.padding == "same":
            return -(-size[0] // down), -(-size[1] // right)
        return (size[0] - kh) // down + 1, (size[1] - kw) // right + 1

    def _padding(self, size: Shape) -> tuple[int, int]:
        """How many rows and columns of zeros are put around a picture, both sides together."""
        if self.padding == "valid":
            return 0, 0
        down, right = (
            max((count - 1) * stride + kernel - full, 0)
            for full, count, kernel, stride in zip(
                size, self._counts(size), self.kernel_size, self.strides, strict=True
            )
        )
        return down, right

    def rounds(self, input_shape: Shape) -> int:
        """One for each place of the weight."""
        return self.kernel_size[0] * self.kernel_size[1]

    def init(self, rng: Rng, input_shape: Shape) -> Conv2DParams:
        """Draw the weights, each output being a sum of ``kh * kw * c`` values; biases start at zero."""
        (kh, kw), channels = self.kernel_size, input_shape[-1]
        shape = (kh, kw, channels, self.filters)
        weight = draw_weights(rng.child("weight"), self.weights, shape, kh * kw * channels, kh * kw * self.filters)
        return Conv2DParams(weight, rng.zeros((self.filters,)))

    def forward(
        self, ops: Ops, params: Conv2DParams, x: Float[Array, "n h w c"], ctx: Context
    ) -> tuple[Float[Array, "n p q o"], Conv2DSaved]:
        """``z[n, p, q, o] = sum_abc x[n, p*stride + a, q*stride + b, c] * weight[a, b, c, o] + bias[o]``."""
        n, high, wide, channels = x.shape
        down, right = self._padding((high, wide))
        inside = (down // 2, right // 2, high, wide)
        if down or right:
            x = ops.assemble((n, high + down, wide + right, channels), [_place(inside)], [x])
        return ops.correlate(x, params.weight, self.strides) + params.bias, Conv2DSaved(x, inside)

    def backward(
        self, ops: Ops, params: Conv2DParams, saved: Conv2DSaved, dy: Float[Array, "n p q o"]
    ) -> tuple[Float[Array, "n h w c"], Conv2DParams]:
        """Each window's delta goes back to the values in the window; ``dweight`` sums over windows and pictures.

        - ``dweight[a, b, c, o] = sum_npq x[n, p*stride + a, q*stride + b, c] * dz[n, p, q, o]``
        - ``dx[n, p*stride + a, q*stride + b, c] += sum_o weight[a, b, c, o] * dz[n, p, q, o]``
        - ``dbias[o] = sum_npq dz[n, p, q, o]``

        Both are one matrix product for each row ``a`` of the weight.
        """
        (kh, kw), x = self.kernel_size, saved.x
        n, high, wide, filters = dy.shape
        channels = x.shape[-1]
        deltas = ops.reshape(dy, (n * high * wide, filters))
        weights: list[Array] = []
        places: list[tuple[slice, ...]] = []
        parts: list[Array] = []
        for a in range(kh):
            windows = window_row(ops, x, a, kw, (high, wide), self.strides)
            weights.append(ops.reshape(windows.T @ deltas, (kw, channels, filters)))
            back = deltas @ ops.reshape(params.weight[a, ...], (kw * channels, filters)).T
            back = ops.reshape(back, (n, high, wide, kw * channels))
            for b in range(kw):
                places.append(window_place((a, b), (high, wide), self.strides))
                parts.append(back[..., b * channels : (b + 1) * channels])
        dx = ops.assemble(tuple(x.shape), places, parts)[_place(saved.inside)]
        return dx, Conv2DParams(ops.stack(weights), ops.sum(dy, axis=(0, 1, 2)))

    def terms(
        self, params: Conv2DParams, saved: Conv2DSaved, dy: Float[Array, "n p q o"], name: str, index: tuple[int, ...]
    ) -> Float[Array, " n"]:
        """For each picture, the sum over its windows of the products that ``backward`` adds up."""
        deltas = dy[..., index[-1]]
        if name == "weight":
            a, b, channel, _ = index
            take = ops_of(dy).namespace.take
            x = saved.x[..., channel]
            for axis, (first, stride) in enumerate(zip((a, b), self.strides, strict=True), start=1):
                x = take(x, first + stride * ops_of(dy).arange(dy.shape[axis]), axis=axis)
            deltas = deltas * x
        return ops_of(deltas).row_sums(deltas)

    def output_mask(self, mask: Any) -> None:
        """Pictures have no steps that a mask could speak of."""


def _place(inside: tuple[int, int, int, int]) -> tuple[slice, slice, slice, slice]:
    top, left, high, wide = inside
    return slice(None), slice(top, top + high), slice(left, left + wide), slice(None)
