"""The independent checks of a derivation: the function itself, a little to the right and to the left, and PyTorch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chainrule._typing import Array
from chainrule.errors import InputError, MissingPackageError
from chainrule.explain.derivation.cells import moved_inputs
from chainrule.explain.derivation.units import LOSS, Place, find, values_of
from chainrule.layers.base import Context, Layer
from chainrule.network.graph import Node
from chainrule.network.parameters import ParameterName, flatten, unflatten
from chainrule.network.passes import Forward, Masked, forward, measure
from chainrule.ops import Ops, eager_ops
from chainrule.training.engine import map_arrays

if TYPE_CHECKING:
    from chainrule.explain.trace import Trace

STEP = 1e-6
"""Times the size of the number, where that is above 1: in double precision rounding and curvature then cost alike."""
SINGLE = 1e-3
"""Relative difference that a backward pass in single precision explains."""


class Difference(NamedTuple):
    """A derivative by central differences."""

    value: float
    rounding: float
    """What rounding of the function explains: a few last digits of it, divided by how far it was moved."""


@dataclass(frozen=True)
class Checked:
    """The same derivative, worked out by others."""

    by: str
    value: float | None
    """None where it could not be worked out; ``note`` says why."""
    agrees: bool
    note: str = ""


def checks_of(trace: "Trace", of: str, wrt: str, rows: tuple[int, ...], value: float) -> tuple[Checked, ...]:
    """Central differences, and PyTorch where it is installed, beside the backward pass's value."""
    from chainrule.interop.torch_derivative import torch_derivative

    double = trace.forward.output.dtype == np.float64
    found: list[Checked] = []
    rounding = 0.0
    try:
        other, rounding = _differences(trace, of, wrt, rows)
        allowed = (1e-6 if double else SINGLE) * abs(value) + rounding * (1 if double else 1e4)
        found.append(Checked("central differences", other, abs(other - value) <= allowed))
    except InputError as error:
        found.append(Checked("central differences", None, True, str(error)))
    try:
        other = torch_derivative(trace, of, wrt, rows)
        allowed = (1e-9 if double else SINGLE) * abs(value) + (1e-12 + 1e-3 * rounding if double else 1e4 * rounding)
        found.append(Checked("PyTorch", other, abs(other - value) <= allowed))
    except (InputError, MissingPackageError) as error:
        found.append(Checked("PyTorch", None, True, str(error)))
    return tuple(found)


def central_difference(trace: "Trace", of: str, wrt: str, rows: tuple[int, ...]) -> float:
    """``(f(x + h) - f(x - h)) / 2h`` from new forward passes, in double precision.

    Args:
        trace: the trace.
        of: ``"loss"``, or a number of one row.
        wrt: a parameter, a number of a network input, a number that the pass computed (which is then held), or a cell.
        rows: the rows that count: all, or one.

    Raises:
        InputError: one row's part of the loss by a parameter is asked for, or dropout would draw other numbers.
    """
    return _differences(trace, of, wrt, rows).value


def _differences(trace: "Trace", of: str, wrt: str, rows: tuple[int, ...]) -> Difference:
    end = find(trace, wrt)
    start = None if of == LOSS else find(trace, of)
    assert not isinstance(start, ParameterName)
    flat = {name: np.array(each, dtype=np.float64) for name, each in flatten(trace.tree).items()}
    inputs: dict[str, Any] = {name: map_arrays(_double, each) for name, each in trace.inputs.items()}
    row = rows[0]
    run = _Runs(trace, flat, inputs)
    if isinstance(end, ParameterName):
        if start is None and len(rows) < trace.rows:
            raise InputError("One row's part of the loss cannot be checked by itself: differentiate it without row=.")
        return _difference(flat[end.array], end.index or (), lambda: run.result(start, row))
    if end.kind == "cell":
        high, low, twice = moved_inputs(trace, end.node, row)
        return _slope(run.result(start, row, inputs=high), run.result(start, row, inputs=low), twice)
    place = (row, *(end.index or ()))
    if end.kind == "input":
        given = inputs[end.node]
        changing = given.values if isinstance(given, Masked) else given
        return _difference(changing, place, lambda: run.result(start, row))
    held = values_of(run.plain, end.node, end.kind).copy()
    return _difference(held, place, lambda: run.result(start, row, held=(end, held)))


def _difference(changing: np.ndarray, place: tuple[int, ...], result: Callable[[], float]) -> Difference:
    value = float(changing[place])
    step = STEP * max(1.0, abs(value))
    found: list[float] = []
    for x in (value + step, value - step):
        changing[place] = x
        found.append(result())
    changing[place] = value
    return _slope(found[0], found[1], 2 * step)


def _slope(high: float, low: float, apart: float) -> Difference:
    return Difference(
        (high - low) / apart, 50 * float(np.finfo(np.float64).eps) * max(abs(high), abs(low), 1.0) / apart
    )


@dataclass(frozen=True)
class Held(Layer):
    """A node whose values are given, in the place of its layer."""

    kind = "held"
    values: Array
    saved: Any

    def forward(self, ops: Ops, params: Any, x: Any, ctx: Context) -> tuple[Array, Any]:
        """What was given."""
        return self.values, self.saved


class _Runs:
    """New forward passes of a trace's network in double precision."""

    def __init__(self, trace: "Trace", flat: dict[str, np.ndarray], inputs: dict[str, Any]) -> None:
        self.trace, self.flat, self.inputs = trace, flat, inputs
        done = self._forward(trace.nodes, inputs)
        for name, values in trace.forward.nodes.items():
            kept = getattr(values.saved, "kept", None)
            if kept is not None and not np.array_equal(kept, done.nodes[name].saved.kept):
                raise InputError(f"'{name}' drops other values in double precision: trace in float64 to check this.")
        self.plain = replace(trace, forward=done)

    def result(
        self, start: Place | None, row: int, *, inputs: Any = None, held: tuple[Place, np.ndarray] | None = None
    ) -> float:
        """The loss, or one number of a row."""
        nodes = self.trace.nodes if held is None else [self._held(node, *held) for node in self.trace.nodes]
        done = self._forward(nodes, self.inputs if inputs is None else inputs)
        if start is None:
            target, weight = map_arrays(_double, (self.trace.target, self.trace.weight))
            params = unflatten(self.flat, self.trace.tree)
            return float(measure(eager_ops(), nodes, self.trace.loss_function, params, done, target, weight).loss)
        if start.kind == "answer":
            from chainrule.explain.derivation.graph import Graph

            return Graph(self.trace).answer_slope(start.node) * float(done.output[row].reshape(-1)[0])
        return float(getattr(done.nodes[start.node], start.kind)[(row, *(start.index or ()))])

    def _forward(self, nodes: Sequence[Node], inputs: Any) -> Forward:
        trace = self.trace
        params = unflatten(self.flat, trace.tree)
        stats = trace.forward.stats
        return forward(eager_ops(), nodes, params, stats, inputs, training=trace.training, key=trace.key)

    def _held(self, node: Node, place: Place, values: np.ndarray) -> Node:
        if node.name != place.node:
            return node
        layer = Held(values, self.plain.forward.nodes[node.name].saved)
        return replace(node, layer=layer, activation=node.activation if place.kind == "z" else None)


def _double(array: np.ndarray) -> np.ndarray:
    """A copy in double precision; whole numbers and truth stay what they are."""
    return np.array(array, dtype=np.float64 if array.dtype.kind == "f" else array.dtype)
