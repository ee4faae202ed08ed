"""The sheet of the parameters: each as a range that may be changed, and beside it what it is after the step."""

import numpy as np

from chainrule._typing import Array
from chainrule.explain.workbook.block import Block
from chainrule.explain.workbook.book import Sheet
from chainrule.explain.workbook.frame import Sheets
from chainrule.layers import BatchNormLayer


def write_parameters(sheets: Sheets) -> Sheet:
    """Write the sheet; the right half is left for :func:`write_new`."""
    sheet = sheets.book.sheet(
        "Parameters",
        "Parameters",
        "What the network has learned. Change any blue number; everything that depends on it changes with it.",
        "#B7791F",
    )
    trace = sheets.material.trace
    for node in trace.nodes:
        own = [name for name in trace.params if name.rpartition(".")[0] == node.name]
        if own:
            sheet.section(node.name)
        for name in own:
            values = _table(trace.params[name])
            sheets.params[name] = sheet.put(
                name.rpartition(".")[2], values, name=name, note="now", down=_down(trace.params[name], name)
            )
        if isinstance(node.layer, BatchNormLayer):
            stats = trace.forward.stats[node.name]
            for kind in ("mean", "variance"):
                key = f"{node.name}.{kind}"
                sheets.params[key] = sheet.put(
                    f"running {kind}", _table(getattr(stats, kind)), name=key, note="from training", down=[kind]
                )
    return sheet


def write_new(sheets: Sheets, sheet: Sheet, new: dict[str, list[str]]) -> None:
    """Write beside each parameter what it is after the step.

    Args:
        sheets: the workbook so far.
        sheet: the sheet of the parameters.
        new: the cell of the new value of each element of a parameter, in order, by the parameter's name.
    """
    after = sheets.material.update.parameters
    for name, cells in new.items():
        block = sheets.params[name]
        beside = Block(sheet.name, block.top, block.left + block.columns + 1, _table(after[name]))
        sheet.page.write_string(block.top - 2, beside.left, "after the step", sheet.book.looks["note"])
        for column in range(beside.columns):
            sheet.page.write_string(block.top - 1, beside.left + column, f"[{column}]", sheet.book.looks["head"])
        columns = beside.columns
        sheet.fill(beside, lambda i, j, cells=cells, columns=columns: cells[i * columns + j])
        sheet.named(beside, f"{name}.new")


def _table(array: Array) -> np.ndarray:
    """A parameter as it stands on the sheet: a vector as one row."""
    values = np.asarray(array, dtype=np.float64)
    return values[None, :] if values.ndim == 1 else values


def _down(array: Array, name: str) -> list[str]:
    if array.ndim == 1:
        return [name.rpartition(".")[2]]
    return [f"[{', '.join(map(str, place))}]" for place in np.ndindex(*array.shape[:-1])]
