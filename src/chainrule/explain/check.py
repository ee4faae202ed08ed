"""The independent check of a derivation: the function itself, a little to the right and a little to the left."""

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError
from chainrule.network.parameters import flatten, parse_name, unflatten
from chainrule.network.passes import forward, measure
from chainrule.ops import eager_ops
from chainrule.training.engine import map_arrays

if TYPE_CHECKING:
    from chainrule.explain.trace import Trace

STEP = 1e-6
"""Times the size of the number, where that is above 1: in double precision rounding and curvature then cost alike."""


def central_difference(trace: "Trace", of: str, wrt: str, rows: tuple[int, ...]) -> float:
    """``(f(x + h) - f(x - h)) / 2h`` from new forward passes, in double precision.

    Args:
        trace: the trace.
        of: ``"loss"``, or a number of one row.
        wrt: a parameter, or a number of a network input.
        rows: the rows that count: all, or one.

    Raises:
        InputError: ``wrt`` is computed by the pass itself, or one row's part of the loss by a parameter is asked for.
    """
    array, _, inside = wrt.partition("[")
    index = tuple(int(part) for part in inside.rstrip("]").split(","))
    flat = {name: np.array(each, dtype=np.float64) for name, each in flatten(trace.tree).items()}
    inputs: dict[str, Any] = {name: map_arrays(_double, each) for name, each in trace.inputs.items()}
    if array in flat:
        if of == "loss" and len(rows) < trace.rows:
            raise InputError("One row's part of the loss cannot be checked by itself: derive it without row=.")
        changing, place = flat[array], parse_name(wrt, flat).index or ()
    elif array in inputs and isinstance(inputs[array], np.ndarray):
        changing, place = inputs[array], (rows[0], *index)
    else:
        raise InputError(f"'{wrt}' is computed by the pass: only parameters and inputs can be changed to check it.")
    value = float(changing[place])
    step = STEP * max(1.0, abs(value))
    found: list[float] = []
    for x in (value + step, value - step):
        changing[place] = x
        found.append(_result(trace, of, rows[0], unflatten(flat, trace.tree), inputs))
    return (found[0] - found[1]) / (2 * step)


def _result(trace: "Trace", of: str, row: int, params: dict[str, Any], inputs: dict[str, Any]) -> float:
    done = forward(eager_ops(), trace.nodes, params, trace.forward.stats, inputs)
    if of == "loss":
        target, weight = map_arrays(_double, (trace.target, trace.weight))
        return float(measure(eager_ops(), trace.nodes, trace.loss_function, params, done, target, weight).loss)
    array, _, inside = of.partition("[")
    node, _, kind = f"{trace.nodes[-1].name}.a".rpartition(".") if array == "prediction" else array.rpartition(".")
    return float(getattr(done.nodes[node], kind)[(row, *(int(part) for part in inside.rstrip("]").split(",")))])


def _double(array: np.ndarray) -> np.ndarray:
    """A copy in double precision; whole numbers and truth stay what they are."""
    return np.array(array, dtype=np.float64 if array.dtype.kind == "f" else array.dtype)
