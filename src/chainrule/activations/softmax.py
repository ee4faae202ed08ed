"""Softmax and its logarithm: activations over the last axis, where every output depends on every input.

Shapes: k classes on the last axis.
"""

import math
from dataclasses import dataclass

from chainrule._typing import Array, Float
from chainrule.activations.base import Activation
from chainrule.ops import Ops


def softmax(ops: Ops, z: Float[Array, "*s k"]) -> Float[Array, "*s k"]:
    """Probabilities ``e^z[k] / sum_j e^z[j]`` over the last axis; the largest ``z`` is subtracted first.

    >>> import numpy as np
    >>> from chainrule.ops import eager_ops
    >>> softmax(eager_ops(), np.array([[0.0, 0.0], [1e4, -1e4]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    powers = ops.exp(z - ops.largest(z))
    powers /= ops.total(powers)
    return powers


def log_softmax(ops: Ops, z: Float[Array, "*s k"]) -> Float[Array, "*s k"]:
    """Logarithm of the softmax, ``z[k] - log sum_j e^z[j]``, finite wherever ``z`` is.

    >>> import numpy as np
    >>> from chainrule.ops import eager_ops
    >>> log_softmax(eager_ops(), np.array([1e4, -1e4]))
    array([     0., -20000.])
    """
    shifted = z - ops.largest(z)
    return shifted - ops.log(ops.total(ops.exp(shifted)))


@dataclass(frozen=True)
class Softmax(Activation):
    """Shares that sum to 1 over the last axis: a probability for each class (Bridle 1990)."""

    name = "softmax"
    formula = r"\frac{e^{z_k}}{\sum_j e^{z_j}}"
    derivative = r"\frac{\partial a_k}{\partial z_j} = a_k (\delta_{kj} - a_j)"
    range = (0.0, 1.0)
    monotone = True
    differentiable = True
    saturates = "both"
    convention = "over the last axis; monotone and saturating in its own input, the others held"
    elementwise = False

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a[k] = e^z[k] / sum_j e^z[j]``."""
        return softmax(ops, z)

    def backward(
        self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"], da: Float[Array, "*s"]
    ) -> Float[Array, "*s"]:
        """``dz[j] = a[j] * (da[j] - sum_k da[k] * a[k])``."""
        return a * (da - ops.total(da * a))


@dataclass(frozen=True)
class LogSoftmax(Activation):
    """Logarithms of the softmax's shares."""

    name = "log_softmax"
    formula = r"z_k - \log \sum_j e^{z_j}"
    derivative = r"\frac{\partial a_k}{\partial z_j} = \delta_{kj} - e^{a_j}"
    range = (-math.inf, 0.0)
    monotone = True
    differentiable = True
    saturates = "right"
    convention = "over the last axis; monotone and saturating in its own input, the others held"
    elementwise = False

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a[k] = z[k] - log sum_j e^z[j]``."""
        return log_softmax(ops, z)

    def backward(
        self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"], da: Float[Array, "*s"]
    ) -> Float[Array, "*s"]:
        """``dz[j] = da[j] - e^a[j] * sum_k da[k]``."""
        return da - ops.exp(a) * ops.total(da)
