"""LibreOffice as the judge of workbooks: cells are changed, it recalculates everything, and names are read."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl

ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>
"""
"""Without this LibreOffice shows the numbers that the file brought along, and nothing would be proved."""


def recalculate(files: list[Path], folder: Path) -> list[Path]:
    """Let LibreOffice load, recalculate and write workbooks, all in one start."""
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(ALWAYS_RECALCULATE)
    out = folder / "recalculated"
    command = ["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to"]
    subprocess.run([*command, "xlsx", "--outdir", out, *files], check=True, capture_output=True, timeout=120)
    return [out / file.name for file in files]


@dataclass(frozen=True)
class Cells:
    """A workbook's cells by the names that are defined for them."""

    book: Any

    @classmethod
    def of(cls, file: Path | BytesIO, *, formulas: bool = False) -> "Cells":
        return cls(openpyxl.load_workbook(file, data_only=not formulas))

    def _range(self, name: str) -> list[list[Any]]:
        ((sheet, place),) = self.book.defined_names[name].destinations
        found = self.book[sheet][place.replace("$", "")]
        return [list(row) for row in found] if isinstance(found, tuple) else [[found]]

    def __getitem__(self, name: str) -> np.ndarray:
        return np.array([[cell.value for cell in row] for row in self._range(name)], dtype=object)

    def numbers(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        return self[name].astype(float).reshape(shape)

    def put(self, name: str, values: Any) -> None:
        """Type other values into the cells of a name."""
        cells = self._range(name)
        for row, given in zip(cells, np.asarray(values, dtype=object).reshape(len(cells), -1), strict=True):
            for cell, value in zip(row, given, strict=True):
                cell.value = value

    def all_numbers(self) -> dict[str, float]:
        """Every number on every sheet, by its place."""
        return {
            f"{sheet.title}!{cell.coordinate}": float(cell.value)
            for sheet in self.book
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
        }


def type_into(path: Path, changes: Mapping[str, Any], to: Path) -> Path:
    """Write a workbook with other values in named cells, and with no number that was computed before."""
    cells = Cells.of(path, formulas=True)
    for name, values in changes.items():
        cells.put(name, values)
    cells.book.save(to)
    return to
