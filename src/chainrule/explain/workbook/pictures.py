"""Layers over pictures: each window of a picture becomes a row of cells, and a convolution a matrix product."""

from typing import Any

import numpy as np

from chainrule.explain.workbook.block import Block, flat
from chainrule.explain.workbook.book import Sheet
from chainrule.explain.workbook.frame import Sheets, total
from chainrule.explain.workbook.parts import Deltas, put_delta, put_gradient, put_output
from chainrule.network.graph import Node

Place = tuple[int, int]
"""Down and to the right in a picture, its padding taken off."""


def _windows(
    size: tuple[int, int], strides: tuple[int, int], counts: tuple[int, ...], inside: Place = (0, 0)
) -> list[list[Place]]:
    """For each window the places of its values, row by row; ``inside`` is where the picture lies in its padding."""
    return [
        [(p * strides[0] + a - inside[0], q * strides[1] + b - inside[1]) for a, b in np.ndindex(*size)]
        for p, q in np.ndindex(*counts)
    ]


def _at(x: Block, n: int, place: Place, channel: int, sheet: str) -> str:
    """The cell of a place in a picture; 0 in the padding around it."""
    high, wide = x.values.shape[1:3]
    if 0 <= place[0] < high and 0 <= place[1] < wide:
        return x.cell(n * x.inner + place[0] * wide + place[1], channel, sheet)
    return "0"


def forward_convolution(sheets: Sheets, sheet: Sheet, node: Node) -> Block:
    """``z = windows · weight + bias``."""
    (x,), at = sheets.inputs(node), sheet.name
    layer: Any = node.layer
    trace = sheets.material.trace
    values = trace.value(f"{node.name}.z")
    saved: Any = trace.forward.nodes[node.name].saved
    padded, inside = np.asarray(saved.x), saved.inside[:2]
    places = _windows(layer.kernel_size, layer.strides, values.shape[1:3], inside)
    numbers = [
        padded[n, row + inside[0], column + inside[1]]
        for n in range(len(values))
        for window in places
        for row, column in window
    ]
    channels = x.columns

    def under(i: int, j: int) -> str:
        n, window = divmod(i, len(places))
        return _at(x, n, places[window][j // channels], j % channels, at)

    windows = sheet.put(
        "windows",
        np.asarray(numbers).reshape(*values.shape[:3], -1),
        under,
        name=f"{node.name}.windows",
        note="what lies under the weight at each place of the picture, one row a window",
        down=sheets.down(values),
        across=[f"[{a}, {b}, {c}]" for a, b, c in np.ndindex(*layer.kernel_size, channels)],
    )
    sheets.kept[f"{node.name}.windows"] = windows
    weight, bias = (sheets.param(node, name).whole(at) for name in ("weight", "bias"))
    product = f"MMULT({windows.whole(at)},{weight})+{bias}"
    return put_output(sheets, sheet, node, values, product, "z = windows · weight + bias")


def backward_convolution(sheets: Sheets, sheet: Sheet, node: Node, dz: Block) -> Deltas:
    """Each window's delta goes back to the values in the window."""
    (x,), at = sheets.inputs(node), sheet.name
    layer: Any = node.layer
    saved: Any = sheets.material.trace.forward.nodes[node.name].saved
    windows, weight = sheets.kept[f"{node.name}.windows"], sheets.param(node, "weight")
    product = f"MMULT(TRANSPOSE({windows.whole(at)}),{dz.whole(at)})"
    put_gradient(sheets, sheet, node, "weight", product, "windowsᵀ · dz: summed over all windows")
    put_gradient(sheets, sheet, node, "bias", lambda _, j: f"SUM({dz.column(j, at)})", "dz summed over all windows")
    back = sheet.put(
        "back",
        (flat(dz.values) @ flat(weight.values).T).reshape(windows.values.shape),
        f"MMULT({dz.whole(at)},TRANSPOSE({weight.whole(at)}))",
        note="dz · weightᵀ: what goes back to each window",
        down=sheets.down(dz.values),
    )
    places = _windows(layer.kernel_size, layer.strides, dz.values.shape[1:3], saved.inside[:2])
    arrived: dict[Place, list[tuple[int, int]]] = {}
    for row, window in enumerate(places):
        for column, place in enumerate(window):
            arrived.setdefault(place, []).append((row, column))
    wide, channels = x.values.shape[2], x.columns

    def gathered(i: int, j: int) -> str:
        n, place = divmod(i, x.inner)
        found = arrived.get(divmod(place, wide), [])
        return total([back.cell(n * dz.inner + row, column * channels + j, at) for row, column in found]) or "0"

    return [put_delta(sheets, sheet, node, "dx", gathered, "what goes back, added up where windows overlap")]


def forward_largest(sheets: Sheets, sheet: Sheet, node: Node) -> Block:
    """The largest value of each window."""
    (x,), at = sheets.inputs(node), sheet.name
    layer: Any = node.layer
    values = sheets.material.trace.value(f"{node.name}.z")
    windows = _windows(layer.size, layer.strides, values.shape[1:3])

    def largest(i: int, j: int) -> str:
        n, window = divmod(i, len(windows))
        return f"MAX({','.join(_at(x, n, place, j, at) for place in windows[window])})"

    return put_output(sheets, sheet, node, values, largest, "the largest value of each window")


def backward_largest(sheets: Sheets, sheet: Sheet, node: Node, dz: Block) -> Deltas:
    """Each window's delta goes to its first largest value."""
    (x,), at = sheets.inputs(node), sheet.name
    layer: Any = node.layer
    y, windows = sheets.before[node.name], _windows(layer.size, layer.strides, dz.values.shape[1:3])
    wide = x.values.shape[2]

    def chosen(i: int, j: int) -> str:
        n, place = divmod(i, x.inner)
        here = divmod(place, wide)
        parts: list[str] = []
        for number, window in enumerate(windows):
            if here in window:
                row = n * len(windows) + number
                largest = y.cell(row, j, at)
                earlier = [f"{_at(x, n, other, j, at)}<>{largest}" for other in window[: window.index(here)]]
                is_first = ",".join([f"{_at(x, n, here, j, at)}={largest}", *earlier])
                parts.append(f"IF(AND({is_first}),{dz.cell(row, j, at)},0)")
        return total(parts) or "0"

    return [put_delta(sheets, sheet, node, "dx", chosen, "dz where the value was its window's first largest, else 0")]


def forward_average(sheets: Sheets, sheet: Sheet, node: Node) -> Block:
    """The mean of each channel."""
    (x,), at = sheets.inputs(node), sheet.name
    values = sheets.material.trace.value(f"{node.name}.z")

    def mean(i: int, j: int) -> str:
        return f"AVERAGE({x.range(i * x.inner, j, (i + 1) * x.inner - 1, j, at)})"

    return put_output(sheets, sheet, node, values, mean, "the mean of each channel")


def backward_average(sheets: Sheets, sheet: Sheet, node: Node, dz: Block) -> Deltas:
    """Every place gets the same part."""
    (x,), at = sheets.inputs(node), sheet.name

    def part(i: int, j: int) -> str:
        return f"{dz.cell(i // x.inner, j, at)}/{x.inner}"

    return [put_delta(sheets, sheet, node, "dx", part, "dz / number of places")]
