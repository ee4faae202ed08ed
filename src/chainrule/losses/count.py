"""The Poisson loss, for counts: from the expected count, or from its logarithm.

Shapes: n rows, k outputs. Both leave out ``log y!``, which no prediction changes, so a loss may be below 0.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from chainrule._typing import Array, Float
from chainrule.losses.base import Loss, mean_shares, shared_sums, spread
from chainrule.ops import Ops


class PoissonSaved(NamedTuple):
    """What backward needs, and what each row adds."""

    rate: Float[Array, "n *k"]
    """The expected count."""
    target: Float[Array, "n *k"]
    share: Float[Array, "n *w"] | float
    """What each value of a row is multiplied by in the loss."""
    rows: Float[Array, " n"]
    """What each row adds to the loss."""


@dataclass(frozen=True)
class Poisson(Loss):
    """Mean negative log-likelihood of counts, from the expected count.

    Predictions should be above 0: give the output ``softplus``, or use ``poisson_from_log``. In the logarithm, a
    prediction below the smallest normal number of its type is taken as that number.
    """

    name = "poisson"
    formula = r"\frac{1}{nk} \sum_n \sum_k (\hat{y}_{nk} - y_{nk} \log \hat{y}_{nk})"
    derivative = r"\frac{1}{n \cdot k} (1 - \frac{y}{\hat{y}})"

    def forward(
        self,
        ops: Ops,
        prediction: Float[Array, "n *k"],
        target: Float[Array, "n *k"],
        weight: Float[Array, "n *w"] | None,
    ) -> tuple[Float[Array, ""], PoissonSaved]:
        """``L = mean(rate - y * log(rate))``."""
        share = mean_shares(ops, prediction.shape, weight)
        rows = shared_sums(ops, share, prediction - target * ops.log(_above_zero(ops, prediction)))
        return ops.sum(rows), PoissonSaved(prediction, target, share, rows)

    def backward(self, ops: Ops, saved: PoissonSaved) -> Float[Array, "n *k"]:
        """``dL/drate = share * (1 - y / rate)``."""
        return spread(ops, saved.share, saved.rate) * (1 - saved.target / _above_zero(ops, saved.rate))

    def check_target(self, prediction_shape: tuple[int, ...], target: np.ndarray) -> None:
        """Counts of the predictions' shape, 0 or more."""
        super().check_target(prediction_shape, target)
        self.refuse(target, ~(target >= 0), "counts of 0 or more", "For targets below 0 use 'mse'.")


@dataclass(frozen=True)
class PoissonFromLog(Poisson):
    """Mean negative log-likelihood of counts, from the logarithm of the expected count (a linear output).

    The expected count overflows where its logarithm is above 88 in float32, 709 in float64.
    """

    name = "poisson_from_log"
    formula = r"\frac{1}{nk} \sum_n \sum_k (e^{\hat{y}_{nk}} - y_{nk} \hat{y}_{nk})"
    derivative = r"\frac{1}{n \cdot k} (e^{\hat{y}} - y)"

    def forward(
        self,
        ops: Ops,
        prediction: Float[Array, "n *k"],
        target: Float[Array, "n *k"],
        weight: Float[Array, "n *w"] | None,
    ) -> tuple[Float[Array, ""], PoissonSaved]:
        """``L = mean(e^prediction - y * prediction)``."""
        rate = ops.exp(prediction)
        share = mean_shares(ops, prediction.shape, weight)
        rows = shared_sums(ops, share, rate - target * prediction)
        return ops.sum(rows), PoissonSaved(rate, target, share, rows)

    def backward(self, ops: Ops, saved: PoissonSaved) -> Float[Array, "n *k"]:
        """``dL/dprediction = share * (e^prediction - y)``."""
        return spread(ops, saved.share, saved.rate) * (saved.rate - saved.target)


def _above_zero(ops: Ops, rate: Float[Array, "n *k"]) -> Float[Array, "n *k"]:
    return ops.maximum(rate, float(ops.finfo(rate.dtype).smallest_normal))
