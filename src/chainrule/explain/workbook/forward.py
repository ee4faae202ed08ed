"""The sheet of the forward pass: every layer's pre-activation and activation, in the order they are computed."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.explain.workbook.block import Block, flat
from chainrule.explain.workbook.book import Sheet
from chainrule.explain.workbook.frame import Sheets, total
from chainrule.explain.workbook.functions import activate
from chainrule.explain.workbook.parts import put_output, where_real
from chainrule.explain.workbook.pictures import forward_average, forward_convolution, forward_largest
from chainrule.explain.workbook.recurrent import forward_lstm
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

Forward = Callable[[Sheets, Sheet, Node], Block]
"""Writes a node's layer and returns the block of its output ``z``."""


def write_forward(sheets: Sheets) -> Sheet:
    """Write the sheet."""
    trace = sheets.material.trace
    sheet = sheets.book.sheet(
        "Forward",
        "Forward pass",
        "From the inputs to the prediction: z is a layer's sum, a what its activation makes of it.",
        "#2B6CB0",
    )
    last = trace.nodes[-1]
    for node in trace.nodes:
        sheet.section(_title(node))
        z = FORWARD[type(node.layer)](sheets, sheet, node)
        sheets.before[node.name] = z
        sheets.given[node.name] = z if node.activation is None else _activation(sheets, sheet, node, z)
        sheet.line += 1
    output = sheets.given[last.name]
    sheets.cells["prediction"] = sheet.named(output, "prediction")
    return sheet


def _title(node: Node) -> str:
    kind = type(node.layer).__name__.removesuffix("Layer")
    activation = "" if node.activation is None else f", {node.activation.name}"
    return f"{node.name}: {kind}{activation}, from {' and '.join(node.inputs)}"


def _activation(sheets: Sheets, sheet: Sheet, node: Node, z: Block) -> Block:
    activation: Any = node.activation
    values = sheets.material.trace.value(f"{node.name}.a")
    final = node is sheets.material.trace.nodes[-1]
    return sheet.put(
        "a",
        values,
        lambda i, j: activate(activation, z.cell(i, j, sheet.name), z.row(i, sheet.name)),
        name=f"{node.name}.a",
        note=f"a = {activation.name}(z)",
        kind="result" if final else None,
        down=sheets.down(values),
        across=sheets.material.columns.get("prediction") if final else None,
    )


def _dense(sheets: Sheets, sheet: Sheet, node: Node) -> Block:
    (x,), at = sheets.inputs(node), sheet.name
    weight, bias = (sheets.param(node, name).whole(at) for name in ("weight", "bias"))
    values = sheets.material.trace.value(f"{node.name}.z")
    formula = f"MMULT({x.whole(at)},{weight})+{bias}"
    return put_output(sheets, sheet, node, values, formula, "z = x · weight + bias")


def _activation_layer(sheets: Sheets, sheet: Sheet, node: Node) -> Block:
    (x,) = sheets.inputs(node)
    layer: Any = node.layer
    values = sheets.material.trace.value(f"{node.name}.z")
    return put_output(
        sheets,
        sheet,
        node,
        values,
        lambda i, j: activate(layer.activation, x.cell(i, j, sheet.name), x.row(i, sheet.name)),
        f"{layer.activation.name}(x)",
    )


def _dropout(sheets: Sheets, sheet: Sheet, node: Node) -> Block:
    sheet.say("Drops values in training only; here its input goes on as it is.")
    return sheets.inputs(node)[0]


def _embedding(sheets: Sheets, sheet: Sheet, node: Node) -> Block:
    (x,), at = sheets.inputs(node), sheet.name
    weight = sheets.param(node, "weight")
    values = sheets.material.trace.value(f"{node.name}.z")
    steps = flat(values).shape[0] // len(values)

    def look_up(i: int, j: int) -> str:
        return f"INDEX({weight.whole(at)},{x.element(i // steps, i % steps, at)}+1,{j + 1})"

    return put_output(
        sheets, sheet, node, values, look_up, "the row of the weights that the code names, counted from 0"
    )


