"""What a workbook can hold: which layers and activations, and how much of them."""

from math import prod
from typing import Any

import numpy as np

from chainrule.errors import InputError, list_some
from chainrule.explain.trace import Trace
from chainrule.explain.workbook.backward import BACKWARD
from chainrule.explain.workbook.forward import FORWARD
from chainrule.explain.workbook.functions import has_formula
from chainrule.explain.workbook.recurrent import cells_of_lstm
from chainrule.layers import ActivationLayer, BatchNormLayer, DropoutLayer, FlattenLayer, LSTMLayer
from chainrule.network.graph import Node

MOST_CELLS = 200_000
"""Most cells that are still recalculated at once while somebody types."""
MOST_COLUMNS = 2_000
"""Widest array; workbooks end at 16,384 columns, and people's patience before."""
_PER_PARAMETER = 12
"""Cells that one parameter takes at most: now, its slope, its row of the step, and after the step."""


def cells_needed(trace: Trace) -> tuple[int, int]:
    """Cells that do not depend on the rows, and cells a row takes, both about."""
    recurrent = {node.name: node for node in trace.nodes if _recurs(node)}
    shown = [
        name
        for name in trace.values
        if not name.endswith(".mask")
        and (name.partition(".")[0] not in recurrent or name.endswith((".z", ".dz", ".dx")))
    ]
    arrays = [np.asarray(trace.value(name)) for name in shown]
    each = sum(prod(array.shape[1:]) for array in arrays if array.ndim and len(array) == trace.rows)
    each += sum(cells_of_lstm(node, *trace.forward.nodes[name].x.shape[1:]) for name, node in recurrent.items())
    return _PER_PARAMETER * sum(array.size for array in trace.params.values()), each


def check_kinds(trace: Trace) -> None:
    """Raise where a workbook cannot hold a layer, an activation or an input, however small.

    Raises:
        InputError: the message names it, and what can be held.
    """
    for node in trace.nodes:
        _check_node(trace, node)
    if trace.padded:
        raise InputError(
            "The output has rows of unequal length, whose padding does not count in the loss; a workbook holds losses "
            "in which every step counts. Pass rows of one length."
        )


def check_size(trace: Trace) -> None:
    """Raise where a workbook cannot hold so many numbers.

    Raises:
        InputError: the message says the size that fits.
    """
    fixed, each = cells_needed(trace)
    arrays = [
        np.asarray(array) for array in (*trace.params.values(), trace.prediction, *map(_values, trace.inputs.values()))
    ]
    widest = max(array.shape[-1] for array in arrays if array.ndim > 1)
    if fixed + each * trace.rows <= MOST_CELLS and widest <= MOST_COLUMNS:
        return
    parameters = sum(array.size for array in trace.params.values())
    fits = (MOST_CELLS - fixed) // each
    rows = trace.rows if fits >= 1 else 1
    needs = f"A workbook of this network needs about {fixed + each * rows:,} cells for {_rows(rows)}"
    if fits >= 1 and widest <= MOST_COLUMNS:
        raise InputError(f"{needs}; up to {MOST_CELLS:,} are recalculated at once. With {_rows(fits)} it fits: rows=.")
    if fixed < MOST_CELLS // 2 and widest <= MOST_COLUMNS:
        steps = max((trace.forward.nodes[node.name].x.shape[1] for node in trace.nodes if _recurs(node)), default=0)
        smaller = f"With up to {steps * (MOST_CELLS - fixed) // each:,} of {steps:,} time steps it fits"
        if not steps:
            smaller = "Networks with narrower layers fit"
        raise InputError(
            f"{needs}, {each:,} of them for the row; up to {MOST_CELLS:,} are recalculated at once. {smaller}; or look "
            "at single numbers with trace.derivation(…)."
        )
    raise InputError(
        f"{needs}, most of them for its {parameters:,} parameters; up to {MOST_CELLS:,} are recalculated at once. "
        f"Networks of up to about {MOST_CELLS // (2 * _PER_PARAMETER):,} parameters, no layer wider than "
        f"{MOST_COLUMNS:,}, fit: train a smaller one to show, or look at single numbers with trace.derivation(…)."
    )


def _values(given: Any) -> Any:
    return getattr(given, "values", given)


def _recurs(node: Node) -> bool:
    return isinstance(node.layer, LSTMLayer)


def _rows(count: int) -> str:
    return f"{count:,} row{'s' * (count != 1)}"


def _check_node(trace: Trace, node: Node) -> None:
    kind = type(node.layer)
    if kind not in FORWARD or kind not in BACKWARD:
        can = [each.__name__.removesuffix("Layer") for each in FORWARD]
        raise InputError(
            f"'{node.name}' is a layer of kind {kind.__name__.removesuffix('Layer')}, which a workbook cannot hold; "
            f"it can hold {list_some(can, most=20)}."
        )
    activation = node.layer.activation if isinstance(node.layer, ActivationLayer) else node.activation
    if not has_formula(activation):
        raise InputError(
            f"'{node.name}' has the activation '{activation.name if activation else ''}', for which there is no "
            "spreadsheet formula: it was registered as Python functions. Built-in activations have one."
        )
    _check_mask(trace, node)
    saved = trace.forward.nodes[node.name].saved
    if isinstance(node.layer, DropoutLayer) and saved.kept is not None:
        raise InputError(
            f"The trace was made as training makes it, and '{node.name}' drops values at random there. Trace without "
            "training=True."
        )
    if isinstance(node.layer, BatchNormLayer) and np.asarray(saved.share).any():
        raise InputError(
            f"The trace was made as training makes it, and '{node.name}' uses the batch's own statistics there. Trace "
            "without training=True."
        )


def _check_mask(trace: Trace, node: Node) -> None:
    """Only where a mask is an input's own, and stands before layers that carry on or leave out padding."""
    mask = trace.forward.nodes[node.name].mask
    if mask is None or isinstance(mask, tuple) or not isinstance(node.layer, LSTMLayer | FlattenLayer | BatchNormLayer):
        return
    own = any(getattr(given, "mask", None) is mask for given in trace.inputs.values())
    if isinstance(node.layer, BatchNormLayer) or not own:
        raise InputError(
            f"'{node.name}' takes rows of unequal length, which a workbook can hold in LSTM and Flatten layers alone, "
            "and there as one input has them. Pass rows of one length."
        )
