"""How good answers are beside the best that is the same for every row: in losses, and as a share of the variance.

Shapes: n rows, k outputs.
"""

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from chainrule.activations import get_activation
from chainrule.losses import Loss, real_steps
from chainrule.ops import eager_ops
from chainrule.training.step import Rows


def explained(truth: np.ndarray, answers: np.ndarray) -> float:
    """R² over all outputs together: ``1 - sum((truth - answers)²) / sum((truth - mean)²)``.

    >>> explained(np.array([[0.0], [2.0]]), np.array([[0.0], [1.0]]))
    0.5
    """
    total = float(np.square(truth - truth.mean(axis=0)).sum())
    left = float(np.square(truth - answers).sum())
    return 1 - left / total if total else 0.0


def truth_of(loss: Loss, rows: Rows, output: np.ndarray) -> np.ndarray | None:
    """Targets as numbers, shape (n, k); None where an output row is more than a row of numbers."""
    if output.ndim != 2:
        return None
    target = np.asarray(rows.target)
    if loss.target_kind == "class" and target.ndim == 1:
        return np.eye(output.shape[1])[target]
    return np.asarray(target, dtype=np.float64).reshape(output.shape)


def answers_of(loss: Loss, output: np.ndarray) -> np.ndarray | None:
    """What outputs stand for, beside the truth: probabilities, or numbers; None where a loss wants no mean."""
    if output.ndim != 2 or loss.name == "quantile":
        return None
    wide = np.asarray(output, dtype=np.float64)
    if loss.name == "poisson_from_log":
        return np.exp(wide)
    if loss.target_kind == "number" or loss.fuses:
        return wide
    return get_activation("sigmoid" if loss.target_kind == "binary" else "softmax").forward(eager_ops(), wide)


def constant_loss(loss: Loss, target: np.ndarray, output: np.ndarray, weight: np.ndarray | None) -> float:
    """Loss, for each row, of the best answer that is the same for all rows (or steps, where some are padding)."""
    ops, rows = eager_ops(), len(target)
    if weight is not None and weight.ndim > 1:
        weight, target, output = real_steps(weight, target, output)
    best = np.inf
    with np.errstate(all="ignore"):
        for constant in _constants(loss, target, output, weight):
            answer = np.broadcast_to(np.asarray(constant, dtype=np.float64), output.shape)
            value = float(loss.forward(ops, answer, target, weight)[0])
            best = min(best, value) if np.isfinite(value) else best
    return best / (rows if loss.sums else 1)


def _constants(loss: Loss, target: np.ndarray, output: np.ndarray, weight: Any) -> Iterator[Any]:
    """Answers among which the best constant is, or nearly."""
    classes = output.shape[-1]
    if loss.target_kind == "class" and target.ndim < output.ndim:
        target = np.eye(classes)[target]
    numbers = np.asarray(target, dtype=np.float64)
    mean = np.average(numbers, axis=0, weights=weight)
    if loss.target_kind == "class":
        shares = np.maximum(mean.reshape(-1, classes).mean(axis=0), 1e-12)
        yield shares if loss.fuses else np.log(shares)
    elif loss.target_kind == "binary":
        share = np.clip(mean, 1e-12, 1 - 1e-12)
        yield share if loss.fuses else np.log(share / (1 - share))
    elif loss.name == "poisson_from_log":
        yield np.log(np.maximum(mean, 1e-12))
    else:
        yield mean
        for share in np.linspace(0.05, 0.95, 19):
            yield np.quantile(numbers, share, axis=0)


def matrix_of(rows: Rows) -> np.ndarray | None:
    """All inputs side by side as one matrix, shape (n, …); None where an input is no vector or code a row."""
    parts: list[np.ndarray] = []
    for value in rows.inputs.values():
        if not isinstance(value, np.ndarray) or value.ndim > 2:
            return None
        parts.append(value.reshape(len(value), prod(value.shape[1:])).astype(np.float64))
    return np.hstack(parts)
