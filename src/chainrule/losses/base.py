"""What a loss is: how far predictions are from targets, as one number, and its derivative.

Shapes: n rows, k outputs. A loss owns its 1/n: nothing downstream rescales.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from chainrule._typing import Array, Float
from chainrule.config import Config
from chainrule.ops import Ops


@dataclass(frozen=True)
class Loss(Config):
    """Base of all losses.

    ``target`` has the shape of ``prediction``, but for losses over classes (``target_kind == "class"``): there it
    holds one integer code a row, shape (n,). ``weight`` is one number a row or None. A mean with weights is
    ``sum_n weight[n] * l[n] / sum_n weight[n]``, so that a weight of 2 is the same as a row that stands twice.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    """The loss in LaTeX, with ``y`` for the target and ``\\hat{y}`` for the prediction."""
    target_kind: ClassVar[Literal["number", "binary", "class"]] = "number"
    sums: ClassVar[bool] = False
    """True where the loss of several batches is their sum, False where it is their mean by rows."""
    fuses: ClassVar[str | None] = None
    """Name of the activation with which this loss has a stable joint form, and ``fused`` computes it."""

    @property
    def fused(self) -> "Loss":
        """The same loss taken from the pre-activation of the activation in ``fuses``."""
        raise NotImplementedError

    def forward(
        self, ops: Ops, prediction: Float[Array, "n *k"], target: Array, weight: Float[Array, " n"] | None
    ) -> tuple[Float[Array, ""], Any]:
        """Compute the loss and what backward needs; ``saved.rows`` holds what each row adds to the loss."""
        raise NotImplementedError

    def backward(self, ops: Ops, saved: Any) -> Float[Array, "n *k"]:
        """Derivative of the loss with respect to the prediction, shaped like it."""
        raise NotImplementedError
