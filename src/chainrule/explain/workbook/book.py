"""The workbook while it is written: its sheets, names and looks, and the one way in which arrays come onto a sheet."""

from collections.abc import Callable, Sequence
from io import BytesIO
from math import ceil
from typing import Any, Literal, TypeAlias

import numpy as np
import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from chainrule._typing import Array
from chainrule.explain.workbook.block import Block, flat, tidy

Kind: TypeAlias = Literal["input", "fixed", "computed", "result"]
"""What a cell is: there to be changed, a constant, computed, or one of the results."""
CellFormula: TypeAlias = Callable[[int, int], str]
"""The formula of the cell in a row and a column of a block."""

_NUMBER = "0.000000;-0.000000;0"
_BASE: dict[str, Any] = {"font_name": "Calibri", "font_size": 11, "valign": "vcenter"}
_EDGE: dict[str, Any] = {"border": 1, "border_color": "#D5DAE1"}
LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 18, "font_color": "#1F3A5F"},
    "intro": {"font_color": "#4A5568", "italic": True},
    "section": {"bold": True, "font_size": 13, "font_color": "#FFFFFF", "bg_color": "#1F3A5F"},
    "symbol": {"bold": True, "font_color": "#1F3A5F"},
    "note": {"font_color": "#4A5568", "italic": True},
    "aside": {"font_color": "#4A5568", "italic": True, "indent": 1},
    "head": {"bold": True, "bg_color": "#E8EDF3", "align": "center", "text_wrap": True, **_EDGE},
    "side": {"bg_color": "#F3F5F8", **_EDGE},
    "text": {"text_wrap": True, "valign": "top"},
    "link": {"font_color": "#1D5FBF", "underline": 1, "indent": 1},
    "input": {"font_color": "#0000FF", "bg_color": "#FFF6CC", "num_format": "General", **_EDGE},
    "entry": {"font_color": "#0000FF", "bg_color": "#FFF6CC", "align": "center", **_EDGE},
    "fixed": {"font_color": "#4A5568", "bg_color": "#F3F5F8", "num_format": "General", "align": "right", **_EDGE},
    "computed": {"num_format": _NUMBER, **_EDGE},
    "result": {"num_format": _NUMBER, "bold": True, "bg_color": "#DFF3E4", **_EDGE},
    "small": {"num_format": "0.00E+00"},
    "whole": {"num_format": "0"},
}
WIDE = 12.5
"""Width of a column of numbers, in characters."""


