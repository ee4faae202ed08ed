"""A worksheet as a fragment of HTML: self-contained, its style under one class, in light and dark."""

from html import escape
from typing import TYPE_CHECKING

from chainrule.explain.document import Line, Section, joined
from chainrule.explain.render_text import PARTS

if TYPE_CHECKING:
    from chainrule.explain.worksheet import Worksheet

STYLE = """
.cr-worksheet { --ink: #1c2430; --soft: #5d6878; --rule: #dfe4ea; --accent: #0b5c8a; --good: #1d6b3a; --bad: #a8200d;
  color: var(--ink); font: 14px/1.5 system-ui, sans-serif; max-width: 68rem; }
@media (prefers-color-scheme: dark) { .cr-worksheet { --ink: #e4e8ee; --soft: #9aa5b4; --rule: #38414d;
  --accent: #7cc4ee; --good: #7fd19b; --bad: #ff9a8a; } }
.cr-worksheet h3 { font-size: 1.05rem; margin: 1.4rem 0 .3rem; }
.cr-worksheet details { border-top: 1px solid var(--rule); padding: .35rem 0; }
.cr-worksheet summary { cursor: pointer; font-weight: 600; }
.cr-worksheet p { margin: .2rem 0 .3rem; color: var(--soft); }
.cr-worksheet .sheet { overflow-x: auto; }
.cr-worksheet table { border-collapse: collapse; margin: 0; font-size: 13px; color: inherit; }
.cr-worksheet th, .cr-worksheet td { text-align: left; vertical-align: top; padding: .14rem .7rem .14rem 0; border: 0;
  background: none; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-variant-numeric: tabular-nums; }
.cr-worksheet tr { background: none; }
.cr-worksheet th { width: 1%; white-space: nowrap; font-weight: 400; color: var(--accent); }
.cr-worksheet td.result { width: 1%; white-space: nowrap; text-align: right; font-weight: 600;
  padding: .14rem 0 .14rem 1.5rem; }
.cr-worksheet .formula { color: var(--soft); }
.cr-worksheet .formula, .cr-worksheet .numbers { display: block; padding-left: 1.4em; text-indent: -1.4em;
  overflow-wrap: anywhere; }
.cr-worksheet .term { white-space: nowrap; }
.cr-worksheet .note { color: var(--soft); font: italic 12px/1.5 system-ui, sans-serif; }
.cr-worksheet .good { color: var(--good); }
.cr-worksheet .bad { color: var(--bad); font-weight: 600; }
"""


def to_html(worksheet: "Worksheet") -> str:
    """The fragment: one ``div`` with its style inside."""
    pieces = [f'<div class="cr-worksheet"><style>{STYLE}</style>', f"<h3>Worksheet: {escape(worksheet.label)}</h3>"]
    part = ""
    for section in worksheet.sections:
        heading = PARTS[section.part]
        if heading and section.part != part:
            pieces.append(f"<h3>{heading}</h3>")
        part = section.part
        pieces.append(_section(section, worksheet.decimals))
    verdict = "good" if worksheet.agrees else "bad"
    pieces.append(f'<p class="{verdict}">{escape(worksheet.verdict)}</p></div>')
    return "\n".join(pieces)


def _section(section: Section, decimals: int) -> str:
    note = f"<p>{escape(section.note)}</p>" if section.note else ""
    if not section.title:
        return note
    rows = "\n".join(_line(line, decimals) for line in section.lines)
    table = f'<div class="sheet"><table>{rows}</table></div>' if rows else ""
    return f"<details open><summary>{escape(section.title)}</summary>{note}{table}</details>"


def _line(line: Line, decimals: int) -> str:
    if not line.symbol:
        return f'<tr><td colspan="3"><span class="note">{escape(line.note)}</span></td></tr>'
    formula, numbers, answer = line.formula, line.numbers(decimals), line.answer(decimals)
    middle = f'<span class="formula">= {escape(formula)}</span>' if formula and formula != answer else ""
    if numbers and numbers not in (formula, answer):
        middle += f'<span class="numbers">= {_terms(line, decimals) if line.terms else escape(numbers)}</span>'
    if line.note:
        middle += f'<span class="note">{escape(line.note)}</span>'
    return f'<tr><th>{escape(line.symbol)}</th><td>{middle}</td><td class="result">= {escape(answer)}</td></tr>'


def _terms(line: Line, decimals: int) -> str:
    """Summands, each with what it is made of as its tooltip, and never broken across lines."""
    pieces: list[str] = []
    for place, term in enumerate(line.terms):
        text = term.numbers(decimals)
        text = text if place == 0 else joined(text)[1:]
        hint = ": ".join(dict.fromkeys(filter(None, (term.label, "" if term.count > 1 else term.formula))))
        pieces.append(f'<span class="term" title="{escape(hint)}">{escape(text)}</span>')
    return " ".join(pieces)
