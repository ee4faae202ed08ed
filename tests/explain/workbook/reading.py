"""Workbooks as they are written, sheet by sheet: the text of their formulas, and what those of single cells give."""

import ast
import datetime as dt
import math
import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
from openpyxl.utils.datetime import to_excel

from chainrule.explain.workbook import make
from chainrule.explain.workbook.book import Book
from chainrule.explain.workbook.data import write_data
from chainrule.explain.workbook.frame import Sheets
from chainrule.explain.workbook.parameters import write_parameters
from explain.workbook.office import Cells


def begun(trace: Any, **options: Any) -> Sheets:
    """A workbook of a trace with the sheets that all others refer to."""
    sheets = Sheets(Book(""), make(trace, **options))
    write_data(sheets)
    write_parameters(sheets)
    return sheets


def read(book: Book) -> tuple[Cells, Cells]:
    """The numbers that a workbook brings along, and its formulas."""
    content = book.content()
    return Cells.of(BytesIO(content)), Cells.of(BytesIO(content), formulas=True)


def formulas(cells: Cells, name: str) -> list[list[Any]]:
    """The formulas of a name's cells, without their equals signs; constants as they are."""
    return [[getattr(cell, "text", cell) for cell in row] for row in cells[name].tolist()]


def place(cells: Cells, name: str) -> str:
    """Where a name stands on its sheet: ``B5``, or ``$B$5:$C$5``."""
    ((_, found),) = cells.book.defined_names[name].destinations
    return found if ":" in found else found.replace("$", "")


FUNCTIONS: dict[str, Any] = {
    "ABS": abs,
    "AND": lambda *parts: all(parts),
    "AVERAGE": np.mean,
    "EXACT": lambda a, b: type(a) is type(b) and a == b,
    "EXP": np.exp,
    "FALSE": False,
    "LN": np.log,
    "MAX": lambda *given: np.max(np.hstack(given)),
    "MIN": lambda *given: np.min(np.hstack(given)),
    "MOD": lambda a, b: a - b * math.floor(a / b),
    "NORMSDIST": lambda z: (1 + math.erf(z / math.sqrt(2))) / 2,
    "OR": lambda *parts: any(parts),
    "PI": lambda: math.pi,
    "SIGN": np.sign,
    "SIN": math.sin,
    "COS": math.cos,
    "SQRT": math.sqrt,
    "SUM": np.sum,
    "SUMPRODUCT": lambda *arrays: np.sum(np.prod(np.broadcast_arrays(*arrays), axis=0)),
    "TANH": math.tanh,
    "TRUE": True,
    "VARP": np.var,
}


class _AsASpreadsheet(ast.NodeTransformer):
    """``IF`` looks at one of its branches alone. A minus before a power binds otherwise there: none may stand so."""

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        return ast.IfExp(*node.args) if node.func.id == "IF" else node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        assert not isinstance(node.operand, ast.BinOp) or not isinstance(node.operand.op, ast.Pow)
        return self.generic_visit(node)


def worked(formula: str, cells: Mapping[str, Any]) -> Any:
    """What a formula gives for the values of cells and ranges; numbers must not overflow on the way.

    >>> float(worked("IF(B5<0,EXP(1000),$C$5^2)", {"B5": 1.0, "C5": 3.0}))
    9.0
    >>> worked('IF(B5="a ""b"" =",1,0)', {"B5": 'a "b" ='})
    1
    """
    parts = re.split(r'("(?:[^"]|"")*")', formula)  # texts are the odd ones
    for at, part in enumerate(parts):
        if at % 2:
            parts[at] = repr(part[1:-1].replace('""', '"'))
        else:
            code = part.replace("$", "").replace("^", "**").replace("<>", "!=")
            parts[at] = re.sub(r"(?<![<>!=])=(?!=)", "==", code)
    text = "".join(parts)
    tree = ast.fix_missing_locations(_AsASpreadsheet().visit(ast.parse(text, mode="eval")))
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        return eval(compile(tree, formula, "eval"), FUNCTIONS, cells)  # type: ignore[arg-type]


class OnSheet(dict[str, Any]):
    """The values of a sheet's cells, each worked out from its formula; gaps are empty texts."""

    def __init__(self, sheet: Any) -> None:
        super().__init__()
        self.sheet = sheet

    def __missing__(self, place: str) -> Any:
        if not re.fullmatch("[A-Z]+[0-9]+", place):
            raise KeyError(place)
        cell = self.sheet[place].value
        if isinstance(cell, str) and cell.startswith("="):
            cell = worked(cell[1:], self)
        if isinstance(cell, dt.date | dt.time):
            cell = to_excel(cell)
        return "" if cell is None else cell
