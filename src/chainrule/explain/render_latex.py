r"""A document as LaTeX: a fragment to ``\input``, or a whole document that compiles."""

from collections.abc import Iterator
from itertools import groupby

from chainrule.explain.digits import Digits, Words, said
from chainrule.explain.document import HEADINGS, Document, Line, Picture, Section, Table
from chainrule.explain.equation import WIDTH, equation
from chainrule.explain.tables import blocks, left_out, widths, write_table
from chainrule.explain.tex_math import number, pieces
from chainrule.explain.tex_text import OTHER, tex

NEEDED = "% needs the packages amsmath, array, booktabs and longtable"
_HEAD = r"""\documentclass[11pt,fleqn]{article}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[T1]{fontenc}
  \usepackage[utf8]{inputenc}
  \usepackage{lmodern}
\else
  \usepackage{fontspec}
\fi
\usepackage{amsmath,array,booktabs,longtable}
\usepackage[a4paper,margin=2cm]{geometry}
\setlength{\parindent}{0pt}
\setlength{\parskip}{.4em}
\begin{document}
"""
_WORDS = 48
"""Characters of a column of text that is wider than this are broken into lines."""


def to_latex(document: Document) -> str:
    """The fragment."""
    title = f"{document.title}: {document.label}" if document.label else document.title
    rows = [rf"\subsection*{{{tex(title)}}}"]
    part = ""
    for section in document.sections:
        heading = HEADINGS.get(section.part, "")
        if heading and section.part != part:
            rows.append(rf"\subsubsection*{{{tex(heading)}}}")
        part = section.part
        rows += _section(section, document.digits)
    rows += _note(document.verdict, document.digits, r"\emph" if document.agrees else r"\textbf")
    body = "\n".join(rows)
    needed = [NEEDED, OTHER] if r"\anyletter" in body else [NEEDED]
    return "\n".join([*needed, "{\\allowdisplaybreaks", body, "}"]) + "\n"


def to_document(document: Document) -> str:
    """The whole document."""
    return f"{_HEAD}{to_latex(document)}\\end{{document}}\n"


def _section(section: Section, digits: Digits) -> Iterator[str]:
    if section.title:
        yield rf"\paragraph*{{{tex(section.title)}}}\mbox{{}}"
    yield from _note(section.note, digits, r"\emph")
    for are_equations, items in groupby(section.lines, lambda item: isinstance(item, Line) and bool(item.symbol)):
        if are_equations:
            lines = [item for item in items if isinstance(item, Line)]
            yield r"\begin{align*}"
            yield " \\\\\n".join(row for line in lines for row in _line(line, digits))
            yield r"\end{align*}"
            continue
        for item in items:
            if isinstance(item, Table):
                yield from _table(item, digits)
            elif isinstance(item, Picture):
                yield from _note(item.title, digits, r"\textbf")
                yield from _note(item.text, digits, r"\emph")
            else:
                yield from _note(item.note, digits, r"\emph")


def _note(words: Words, digits: Digits, how: str) -> Iterator[str]:
    """Sentences; what is an equation in them is set as one."""
    for paragraph in said(words, *digits).splitlines():
        if paragraph:
            yield "\n" + "; ".join(_remark(part, how) for part in paragraph.split("; ")) + "\n"


def _remark(text: str, how: str) -> str:
    if " = " in text:
        set_as = pieces(text, (), tex)
        if not set_as[0].latex.startswith(r"\text{"):
            return f"${''.join(piece.latex for piece in set_as)}$"
    return f"{how}{{{tex(text)}}}"


def _line(line: Line, digits: Digits) -> Iterator[str]:
    symbol, rows = equation(line, digits, tex)
    note = said(line.note, *digits)
    for place, row in enumerate(rows):
        left = symbol if place == 0 else ""
        beside = (
            rf" \qquad \text{{({tex(note)})}}" if note and place == len(rows) - 1 and len(note) < WIDTH // 2 else ""
        )
        yield f"{left} & {row}{beside}"
    if len(note) >= WIDTH // 2:
        yield rf" & \parbox[t]{{.8\linewidth}}{{\emph{{{tex(note)}}}}}"


def _table(table: Table, digits: Digits) -> Iterator[str]:
    yield from _note(table.title, digits, r"\textbf")
    written = write_table(table, digits)
    texts = [column.kind == "text" for column in table.columns]
    wide = [min(each, _WORDS) if text else each for each, text in zip(widths(table, written), texts, strict=True)]
    for places in blocks(wide, WIDTH):
        form = "".join(_form(wide[place], texts[place]) for place in places)
        yield rf"\begin{{longtable}}[l]{{@{{}}{form}@{{}}}}"
        heads = _cells([tex(table.columns[place].name) for place in places])
        yield rf"\toprule {{}}{heads} \midrule \endhead \bottomrule \endfoot"
        left = tex(said(left_out(written), *digits))
        more = rf"\multicolumn{{{len(places)}}}{{@{{}}l@{{}}}}{{\emph{{{left}}}}} \\"
        for place, row in enumerate(written.rows):
            if place == written.gap:
                yield more
            yield _cells([tex(row[each]) if texts[each] else _number(row[each]) for each in places])
        if written.gap == len(written.rows):
            yield more
        yield r"\end{longtable}"
    for column in table.columns:
        if column.note:
            yield from _note(f"{column.name}: {column.note}", digits, r"\emph")
    yield from _note(table.note, digits, r"\emph")


def _form(wide: int, text: bool) -> str:
    if not text:
        return "r"
    return rf">{{\raggedright\arraybackslash}}p{{{wide / 2:g}em}}" if wide == _WORDS else "l"


def _cells(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _number(text: str) -> str:
    """A cell of numbers, in which there may be words, too."""
    return f"${number(text)}$" if text[-1:].isdigit() or text in ("NaN", "∞", "−∞") else tex(text)
