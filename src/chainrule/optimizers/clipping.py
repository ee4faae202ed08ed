"""Gradient clipping: a bound on how large one step can be.

By norm, all gradients together are one long vector: where it is too long it is shortened, and keeps its direction.
By value, each element is cut off by itself; the direction may change. Where both are asked for, the norm comes first.
"""

from collections.abc import Mapping

from chainrule._typing import Array, Float
from chainrule.ops import Ops


def clip(
    ops: Ops, gradients: Mapping[str, Array], norm: Array | float | None, value: Array | float | None
) -> tuple[dict[str, Array], Array | float]:
    """Clip gradients, first by their joint norm and then element by element; None leaves that out.

    ``scale = min(1, norm / sqrt(sum over all gradients of g**2))`` (Pascanu et al. 2013, algorithm 1); a gradient of
    zeros stays. PyTorch divides by the length plus 1e-6; here the length after clipping is ``norm`` itself.

    >>> import numpy as np
    >>> from chainrule.ops import eager_ops
    >>> clip(eager_ops(), {"a": np.array([3.0]), "b": np.array([4.0])}, 1.0, None)[0]["b"]
    array([0.8])
    """
    clipped, scale = dict(gradients), 1.0
    if norm is not None and clipped:
        length = global_norm(ops, clipped)
        limit = ops.ones_like(length) * norm
        scale = limit / ops.maximum(length, limit)
        clipped = {name: gradient * scale for name, gradient in clipped.items()}
    if value is not None:
        clipped = {name: ops.clip(gradient, -value, value) for name, gradient in clipped.items()}
    return clipped, scale


def global_norm(ops: Ops, gradients: Mapping[str, Array]) -> Float[Array, ""]:
    """Length of all gradients as one vector, ``sqrt(sum g**2)``.

    Squares are taken of ``g / max |g|``: in float32 the square of 1e25 is infinite, and that of 1e-25 zero.

    >>> import numpy as np
    >>> from chainrule.ops import eager_ops
    >>> float(global_norm(eager_ops(), {"a": np.array([3.0, 0.0]), "b": np.array([[4.0]])}))
    5.0
    """
    largest = ops.max(ops.stack([ops.max(ops.abs(gradient)) for gradient in gradients.values()]))
    unit = ops.where(largest > 0, largest, ops.ones_like(largest))
    squares = [ops.sum((gradient / unit) ** 2) for gradient in gradients.values()]
    return unit * ops.sqrt(ops.sum(ops.stack(squares)))
