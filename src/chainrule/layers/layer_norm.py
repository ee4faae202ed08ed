"""Layer normalisation: each row's features are brought to mean 0 and variance 1, then scaled and shifted.

Shapes: n rows, s the axes between, f features on the last axis.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from chainrule._typing import Array, Float
from chainrule.errors import InputError
from chainrule.layers.base import Context, Layer, Shape
from chainrule.layers.common import ops_of
from chainrule.ops import Ops, Rng


class LayerNormParams(NamedTuple):
    """What the layer learns; its gradient has the same form."""

    scale: Float[Array, " f"]
    shift: Float[Array, " f"]


class LayerNormSaved(NamedTuple):
    """What backward needs."""

    normal: Float[Array, "n *s f"]
    """The input with mean 0 and variance 1."""
    deviation: Float[Array, "n *s 1"]
    """What the centred input was divided by, ``sqrt(variance + epsilon)``."""


@dataclass(frozen=True)
class LayerNormLayer(Layer):
    """Layer normalisation (Ba, Kiros and Hinton 2016, eq. 4), over the last axis alone.

    The variance is the mean of the squared deviations (no ``- 1``); epsilon stands inside the square root, as in
    PyTorch. With one feature there is nothing to compare it with, and the output is ``shift``.
    """

    kind = "layernorm"
    linear = True
    formula: ClassVar[str] = (
        r"\gamma_k \frac{x_k - \mu}{s} + \beta_k, \mu = \frac{1}{m} \sum_j x_j, "
        r"s = \sqrt{\frac{1}{m} \sum_j (x_j - \mu)^2 + \epsilon}"
    )
    derivative: ClassVar[str] = r"\frac{\gamma_k}{s} (\delta_{kj} - \frac{1 + u_k u_j}{m})"
    """Of output k by input j of a row with m features; ``u`` is the input with mean 0 and variance 1."""
    epsilon: float = 1e-5

    def check(self) -> None:
        """Epsilon keeps the division from being one by 0."""
        self.require(self.epsilon > 0, "epsilon", "above 0")

    def output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        if not input_shape:
            raise InputError("LayerNorm takes rows with features on the last axis, such as (features,); got ().")
        return input_shape

    def init(self, rng: Rng, input_shape: Shape) -> LayerNormParams:
        """Scale 1 and shift 0."""
        return LayerNormParams(rng.full(input_shape[-1:], 1.0), rng.zeros(input_shape[-1:]))

    def forward(
        self, ops: Ops, params: LayerNormParams, x: Float[Array, "n *s f"], ctx: Context
    ) -> tuple[Float[Array, "n *s f"], LayerNormSaved]:
        """``y = scale * (x - mean(x)) / sqrt(variance(x) + epsilon) + shift``, mean and variance over the last axis."""
        centred = x - ops.mean(x, axis=-1, keepdims=True)
        deviation = ops.sqrt(ops.mean(centred * centred, axis=-1, keepdims=True) + self.epsilon)
        normal = centred / deviation
        return params.scale * normal + params.shift, LayerNormSaved(normal, deviation)

    def backward(
        self, ops: Ops, params: LayerNormParams, saved: LayerNormSaved, dy: Float[Array, "n *s f"]
    ) -> tuple[Float[Array, "n *s f"], LayerNormParams]:
        """With ``u`` for the normalised input: ``dx = (du - mean(du) - u * mean(du * u)) / deviation``.

        ``du = dy * scale``; ``dscale[f] = sum dy * u`` and ``dshift[f] = sum dy`` over all axes but the last.
        """
        u = saved.normal
        du = dy * params.scale
        along = ops.mean(du * u, axis=-1, keepdims=True)
        dx = (du - ops.mean(du, axis=-1, keepdims=True) - u * along) / saved.deviation
        axes = tuple(range(dy.ndim - 1))
        return dx, LayerNormParams(ops.sum(dy * u, axis=axes), ops.sum(dy, axis=axes))

    def terms(
        self,
        params: LayerNormParams,
        saved: LayerNormSaved,
        dy: Float[Array, "n *s f"],
        name: str,
        index: tuple[int, ...],
    ) -> Float[Array, " n"]:
        """A row's products, summed over the axes between."""
        delta = dy[..., index[0]]
        return ops_of(delta).row_sums(delta if name == "shift" else delta * saved.normal[..., index[0]])
