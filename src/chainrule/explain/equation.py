"""A line as mathematics: its sides, each in pieces between which it can be broken."""

from collections.abc import Iterator
from typing import NamedTuple

from chainrule.explain.digits import Digits
from chainrule.explain.document import Line
from chainrule.explain.tex_math import Letters, Piece, pieces

WIDTH = 76
"""Characters of a row of mathematics."""


class Equation(NamedTuple):
    """What stands left of the first equals sign, and the rows behind it."""

    symbol: str
    rows: list[str]
    """Each begins with its equals sign, or with the sign of a summand."""


def equation(line: Line, digits: Digits, letters: Letters = str) -> Equation:
    r"""The line in LaTeX.

    >>> equation(Line("a", "a", "log(1 + e^z)", 0.5, values={"z": -0.43}), Digits(2))
    Equation(symbol='a', rows=['= \\log(1 + e^{z}) = \\log(1 + e^{-0.43}) = 0.5'])
    """
    names = [*line.values, *(name for term in line.terms for name in term.names)]
    symbol = pieces(line.symbol, names, letters)
    answer = line.answer(*digits)
    sides: list[list[Piece]] = []
    shown: set[str] = set()
    for text in (line.formula, line.numbers(*digits), answer):
        if text and text not in shown:
            shown.add(text)
            sides.append(pieces(text, names, letters))
    width = sum(piece.width for piece in symbol) + sum(piece.width + 3 for side in sides for piece in side)
    if width <= WIDTH:
        rows = [" ".join(f"= {''.join(piece.latex for piece in side)}" for side in sides)]
    else:
        rows = [row for side in sides for row in _rows(side)]
    return Equation("".join(piece.latex for piece in symbol), rows)


def _rows(side: list[Piece]) -> Iterator[str]:
    """One side of the equation, in as many rows as it needs."""
    row, width = "= ", 0
    for piece in side:
        if width and width + piece.width > WIDTH:
            yield row
            row, width = r"\quad", 0
        row += piece.latex
        width += piece.width
    yield row
