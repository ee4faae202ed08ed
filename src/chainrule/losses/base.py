"""What a loss is: how far predictions are from targets, as one number, and its derivative.

Shapes: n rows, k outputs, t time steps. A loss owns its 1/n: nothing downstream rescales.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from chainrule._typing import Array, Bool, Float
from chainrule.config import Config
from chainrule.errors import DataError, InputError
from chainrule.ops import Ops, eager_ops


@dataclass(frozen=True)
class Loss(Config):
    """Base of all losses.

    ``target`` has the shape of ``prediction``, but for losses over classes (``target_kind == "class"``): there it
    holds one integer code a row, shape (n,), or a probability for each class, shape (n, k). ``weight`` is one number
    a row or None. A mean with weights is ``sum_n weight[n] * l[n] / sum_n weight[n]``, so that a weight of 2 is the
    same as a row that stands twice; where all weights are 0 the loss and its derivative are 0. Predictions may have
    more axes, (n, t, k): then a row's own value is the mean over them. Where some steps are padding, ``weight`` is one
    number a step, shape (n, t), and 0 there: the mean is over real steps, each of which counts as its row does.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    """The loss in LaTeX, with ``y`` for the target and ``\\hat{y}`` for the prediction."""
    derivative: ClassVar[str] = ""
    """The derivative by one prediction in LaTeX, for rows that all count once."""
    target_kind: ClassVar[Literal["number", "binary", "class"]] = "number"
    takes: ClassVar[tuple[float, float]] = (-math.inf, math.inf)
    """Lowest and highest prediction that it is defined for; of others the loss is no number."""
    sums: ClassVar[bool] = False
    """True where the loss of several batches is their sum, False where it is their mean by rows."""
    fuses: ClassVar[str | None] = None
    """Name of the activation with which this loss has a stable joint form, and ``fused`` computes it."""

    @property
    def fused(self) -> "Loss":
        """The same loss taken from the pre-activation of the activation in ``fuses``."""
        raise NotImplementedError

    def forward(
        self, ops: Ops, prediction: Float[Array, "n *k"], target: Array, weight: Float[Array, "n *w"] | None
    ) -> tuple[Float[Array, ""], Any]:
        """Compute the loss and what backward needs; ``saved.rows`` holds what each row adds to the loss."""
        raise NotImplementedError

    def backward(self, ops: Ops, saved: Any) -> Float[Array, "n *k"]:
        """Derivative of the loss with respect to the prediction, shaped like it."""
        raise NotImplementedError

    def check_target(self, prediction_shape: tuple[int, ...], target: np.ndarray) -> None:
        """Raise where targets cannot be compared with predictions of a shape; called once, where data enter.

        Args:
            prediction_shape: shape of all predictions, rows first.
            target: all targets.

        Raises:
            InputError: the shapes differ.
            DataError: a value is not one that the loss is made for; ``row`` is which, from 1.
        """
        if target.shape != prediction_shape:
            raise InputError(
                f"Loss '{self.name}' needs targets of the predictions' shape {prediction_shape}; got {target.shape}."
            )

    def outside(self, prediction: np.ndarray) -> str:
        """What is wrong with predictions that the loss is not defined for; empty where there are none.

        >>> from chainrule.losses import BinaryCrossEntropy
        >>> BinaryCrossEntropy().outside(np.array([[0.5], [1.7]]))
        "loss 'binary_cross_entropy' takes probabilities, from 0 to 1, and the prediction for row 2 is 1.7"
        """
        (low, high), values = self.takes, np.asarray(prediction)
        wrong = np.argwhere(self._outside(eager_ops(), values))
        if not len(wrong):
            return ""
        return (
            f"loss '{self.name}' takes probabilities, from {low:g} to {high:g}, and the prediction for row "
            f"{wrong[0][0] + 1} is {values[tuple(wrong[0])]:.6g}"
        )

    def no_number_outside(
        self, ops: Ops, held: Float[Array, "n *k"], prediction: Float[Array, "n *k"]
    ) -> Float[Array, "n *k"]:
        """Predictions that are held away from the ends of what the loss takes; NaN where one lies outside of them."""
        return ops.where(self._outside(ops, prediction), held * math.nan, held)

    def _outside(self, ops: Ops, prediction: Float[Array, "n *k"]) -> Bool[Array, "n *k"]:
        """Where the loss is not defined for predictions; what rounding may have brought there is let be."""
        (low, high), room = self.takes, 4 * float(ops.finfo(prediction.dtype).eps)
        return (prediction < low - room) | (prediction > high + room)

    def refuse(self, target: np.ndarray, wrong: np.ndarray, expected: str, remedy: str) -> None:
        """Raise the one message for a target out of range, if any is ``wrong``; it names the first."""
        if wrong.any():
            place = tuple(int(index) for index in np.argwhere(wrong)[0])
            raise DataError(
                f"Loss '{self.name}' needs targets that are {expected}; got {target[place]} in row {place[0] + 1}. "
                f"{remedy}",
                row=place[0] + 1,
            )


def mean_shares(ops: Ops, shape: tuple[int, ...], weight: Float[Array, "n *w"] | None) -> Float[Array, "n *w"] | float:
    """What each value is multiplied by in a mean over values of a shape: in the weight's shape, or one for all.

    >>> from chainrule.ops import eager_ops
    >>> mean_shares(eager_ops(), (2, 5), None)
    0.1
    >>> mean_shares(eager_ops(), (2, 1), np.array([1.0, 3.0]))
    array([0.25, 0.75])
    >>> mean_shares(eager_ops(), (1, 3, 1), np.array([[1.0, 1.0, 0.0]]))
    array([[0.5, 0.5, 0. ]])
    """
    if weight is None:
        return 1.0 / math.prod(shape)
    total = ops.sum(weight)
    return weight / (ops.where(total == 0, ops.ones_like(total), total) * math.prod(shape[weight.ndim :]))


def shared_sums(
    ops: Ops, share: Float[Array, "n *w"] | Float[Array, ""] | float, values: Float[Array, "n *k"]
) -> Float[Array, " n"]:
    """What each row adds to the loss: its values, each times its share."""
    if getattr(share, "ndim", 0) > 1:
        return ops.row_sums(spread(ops, share, values) * values)
    return share * ops.row_sums(values)


def real_steps(weight: Any, *arrays: Any) -> tuple[Any, ...]:
    """Of rows of steps, some of them padding, those that count: what each counts for, and what arrays hold of it.

    >>> real_steps(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([[7, 0], [8, 9]]))
    (array([1., 1., 1.]), array([7, 8, 9]))
    """
    counts = weight > 0
    return (weight[counts], *(array[counts] for array in arrays))


def spread(
    ops: Ops, share: Float[Array, "n *w"] | Float[Array, ""] | float, values: Float[Array, "n *k"]
) -> Float[Array, "n *one"] | Float[Array, ""] | float:
    """Shares in a shape that multiplies values with more axes; one share for all as it is."""
    shape: tuple[int, ...] = tuple(getattr(share, "shape", ()))
    return ops.reshape(share, shape + (1,) * (values.ndim - len(shape))) if shape else share
