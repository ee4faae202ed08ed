"""Binary cross-entropy: from probabilities as it is taught, and from logits as it should be computed.

Shapes: n rows, k outputs, each a yes-or-no of its own. Targets are 0, 1, or a probability between.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from chainrule._typing import Array, Float
from chainrule.activations.squashing import sigmoid
from chainrule.losses.base import Loss, mean_shares, shared_sums, spread
from chainrule.ops import Ops


class BinarySaved(NamedTuple):
    """What backward needs, and what each row adds."""

    probability: Float[Array, "n *k"]
    """Of the answer 1."""
    complement: Float[Array, "n *k"]
    """Of the answer 0: ``1 - probability``, with all its digits."""
    target: Float[Array, "n *k"]
    share: Float[Array, "n *w"] | float
    """What each value of a row is multiplied by in the loss."""
    rows: Float[Array, " n"]
    """What each row adds to the loss."""


@dataclass(frozen=True)
class _Binary(Loss):
    """What both forms share."""

    target_kind = "binary"

    def check_target(self, prediction_shape: tuple[int, ...], target: np.ndarray) -> None:
        """Numbers of the predictions' shape, from 0 to 1."""
        super().check_target(prediction_shape, target)
        wrong = ~((target >= 0) & (target <= 1))
        self.refuse(target, wrong, "between 0 and 1", "Encode the two classes as 0 and 1.")


@dataclass(frozen=True)
class BinaryCrossEntropyFromLogits(_Binary):
    """Binary cross-entropy of ``sigmoid(z)``, computed from the logit ``z`` itself: right at any size."""

    name = "binary_cross_entropy_from_logits"
    formula = r"\frac{1}{nk} \sum_n \sum_k (\log(1 + e^{\hat{y}_{nk}}) - y_{nk} \hat{y}_{nk})"
    derivative = r"\frac{1}{n \cdot k} (\frac{1}{1 + e^{-\hat{y}}} - y)"

    def forward(
        self,
        ops: Ops,
        prediction: Float[Array, "n *k"],
        target: Float[Array, "n *k"],
        weight: Float[Array, "n *w"] | None,
    ) -> tuple[Float[Array, ""], BinarySaved]:
        """``L = mean(max(z, 0) - y * z + log(1 + e^-|z|))``."""
        share = mean_shares(ops, prediction.shape, weight)
        straight = ops.maximum(prediction, ops.zeros_like(prediction)) - target * prediction
        rows = shared_sums(ops, share, straight + ops.log1p_exp(-ops.abs(prediction)))
        saved = BinarySaved(sigmoid(ops, prediction), sigmoid(ops, -prediction), target, share, rows)
        return ops.sum(rows), saved

    def backward(self, ops: Ops, saved: BinarySaved) -> Float[Array, "n *k"]:
        """``dL/dz = share * (p - y)``, as ``(1 - y) * p - y * (1 - p)``, which does not cancel."""
        share = spread(ops, saved.share, saved.probability)
        return share * ((1 - saved.target) * saved.probability - saved.target * saved.complement)


@dataclass(frozen=True)
class BinaryCrossEntropy(_Binary):
    """Binary cross-entropy of probabilities.

    A probability is held between the smallest normal number and the largest number below 1 of its type, so that
    ``log`` is finite (at most 709 and 36.7 in float64, 87.3 and 16.6 in float32); the slope is taken there too. Of
    numbers outside 0 and 1 the loss is no number.
    """

    name = "binary_cross_entropy"
    formula = r"-\frac{1}{nk} \sum_n \sum_k (y_{nk} \log \hat{y}_{nk} + (1 - y_{nk}) \log(1 - \hat{y}_{nk}))"
    derivative = r"\frac{1}{n \cdot k} (\frac{1 - y}{1 - \hat{y}} - \frac{y}{\hat{y}})"
    takes = (0.0, 1.0)
    fuses = "sigmoid"

    @property
    def fused(self) -> BinaryCrossEntropyFromLogits:
        """The same loss, from the sigmoid's pre-activation."""
        return BinaryCrossEntropyFromLogits()

    def forward(
        self,
        ops: Ops,
        prediction: Float[Array, "n *k"],
        target: Float[Array, "n *k"],
        weight: Float[Array, "n *w"] | None,
    ) -> tuple[Float[Array, ""], BinarySaved]:
        """``L = mean(-y * log(p) - (1 - y) * log(1 - p))``."""
        limits = ops.finfo(prediction.dtype)
        held = ops.clip(prediction, float(limits.smallest_normal), 1 - float(limits.eps) / 2)
        held = self.no_number_outside(ops, held, prediction)
        share = mean_shares(ops, prediction.shape, weight)
        rows = -shared_sums(ops, share, target * ops.log(held) + (1 - target) * ops.log1p(-held))
        return ops.sum(rows), BinarySaved(held, 1 - held, target, share, rows)

    def backward(self, ops: Ops, saved: BinarySaved) -> Float[Array, "n *k"]:
        """``dL/dp = share * ((1 - y) / (1 - p) - y / p)``."""
        slope = (1 - saved.target) / saved.complement - saved.target / saved.probability
        return spread(ops, saved.share, saved.probability) * slope
