"""LSTM layers: a block of rows for each time step, forward from the first to the last and backward the other way.

Shapes: t time steps, n rows, i inputs, u units. The blocks have the steps first, so that the rows of a step lie
together, what a step takes from the one before stands n rows above it, and each gradient is one matrix product.
"""

from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.explain.workbook.block import Block
from chainrule.explain.workbook.book import Sheet
from chainrule.explain.workbook.frame import Sheets
from chainrule.explain.workbook.functions import sigmoid
from chainrule.explain.workbook.parts import Deltas, put_delta, put_gradient, put_output
from chainrule.layers import LSTMLayer
from chainrule.network.graph import Node
from chainrule.ops import eager_ops

GATES = ("input", "forget", "candidate", "output")
"""In the order of the weights' columns."""


def cells_of_lstm(node: Node, steps: int, inputs: int) -> int:
    """How many cells a row takes on all sheets, beside its input and output.

    Each step has its input, the four sums of each unit with their own part, their gates, c and h, and the deltas of
    all of these.
    """
    assert isinstance(node.layer, LSTMLayer)
    return steps * (inputs + 20 * node.layer.units)


def forward_lstm(sheets: Sheets, sheet: Sheet, node: Node) -> Block:
    """``c = forget · c before + input · candidate``; ``h = output · tanh(c)``."""
    (given,), at, mask = sheets.inputs(node), sheet.name, sheets.mask(node)
    saved: Any = sheets.material.trace.forward.nodes[node.name].saved
    steps, rows, units = np.shape(saved.h_before)
    weight, recurrent, bias = (sheets.param(node, name) for name in ("weight", "recurrent", "bias"))
    down = _down(sheets, steps, rows)
    x = sheet.put(
        "x by step",
        np.swapaxes(np.asarray(saved.x), 0, 1),
        lambda i, j: _where(mask, i, rows, at, given.cell(i % rows * steps + i // rows, j, at), "0"),
        name=f"{node.name}.x",
        note="what comes in, a block of rows for each step" + (", 0 in padding" if mask is not None else ""),
        down=down,
    )
    own = sheet.put(
        "own part",
        x.values @ weight.values + bias.values.reshape(-1),
        f"MMULT({x.whole(at)},{weight.whole(at)})+{bias.whole(at)}",
        name=f"{node.name}.own",
        note="x · weight + bias: what the gates' sums get from the step's own input",
        down=down,
        across=[f"{gate}[{unit}]" for gate in GATES for unit in range(units)],
    )
    values = _states(sheets, node, own.values)
    table = sheet.next_block(values)
    z, gate, c, h = _parts(table, units, (4, 4, 1, 1))

    def summed(i: int, j: int) -> str:
        before = f"+SUMPRODUCT(MMULT({h.row(i - rows, at)},{recurrent.column(j, at)}))" if i >= rows else ""
        return own.cell(i, j, at) + before

    def opened(i: int, j: int) -> str:
        cell = z.cell(i, j, at)
        return f"TANH({cell})" if GATES[j // units] == "candidate" else sigmoid(cell)

    def kept(i: int, j: int) -> str:
        take, keep, new, _ = (gate.cell(i, place * units + j, at) for place in range(4))
        before = c.cell(i - rows, j, at) if i >= rows else "0"
        return _where(mask, i, rows, at, f"{keep}*{before}+{take}*{new}", before)

    def given_out(i: int, j: int) -> str:
        before = h.cell(i - rows, j, at) if i >= rows else "0"
        return _where(mask, i, rows, at, f"{gate.cell(i, 3 * units + j, at)}*TANH({c.cell(i, j, at)})", before)

    writers = [(z, summed), (gate, opened), (c, kept), (h, given_out)]
    sheet.put(
        "step by step",
        values,
        lambda i, j: _dispatch(writers, table, i, j),
        name=f"{node.name}.steps",
        note="z = own part + h before · recurrent; gates = sigmoid(z), the candidate tanh(z); "
        "c = forget · c before + input · candidate; h = output · tanh(c)"
        + ("; carried on in padding" if mask is not None else ""),
        down=down,
        across=_heads(units, ("z", "gate"), ("c", "h")),
    )
    sheets.kept |= {f"{node.name}.{name}": block for name, block in (("x", x), ("gate", gate), ("c", c), ("h", h))}
    output = sheets.material.trace.value(f"{node.name}.z")
    if output.ndim == 3:
        note = "h of every step"
        return put_output(sheets, sheet, node, output, lambda i, j: h.cell(i % steps * rows + i // steps, j, at), note)
    return put_output(sheets, sheet, node, output, lambda i, j: h.cell((steps - 1) * rows + i, j, at), "the last h")


def backward_lstm(sheets: Sheets, sheet: Sheet, node: Node, dz: Block) -> Deltas:
    """Backpropagation through time: what later steps bring back stands n rows below."""
    at, mask = sheet.name, sheets.mask(node)
    saved: Any = sheets.material.trace.forward.nodes[node.name].saved
    steps, rows, units = np.shape(saved.h_before)
    weight, recurrent = (sheets.param(node, name) for name in ("weight", "recurrent"))
    x, gate, c, h = (sheets.kept[f"{node.name}.{name}"] for name in ("x", "gate", "c", "h"))
    layer: Any = node.layer
    params = sheets.material.trace.tree[node.name]
    deltas = layer.deltas(eager_ops(), params, saved, dz.values)
    values = np.concatenate([deltas.h, deltas.c, deltas.z], axis=-1)
    table = sheet.next_block(values)
    dh, dc, dsum = _parts(table, units, (1, 1, 4))
    later = rows

    def of_h(i: int, j: int) -> str:
        n, step = i % rows, i // rows
        own = dz.cell(n * steps + step, j, at) if dz.values.ndim == 3 else dz.cell(n, j, at)
        if step == steps - 1:
            return own
        back = f"SUMPRODUCT({dsum.row(i + later, at)},{recurrent.row(j, at)})"
        back = _where(mask, i + later, rows, at, back, dh.cell(i + later, j, at))
        return f"{back}+{own}" if dz.values.ndim == 3 else back

    def of_c(i: int, j: int) -> str:
        through = f"{dh.cell(i, j, at)}*{gate.cell(i, 3 * units + j, at)}*(1-TANH({c.cell(i, j, at)})^2)"
        if i + later >= steps * rows:
            return _where(mask, i, rows, at, through, "0")
        below = dc.cell(i + later, j, at)
        back = _where(mask, i + later, rows, at, f"{below}*{gate.cell(i + later, units + j, at)}", below)
        return _where(mask, i, rows, at, f"{back}+{through}", back)

    def of_sum(i: int, j: int) -> str:
        unit, cell = j % units, {name: gate.cell(i, k * units + j % units, at) for k, name in enumerate(GATES)}
        name = GATES[j // units]
        own, before = cell[name], c.cell(i - rows, unit, at) if i >= rows else "0"
        factor = {"input": cell["candidate"], "forget": before, "candidate": cell["input"]}
        start = f"{dh.cell(i, unit, at)}*TANH({c.cell(i, unit, at)})"
        if name != "output":
            start = f"{dc.cell(i, unit, at)}*{factor[name]}"
        slope = f"(1-{own}^2)" if name == "candidate" else f"{own}*(1-{own})"
        return _where(mask, i, rows, at, f"{start}*{slope}", "0")

    writers = [(dh, of_h), (dc, of_c), (dsum, of_sum)]
    sheet.put(
        "step by step",
        values,
        lambda i, j: _dispatch(writers, table, i, j),
        name=f"{node.name}.deltas",
        note="read from below: dh and dc bring back what later steps do; dz is that of the gates' sums",
        down=_down(sheets, steps, rows),
        across=_heads(units, (), ("dh", "dc"), ("dz",)),
    )
    both = f"MMULT(TRANSPOSE({x.whole(at)}),{dsum.whole(at)})"
    put_gradient(sheets, sheet, node, "weight", both, "xᵀ · dz: summed over the rows and steps")
    if steps > 1:
        before, after = (steps - 1) * rows, steps * rows - 1
        first = h.range(0, 0, before - 1, units - 1, at)
        both = f"MMULT(TRANSPOSE({first}),{dsum.range(rows, 0, after, 4 * units - 1, at)})"
        put_gradient(sheets, sheet, node, "recurrent", both, "hᵀ of the step before · dz")
    else:
        put_gradient(sheets, sheet, node, "recurrent", lambda *_: "0", "one step has none before it")
    put_gradient(
        sheets, sheet, node, "bias", lambda _, j: f"SUM({dsum.column(j, at)})", "dz summed over rows and steps"
    )

    def of_input(i: int, j: int) -> str:
        return f"SUMPRODUCT({dsum.row(i % steps * rows + i // steps, at)},{weight.row(j, at)})"

    return [put_delta(sheets, sheet, node, "dx", of_input, "dz · weightᵀ")]


def _states(sheets: Sheets, node: Node, own: np.ndarray) -> np.ndarray:
    """The layer's own numbers, a row for each step and row: sums, gates, c and h."""
    values = sheets.material.trace.forward.nodes[node.name]
    saved: Any = values.saved
    gates = (saved.input_gate, saved.forget_gate, saved.candidate, saved.output_gate)
    z = own + saved.h_before @ np.asarray(sheets.material.trace.tree[node.name].recurrent)
    c = saved.forget_gate * saved.c_before + saved.input_gate * saved.candidate
    h = saved.output_gate * saved.tanh_c
    if saved.mask is not None:
        c, h = np.where(saved.mask, c, saved.c_before), np.where(saved.mask, h, saved.h_before)
    return np.concatenate([z, *gates, c, h], axis=-1)


def _parts(table: Block, units: int, sizes: tuple[int, ...]) -> list[Block]:
    """The columns of a block as blocks, each so many times as wide as there are units."""
    ends = np.cumsum([0, *sizes]) * units
    return [table.part(start, end) for start, end in pairwise(ends.tolist())]


def _dispatch(writers: list[Any], table: Block, i: int, j: int) -> str:
    """The formula of a cell, from the part of the block that it stands in."""
    for part, formula in writers:
        column = table.left + j - part.left
        if 0 <= column < part.columns:
            return formula(i, column)
    raise AssertionError("every column is a part's")


def _where(mask: Block | None, i: int, rows: int, at: str, real: str, padding: str) -> str:
    """One of two formulas, by whether a step of a row is real."""
    return real if mask is None else f"IF({mask.cell(i % rows, i // rows, at)}=1,{real},{padding})"


def _down(sheets: Sheets, steps: int, rows: int) -> list[str]:
    labels = sheets.down(np.zeros((rows, 1)))
    return [f"step {step}, {label}" for step in range(steps) for label in labels]


def _heads(units: int, by_gate: tuple[str, ...], single: tuple[str, ...], then: tuple[str, ...] = ()) -> list[str]:
    def of_gates(kinds: tuple[str, ...]) -> list[str]:
        return [f"{kind} {gate}[{unit}]" for kind in kinds for gate in GATES for unit in range(units)]

    return of_gates(by_gate) + [f"{kind}[{unit}]" for kind in single for unit in range(units)] + of_gates(then)
