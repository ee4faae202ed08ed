"""A block: a rectangle of cells that holds one array, and how formulas refer to it.

An array of shape (n, s…, f) is laid out with its last axis across and all others down: n·s rows, f columns.
"""

from dataclasses import dataclass, replace
from math import prod

import numpy as np
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from chainrule._typing import Array


def flat(array: Array) -> np.ndarray:
    """An array as its block holds it: the last axis across, all others down.

    >>> flat(np.zeros((2, 3, 4))).shape, flat(np.zeros(3)).shape
    ((6, 4), (3, 1))
    """
    values = np.asarray(array)
    return values.reshape(-1, values.shape[-1]) if values.ndim > 1 else values.reshape(-1, 1)


@dataclass(frozen=True, eq=False)
class Block:
    """Where an array stands."""

    sheet: str
    top: int
    left: int
    values: np.ndarray
    """The numbers as the engine computed them, in the array's own shape."""
    name: str = ""
    """The defined name of the whole range; empty where it has none."""

    @property
    def rows(self) -> int:
        """How many rows of cells."""
        return flat(self.values).shape[0]

    @property
    def columns(self) -> int:
        """How many columns of cells."""
        return flat(self.values).shape[1]

    @property
    def inner(self) -> int:
        """How many rows of cells one row of the data takes."""
        return prod(self.values.shape[1:-1]) if self.values.ndim > 1 else 1

    def cell(self, row: int, column: int, at: str = "", *, fixed: bool = False) -> str:
        """One cell, ``B5`` or, seen from another sheet than ``at``, ``Forward!B5``."""
        return self._seen_from(at) + xl_rowcol_to_cell(self.top + row, self.left + column, fixed, fixed)

    def element(self, n: int, place: int, at: str = "") -> str:
        """The cell of element ``place`` (all axes of a row as one, the last running fastest) of data row ``n``."""
        return self.cell(n * self.inner + place // self.columns, place % self.columns, at)

    def row(self, row: int, at: str = "") -> str:
        """The cells of one row."""
        return self.range(row, 0, row, self.columns - 1, at)

    def column(self, column: int, at: str = "") -> str:
        """The cells of one column."""
        return self.range(0, column, self.rows - 1, column, at)

    def whole(self, at: str = "") -> str:
        """All cells: by name, where there is one."""
        return self.name or self.range(0, 0, self.rows - 1, self.columns - 1, at)

    def range(self, top: int, left: int, bottom: int, right: int, at: str = "") -> str:
        """Some of the cells."""
        corners = (self.top + top, self.left + left, self.top + bottom, self.left + right)
        return self._seen_from(at) + xl_range_abs(*corners)

    def part(self, start: int, stop: int) -> "Block":
        """Some of the columns, as a block of its own."""
        return replace(self, left=self.left + start, values=self.values[..., start:stop], name="")

    def _seen_from(self, sheet: str) -> str:
        return "" if sheet == self.sheet else f"{self.sheet}!"


_CELL = 3
"""Most letters of a column."""


def tidy(name: str) -> str:
    """A name that a workbook takes for a range: letters, digits and underscores, and not the name of a cell.

    >>> tidy("dense1.weight"), tidy("x1"), tidy("2nd layer.bias"), tidy("R2C")
    ('dense1_weight', 'x1_', '_2nd_layer_bias', 'R2C_')
    """
    text = "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in name)
    text = f"_{text}" if not text or text[0].isdigit() else text
    return f"{text}_" if _is_cell(text) else text


def _is_cell(text: str) -> bool:
    upper = text.upper()
    letters = upper.rstrip("0123456789")
    if letters != upper and letters.isascii() and letters.isalpha() and len(letters) <= _CELL:
        return True
    return not upper.strip("RC0123456789") and upper[0] in "RC" and "_" not in upper
