"""Cross-entropy over classes: from probabilities as it is taught, and from logits as it should be computed.

Shapes: n rows, further axes t (time steps) where there are any, k classes on the last axis. Targets are integer
codes, shape (n, *t), or a probability for each class, shape (n, *t, k).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from chainrule._typing import Array, Float, Num
from chainrule.activations.softmax import log_softmax
from chainrule.errors import InputError
from chainrule.losses.base import Loss, mean_shares, shared_sums, spread
from chainrule.ops import Ops


class ClassSaved(NamedTuple):
    """What backward needs, and what each row adds."""

    probability: Float[Array, "n *t k"]
    """Of each class."""
    target: Float[Array, "n *t k"]
    """Codes as 1 for the class and 0 for the others."""
    share: Float[Array, "n *w"] | float
    """What each value of a row is multiplied by in the loss."""
    rows: Float[Array, " n"]
    """What each row adds to the loss."""


@dataclass(frozen=True)
class _OverClasses(Loss):
    """What both forms share."""

    target_kind = "class"

    def check_target(self, prediction_shape: tuple[int, ...], target: np.ndarray) -> None:
        """Codes from 0 to k − 1, or probabilities that sum to 1 over the classes."""
        classes = prediction_shape[-1]
        if target.shape == prediction_shape:
            wrong = ~((target >= 0).all(axis=-1) & np.isclose(target.sum(axis=-1), 1, rtol=0, atol=1e-3))
            self.refuse(target, wrong, "probabilities that sum to 1 over the classes", "Divide each row by its sum.")
        elif target.shape == prediction_shape[:-1]:
            if target.dtype.kind not in "iu":
                raise InputError(
                    f"Loss '{self.name}' needs whole numbers as class codes; got {target.dtype}. "
                    f"Encode the classes as 0 to {classes - 1}."
                )
            wrong = (target < 0) | (target >= classes)
            self.refuse(
                target, wrong, f"class codes from 0 to {classes - 1}", "Give the output one unit for each class."
            )
        else:
            raise InputError(
                f"Loss '{self.name}' needs class codes of shape {prediction_shape[:-1]} or probabilities of shape "
                f"{prediction_shape}; got {target.shape}."
            )


@dataclass(frozen=True)
class CrossEntropyFromLogits(_OverClasses):
    """Cross-entropy of ``softmax(z)``, computed from the logits ``z`` themselves: right at any size."""

    name = "cross_entropy_from_logits"
    formula = r"\frac{1}{n} \sum_n (\log \sum_k e^{\hat{y}_{nk}} - \sum_k y_{nk} \hat{y}_{nk})"
    derivative = r"\frac{1}{n} (p - y), p = \frac{e^{\hat{y}_k}}{\sum_j e^{\hat{y}_j}}"

    def forward(
        self,
        ops: Ops,
        prediction: Float[Array, "n *k"],
        target: Num[Array, "n *t"],
        weight: Float[Array, "n *w"] | None,
    ) -> tuple[Float[Array, ""], ClassSaved]:
        """``L = mean(-sum_k y[k] * log_softmax(z)[k])``."""
        wanted = _as_probabilities(ops, target, prediction)
        logs = log_softmax(ops, prediction)
        share = mean_shares(ops, prediction.shape[:-1], weight)
        rows = -shared_sums(ops, share, wanted * logs)
        return ops.sum(rows), ClassSaved(ops.exp(logs), wanted, share, rows)

    def backward(self, ops: Ops, saved: ClassSaved) -> Float[Array, "n *k"]:
        """``dL/dz[k] = share * (p[k] - y[k])``."""
        return spread(ops, saved.share, saved.probability) * (saved.probability - saved.target)


@dataclass(frozen=True)
class CrossEntropy(_OverClasses):
    """Cross-entropy of probabilities.

    In the logarithm, a probability below the smallest normal number of its type is taken as that number (at most 709
    in float64, 87.3 in float32); the slope is taken there too. Of numbers outside 0 and 1 the loss is no number.
    """

    name = "cross_entropy"
    formula = r"-\frac{1}{n} \sum_n \sum_k y_{nk} \log \hat{y}_{nk}"
    derivative = r"-\frac{1}{n} \frac{y}{\hat{y}}"
    takes = (0.0, 1.0)
    fuses = "softmax"

    @property
    def fused(self) -> CrossEntropyFromLogits:
        """The same loss, from the softmax's pre-activation."""
        return CrossEntropyFromLogits()

    def forward(
        self,
        ops: Ops,
        prediction: Float[Array, "n *k"],
        target: Num[Array, "n *t"],
        weight: Float[Array, "n *w"] | None,
    ) -> tuple[Float[Array, ""], ClassSaved]:
        """``L = mean(-sum_k y[k] * log(p[k]))``."""
        wanted = _as_probabilities(ops, target, prediction)
        held = ops.maximum(prediction, float(ops.finfo(prediction.dtype).smallest_normal))
        held = self.no_number_outside(ops, held, prediction)
        share = mean_shares(ops, prediction.shape[:-1], weight)
        rows = -shared_sums(ops, share, wanted * ops.log(held))
        return ops.sum(rows), ClassSaved(held, wanted, share, rows)

    def backward(self, ops: Ops, saved: ClassSaved) -> Float[Array, "n *k"]:
        """``dL/dp[k] = share * (-y[k] / p[k])``."""
        return spread(ops, saved.share, saved.probability) * (-saved.target / saved.probability)


def _as_probabilities(ops: Ops, target: Num[Array, "n *t"], prediction: Float[Array, "n *k"]) -> Float[Array, "n *k"]:
    """Codes as ones and zeros; probabilities as they are."""
    if target.ndim == prediction.ndim:
        return target
    codes = ops.arange(prediction.shape[-1], dtype=target.dtype)
    return ops.astype(ops.expand_dims(target, axis=-1) == codes, prediction.dtype)