def _reshape(sheets: Sheets, sheet: Sheet, node: Node) -> Block:
    (x,) = sheets.inputs(node)
    values = sheets.material.trace.value(f"{node.name}.z")
    mask = sheets.mask(node) if isinstance(node.layer, FlattenLayer) else None
    if values.shape == x.values.shape and mask is None:
        sheet.say("The values are in this shape already; they go on as they are.")
        return x
    each = values[0].size
    columns = flat(values).shape[1]

    def same(i: int, j: int) -> str:
        place = i * columns + j
        return where_real(mask, place, each, x.element(place // each, place % each, sheet.name), sheet.name)

    note = "the same values in another shape" + (", 0 in padding" if mask is not None else "")
    return put_output(sheets, sheet, node, values, same, note)


def _concatenate(sheets: Sheets, sheet: Sheet, node: Node) -> Block:
    values = sheets.material.trace.value(f"{node.name}.z")
    sources = [(block, column) for block in sheets.inputs(node) for column in range(block.columns)]

    def same(i: int, j: int) -> str:
        block, column = sources[j]
        return block.cell(i, column, sheet.name)

    return put_output(sheets, sheet, node, values, same, "side by side")


def _add(sheets: Sheets, sheet: Sheet, node: Node) -> Block:
    sources = sheets.inputs(node)
    values = sheets.material.trace.value(f"{node.name}.z")
    return put_output(
        sheets, sheet, node, values, lambda i, j: total([block.cell(i, j, sheet.name) for block in sources]), "the sum"
    )


def _layer_norm(sheets: Sheets, sheet: Sheet, node: Node) -> Block:
    (x,), at = sheets.inputs(node), sheet.name
    layer: Any = node.layer
    deviation = _keep(
        sheets,
        sheet,
        node,
        "deviation",
        lambda i, _: f"SQRT(VARP({x.row(i, at)})+{layer.epsilon!r})",
        f"square root of the row's variance + {layer.epsilon:g}",
    )
    normal = _keep(
        sheets,
        sheet,
        node,
        "normal",
        lambda i, j: f"({x.cell(i, j, at)}-AVERAGE({x.row(i, at)}))/{deviation.cell(i, 0, at)}",
        "(x − mean of the row) / deviation",
    )
    return _scaled(sheets, sheet, node, normal)


def _batch_norm(sheets: Sheets, sheet: Sheet, node: Node) -> Block:
    (x,), at = sheets.inputs(node), sheet.name
    layer: Any = node.layer
    mean, variance = sheets.param(node, "mean"), sheets.param(node, "variance")
    saved = sheets.material.trace.forward.nodes[node.name].saved
    deviation = sheet.put(
        "deviation",
        np.asarray(saved.deviation)[None, :],
        lambda _, j: f"SQRT({variance.cell(0, j, at)}+{layer.epsilon!r})",
        note=f"square root of the running variance + {layer.epsilon:g}",
        down=["all rows"],
    )
    sheets.kept[f"{node.name}.deviation"] = deviation
    normal = _keep(
        sheets,
        sheet,
        node,
        "normal",
        lambda i, j: f"({x.cell(i, j, at)}-{mean.cell(0, j, at)})/{deviation.cell(0, j, at)}",
        "(x − running mean) / deviation",
    )
    return _scaled(sheets, sheet, node, normal)


def _keep(sheets: Sheets, sheet: Sheet, node: Node, kind: str, formula: Any, note: str) -> Block:
    """What a layer keeps for its backward pass."""
    values = sheets.material.trace.value(f"{node.name}.{kind}")
    block = sheet.put(kind, values, formula, name=f"{node.name}.{kind}", note=note, down=sheets.down(values))
    sheets.kept[f"{node.name}.{kind}"] = block
    return block


def _scaled(sheets: Sheets, sheet: Sheet, node: Node, normal: Block) -> Block:
    scale, shift = (sheets.param(node, name).whole(sheet.name) for name in ("scale", "shift"))
    values = sheets.material.trace.value(f"{node.name}.z")
    formula = f"{scale}*{normal.whole(sheet.name)}+{shift}"
    return put_output(sheets, sheet, node, values, formula, "z = scale · normal + shift")


FORWARD: dict[type[Layer], Forward] = {
    DenseLayer: _dense,
    ActivationLayer: _activation_layer,
    DropoutLayer: _dropout,
    EmbeddingLayer: _embedding,
    FlattenLayer: _reshape,
    ReshapeLayer: _reshape,
    ConcatenateLayer: _concatenate,
    AddLayer: _add,
    LayerNormLayer: _layer_norm,
    BatchNormLayer: _batch_norm,
    Conv2DLayer: forward_convolution,
    MaxPool2DLayer: forward_largest,
    GlobalAveragePool2DLayer: forward_average,
    LSTMLayer: forward_lstm,
}
"""What a sheet can hold."""
