"""How the numbers of an explanation are written: how many digits, point or comma, in columns and in sentences."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from chainrule.format import DECIMALS, number


class Digits(NamedTuple):
    """How numbers are written."""

    decimals: int = DECIMALS
    """At most so many digits after the point."""
    comma: bool = False
    """Whether the point is a comma, as in most of Europe."""
    fixed: bool = False
    """Whether small numbers are rounded like all others, and not written with a power of ten."""


USUAL = Digits()

Words: TypeAlias = str | tuple[str | int | float, ...]
"""Text, or pieces of it, where some are numbers that are written like all others: ``(47, " more, at most ", 0.5)``."""


def column(
    values: Sequence[float | None], decimals: int = DECIMALS, comma: bool = False, fixed: bool = False
) -> list[str]:
    """Write numbers that stand below one another, all with as many digits as the one that needs most.

    >>> column([0.25, -1.0, None, 0.0, 2e-9])
    ['0.25', '−1.00', '', '0', '2e−09']
    """
    texts = ["" if value is None else number(value, decimals, fixed=fixed) for value in values]
    plain = [text for text in texts if text[-1:].isdigit() and "e" not in text]
    most = max((len(text.partition(".")[2]) for text in plain), default=0)
    written: list[str] = []
    for text in texts:
        whole, _, part = text.partition(".")
        if most and text != "0" and text[-1:].isdigit() and "e" not in text:
            text = f"{whole}.{part.ljust(most, '0')}"
        written.append(text.replace(".", ",") if comma else text)
    return written


def usual_decimals(values: Iterable[float], figures: int = 4) -> int:
    """How many decimals show so many figures of a number of middling size, and at least two of the smallest.

    >>> usual_decimals([-0.1374, 2.3732, -15.7213]), usual_decimals([48211.7, 51000.0]), usual_decimals([2e-05, 3e-05])
    (3, 0, 6)
    """
    sizes = sorted(abs(value) for value in values if math.isfinite(value) and value)
    if not sizes:
        return DECIMALS
    needed = figures - 1 - math.floor(math.log10(sizes[len(sizes) // 2])), 1 - math.floor(math.log10(sizes[0]))
    return min(max(*needed, 0), DECIMALS)


def said(words: Words, decimals: int = DECIMALS, comma: bool = False, fixed: bool = False) -> str:
    """Text with its numbers written out, whole ones with their thousands apart.

    >>> said((1234, " more, at most ", 0.5, " in size"), comma=True)
    '1.234 more, at most 0,5 in size'
    """
    if isinstance(words, str):
        return words
    pieces: list[str] = []
    for piece in words:
        if isinstance(piece, int):
            pieces.append(f"{piece:,}".replace(",", "." if comma else ","))
        else:
            pieces.append(piece if isinstance(piece, str) else number(piece, decimals, comma, fixed))
    return "".join(pieces)
