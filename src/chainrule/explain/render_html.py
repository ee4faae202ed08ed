"""A document as HTML: self-contained, its style under one class, in light and dark."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby

from chainrule.explain.digits import Digits, Words, said
from chainrule.explain.document import (
    HEADINGS,
    Cell,
    Column,
    Document,
    Each,
    Item,
    Line,
    Rest,
    Section,
    Table,
    Term,
    joined,
)
from chainrule.explain.tables import left_out, write_table

EACH = 100
"""So many of the terms or lines that are folded away in one place can be opened."""
ROWS = 1_000
"""So many rows of a table."""
ROOM = 400_000
"""Bytes that all that is folded away may take in one page."""
STYLE = """
.cr-shown { --ink: #1c2430; --soft: #5d6878; --rule: #dfe4ea; --accent: #0b5c8a; --good: #1d6b3a; --bad: #a8200d;
  color: var(--ink); font: 14px/1.5 system-ui, sans-serif; max-width: 68rem; }
@media (prefers-color-scheme: dark) { .cr-shown { --ink: #e4e8ee; --soft: #9aa5b4; --rule: #38414d;
  --accent: #7cc4ee; --good: #7fd19b; --bad: #ff9a8a; } }
.cr-shown h3 { font-size: 1.05rem; margin: 1.4rem 0 .3rem; }
.cr-shown .part { border-top: 1px solid var(--rule); padding: .35rem 0; }
.cr-shown .part > summary { cursor: pointer; font-weight: 600; }
.cr-shown p { margin: .2rem 0 .3rem; color: var(--soft); }
.cr-shown .sheet { overflow-x: auto; }
.cr-shown table { border-collapse: collapse; margin: 0; font-size: 13px; color: inherit; }
.cr-shown th, .cr-shown td { text-align: left; vertical-align: top; padding: .14rem .7rem .14rem 0; border: 0;
  background: none; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-variant-numeric: tabular-nums; }
.cr-shown tr { background: none; }
.cr-shown th { width: 1%; white-space: nowrap; font-weight: 400; color: var(--accent); }
.cr-shown td.result { width: 1%; white-space: nowrap; text-align: right; font-weight: 600;
  padding: .14rem 0 .14rem 1.5rem; }
.cr-shown .formula { color: var(--soft); }
.cr-shown .formula, .cr-shown .numbers { display: block; padding-left: 1.4em; text-indent: -1.4em;
  overflow-wrap: anywhere; }
.cr-shown .term { display: inline-block; white-space: nowrap; text-indent: 0; text-align: left; vertical-align: top; }
.cr-shown .term small { display: block; color: var(--soft); font-size: 11px; line-height: 1.25; }
.cr-shown .rest { display: inline; text-indent: 0; }
.cr-shown .rest > summary { display: inline; cursor: pointer; color: var(--accent); }
.cr-shown .sum { white-space: nowrap; }
.cr-shown .rest > summary::before { content: "▸ "; font-size: .8em; }
.cr-shown .rest[open] > summary::before { content: "▾ "; }
.cr-shown .opened { margin: .25rem 0 .5rem; padding: .2rem 0 .2rem .8rem; border-left: 2px solid var(--rule); }
.cr-shown .opened .term { margin-right: 1.2em; }
.cr-shown .note { color: var(--soft); font: italic 12px/1.5 system-ui, sans-serif; }
.cr-shown figure { margin: .6rem 0; }
.cr-shown figcaption { font-weight: 600; }
.cr-shown figure svg { max-width: 100%; height: auto; }
.cr-shown .cells .number { text-align: right; white-space: nowrap; }
.cr-shown .cells .text { font-family: inherit; }
.cr-shown .cells th { width: auto; border-bottom: 1px solid var(--rule); }
.cr-shown .good { color: var(--good); }
.cr-shown .bad { color: var(--bad); font-weight: 600; }
@media screen and (max-width: 40rem) {
  .cr-shown .sheet > table:not(.cells), .cr-shown .sheet > table:not(.cells) > tbody { display: block; }
  .cr-shown .sheet > table:not(.cells) tr { display: grid; grid-template-columns: 1fr auto; padding: .2rem 0; }
  .cr-shown .sheet > table:not(.cells) td { grid-column: 1 / -1; overflow-wrap: anywhere; padding: 0 0 .14rem; }
  .cr-shown .sheet > table:not(.cells) th { width: auto; white-space: normal; overflow-wrap: anywhere; padding: 0; }
  .cr-shown .sheet > table:not(.cells) td.result { grid-area: 1 / 2; width: auto; padding: 0 0 0 .8rem; }
}
"""


def to_html(document: Document) -> str:
    """The fragment: one ``div`` with its style inside."""
    title = f"{document.title}: {document.label}" if document.label else document.title
    pieces = [f'<div class="cr-shown"><style>{STYLE}</style>', f"<h3>{escape(title)}</h3>"]
    writer = _Writer(document.digits)
    part = ""
    for section in document.sections:
        heading = HEADINGS.get(section.part, "")
        if heading and section.part != part:
            pieces.append(f"<h3>{heading}</h3>")
        part = section.part
        pieces.append(writer.section(section))
    kind = "good" if document.agrees else "bad"
    pieces.append(f"{writer.note(document.verdict, kind)}</div>")
    return "\n".join(pieces)


def to_page(document: Document) -> str:
    """A page of its own."""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    title = f"<title>{escape(document.title)}</title>"
    style = "<style>:root { color-scheme: light dark; }</style>"
    return f'<!doctype html><html lang="en"><head>{head}{title}{style}</head><body>{to_html(document)}</body></html>\n'


@dataclass
class _Writer:
    """One page while it is written."""

    digits: Digits
    room: int = ROOM
    """Bytes that are left for what is folded away."""

    def note(self, words: Words, kind: str = "") -> str:
        name = f' class="{kind}"' if kind else ""
        return "".join(f"<p{name}>{escape(text)}</p>" for text in said(words, *self.digits).splitlines())

    def section(self, section: Section) -> str:
        pieces = [self.note(section.note)]
        for are_lines, items in groupby(section.lines, lambda item: isinstance(item, Line)):
            content = "\n".join(map(self.item, items))
            pieces.append(f'<div class="sheet"><table>{content}</table></div>' if are_lines else content)
        content = "\n".join(pieces)
        if not section.title:
            return content
        return f'<details open class="part"><summary>{escape(section.title)}</summary>{content}</details>'

    def item(self, item: Item) -> str:
        """A row of a table of lines, or a picture or a table with its title above it."""
        if isinstance(item, Line):
            return self.line(item)
        title = f"<figcaption>{escape(item.title)}</figcaption>" if item.title else ""
        if isinstance(item, Table):
            return f"<figure>{title}{self.table(item)}</figure>"
        return f'<figure role="img" aria-label="{escape(item.text)}">{title}{item.svg}</figure>'

    # -- what is folded away

    def folded(self, summary: str, rest: Rest[Each], write: Callable[[Each], str]) -> str:
        """The summary, which opens the terms or lines that it stands for."""
        return self.opened(summary, rest.count, map(write, rest.first(EACH)), " ".join, _MORE)

    def opened(
        self, summary: str, count: int, texts: Iterable[str], whole: Callable[[list[str]], str], more: str
    ) -> str:
        """The summary, which opens texts, as many of them as there is room for; ``more`` says how to see the others."""
        written: list[str] = []
        for text in texts:
            if len(text) > self.room:
                break
            self.room -= len(text)
            written.append(text)
        if not written:
            return summary
        left = count - len(written)
        others = self.note((left, " more. ", more)) if left else ""
        return (
            f'<details class="rest"><summary>{summary}</summary>'
            f'<div class="opened">{whole(written)}{others}</div></details>'
        )

    # -- tables

    def table(self, table: Table) -> str:
        written = write_table(table, self.digits)
        rows = [_row(table, row) for row in written.rows]
        if written.gap is not None:
            rows.insert(written.gap, _across(table, said(left_out(written), *self.digits)))
        below = "".join(self.note(f"{column.name}: {column.note}") for column in table.columns if column.note)
        below += self.note(table.note)
        if table.rest is not None:
            below += self.rows(" more rows, one by one", table, table.rest.count, tuple(table.rest.first(ROWS)))
        if written.gap is not None:
            below += self.rows(" rows, all of them", table, len(table.rows), table.rows[:ROWS])
        return _table(table, "".join(rows)) + below

    def rows(self, what: str, table: Table, count: int, rows: tuple[tuple[Cell, ...], ...]) -> str:
        """A table of rows, to open."""
        written = write_table(replace(table, rows=rows, most=None), self.digits).rows
        texts = (_row(table, row) for row in written)
        summary = said((count, what), *self.digits)
        return self.opened(summary, count, texts, lambda texts: _table(table, "".join(texts)), "JSON has them all.")

    # -- lines

    def line(self, line: Line) -> str:
        note = escape(said(line.note, *self.digits))
        if not line.symbol:
            remark = f'<span class="note">{note}</span>'
            if line.rest is not None:
                remark = self.folded(remark, line.rest, lambda lines: " ".join(map(self.brief, lines)))
            return f'<tr><td colspan="3">{remark}</td></tr>'
        formula, numbers, answer = line.formula, line.numbers(*self.digits), line.answer(*self.digits)
        middle = f'<span class="formula">= {escape(formula)}</span>' if formula and formula != answer else ""
        if numbers and numbers not in (formula, answer):
            middle += f'<div class="numbers">= {self.terms(line) if line.terms else escape(numbers)}</div>'
        if note:
            middle += f'<span class="note">{note}</span>'
        return f'<tr><th>{escape(line.symbol)}</th><td>{middle}</td><td class="result">= {escape(answer)}</td></tr>'

    def brief(self, line: Line) -> str:
        """A line that was left out, by its result."""
        return f'<span class="term">{escape(line.symbol)} = {escape(line.answer(*self.digits))}</span>'

    def terms(self, line: Line) -> str:
        """Summands, never broken across lines, and below each what it is made of where the formula does not say it."""

        def written(term: Term, first: bool = False) -> str:
            text = term.numbers(*self.digits)
            name = term.label or (term.formula if term.count == 1 and term.formula not in line.formula else "")
            below = f"<small>{escape(name)}</small>" if name and name != text else ""
            shown = escape(text if first else joined(text)[1:])
            if term.rest is not None:
                return self.folded(f'<span class="sum">{shown}</span>', term.rest, written)
            return f'<span class="term">{shown}{below}</span>'

        return " ".join(written(term, place == 0) for place, term in enumerate(line.terms))


_MORE = "The largest come first. Python's open=, lines= and terms= show more, and so do --open and --most."


def _table(table: Table, rows: str) -> str:
    heads = "".join(f'<th scope="col" class="{_kind(column)}">{escape(column.name)}</th>' for column in table.columns)
    content = f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>"
    return f'<div class="sheet"><table class="cells">{content}</table></div>'


def _row(table: Table, cells: Iterable[str]) -> str:
    written = zip(cells, table.columns, strict=True)
    return "<tr>" + "".join(f'<td class="{_kind(column)}">{escape(cell)}</td>' for cell, column in written) + "</tr>"


def _across(table: Table, text: str) -> str:
    return f'<tr><td colspan="{len(table.columns)}" class="text"><span class="note">{text}</span></td></tr>'


def _kind(column: Column) -> str:
    return "text" if column.kind == "text" else "number"
