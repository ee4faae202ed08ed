"""What stands in the rows that figures list."""

from collections.abc import Sequence
from typing import Any

from chainrule.format import clip, count, esc, is_number, number
from chainrule.report.material import Answers

MOST = 6
"""Columns that stand beside a row's answer."""


def row_cells(answers: Answers, places: Sequence[int]) -> tuple[list[str], list[list[str]], str]:
    """Names of the columns, each row's cells as HTML, and what is not listed; nothing where no cells are kept."""
    names = list(next(iter(answers.cells.values()), {}))
    shown, more = names[:MOST], len(names) - MOST
    cells = [[cell_text(answers.cells.get(answers.rows[i], {}).get(name)) for name in shown] for i in places]
    left = f" {count(more, 'more column')} {'is' if more == 1 else 'are'} not listed." if more > 0 else ""
    return [esc(clip(name, 24)) for name in shown], cells, left


def cell_text(value: Any) -> str:
    """A cell as HTML."""
    if value is None:
        return '<span class="muted">empty</span>'
    return number(value, 8) if is_number(value) else esc(clip(value, 80))
