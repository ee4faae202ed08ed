"""The sheet of the data: the rows, what each counts for, and how raw cells become what the network takes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.explain.workbook.block import flat
from chainrule.explain.workbook.book import Sheet
from chainrule.explain.workbook.frame import Sheets
from chainrule.explain.workbook.table import write_table
from chainrule.network.passes import Masked


def write_data(sheets: Sheets) -> Sheet:
    """Write the sheet."""
    material = sheets.material
    trace = material.trace
    sheet = sheets.book.sheet(
        "Data",
        "Data",
        "Blue cells may be changed. A row that counts 0 is left out of the loss, one that counts 2 is there twice.",
        "#4A5568",
    )
    if material.note:
        sheet.say(material.note)
        sheet.line += 1
    if trace.target is not None:
        sheet.section("What each row counts for")
        weight = np.ones(trace.rows) if trace.weight is None else np.asarray(trace.weight)
        sheets.cells["counts"] = sheet.put(
            "counts",
            weight,
            name="counts",
            note="1 for every row of the batch; set 0 to leave a row out",
            across=["counts"],
            down=sheets.down(weight),
        )
    if material.trace.table is not None:
        write_table(sheets, sheet, material.trace.table)
        return sheet
    sheet.section("Inputs")
    for name, given in trace.inputs.items():
        values = np.asarray(getattr(given, "values", given))
        across = _named(material.columns.get(name, ()), flat(values).shape[1])
        sheets.given[name] = sheet.put(name, values, name=name, down=sheets.down(values), across=across)
        if isinstance(given, Masked):
            sheets.masks[name] = sheet.put(
                f"real steps of {name}",
                given.mask,
                name=f"{name}.real",
                note="1 for a time step of the row, 0 for padding",
                down=sheets.down(given.mask),
                across=[f"step {step}" for step in range(given.mask.shape[1])],
            )
    if trace.target is not None:
        sheet.section("Targets")
        target = np.asarray(trace.target)
        sheets.cells["target"] = sheet.put(
            "target", target, name="target", down=sheets.down(target), note=_kind(target)
        )
    return sheet


def _kind(target: Any) -> str:
    return "the code of each row's class, from 0" if target.dtype.kind in "iu" else ""


def _named(names: Sequence[str], columns: int) -> Sequence[str] | None:
    return names if len(names) == columns else None
