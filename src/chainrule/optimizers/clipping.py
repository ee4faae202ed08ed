"""Gradient clipping: a bound on how large one step can be."""

from collections.abc import Mapping

from chainrule._typing import Array
from chainrule.ops import Ops


def clip(
    ops: Ops, gradients: Mapping[str, Array], norm: Array | float | None, value: Array | float | None
) -> tuple[dict[str, Array], Array | float]:
    """Clip gradients, first by their joint norm and then element by element; None leaves that out.

    ``scale = min(1, norm / sqrt(sum over all gradients of g**2))`` (Pascanu et al. 2013, algorithm 1); a gradient of
    zeros stays.

    >>> import numpy as np
    >>> from chainrule.ops import eager_ops
    >>> clip(eager_ops(), {"a": np.array([3.0]), "b": np.array([4.0])}, 1.0, None)[0]["b"]
    array([0.8])
    """
    clipped, scale = dict(gradients), 1.0
    if norm is not None and clipped:
        squares = [ops.sum(gradient * gradient) for gradient in clipped.values()]
        total = squares[0]
        for square in squares[1:]:
            total = total + square
        length = ops.sqrt(total)
        scale = ops.where(length > norm, norm / ops.where(length > norm, length, ops.ones_like(length)), 1.0)
        scale = ops.astype(ops.asarray(scale), length.dtype)
        clipped = {name: gradient * scale for name, gradient in clipped.items()}
    if value is not None:
        limit = value
        clipped = {
            name: ops.minimum(ops.maximum(gradient, ops.zeros_like(gradient) - limit), ops.zeros_like(gradient) + limit)
            for name, gradient in clipped.items()
        }
    return clipped, scale
