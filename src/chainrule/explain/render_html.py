"""A document as HTML: self-contained, its style under one class, in light and dark."""

from html import escape
from itertools import groupby

from chainrule.explain.digits import Digits, Words, said
from chainrule.explain.document import HEADINGS, Document, Item, Line, Section, Table, joined
from chainrule.explain.tables import write_table

STYLE = """
.cr-shown { --ink: #1c2430; --soft: #5d6878; --rule: #dfe4ea; --accent: #0b5c8a; --good: #1d6b3a; --bad: #a8200d;
  color: var(--ink); font: 14px/1.5 system-ui, sans-serif; max-width: 68rem; }
@media (prefers-color-scheme: dark) { .cr-shown { --ink: #e4e8ee; --soft: #9aa5b4; --rule: #38414d;
  --accent: #7cc4ee; --good: #7fd19b; --bad: #ff9a8a; } }
.cr-shown h3 { font-size: 1.05rem; margin: 1.4rem 0 .3rem; }
.cr-shown details { border-top: 1px solid var(--rule); padding: .35rem 0; }
.cr-shown summary { cursor: pointer; font-weight: 600; }
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
.cr-shown .term { white-space: nowrap; }
.cr-shown .note { color: var(--soft); font: italic 12px/1.5 system-ui, sans-serif; }
.cr-shown figure { margin: .6rem 0; }
.cr-shown figcaption { font-weight: 600; }
.cr-shown figure svg { max-width: 100%; height: auto; }
.cr-shown .cells .number { text-align: right; white-space: nowrap; }
.cr-shown .cells .text { font-family: inherit; }
.cr-shown .cells th { width: auto; border-bottom: 1px solid var(--rule); }
.cr-shown .good { color: var(--good); }
.cr-shown .bad { color: var(--bad); font-weight: 600; }
"""


def to_html(document: Document) -> str:
    """The fragment: one ``div`` with its style inside."""
    title = f"{document.title}: {document.label}" if document.label else document.title
    pieces = [f'<div class="cr-shown"><style>{STYLE}</style>', f"<h3>{escape(title)}</h3>"]
    part = ""
    for section in document.sections:
        heading = HEADINGS.get(section.part, "")
        if heading and section.part != part:
            pieces.append(f"<h3>{heading}</h3>")
        part = section.part
        pieces.append(_section(section, document.digits))
    kind = "good" if document.agrees else "bad"
    pieces.append(f"{_note(document.verdict, document.digits, kind)}</div>")
    return "\n".join(pieces)


def to_page(document: Document) -> str:
    """A page of its own."""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    title = f"<title>{escape(document.title)}</title>"
    style = "<style>:root { color-scheme: light dark; }</style>"
    return f'<!doctype html><html lang="en"><head>{head}{title}{style}</head><body>{to_html(document)}</body></html>\n'


def _note(words: Words, digits: Digits, kind: str = "") -> str:
    name = f' class="{kind}"' if kind else ""
    return "".join(f"<p{name}>{escape(text)}</p>" for text in said(words, *digits).splitlines())


def _section(section: Section, digits: Digits) -> str:
    note = _note(section.note, digits)
    pieces: list[str] = []
    for are_lines, items in groupby(section.lines, lambda item: isinstance(item, Line)):
        content = "\n".join(_item(item, digits) for item in items)
        pieces.append(f'<div class="sheet"><table>{content}</table></div>' if are_lines else content)
    content = note + "\n".join(pieces)
    return f"<details open><summary>{escape(section.title)}</summary>{content}</details>" if section.title else content


def _item(item: Item, digits: Digits) -> str:
    """A row of a table of lines, or a picture or a table with its title above it."""
    if isinstance(item, Line):
        return _line(item, digits)
    title = f"<figcaption>{escape(item.title)}</figcaption>" if item.title else ""
    if isinstance(item, Table):
        return f"<figure>{title}{_table(item, digits)}</figure>"
    return f'<figure role="img" aria-label="{escape(item.text)}">{title}{item.svg}</figure>'


def _table(table: Table, digits: Digits) -> str:
    kinds = ["text" if column.kind == "text" else "number" for column in table.columns]
    heads = "".join(
        f'<th scope="col" class="{kind}">{escape(column.name)}</th>'
        for column, kind in zip(table.columns, kinds, strict=True)
    )
    written = write_table(table, digits)
    rows = [
        "<tr>"
        + "".join(f'<td class="{kind}">{escape(cell)}</td>' for cell, kind in zip(row, kinds, strict=True))
        + "</tr>"
        for row in written.rows
    ]
    if written.gap is not None:
        more = said(("… ", written.left, " more rows …"), *digits)
        rows.insert(
            written.gap, f'<tr><td colspan="{len(kinds)}" class="text"><span class="note">{more}</span></td></tr>'
        )
    notes = "".join(_note(f"{column.name}: {column.note}", digits) for column in table.columns if column.note)
    content = f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="sheet"><table class="cells">{content}</table></div>{notes}{_note(table.note, digits)}'


def _line(line: Line, digits: Digits) -> str:
    note = escape(said(line.note, *digits))
    if not line.symbol:
        return f'<tr><td colspan="3"><span class="note">{note}</span></td></tr>'
    formula, numbers, answer = line.formula, line.numbers(*digits), line.answer(*digits)
    middle = f'<span class="formula">= {escape(formula)}</span>' if formula and formula != answer else ""
    if numbers and numbers not in (formula, answer):
        middle += f'<span class="numbers">= {_terms(line, digits) if line.terms else escape(numbers)}</span>'
    if note:
        middle += f'<span class="note">{note}</span>'
    return f'<tr><th>{escape(line.symbol)}</th><td>{middle}</td><td class="result">= {escape(answer)}</td></tr>'


def _terms(line: Line, digits: Digits) -> str:
    """Summands, each with what it is made of as its tooltip, and never broken across lines."""
    pieces: list[str] = []
    for place, term in enumerate(line.terms):
        text = term.numbers(*digits)
        text = text if place == 0 else joined(text)[1:]
        hint = ": ".join(dict.fromkeys(filter(None, (term.label, "" if term.count > 1 else term.formula))))
        pieces.append(f'<span class="term" title="{escape(hint)}">{escape(text)}</span>')
    return " ".join(pieces)
