"""From names to a derivation."""

from typing import TYPE_CHECKING

import numpy as np

from chainrule.errors import InputError
from chainrule.explain.derivation.cells import why_nothing
from chainrule.explain.derivation.derivation import Derivation
from chainrule.explain.derivation.graph import ArrayName, Graph, Partials, nonzero
from chainrule.explain.derivation.layers import Layers
from chainrule.explain.derivation.losses import loss_array
from chainrule.explain.derivation.record import Path, Stage
from chainrule.explain.derivation.units import LOSS, Place, find, values_of
from chainrule.explain.derivation.walks import WIDEST, Walks
from chainrule.explain.derivation.whole import WholeDerivation, derive_whole
from chainrule.explain.table_rows import FEATURES
from chainrule.network.parameters import ParameterName
from chainrule.network.passes import Backward, propagate
from chainrule.ops import eager_ops

if TYPE_CHECKING:
    from chainrule.explain.trace import Trace

MOST = 64
"""Paths of a row beyond which a derivation is written by layers."""
LISTED = 2_000
"""Paths of all rows together beyond which it is, too."""


def derive(
    trace: "Trace", wrt: str, of: str = LOSS, *, row: int | None = None, most: int = MOST
) -> Derivation | WholeDerivation:
    """Differentiate one number by another: see :meth:`Trace.derivation`."""
    end = find(trace, wrt)
    start = None if of == LOSS else find(trace, of)
    if isinstance(start, ParameterName) or (start is not None and start.kind in ("cell", "input")):
        what = "a parameter" if isinstance(start, ParameterName) else "an input"
        raise InputError(
            f"'{of}' is {what}, which nothing makes: it has no derivative. Differentiate 'loss' or a value: "
            "'dense1.a[0]', 'prediction'."
        )
    if isinstance(end, Place) and end.kind == "answer":
        raise InputError(
            f"'{wrt}' is the answer, which comes last: nothing else is made from it. Differentiate by the output that "
            f"it is made from, '{trace.nodes[-1].name}.a[0]'."
        )
    if isinstance(start, Place) and start.kind == "answer":
        of = start.node
    graph = Graph(trace, end.node if isinstance(end, Place) and end.kind == "cell" else None)
    alone = row is None and trace.rows > 1 and not (of == LOSS and isinstance(end, ParameterName))
    if alone or (row is not None and not 0 <= row < trace.rows):
        raise InputError(f"Say which row: row=0 to row={trace.rows - 1}; got row={row}.")
    if start is None:
        trace.backward_pass("derivation of the loss")
    if end.index is None or (start is not None and start.index is None):
        return derive_whole(graph, of, wrt, start, end, row)
    origin = 0 if row is None else row
    everywhere = isinstance(end, ParameterName) and (row is None or (start is not None and bool(graph.mixing)))
    rows = tuple(range(trace.rows)) if everywhere else (origin,)
    back = trace.backward_pass("derivation of the loss") if start is None else back_from(graph, start, origin)
    unfused = _output(graph, end) and start is None
    terms, penalty = _value(graph, back, end, rows, unfused=unfused, penalised=start is None and row is None)

    def first(last: int) -> list[Partials]:
        """The start's neighbours, for paths that end on a row."""
        if start is not None:
            place = (np.array([origin]), *(np.array([each]) for each in start.index or ()))
            return [Partials((start.node, start.kind), place, np.ones(1))]
        array, values = loss_array(graph, unfused=unfused)
        return [nonzero(array, values, None if graph.mixing else last)]

    between = graph.between(start, end)
    column = end.node if isinstance(end, Place) and end.kind == "cell" else None
    walks = Walks(graph, start, end, first, between)
    return Derivation(
        of,
        wrt,
        float(terms.sum() + penalty),
        rows,
        terms,
        penalty,
        _paths(walks, rows, most) if walks.size <= WIDEST else None,
        most,
        _stages(graph, back, between, rows, unfused=unfused),
        trace,
        walks,
        note="" if column is None else why_nothing(trace, column, origin),
    )


def back_from(graph: Graph, start: Place, row: int) -> Backward:
    """The backward pass from one number of one row."""
    trace = graph.trace
    args = (eager_ops(), trace.nodes, trace.tree, trace.forward)
    node, kind = (graph.output, "a") if start.kind == "answer" else (start.node, start.kind)
    seed = np.zeros_like(values_of(trace, node, kind))
    if start.kind == "answer":
        seed[row] = graph.answer_slope(start.node)
    else:
        seed[(row, *(start.index or ()))] = 1
    return propagate(*args, {node: seed}, {}) if kind == "a" else propagate(*args, {}, {node: seed})


def arrived(graph: Graph, back: Backward, array: ArrayName) -> np.ndarray:
    """The derivative by a whole array, rows first."""
    node, kind = array
    if kind == "cell":
        assert graph.trace.table is not None
        where, slope = graph.trace.table.slope(node)
        return (arrived(graph, back, (FEATURES, "input"))[:, where] * slope).sum(axis=1)
    found = back.inputs.get(node) if kind == "input" else getattr(back.deltas[node], f"d{kind}")
    return np.zeros_like(values_of(graph.trace, node, kind)) if found is None else np.asarray(found)


def _output(graph: Graph, end: "Place | ParameterName") -> bool:
    return isinstance(end, Place) and (end.node, end.kind) == (graph.output, "a") and graph.fused


def _value(
    graph: Graph,
    back: Backward,
    end: "Place | ParameterName",
    rows: tuple[int, ...],
    *,
    unfused: bool,
    penalised: bool,
) -> tuple[np.ndarray, float]:
    """What each row adds to the derivative, and what penalties add."""
    if isinstance(end, Place):
        values = loss_array(graph, unfused=True)[1] if unfused else arrived(graph, back, (end.node, end.kind))
        return np.array([float(values[(row, *(end.index or ()))]) for row in rows]), 0.0
    trace, node, index = graph.trace, graph.nodes[end.node], end.index or ()
    saved, dz = trace.forward.nodes[end.node].saved, back.deltas[end.node].dz
    terms = np.asarray(node.layer.terms(trace.tree[end.node], saved, dz, end.name, index), dtype=float)
    with_penalty = penalised and (node.l1 is not None or node.l2 is not None)
    whole = float(getattr(back.gradients[end.node], end.name)[index])
    return terms[list(rows)], whole - float(terms.sum()) if with_penalty else 0.0


def _paths(walks: Walks, rows: tuple[int, ...], most: int) -> tuple[Path, ...] | None:
    found: list[Path] = []
    for row in rows:
        if walks.count(row) > most or len(found) + walks.count(row) > max(LISTED, most):
            return None
        found += walks.all(row)
    return tuple(found)


def _stages(
    graph: Graph, back: Backward, between: set[ArrayName], rows: tuple[int, ...], *, unfused: bool
) -> tuple[Stage, ...]:
    layers = Layers(graph, between)
    values = {
        array: loss_array(graph, unfused=True)[1] if unfused else arrived(graph, back, array)
        for array in layers.arrays
        if array[1] != "answer"
    }
    groups = [tuple(range(graph.trace.rows))] if graph.mixing else [(row,) for row in rows]
    return tuple(stage for group in groups for stage in layers.stages(values, group))
