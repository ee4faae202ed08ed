"""Losses of the residual, prediction − target: squares, absolute values, and what lies between.

Shapes: n rows, k outputs.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from chainrule._typing import Array, Float
from chainrule.losses.base import Loss, mean_shares, shared_sums, spread
from chainrule.ops import Ops


class ResidualSaved(NamedTuple):
    """What backward needs, and what each row adds."""

    difference: Float[Array, "n *k"]
    """prediction − target"""
    share: Float[Array, "n *w"] | float
    """What each value of a row is multiplied by in the loss."""
    rows: Float[Array, " n"]
    """What each row adds to the loss."""


@dataclass(frozen=True)
class ResidualLoss(Loss):
    """Base of losses that are a mean of ``l(d)`` with ``d = prediction - target``."""

    def value(self, ops: Ops, difference: Float[Array, "n *k"]) -> Float[Array, "n *k"]:
        """``l(d)``."""
        raise NotImplementedError

    def slope(self, ops: Ops, difference: Float[Array, "n *k"]) -> Float[Array, "n *k"]:
        """``l'(d)``."""
        raise NotImplementedError

    def shares(
        self, ops: Ops, prediction: Float[Array, "n *k"], weight: Float[Array, "n *w"] | None
    ) -> Float[Array, "n *w"] | float:
        """What each row's values are multiplied by: those of a mean."""
        return mean_shares(ops, prediction.shape, weight)

    def forward(
        self,
        ops: Ops,
        prediction: Float[Array, "n *k"],
        target: Float[Array, "n *k"],
        weight: Float[Array, "n *w"] | None,
    ) -> tuple[Float[Array, ""], ResidualSaved]:
        """``L = sum_n share[n] * sum_k l(prediction[n, k] - y[n, k])``."""
        difference = prediction - target
        share = self.shares(ops, prediction, weight)
        rows = shared_sums(ops, share, self.value(ops, difference))
        return ops.sum(rows), ResidualSaved(difference, share, rows)

    def backward(self, ops: Ops, saved: ResidualSaved) -> Float[Array, "n *k"]:
        """``dL/dprediction = share * l'(d)``."""
        return spread(ops, saved.share, saved.difference) * self.slope(ops, saved.difference)


@dataclass(frozen=True)
class MSE(ResidualLoss):
    """Mean squared error (L2)."""

    name = "mse"
    formula = r"\frac{1}{nk} \sum_n \sum_k (y_{nk} - \hat{y}_{nk})^2"
    derivative = r"\frac{2}{n \cdot k} (\hat{y} - y)"

    def value(self, ops: Ops, difference: Float[Array, "n *k"]) -> Float[Array, "n *k"]:
        """``l = d^2``."""
        return difference * difference

    def slope(self, ops: Ops, difference: Float[Array, "n *k"]) -> Float[Array, "n *k"]:
        """``l' = 2 d``."""
        return 2 * difference


@dataclass(frozen=True)
class SSR(MSE):
    """Sum of squared residuals."""

    name = "ssr"
    sums = True
    formula = r"\sum_n \sum_k (y_{nk} - \hat{y}_{nk})^2"
    derivative = r"2 (\hat{y} - y)"

    def shares(
        self, ops: Ops, prediction: Float[Array, "n *k"], weight: Float[Array, "n *w"] | None
    ) -> Float[Array, "n *w"] | float:
        """A sum: every row counts once, or as often as its weight says."""
        return 1.0 if weight is None else weight


@dataclass(frozen=True)
class MAE(ResidualLoss):
    """Mean absolute error (L1). Its slope where prediction and target are equal is taken as 0."""

    name = "mae"
    formula = r"\frac{1}{nk} \sum_n \sum_k |y_{nk} - \hat{y}_{nk}|"
    derivative = r"\frac{1}{n \cdot k}\, \mathrm{sign}(\hat{y} - y)"

    def value(self, ops: Ops, difference: Float[Array, "n *k"]) -> Float[Array, "n *k"]:
        """``l = |d|``."""
        return ops.abs(difference)

    def slope(self, ops: Ops, difference: Float[Array, "n *k"]) -> Float[Array, "n *k"]:
        """``l' = sign(d)``, with ``sign(0) = 0``."""
        return ops.sign(difference)


