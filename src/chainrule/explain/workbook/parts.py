"""What the layers' writers share: a node's output, derivatives by what it computed, gradients of its parameters."""

from typing import Any

import numpy as np

from chainrule._typing import Array
from chainrule.explain.workbook.block import Block
from chainrule.explain.workbook.book import CellFormula, Sheet
from chainrule.explain.workbook.frame import Sheets
from chainrule.network.graph import Node

Deltas = list[Block | None]
"""The derivative by each input of a node; None where it has none (codes)."""


def put_output(sheets: Sheets, sheet: Sheet, node: Node, values: Array, formula: str | CellFormula, note: str) -> Block:
    """A layer's own output ``z``; a result where it is the prediction."""
    final = node is sheets.material.trace.nodes[-1]
    return sheet.put(
        "z",
        values,
        formula,
        name=f"{node.name}.z",
        note=note,
        kind="result" if final and node.activation is None else None,
        down=sheets.down(values),
        across=sheets.material.columns.get("prediction") if final else None,
    )


def put_delta(sheets: Sheets, sheet: Sheet, node: Node, kind: str, formula: str | CellFormula, note: str) -> Block:
    """A derivative of the loss by what a node computed or was given."""
    values = sheets.material.trace.value(f"{node.name}.{kind}")
    return sheet.put(kind, values, formula, name=f"{node.name}.{kind}", note=note, down=sheets.down(values))


def put_gradient(sheets: Sheets, sheet: Sheet, node: Node, name: str, formula: str | CellFormula, note: str) -> None:
    """The gradient of a parameter, with what its penalties add."""
    key = f"{node.name}.{name}"
    values, own, at = sheets.material.trace.gradients[key], sheets.params[key], sheet.name
    shown = values if values.ndim > 1 else values[None, :]
    if penalised(sheets, node.name, key):
        for kind in ("l1", "l2"):
            if getattr(node, kind) is not None:
                formula = _plus_penalty(formula, own, kind, sheets.cells[f"{node.name}.{kind}"].name, at)
                note = f"{note} + {kind} · {'sign of the weight' if kind == 'l1' else '2 · weight'}"
    down = [f"[{', '.join(map(str, place))}]" for place in np.ndindex(*shown.shape[:-1])] if values.ndim > 1 else [name]
    sheets.gradients[key] = sheet.put(
        f"slope of {name}", shown, formula, name=f"{key}.gradient", note=note, kind="result", down=down
    )


def where_real(mask: Block | None, place: int, each: int, real: str, at: str) -> str:
    """A formula for a value of a sequence, 0 in padding; ``place`` counts on over rows of ``each`` values."""
    if mask is None:
        return real
    row, inside = divmod(place, each)
    return f"IF({mask.cell(row, inside // (each // mask.columns), at)}=1,{real},0)"


def penalised(sheets: Sheets, node: str, parameter: str) -> bool:
    """Whether a node's penalties fall on a parameter: on all of its own that are no vectors."""
    own: Any = sheets.material.trace.params
    return parameter.rpartition(".")[0] == node and parameter in own and own[parameter].ndim > 1


def _plus_penalty(formula: str | CellFormula, own: Block, kind: str, factor: str, at: str) -> str | CellFormula:
    """A gradient's formula, for the whole or cell by cell, plus what a penalty adds."""
    slope = "SIGN({})" if kind == "l1" else "2*{}"
    if callable(formula):
        return lambda i, j: f"{formula(i, j)}+{factor}*{slope.format(own.cell(i, j, at))}"
    return f"{formula}+{factor}*{slope.format(own.whole(at))}"
