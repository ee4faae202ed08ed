"""Losses made of squared differences.

Shapes: n rows, k outputs.
"""

from dataclasses import dataclass
from typing import NamedTuple

from chainrule._typing import Array, Float
from chainrule.losses.base import Loss
from chainrule.ops import Ops


class SquaredSaved(NamedTuple):
    """What backward needs."""

    difference: Float[Array, "n *k"]
    """prediction − target"""
    share: Float[Array, "n *one"] | float
    """What each squared difference is multiplied by in the loss."""
    rows: Float[Array, " n"]
    """What each row adds to the loss."""


@dataclass(frozen=True)
class SSR(Loss):
    """Sum of squared residuals."""

    name = "ssr"
    formula = r"\sum_n \sum_k (y_{nk} - \hat{y}_{nk})^2"

    def forward(
        self, ops: Ops, prediction: Float[Array, "n *k"], target: Float[Array, "n *k"], weight: Float[Array, " n"] | None
    ) -> tuple[Float[Array, ""], SquaredSaved]:
        """``L = sum_n weight[n] * sum_k (y[n, k] - prediction[n, k])^2``."""
        difference = prediction - target
        share = 1.0 if weight is None else ops.reshape(weight, (-1,) + (1,) * (prediction.ndim - 1))
        rows = ops.sum(share * difference**2, axis=tuple(range(1, prediction.ndim)))
        return ops.sum(rows), SquaredSaved(difference, share, rows)

    def backward(self, ops: Ops, saved: SquaredSaved) -> Float[Array, "n *k"]:
        """``dL/dprediction = 2 * weight * (prediction - y)``."""
        return 2 * saved.share * saved.difference
