"""Batch normalisation: each feature is brought to mean 0 and variance 1 over the batch, then scaled and shifted.

Shapes: n rows, s the axes between (places of a picture, steps of a sequence), f features on the last axis.
"""

from dataclasses import dataclass
from math import prod
from typing import ClassVar, NamedTuple

from chainrule._typing import Array, Float
from chainrule.errors import InputError
from chainrule.layers.base import Context, Layer, Shape
from chainrule.layers.common import ops_of
from chainrule.ops import Ops, Rng


class BatchNormParams(NamedTuple):
    """What the layer learns; its gradient has the same form."""

    scale: Float[Array, " f"]
    shift: Float[Array, " f"]


class BatchNormStats(NamedTuple):
    """Running statistics, which prediction uses."""

    mean: Float[Array, " f"]
    variance: Float[Array, " f"]


class BatchNormSaved(NamedTuple):
    """What backward needs, and the running statistics after this batch."""

    normal: Float[Array, "n *s f"]
    """The input after the mean was taken off and the deviation divided by; 0 in padding."""
    deviation: Float[Array, " f"]
    """What the centred input was divided by, ``sqrt(variance + epsilon)``."""
    real: Float[Array, "..."]
    """1 for values, 0 for padding."""
    share: Float[Array, "..."]
    """What each value counts for in the batch's mean: 1/count, and 0 where running statistics were used."""
    stats: BatchNormStats


@dataclass(frozen=True)
class BatchNormLayer(Layer):
    """Batch normalisation (Ioffe and Szegedy 2015, algorithms 1 and 2), over all axes but the last.

    - The batch is divided by ``sqrt(variance + epsilon)``, the variance being the mean of squared deviations.
    - Running statistics move by ``momentum`` towards the batch's: ``running += momentum * (batch - running)``, as in
      PyTorch; Keras counts the other way round (its 0.99 is 0.01 here). They start at mean 0 and variance 1.
    - The running variance is of the unbiased kind, ``count / (count - 1)`` times the batch's (algorithm 2, step 10),
      as in PyTorch; Keras leaves that factor out.
    - Where a mask says that a step is padding, it counts for nothing.
    - One value a feature has no variance: such a batch (one row left over at the end of an epoch) is normalised by
      the running statistics, and leaves them as they are.
    """

    kind = "batchnorm"
    linear = True
    formula: ClassVar[str] = (
        r"\gamma \frac{x_k - \mu}{s} + \beta, \mu = \frac{1}{n} \sum_j x_j, "
        r"s = \sqrt{\frac{1}{n} \sum_j (x_j - \mu)^2 + \epsilon}"
    )
    derivative: ClassVar[str] = r"\frac{\gamma}{s} (\delta_{kj} - \frac{1 + u_k u_j}{n})"
    """Of a feature's output k by its input j, in a batch with n values of it (Ioffe and Szegedy 2015, section 3); ``u``
    is the input with mean 0 and variance 1."""
    momentum: float = 0.1
    """The weight of the newest batch in the running statistics."""
    epsilon: float = 1e-5

    def check(self) -> None:
        """Momentum is a share; epsilon keeps the division from being one by 0."""
        self.require(0 < self.momentum <= 1, "momentum", "above 0 and at most 1")
        self.require(self.epsilon > 0, "epsilon", "above 0")

    def output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        if not input_shape:
            raise InputError("BatchNorm takes rows with features on the last axis, such as (features,); got ().")
        return input_shape

    def init(self, rng: Rng, input_shape: Shape) -> BatchNormParams:
        """Scale 1 and shift 0."""
        return BatchNormParams(rng.full(input_shape[-1:], 1.0), rng.zeros(input_shape[-1:]))

    def init_stats(self, rng: Rng, input_shape: Shape) -> BatchNormStats:
        """Mean 0 and variance 1."""
        return BatchNormStats(rng.zeros(input_shape[-1:]), rng.full(input_shape[-1:], 1.0))

    def forward(
        self, ops: Ops, params: BatchNormParams, x: Float[Array, "n *s f"], ctx: Context
    ) -> tuple[Float[Array, "n *s f"], BatchNormSaved]:
        """``y = scale * (x - mean) / sqrt(variance + epsilon) + shift``: the batch's in training, else the running."""
        real = ops.ones((1,) * x.ndim, dtype=x.dtype)
        if ctx.mask is not None:
            real = ops.astype(ops.reshape(ctx.mask, tuple(ctx.mask.shape) + (1,) * (x.ndim - 2)), x.dtype)
            x = ops.where(real > 0, x, ops.zeros_like(x))
        share = ops.zeros_like(real)
        stats, (mean, variance) = ctx.stats, ctx.stats
        if ctx.training:
            count = ops.sum(real) * (prod(x.shape[:-1]) / prod(real.shape))
            several = count > 1
            share = ops.where(several, real / ops.maximum(count, ops.ones_like(count)), share)
            mean, variance = self._batch(ops, x, share)
            wide = variance * (count / ops.maximum(count - 1, ops.ones_like(count)))
            moved = BatchNormStats(
                stats.mean + self.momentum * (mean - stats.mean),
                stats.variance + self.momentum * (wide - stats.variance),
            )
            stats = BatchNormStats(*(ops.where(several, new, old) for new, old in zip(moved, ctx.stats, strict=True)))
            mean = ops.where(several, mean, ctx.stats.mean)
            variance = ops.where(several, variance, ctx.stats.variance)
        deviation = ops.sqrt(variance + self.epsilon)
        normal = real * (x - mean) / deviation
        return params.scale * normal + params.shift, BatchNormSaved(normal, deviation, real, share, stats)

    def _batch(self, ops: Ops, x: Array, share: Array) -> tuple[Array, Array]:
        axes = tuple(range(x.ndim - 1))
        mean = ops.sum(share * x, axis=axes)
        return mean, ops.sum(share * (x - mean) ** 2, axis=axes)

    def backward(
        self, ops: Ops, params: BatchNormParams, saved: BatchNormSaved, dy: Float[Array, "n *s f"]
    ) -> tuple[Float[Array, "n *s f"], BatchNormParams]:
        """With ``u`` for the normalised input: ``dx = (du - share * (sum(du) + u * sum(du * u))) / deviation``.

        ``du = dy * scale``; ``dscale[f] = sum dy * u`` and ``dshift[f] = sum dy`` over all axes but the last. With
        running statistics, which do not depend on the batch, ``share`` is 0.
        """
        u, axes = saved.normal, tuple(range(dy.ndim - 1))
        du = dy * saved.real * params.scale
        dx = (du - saved.share * (ops.sum(du, axis=axes) + u * ops.sum(du * u, axis=axes))) / saved.deviation
        return dx, BatchNormParams(ops.sum(dy * u, axis=axes), ops.sum(dy, axis=axes))

    def terms(
        self,
        params: BatchNormParams,
        saved: BatchNormSaved,
        dy: Float[Array, "n *s f"],
        name: str,
        index: tuple[int, ...],
    ) -> Float[Array, " n"]:
        """A row's products, summed over the axes between."""
        delta = dy[..., index[0]]
        return ops_of(delta).row_sums(delta if name == "shift" else delta * saved.normal[..., index[0]])
