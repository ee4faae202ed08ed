"""A derivative of or by a whole array: a matrix, made of the matrices of the layers between."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chainrule.errors import InputError
from chainrule.explain.derivation.graph import Graph
from chainrule.explain.derivation.layers import Layers
from chainrule.explain.derivation.record import MATRIX_MOST, Jacobian
from chainrule.explain.derivation.units import Place, name_of, values_of
from chainrule.explain.document import Document
from chainrule.explain.shown import Shown
from chainrule.network.parameters import ParameterName
from chainrule.network.passes import Backward
from chainrule.ops import eager_ops

if TYPE_CHECKING:
    from chainrule.explain.trace import Trace


@dataclass(frozen=True, repr=False, eq=False)
class WholeDerivation(Shown):
    """The derivatives of one number or array by another array, and the Jacobians whose product they are."""

    of: str
    wrt: str
    value: np.ndarray
    """From the backward pass, in the shape of what is differentiated, then of what it is differentiated by."""
    row: int | None
    """None for a gradient over all rows."""
    jacobians: tuple[Jacobian, ...]
    """The layers' on the way, from the outside in."""
    trace: "Trace"

    def at(self, *index: int) -> float:
        """One of the numbers."""
        return float(self.value[index])

    def document(self) -> Document:
        """The layers' matrices, and what they come to."""
        from chainrule.explain.derivation.matrices import whole_document

        return whole_document(self)


def derive_whole(
    graph: Graph, of: str, wrt: str, start: Place | None, end: "Place | ParameterName", row: int | None
) -> WholeDerivation:
    """Differentiate, or differentiate by, whole arrays: see :meth:`Trace.derivation`."""
    from chainrule.explain.derivation.derive import back_from

    trace = graph.trace
    origin = 0 if row is None else row
    if start is None:
        value = _by(graph, trace.backward_pass("derivation of the loss"), end, row, penalised=row is None)
    elif start.index is not None:
        value = _by(graph, back_from(graph, start, origin), end, row, penalised=False, origin=origin)
    else:
        shape = values_of(trace, start.node, start.kind).shape[1:]
        size = int(np.prod(shape)) * _size(graph, end)
        if size > MATRIX_MOST:
            raise InputError(
                f"∂{of}/∂{wrt} is {size:,} numbers, more than {MATRIX_MOST:,}. Differentiate one number of it: "
                f"trace.derivation('{wrt}', '{name_of(start.array, (0,) * len(shape))}', row={origin})."
            )
        units = [Place(start.node, start.kind, index) for index in np.ndindex(shape)]
        parts = [_by(graph, back_from(graph, unit, origin), end, row, penalised=False, origin=origin) for unit in units]
        value = np.stack(parts).reshape(*shape, *parts[0].shape)
    layers = Layers(graph, graph.between(start, end))
    rows = tuple(range(trace.rows)) if graph.mixing else (origin,)
    alone = None if start is None and row is None else origin
    return WholeDerivation(of, wrt, value, alone, tuple(layers.jacobians(rows)), trace)


def _by(
    graph: Graph,
    back: Backward,
    end: "Place | ParameterName",
    row: int | None,
    *,
    penalised: bool,
    origin: int = 0,
) -> np.ndarray:
    """The derivative by the end: a parameter's array, one number of it, or a row's array."""
    from chainrule.explain.derivation.derive import arrived

    if isinstance(end, Place):
        found = arrived(graph, back, (end.node, end.kind))[origin if row is None else row]
        return np.asarray(found if end.index is None else found[end.index])
    gradient = back.gradients[end.node]
    if not penalised:
        node, dz = graph.nodes[end.node], np.array(back.deltas[end.node].dz)
        if row is not None and not graph.mixing:
            dz[np.arange(len(dz)) != row] = 0
        _, gradient = node.layer.backward(
            eager_ops(), graph.trace.tree[end.node], graph.trace.forward.nodes[end.node].saved, dz
        )
    array = np.asarray(getattr(gradient, end.name))
    return array if end.index is None else np.asarray(array[end.index])


def _size(graph: Graph, end: "Place | ParameterName") -> int:
    if isinstance(end, ParameterName):
        return int(graph.trace.params[end.array].size) if end.index is None else 1
    if end.index is not None or end.kind == "cell":
        return 1
    return int(np.prod(values_of(graph.trace, end.node, end.kind).shape[1:]))
