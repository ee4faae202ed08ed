"""The loss at many points of parameter space at once: one forward pass, mapped over the points.

XLA maps it as one program, some points side by side: 1,681 points of a 10-64-64-1 network on 500 rows take 0.2 s on two
busy cores, and 12 s one after the other on NumPy; those of a 1-2-1 network on 3 rows take 1 ms and 0.3 s.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from math import prod
from typing import Any, NamedTuple

import numpy as np

from chainrule._typing import Array
from chainrule.losses import Loss
from chainrule.network.graph import Node, bind_numbers
from chainrule.network.network import Network, row_shapes
from chainrule.network.parameters import flatten, unflatten
from chainrule.ops import Ops, eager_ops
from chainrule.training.choice import XLA_START, numpy_pass, work_of
from chainrule.training.step import Rows, State, loss_of

_BYTES_AT_ONCE = 4 * 2**20
"""What the activations of points that XLA computes side by side may take; more left the caches and was slower."""


class Place(NamedTuple):
    """Where points are: a state, and the directions that they lie in from it."""

    origin: State
    directions: Sequence[Mapping[str, Array]]
    """Of each direction its arrays by parameter name; parameters that are left out do not move."""


def losses_at(
    network: Network,
    numbers: Mapping[str, float],
    place: Place,
    offsets: np.ndarray,
    rows: Rows,
    dtype: np.dtype[Any],
    engine: str = "auto",
) -> tuple[np.ndarray, str]:
    """The loss of rows at many points, and the engine that computed it.

    Args:
        network: the network.
        numbers: every number of its layers and loss.
        place: where the points are.
        offsets: how far along each direction each point is, shape (points, directions).
        rows: the rows whose loss it is; nothing drops out.
        dtype: what to compute in.
        engine: ``"numpy"``, ``"xla"``, or ``"auto"``: XLA where NumPy is estimated to take longer than XLA to start.
    """
    if engine == "auto":
        slow = _numpy_seconds(network, rows, len(offsets)) > XLA_START and find_spec("jax") is not None
        engine = "xla" if slow else "numpy"
    typed = {path: dtype.type(value) for path, value in numbers.items()}
    offsets = np.asarray(offsets, dtype=dtype)
    if engine == "numpy":
        nodes, loss = network.bind(typed)
        with np.errstate(all="ignore"):
            found = [_loss_at(eager_ops(), nodes, loss, place, offset, rows) for offset in offsets]
        return np.array(found, dtype=dtype), engine
    from chainrule.ops.compiled import double_precision

    nodes, loss = network.bind(dict.fromkeys(typed, 0.0))
    size = sum(array.size for array in flatten(place.origin.params).values())
    at_once = max(1, min(len(offsets), _BYTES_AT_ONCE // ((_values(network, rows) + size) * dtype.itemsize)))
    with double_precision(dtype):
        return np.asarray(_compiled(nodes, loss, at_once)(place, offsets, rows, typed)), engine


def _values(network: Network, rows: Rows) -> int:
    """How many activations a forward pass makes."""
    return len(rows.target) * sum(prod(shape) for shape in network.shapes(row_shapes(rows.inputs)).values())


def _numpy_seconds(network: Network, rows: Rows, points: int) -> float:
    """Estimated time of so many forward passes; a backward pass is as costly as two."""
    return points * numpy_pass(work_of(network, row_shapes(rows.inputs), len(rows.target))) / 3


def _loss_at(ops: Ops, nodes: Sequence[Node], loss: Loss, place: Place, offset: Array, rows: Rows) -> Array:
    """The loss at one point."""
    params = flatten(place.origin.params)
    moved = dict(params)
    for along, direction in enumerate(place.directions):
        moved |= {name: moved[name] + offset[along] * array for name, array in direction.items()}
    state = place.origin._replace(params=unflatten(moved, place.origin.params))
    return loss_of(ops, nodes, loss, state, rows)


@lru_cache(maxsize=16)
def _compiled(nodes: tuple[Node, ...], loss: Loss, at_once: int) -> Any:
    """The program that computes all points, so many side by side; data and numbers are its arguments."""
    import jax

    from chainrule.ops.compiled import compiled_ops

    ops = compiled_ops()

    def losses(place: Place, offsets: Array, rows: Rows, numbers: Mapping[str, Any]) -> Array:
        bound, bound_loss = bind_numbers(nodes, loss, numbers)
        return jax.lax.map(
            lambda offset: _loss_at(ops, bound, bound_loss, place, offset, rows), offsets, batch_size=at_once
        )

    return jax.jit(losses)
