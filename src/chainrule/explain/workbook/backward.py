"""The sheet of the backward pass: from the loss back to every parameter, each layer's own rule as a formula."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.explain.workbook.block import Block, flat
from chainrule.explain.workbook.book import Sheet
from chainrule.explain.workbook.frame import Sheets, total
from chainrule.explain.workbook.functions import delta
from chainrule.explain.workbook.loss import loss_formula
from chainrule.explain.workbook.parts import Deltas, put_delta, put_gradient, where_real
from chainrule.explain.workbook.pictures import backward_average, backward_convolution, backward_largest
from chainrule.explain.workbook.recurrent import backward_lstm
from chainrule.layers import (
    ActivationLayer,
    AddLayer,
    BatchNormLayer,
    ConcatenateLayer,
    Conv2DLayer,
    DenseLayer,
    DropoutLayer,
    EmbeddingLayer,
    FlattenLayer,
    GlobalAveragePool2DLayer,
    Layer,
    LayerNormLayer,
    LSTMLayer,
    MaxPool2DLayer,
    ReshapeLayer,
)
from chainrule.network.graph import Node

Backward = Callable[[Sheets, Sheet, Node, Block], Deltas]
"""Writes a layer's way back from ``dz``: the gradients of its parameters, and the derivatives by its inputs."""


def write_backward(sheets: Sheets) -> Sheet:
    """Write the sheet."""
    trace = sheets.material.trace
    sheet = sheets.book.sheet(
        "Backward",
        "Backward pass",
        "The chain rule, from the loss back to every weight: da, dz and dx are derivatives of the loss by a, z and x.",
        "#6B46C1",
    )
    waiting: dict[str, list[Block]] = {}
    for node in reversed(trace.nodes):
        sheet.section(node.name, "" if node is not trace.nodes[-1] else "It starts at the loss.")
        dz = _dz(sheets, sheet, node, waiting.pop(node.name, []))
        for source, dx in zip(node.inputs, BACKWARD[type(node.layer)](sheets, sheet, node, dz), strict=True):
            if dx is not None:
                waiting.setdefault(source, []).append(dx)
        sheet.line += 1
    return sheet


def _dz(sheets: Sheets, sheet: Sheet, node: Node, arrived: list[Block]) -> Block:
    trace, at = sheets.material.trace, sheet.name
    measured: Any = trace.measured
    if node is trace.nodes[-1]:
        if measured.fused:
            return _from_loss(sheets, sheet, f"{node.name}.dz", f"{_called(node)} and loss taken as one")
        arrived = [*arrived, _from_loss(sheets, sheet, f"{node.name}.da", "slope of the loss × share of the row")]
    if not arrived:
        values = trace.value(f"{node.name}.dz")
        return sheet.put("dz", values, lambda *_: "0", note="the loss does not depend on it", down=sheets.down(values))
    da = arrived[0]
    if len(arrived) > 1:
        values = trace.value(f"{node.name}.da")
        da = sheet.put(
            "da",
            values,
            lambda i, j: total([block.cell(i, j, at) for block in arrived]),
            name=f"{node.name}.da",
            note=f"used {len(arrived)} times: the derivatives add up",
            down=sheets.down(values),
        )
    if node.activation is None:
        return da
    z, a, activation = sheets.before[node.name], sheets.given[node.name], node.activation
    return put_delta(
        sheets,
        sheet,
        node,
        "dz",
        lambda i, j: delta(
            activation, z.cell(i, j, at), (a.cell(i, j, at), a.row(i, at)), (da.cell(i, j, at), da.row(i, at))
        ),
        f"da times the slope of {activation.name}" if activation.elementwise else f"da through {activation.name}",
    )


def _called(node: Node) -> str:
    return node.activation.name if node.activation is not None else "output"


def _from_loss(sheets: Sheets, sheet: Sheet, name: str, note: str) -> Block:
    at = sheet.name
    measured, wanted, share = (sheets.cells[key] for key in ("measured", "wanted", "share"))
    values = sheets.material.trace.value(name)
    inner = measured.inner

    def slope(i: int, j: int) -> str:
        inside = loss_formula(sheets, measured.cell(i, j, at), wanted.cell(i, j, at), slope=True)
        return f"{share.cell(i // inner, 0, at)}*({inside})"

    return sheet.put(
        name.rpartition(".")[2], values, slope, name=name, note=note, down=sheets.down(values),
        across=sheets.material.columns.get("prediction"),
    )  # fmt: skip


def _dense(sheets: Sheets, sheet: Sheet, node: Node, dz: Block) -> Deltas:
    (x,), at = sheets.inputs(node), sheet.name
    weight = sheets.param(node, "weight")
    put_gradient(
        sheets,
        sheet,
        node,
        "weight",
        f"MMULT(TRANSPOSE({x.whole(at)}),{dz.whole(at)})",
        "xᵀ · dz: summed over the rows",
    )
    put_gradient(sheets, sheet, node, "bias", lambda _, j: f"SUM({dz.column(j, at)})", "dz summed over the rows")
    return [
        put_delta(sheets, sheet, node, "dx", f"MMULT({dz.whole(at)},TRANSPOSE({weight.whole(at)}))", "dz · weightᵀ")
    ]