class Book:
    """A workbook that is being written; :meth:`content` is the file."""

    def __init__(self, title: str) -> None:
        self._content = BytesIO()
        self.file = xlsxwriter.Workbook(
            self._content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self.file.set_properties({"title": title, "comments": "Written by chainrule. Every number is a live formula."})
        self.file.set_calc_mode("auto")
        self.looks = {name: self.file.add_format(_BASE | look) for name, look in LOOKS.items()}
        self.looks["date"] = self.file.add_format(_BASE | LOOKS["input"] | {"num_format": "yyyy-mm-dd"})
        self.looks["moment"] = self.file.add_format(_BASE | LOOKS["input"] | {"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.looks["clock"] = self.file.add_format(_BASE | LOOKS["input"] | {"num_format": "hh:mm:ss"})
        self._taken: set[str] = set()
        self.names: dict[str, str] = {}
        """Every defined name and the range it stands for."""

    def sheet(self, name: str, title: str, intro: str, tab: str = "#1F3A5F") -> "Sheet":
        """Add a sheet."""
        return Sheet(self, name, title, intro, tab)

    def name(self, wanted: str, place: str) -> str:
        """Define a name for a range, as near to the one wanted as a workbook takes."""
        name, count = tidy(wanted), 1
        while name.lower() in self._taken:
            count += 1
            name = f"{tidy(wanted)}_{count}"
        self._taken.add(name.lower())
        self.file.define_name(name, f"={place}")
        self.names[name] = place
        return name

    def content(self) -> bytes:
        """Finish, and return the file."""
        self.file.close()
        return self._content.getvalue()


class Sheet:
    """One sheet, written from top to bottom."""

    def __init__(self, book: Book, name: str, title: str, intro: str, tab: str) -> None:
        self.book, self.name = book, name
        self.page = book.file.add_worksheet(name)
        self.page.hide_gridlines(2)
        self.page.set_tab_color(tab)
        self.page.set_column(0, 0, 26)
        self.page.set_column(1, 16_383, WIDE)
        self.page.set_landscape()
        self.page.set_paper(9)
        self.page.fit_to_pages(1, 0)
        self.page.set_footer("&L&A&C&F&RPage &P of &N")
        self.page.set_row(0, 28)
        self.page.write_string(0, 0, title, book.looks["title"])
        self.page.write_string(1, 0, intro, book.looks["intro"])
        self.page.freeze_panes(2, 1)
        self.page.repeat_rows(0, 1)
        self.line = 3
        """The next row that is free."""

    def section(self, title: str, note: str = "") -> None:
        """A band with the title of what follows."""
        for column in range(12):
            self.page.write_blank(self.line, column, None, self.book.looks["section"])
        self.page.write_string(self.line, 0, title, self.book.looks["section"])
        self.line += 1
        if note:
            self.say(note)

    def say(self, text: str) -> None:
        """A line of words."""
        self.page.write_string(self.line, 0, text, self.book.looks["note"])
        self.line += 1

    def put(
        self,
        symbol: str,
        values: Array,
        formula: str | CellFormula | None = None,
        *,
        name: str = "",
        note: str = "",
        kind: Kind | None = None,
        across: Sequence[str] | None = None,
        down: Sequence[str] | None = None,
    ) -> Block:
        """Write an array with its symbol above it, labels around it and a formula in every cell; return its block.

        Args:
            symbol: what it is called on the sheet.
            values: the numbers, as the engine computed them; what a viewer that does not recalculate shows.
            formula: one array formula for the whole, or what makes the formula of each cell; None for constants.
            name: the name to define for the range.
            note: words beside the symbol.
            kind: how it looks; by default ``"input"`` without a formula, else ``"computed"``.
            across: labels of the columns.
            down: labels of the rows.
        """
        block = self.next_block(values)
        self.page.write_string(self.line, 0, symbol, self.book.looks["symbol"])
        self.page.write_string(self.line, 1, note, self.book.looks["note"])
        shape = np.shape(values)[1:]
        self.heads(self.line + 1, across or labels(shape[-1:] if len(shape) else ()))
        for row, label in enumerate(down or row_labels(len(block.values), shape[:-1])):
            self.page.write_string(block.top + row, 0, label, self.book.looks["side"])
        self.fill(block, formula, kind)
        self.line = block.top + block.rows + 1
        return self.named(block, name)

    def next_block(self, values: Array) -> Block:
        """Where :meth:`put` will write an array next; for formulas that refer to other cells of the same array."""
        return Block(self.name, self.line + 2, 1, np.asarray(values, dtype=np.float64))

    def heads(self, line: int, labels: Sequence[str], corner: str = "") -> None:
        """Headings of columns."""
        for column, label in enumerate((corner, *labels)):
            self.page.write_string(line, column, label, self.book.looks["head"])
        lines = max(ceil(len(label) / (WIDE - 2)) for label in (corner, *labels))
        if lines > 1:
            self.page.set_row(line, 15 * lines)

    def named(self, block: Block, name: str) -> Block:
        """The block with a name for its range, where one is wanted."""
        if not name:
            return block
        place = f"{block.sheet}!" + block.range(0, 0, block.rows - 1, block.columns - 1, block.sheet)
        return Block(block.sheet, block.top, block.left, block.values, self.book.name(name, place))

    def fill(self, block: Block, formula: str | CellFormula | None, kind: Kind | None = None) -> None:
        """Write the cells of a block."""
        look = self.book.looks[kind or ("input" if formula is None else "computed")]
        if isinstance(formula, str):
            last = (block.top + block.rows - 1, block.left + block.columns - 1)
            first = cached(flat(block.values)[0, 0])
            self.page.write_array_formula(block.top, block.left, *last, "{=" + formula + "}", look, first)
        for row, numbers in enumerate(flat(block.values).tolist()):
            for column, number in enumerate(numbers):
                place = (block.top + row, block.left + column)
                if callable(formula):
                    self.page.write_formula(*place, "=" + formula(row, column), look, cached(number))
                elif formula is None or row or column:  # the first cell of an array formula holds it
                    self.page.write(*place, cached(number), look)
        if formula is not None:
            self._show(block)

    def value(
        self,
        label: str,
        value: float,
        formula: str | None = None,
        *,
        name: str = "",
        note: str = "",
        kind: Kind | None = None,
    ) -> Block:
        """A line with one number."""
        block = Block(self.name, self.line, 1, np.array([[value]], dtype=np.float64))
        self.page.write_string(self.line, 0, label, self.book.looks["side"])
        self.page.write_string(self.line, 2, note, self.book.looks["aside"])
        self.fill(block, None if formula is None else lambda *_: formula, kind)
        self.line += 1
        return self.named(block, name)

    def _show(self, block: Block) -> None:
        """Show whole numbers as such, and numbers that would round to 0 with their exponent."""
        first = xl_rowcol_to_cell(block.top, block.left)
        last = (block.top + block.rows - 1, block.left + block.columns - 1)
        for condition, look in ((f"{first}=INT({first})", "whole"), (f"ABS({first})<0.00005", "small")):
            rule = {
                "type": "formula",
                "criteria": f"=IF(ISNUMBER({first}),{condition},FALSE)",
                "format": self.book.looks[look],
                "stop_if_true": True,
            }
            self.page.conditional_format(block.top, block.left, *last, rule)


def cached(number: float) -> Any:
    """A number as a file holds it; what is not finite is an error there."""
    return float(number) if np.isfinite(number) else "#NUM!"


def labels(shape: Sequence[int]) -> list[str]:
    """Labels of the columns of an array's last axis."""
    return [f"[{place}]" for place in range(shape[0])] if shape else ["value"]


def row_labels(rows: int, axes: Sequence[int]) -> list[str]:
    """Labels of a block's rows: the row of the data, and the place in it where there are axes between.

    >>> row_labels(1, ()), row_labels(1, (2,))
    (['row 1'], ['row 1 [0]', 'row 1 [1]'])
    """
    places = [f" [{', '.join(map(str, place))}]" for place in np.ndindex(*axes)] if axes else [""]
    return [f"row {row}{place}" for row in range(1, rows + 1) for place in places]
