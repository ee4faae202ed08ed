"""Rounded as you go, and rounded at the end: both ways side by side, and where they part."""

from collections.abc import Iterable, Iterator

from chainrule.explain.document import Cell, Column, Line, Section, Table
from chainrule.explain.rounding import round_half_up

_MOST = 200
"""Rows of the table that people see."""


def openable(sections: Iterable[Section]) -> frozenset[str]:
    """Names of what the sections work out, so that another worksheet can be made to show the same."""
    return frozenset(line.name for line in _worked_out(sections) if "." in line.name and line.name.endswith("]"))


def rounding_section(taught: Iterable[Section], exact: Iterable[Section], decimals: int) -> Section:
    """Each result of both ways, in the order of the work.

    Args:
        taught: the worksheet of the pass that rounded as it went.
        exact: the worksheet of the pass that rounded nothing, with the same lines.
        decimals: digits after the point.
    """
    at_end = {(line.name, line.formula): _at_end(line, decimals) for line in _worked_out(exact)}
    rows: list[tuple[Cell, ...]] = []
    parting: tuple[str | float, ...] = ()
    for line in _worked_out(taught):
        end = at_end.get((line.name, line.formula))
        if end is None or not isinstance(line.result, float):
            continue
        apart = float(round_half_up(line.result - end, decimals))
        if apart and not parting:
            parting = ("They part first at ", line.name, ": ", line.result, " as you go, ", end, " at the end.")
        rows.append((line.name, line.result, end, apart))
    columns = (
        Column("number", "text"),
        Column("as you go", note="every number rounded before the next is worked out from it"),
        Column("at the end", note="worked out in full, and rounded only here"),
        Column("apart"),
    )
    table = Table(columns, tuple(rows), most=_MOST)
    note = parting or "The two ways agree everywhere."
    return Section("rounding", "Rounded as you go, and at the end", (table,), note)


def _worked_out(sections: Iterable[Section]) -> Iterator[Line]:
    for section in sections:
        for line in section.lines:
            if isinstance(line, Line) and line.symbol and line.formula and not isinstance(line.result, str):
                yield line


def _at_end(line: Line, decimals: int) -> float | None:
    return float(round_half_up(line.result, decimals)) if isinstance(line.result, float) else None
