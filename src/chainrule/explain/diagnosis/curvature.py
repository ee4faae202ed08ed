"""The steepest curvature of the loss, which decides how large the steps of gradient descent may be.

Along a direction of curvature λ, gradient descent multiplies the distance to the minimum by ``1 - rate * λ`` a step, so
that it grows where the rate is above ``2 / λ``. Measured with the network's own gradients.
"""

from typing import NamedTuple

import numpy as np

from chainrule.explain.diagnosis.look import Look
from chainrule.explain.diagnosis.sample import spread
from chainrule.network.parameters import flatten, unflatten
from chainrule.optimizers import SGD
from chainrule.training.engine import map_arrays
from chainrule.training.rows import select
from chainrule.training.step import Rows, State

_POWER_STEPS = 30
"""Steps of the power iteration towards the steepest direction; where another is nearly as steep, it takes the most."""

_MOST_ROWS = 2_000


class Curvature(NamedTuple):
    """The steepest curvature of the loss at a state, and the rate up to which gradient descent is stable on it."""

    value: float
    limit: float


def steepest(look: Look, state: State) -> Curvature | None:
    """The largest eigenvalue of the loss's Hessian, by power iteration from the gradient; for SGD alone.

    ``H v`` is the difference of the network's own gradients at both sides, ``(g(p + h v) - g(p - h v)) / 2 h``, in
    float64. With momentum μ the limit is ``2 (1 + μ) / λ`` (Polyak 1964).
    """
    optimizer = look.optimizer
    if not isinstance(optimizer, SGD) or optimizer.nesterov:
        return None
    flat = {name: np.asarray(array, np.float64) for name, array in flatten(state.params).items()}
    rows = _wide(look.rows)
    share = look.trained.plan.batch_size / len(rows.target) if look.loss.sums else 1.0
    free = [name for name in flat if name not in look.network.frozen_names()]

    def gradient(values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        trace = look.trace_at(state._replace(params=unflatten(flat | values, state.params)), rows)
        return {name: share * np.asarray(trace.gradients[name]) for name in free}

    with np.errstate(all="ignore"):
        direction = _unit(gradient({}))
        step = 1e-4 * max(1.0, _size({name: flat[name] for name in free}) / len(free) ** 0.5)
        value = 0.0
        for _ in range(_POWER_STEPS):
            ahead = gradient({name: flat[name] + step * direction[name] for name in free})
            behind = gradient({name: flat[name] - step * direction[name] for name in free})
            turned = {name: (ahead[name] - behind[name]) / (2 * step) for name in free}
            value = sum(float((turned[name] * direction[name]).sum()) for name in free)
            direction = _unit(turned)
    if not np.isfinite(value) or value <= 0:
        return None
    return Curvature(value, 2 * (1 + (optimizer.momentum or 0.0)) / value)


def _wide(rows: Rows) -> Rows:
    """Up to ``_MOST_ROWS`` of the rows, in float64: differences of gradients need its digits."""
    chosen = select(rows, spread(len(rows.target), _MOST_ROWS))
    return Rows(
        *map_arrays(lambda array: array.astype(np.float64) if array.dtype.kind == "f" else array, tuple(chosen))
    )


def _size(arrays: dict[str, np.ndarray]) -> float:
    return float(np.sqrt(sum(float(np.square(array).sum()) for array in arrays.values())))


def _unit(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    size = _size(arrays)
    return {name: array / size if size else array for name, array in arrays.items()}
