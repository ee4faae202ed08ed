"""Tables as text: which rows people see, and every cell written out."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

from chainrule.explain.digits import USUAL, Digits, Words, column
from chainrule.explain.document import Cell, Column, Table


class Written(NamedTuple):
    """The cells that are shown."""

    rows: list[list[str]]
    gap: int | None
    """Before which of the rows some are left out."""
    left: int
    """How many are."""


def write_table(table: Table, digits: Digits = USUAL) -> Written:
    """Write the rows that people see: all, or of many the first and the last.

    >>> write_table(Table((Column("n", "whole"),), ((1,), (2,), (3,), (4,)), most=2))
    Written(rows=[['1'], ['4']], gap=1, left=2)
    """
    rows, gap, left = table.rows, None, 0
    if table.most is not None and len(rows) > table.most:
        first, last = table.most - table.most // 2, table.most // 2
        gap, left = first, len(rows) - table.most
        rows = (*rows[:first], *rows[len(rows) - last :])
    columns = [_column(each, [row[place] for row in rows], digits) for place, each in enumerate(table.columns)]
    return Written([list(cells) for cells in zip(*columns, strict=True)], gap, left)


def left_out(written: Written) -> Words:
    """What is said in the place of the rows that are left out, and how to see them."""
    total = len(written.rows) + written.left
    rows = " more row" if written.left == 1 else " more rows"
    return ("… ", written.left, f"{rows} (most={total} or --most {total} shows all) …")


def _column(head: Column, cells: list[Cell], digits: Digits) -> list[str]:
    if head.kind == "number" and not any(isinstance(cell, str) for cell in cells):
        if head.decimals is not None:
            digits = digits._replace(decimals=head.decimals)
        return column(cast("list[float | None]", cells), *digits)
    return [
        "" if cell is None else str(cell).replace("-", "−") if isinstance(cell, int) else str(cell) for cell in cells
    ]


def blocks(wide: Sequence[int], room: int) -> Iterator[list[int]]:
    """Which columns stand side by side where not all have room: blocks that repeat the first column.

    >>> list(blocks([4, 10, 10, 10], 30))
    [[0, 1, 2], [0, 3]]
    """
    block = [0]
    for place in range(1, len(wide)):
        if len(block) > 1 and sum(wide[each] + 2 for each in block) + wide[place] > room:
            yield block
            block = [0]
        block.append(place)
    yield block


def widths(table: Table, written: Written) -> list[int]:
    """How many characters each column needs."""
    heads = [column.name for column in table.columns]
    return [max(map(len, cells)) for cells in zip(heads, *written.rows, strict=True)]
