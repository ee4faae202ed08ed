"""Embedding: a vector that is learned for each of a fixed number of things (categories, words).

Shapes: n rows, t steps where there are any, k codes, d dimensions.
"""

from dataclasses import dataclass
from typing import NamedTuple

from chainrule._typing import Array, Float, Int
from chainrule.errors import InputError
from chainrule.layers.base import Context, Layer, Shape
from chainrule.layers.common import is_whole, ops_of
from chainrule.ops import Ops, Rng


class EmbeddingParams(NamedTuple):
    """What the layer learns; its gradient has the same form."""

    weight: Float[Array, "k d"]


class EmbeddingSaved(NamedTuple):
    """What backward needs."""

    codes: Int[Array, "n *t"]


@dataclass(frozen=True)
class EmbeddingLayer(Layer):
    """Row ``codes[n]`` of a table of weights: the same as a one-hot vector times that table, without the zeros."""

    kind = "embedding"
    linear = True
    takes_codes = True
    codes: int
    """How many different things there are; codes run from 0 to one less."""
    dimensions: int

    def check(self) -> None:
        """Both are positive whole numbers."""
        self.require(is_whole(self.codes), "codes", "a whole number of at least 1")
        self.require(is_whole(self.dimensions), "dimensions", "a whole number of at least 1")

    def output_shape(self, input_shape: Shape) -> Shape:
        """``()`` in, ``(d,)`` out; ``(t,)`` in, ``(t, d)`` out."""
        if len(input_shape) > 1:
            raise InputError(
                f"Embedding takes one code a row, shape (), or a sequence of them, shape (steps,); got {input_shape}."
            )
        return (*input_shape, self.dimensions)

    def init(self, rng: Rng, input_shape: Shape) -> EmbeddingParams:
        """Draw normal weights with standard deviation 0.05: a thing seldom seen stays close to nothing."""
        return EmbeddingParams(rng.child("weight").normal((self.codes, self.dimensions)) * 0.05)

    def forward(
        self, ops: Ops, params: EmbeddingParams, x: Int[Array, "n *t"], ctx: Context
    ) -> tuple[Float[Array, "n *t d"], EmbeddingSaved]:
        """``y[n, t, :] = weight[codes[n, t], :]``."""
        return ops.take(params.weight, x), EmbeddingSaved(x)

    def backward(
        self, ops: Ops, params: EmbeddingParams, saved: EmbeddingSaved, dy: Float[Array, "n *t d"]
    ) -> tuple[None, EmbeddingParams]:
        """``dweight[k, :] = sum of dy[n, t, :] where codes[n, t] = k``; codes have no derivative."""
        return None, EmbeddingParams(ops.scatter_add(ops.zeros_like(params.weight), saved.codes, dy))

    def terms(
        self,
        params: EmbeddingParams,
        saved: EmbeddingSaved,
        dy: Float[Array, "n *t d"],
        name: str,
        index: tuple[int, ...],
    ) -> Float[Array, " n"]:
        """A row's deltas wherever its code is the one of the element."""
        ops = ops_of(dy)
        return ops.row_sums(dy[..., index[1]] * ops.astype(saved.codes == index[0], dy.dtype))