@dataclass(frozen=True)
class Huber(ResidualLoss):
    """Half the square up to ``delta``, a straight line beyond (Huber 1964); not divided by ``delta``."""

    name = "huber"
    formula = (
        r"\frac{1}{nk} \sum_n \sum_k \frac{1}{2} d_{nk}^2 \text{ if } |d_{nk}| \le \delta \text{ else } "
        r"\delta (|d_{nk}| - \frac{\delta}{2}), d_{nk} = \hat{y}_{nk} - y_{nk}"
    )
    derivative = r"\frac{1}{n \cdot k} \max(-\delta, \min(\delta, \hat{y} - y))"

    delta: float = 1.0
    """Residuals beyond this size count by their size, no longer by their square; in units of the target."""

    def check(self) -> None:
        """Delta is above 0."""
        self.require(self.delta > 0, "delta", "above 0")

    def value(self, ops: Ops, difference: Float[Array, "n *k"]) -> Float[Array, "n *k"]:
        """``l = c (|d| - c / 2)`` with ``c = min(|d|, delta)``."""
        size = ops.abs(difference)
        held = ops.minimum(size, self.delta)
        return held * (size - 0.5 * held)

    def slope(self, ops: Ops, difference: Float[Array, "n *k"]) -> Float[Array, "n *k"]:
        """``l' = d``, held between ``-delta`` and ``delta``."""
        return ops.maximum(ops.minimum(difference, self.delta), -self.delta)


@dataclass(frozen=True)
class LogCosh(ResidualLoss):
    """Logarithm of the hyperbolic cosine: like half the square near 0, like ``|d| - log 2`` far out."""

    name = "log_cosh"
    formula = r"\frac{1}{nk} \sum_n \sum_k \log \cosh (y_{nk} - \hat{y}_{nk})"
    derivative = r"\frac{1}{n \cdot k} \tanh(\hat{y} - y)"

    def value(self, ops: Ops, difference: Float[Array, "n *k"]) -> Float[Array, "n *k"]:
        """``l = log cosh d``: near 0 as ``log(1 + 2 sinh(d/2)^2)``, else as ``|d| + log(1 + e^-2|d|) - log 2``."""
        size = ops.abs(difference)
        half = ops.sinh(0.5 * ops.minimum(size, 1.0))
        return ops.where(size < 1, ops.log1p(2 * half * half), size + ops.log1p_exp(-2 * size) - math.log(2))

    def slope(self, ops: Ops, difference: Float[Array, "n *k"]) -> Float[Array, "n *k"]:
        """``l' = tanh d``."""
        return ops.tanh(difference)


@dataclass(frozen=True)
class Quantile(ResidualLoss):
    """Pinball loss: least where predictions are the given quantile (Koenker and Bassett 1978, eq. 1.2).

    Its slope where prediction and target are equal is taken as 0. With 0.5 it is half the mean absolute error.
    """

    name = "quantile"
    formula = r"\frac{1}{nk} \sum_n \sum_k \max(q (y_{nk} - \hat{y}_{nk}), (q - 1) (y_{nk} - \hat{y}_{nk}))"
    derivative = r"\frac{1}{n \cdot k} (1 - q) \text{ if } \hat{y} > y \text{ else } -\frac{1}{n \cdot k} q"

    quantile: float = 0.5
    """The share of targets that is to lie below the predictions."""

    def check(self) -> None:
        """The quantile is between 0 and 1."""
        self.require(0 < self.quantile < 1, "quantile", "between 0 and 1, both left out")

    def value(self, ops: Ops, difference: Float[Array, "n *k"]) -> Float[Array, "n *k"]:
        """``l = (1 - q) d`` where the prediction is too high, ``-q d`` where it is too low."""
        zero = ops.zeros_like(difference)
        return (1 - self.quantile) * ops.maximum(difference, zero) - self.quantile * ops.minimum(difference, zero)

    def slope(self, ops: Ops, difference: Float[Array, "n *k"]) -> Float[Array, "n *k"]:
        """``l' = 1 - q`` where the prediction is too high, ``-q`` where it is too low, 0 where it is right."""
        high, low = ops.astype(difference > 0, difference.dtype), ops.astype(difference < 0, difference.dtype)
        return (1 - self.quantile) * high - self.quantile * low