def _activation_layer(sheets: Sheets, sheet: Sheet, node: Node, dz: Block) -> Deltas:
    (x,), at = sheets.inputs(node), sheet.name
    activation, a = node.layer.activation, sheets.before[node.name]  # pyright: ignore[reportAttributeAccessIssue]
    return [
        put_delta(
            sheets,
            sheet,
            node,
            "dx",
            lambda i, j: delta(
                activation, x.cell(i, j, at), (a.cell(i, j, at), a.row(i, at)), (dz.cell(i, j, at), dz.row(i, at))
            ),
            f"dz times the slope of {activation.name}",
        )
    ]


def _same(_: Sheets, sheet: Sheet, node: Node, dz: Block) -> Deltas:
    sheet.say("Every input gets the whole dz." if len(node.inputs) > 1 else "dz goes on as it is.")
    return [dz] * len(node.inputs)


def _embedding(sheets: Sheets, sheet: Sheet, node: Node, dz: Block) -> Deltas:
    (x,), at = sheets.inputs(node), sheet.name
    codes = x
    if x.columns > 1:
        flat_codes = flat(x.values).reshape(-1, 1)
        codes = sheet.put(
            "codes",
            flat_codes,
            lambda i, _: x.element(i // x.columns, i % x.columns, at),
            note="one below the other",
            down=[f"code {place}" for place in range(len(flat_codes))],
        )
    put_gradient(
        sheets,
        sheet,
        node,
        "weight",
        lambda i, j: f"SUMIF({codes.column(0, at)},{i},{dz.column(j, at)})",
        "dz summed over the rows with that code",
    )
    return [None]


def _reshape(sheets: Sheets, sheet: Sheet, node: Node, dz: Block) -> Deltas:
    (x,) = sheets.inputs(node)
    mask = sheets.mask(node) if isinstance(node.layer, FlattenLayer) else None
    if dz.values.shape == x.values.shape and mask is None:
        return _same(sheets, sheet, node, dz)
    each, columns = x.values[0].size, x.columns

    def back(i: int, j: int) -> str:
        place = i * columns + j
        return where_real(mask, place, each, dz.element(place // each, place % each, sheet.name), sheet.name)

    return [put_delta(sheets, sheet, node, "dx", back, "dz in the input's shape")]


def _concatenate(sheets: Sheets, sheet: Sheet, node: Node, dz: Block) -> Deltas:
    sheet.say("Every input gets its own columns of dz.")
    ends = np.cumsum([0, *(block.columns for block in sheets.inputs(node))]).tolist()
    return [dz.part(start, end) for start, end in pairwise(ends)]


def _layer_norm(sheets: Sheets, sheet: Sheet, node: Node, dz: Block) -> Deltas:
    at = sheet.name
    normal, deviation = (sheets.kept[f"{node.name}.{kind}"] for kind in ("normal", "deviation"))
    scale, features = sheets.param(node, "scale"), dz.columns
    _scale_and_shift(sheets, sheet, node, dz, normal)

    def back(i: int, j: int) -> str:
        own, u = f"{dz.cell(i, j, at)}*{scale.cell(0, j, at)}", normal.cell(i, j, at)
        mean = f"SUMPRODUCT({dz.row(i, at)},{scale.row(0, at)})/{features}"
        along = f"SUMPRODUCT({dz.row(i, at)},{scale.row(0, at)},{normal.row(i, at)})/{features}"
        return f"({own}-{mean}-{u}*{along})/{deviation.cell(i, 0, at)}"

    note = "(du − mean of du − normal · mean of du · normal) / deviation, where du = dz · scale"
    return [put_delta(sheets, sheet, node, "dx", back, note)]


def _batch_norm(sheets: Sheets, sheet: Sheet, node: Node, dz: Block) -> Deltas:
    at = sheet.name
    normal, deviation = (sheets.kept[f"{node.name}.{kind}"] for kind in ("normal", "deviation"))
    scale = sheets.param(node, "scale")
    _scale_and_shift(sheets, sheet, node, dz, normal)
    return [
        put_delta(
            sheets,
            sheet,
            node,
            "dx",
            lambda i, j: f"{dz.cell(i, j, at)}*{scale.cell(0, j, at)}/{deviation.cell(0, j, at)}",
            "dz · scale / deviation",
        )
    ]


def _scale_and_shift(sheets: Sheets, sheet: Sheet, node: Node, dz: Block, normal: Block) -> None:
    at = sheet.name
    put_gradient(
        sheets,
        sheet,
        node,
        "scale",
        lambda _, j: f"SUMPRODUCT({dz.column(j, at)},{normal.column(j, at)})",
        "dz · normal, summed over the rows",
    )
    put_gradient(sheets, sheet, node, "shift", lambda _, j: f"SUM({dz.column(j, at)})", "dz summed over the rows")


BACKWARD: dict[type[Layer], Backward] = {
    DenseLayer: _dense,
    ActivationLayer: _activation_layer,
    DropoutLayer: _same,
    EmbeddingLayer: _embedding,
    FlattenLayer: _reshape,
    ReshapeLayer: _reshape,
    ConcatenateLayer: _concatenate,
    AddLayer: _same,
    LayerNormLayer: _layer_norm,
    BatchNormLayer: _batch_norm,
    Conv2DLayer: backward_convolution,
    MaxPool2DLayer: backward_largest,
    GlobalAveragePool2DLayer: backward_average,
    LSTMLayer: backward_lstm,
}
"""The way back through everything that the forward sheet can hold."""
