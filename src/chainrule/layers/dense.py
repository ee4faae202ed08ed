"""Dense layer: every output is a weighted sum of every input, plus a bias.

Shapes: n rows in the batch, i inputs, o outputs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from chainrule._typing import Array, Float
from chainrule.errors import InputError
from chainrule.layers.base import Context, Layer, Shape
from chainrule.layers.common import WEIGHTS, draw_weights, is_whole
from chainrule.ops import Ops, Rng


class DenseParams(NamedTuple):
    """What the layer learns; its gradient has the same form."""

    weight: Float[Array, "i o"]
    bias: Float[Array, " o"]


class DenseSaved(NamedTuple):
    """What backward needs."""

    x: Float[Array, "n i"]


@dataclass(frozen=True)
class DenseLayer(Layer):
    """Weighted sum of the inputs, ``z = x @ weight + bias``."""

    kind = "dense"
    linear = True
    units: int
    weights: str = "he"
    """How first weights are drawn: see :func:`~chainrule.layers.common.draw_weights`."""

    def check(self) -> None:
        """Units are a positive whole number, and there is such a way to draw weights."""
        self.require(is_whole(self.units), "units", "a whole number of at least 1")
        self.require(self.weights in WEIGHTS, "weights", "'he', 'glorot', 'lecun' or 'zeros'")

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(i,)`` in, ``(o,)`` out."""
        if len(input_shape) != 1:
            raise InputError(f"Dense takes rows of shape (inputs,); got {input_shape}. Put Flatten() before it.")
        return (self.units,)

    def init(self, rng: Rng, input_shape: Shape) -> DenseParams:
        """Draw the weights; biases start at zero."""
        shape = (input_shape[0], self.units)
        return DenseParams(draw_weights(rng.child("weight"), self.weights, shape, *shape), rng.zeros((self.units,)))

    def forward(
        self, ops: Ops, params: DenseParams, x: Float[Array, "n i"], ctx: Context
    ) -> tuple[Float[Array, "n o"], DenseSaved]:
        """``z[n, o] = sum_i x[n, i] * weight[i, o] + bias[o]``."""
        return ops.weighted_sums(x, params.weight, params.bias[None, :]), DenseSaved(x)

    def predicting(
        self, ops: Ops, params: DenseParams, ctx: Context
    ) -> Callable[[Float[Array, "n i"]], Float[Array, "n o"]]:
        """As :meth:`forward`, without the record, which costs a row a tenth of the layer's time."""
        sums, weight, bias = ops.weighted_sums, params.weight, params.bias[None, :]
        return lambda x: sums(x, weight, bias)

    def backward(
        self, ops: Ops, params: DenseParams, saved: DenseSaved, dy: Float[Array, "n o"]
    ) -> tuple[Float[Array, "n i"], DenseParams]:
        """``dx = dz @ weight.T``; ``dweight[i, o] = sum_n x[n, i] * dz[n, o]``; ``dbias[o] = sum_n dz[n, o]``."""
        gradient = DenseParams(ops.sum_over_rows(saved.x, dy), ops.sum(dy, axis=0))
        return self.delta(ops, params, saved, dy), gradient

    def delta(self, ops: Ops, params: DenseParams, saved: DenseSaved, dy: Float[Array, "n o"]) -> Float[Array, "n i"]:
        """``dx = dz @ weight.T``."""
        return dy @ params.weight.T

    def terms(
        self, params: DenseParams, saved: DenseSaved, dy: Float[Array, "n o"], name: str, index: tuple[int, ...]
    ) -> Float[Array, " n"]:
        """The products, one a row, that ``backward`` sums into one element of the gradient."""
        if name == "bias":
            return dy[:, index[0]]
        return saved.x[:, index[0]] * dy[:, index[1]]
