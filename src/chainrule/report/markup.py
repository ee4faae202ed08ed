"""Pieces of HTML. Everything that comes from data goes through :func:`chainrule.format.esc`."""

from collections.abc import Iterable, Sequence
from itertools import repeat

from chainrule.format import esc


def section(name: str, title: str, *parts: str, intro: str = "") -> str:
    """A part of the page with its heading; all but the title is HTML."""
    lead = f'<p class="intro">{intro}</p>' if intro else ""
    heading = f'<h2 id="{name}-title">{esc(title)}</h2>'
    return f'<section id="{name}" aria-labelledby="{name}-title">{heading}{lead}{"".join(parts)}</section>'


def figure(title: str, content: str, note: str = "", *, wide: bool = False) -> str:
    """A picture or table with its title above and a note below; content and note are HTML."""
    caption = f"<figcaption>{esc(title)}</figcaption>"
    below = f'<p class="note">{note}</p>' if note else ""
    return f"<figure{' class=wide' if wide else ''}>{caption}{content}{below}</figure>"


def card(*parts: str) -> str:
    """Something on a sheet of its own; the parts are HTML."""
    return f'<div class="card">{"".join(parts)}</div>'


def grid(*figures: str) -> str:
    """Figures side by side where there is room."""
    return f'<div class="grid">{"".join(figures)}</div>' if any(figures) else ""


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, label: str, kind: str = "", stacked: bool = False
) -> str:
    """A table whose first column names the rows; cells are HTML, and may bring their own ``td``.

    A ``stacked`` one stands on a narrow screen with each row's cells below its name, each with its column's name.
    """
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(map(_cell, cells, head[1:] if stacked else repeat("")))}</tr>'
        for first, *cells in rows
    )
    kind = f"{kind} stacked" if stacked else kind
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{esc(label)}"><table class="{kind}">'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(cell: str, name: str) -> str:
    whole = cell if cell.startswith("<td") else f"<td>{cell}</td>"
    return whole.replace("<td", f'<td data-name="{name}"', 1) if name else whole


def pairs(rows: Iterable[tuple[str, str]], kind: str = "") -> str:
    """Names and values, one pair a line; both are HTML."""
    return f"<dl class='{kind}'>{''.join(f'<div><dt>{name}</dt><dd>{value}</dd></div>' for name, value in rows)}</dl>"


def folded(title: str, content: str) -> str:
    """Something that opens on request; the content is HTML."""
    return f"<details><summary>{esc(title)}</summary>{content}</details>"
