"""A document as Markdown: tables and formulas that GitHub renders."""

import re
from base64 import b64encode
from collections.abc import Iterator
from itertools import groupby

from chainrule.explain.digits import Digits, Words, said
from chainrule.explain.document import HEADINGS, Document, Line, Picture, Section, Table
from chainrule.explain.equation import equation
from chainrule.explain.tables import left_out, write_table


def to_markdown(document: Document) -> str:
    r"""The document, its headings from the second level on.

    >>> from chainrule.explain.document import Section
    >>> print(to_markdown(Document("Worksheet", "row 1", (Section("row", "The row", (Line("x", "x", "", 0.5),)),))))
    ## Worksheet: row 1
    <BLANKLINE>
    #### The row
    <BLANKLINE>
    ```math
    \begin{aligned}
    x & = 0.5
    \end{aligned}
    ```
    """
    title = f"{document.title}: {document.label}" if document.label else document.title
    blocks = [f"## {escape(title)}"]
    part = ""
    for section in document.sections:
        heading = HEADINGS.get(section.part, "")
        if heading and section.part != part:
            blocks.append(f"### {escape(heading)}")
        part = section.part
        blocks += _section(section, document.digits)
    blocks += _note(document.verdict, document.digits, "*" if document.agrees else "**")
    return "\n\n".join(blocks)


def escape(text: str) -> str:
    r"""Words that Markdown leaves as they are.

    >>> escape("a_b*c <d> | e")
    'a\\_b\\*c &lt;d&gt; \\| e'
    """
    text = re.sub(r"([\\`*_\[\]#|~$])", r"\\\1", " ".join(text.split()))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _section(section: Section, digits: Digits) -> Iterator[str]:
    if section.title:
        yield f"#### {escape(section.title)}"
    yield from _note(section.note, digits, "*")
    for are_equations, items in groupby(section.lines, lambda item: isinstance(item, Line) and bool(item.symbol)):
        if are_equations:
            yield _equations([item for item in items if isinstance(item, Line)], digits)
            continue
        for item in items:
            if isinstance(item, Table):
                yield from _table(item, digits)
            elif isinstance(item, Picture):
                yield from _note(item.title, digits, "**")
                yield f"![{escape(item.text)}](data:image/svg+xml;base64,{b64encode(item.svg.encode()).decode()})"
                yield from [f"```text\n{item.characters}\n```"] * bool(item.characters)
            else:
                yield from _note(item.note, digits, "*")


def _equations(lines: list[Line], digits: Digits) -> str:
    """Lines one below the other; a fenced block, in which GitHub changes no backslash."""
    rows: list[str] = []
    for line in lines:
        symbol, sides = equation(line, digits, _letters)
        note = said(line.note, *digits)
        beside = rf" \qquad \text{{({_letters(note)})}}" if note else ""
        rows += [f"{symbol if place == 0 else ''} & {side}" for place, side in enumerate(sides)]
        rows[-1] += beside
    body = " \\\\\n".join(rows)
    return f"```math\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n```"


def _letters(text: str) -> str:
    r"""Words between the braces of ``\text``, where MathJax takes every letter but these as it is."""
    return re.sub(r"[\\{}$`%#&~^_\n]", " ", text)


def _note(words: Words, digits: Digits, mark: str) -> Iterator[str]:
    for paragraph in said(words, *digits).splitlines():
        if paragraph.strip():
            yield f"{mark}{escape(paragraph)}{mark}"


def _table(table: Table, digits: Digits) -> Iterator[str]:
    yield from _note(table.title, digits, "**")
    written = write_table(table, digits)
    rows = [_cells([escape(column.name) for column in table.columns])]
    rows.append(_cells([":--" if column.kind == "text" else "--:" for column in table.columns]))
    body = [_cells([escape(cell) for cell in row]) for row in written.rows]
    if written.gap is not None:
        more = said(left_out(written), *digits)
        body.insert(written.gap, _cells([more, *[""] * (len(table.columns) - 1)]))
    yield "\n".join([*rows, *body])
    for column in table.columns:
        if column.note:
            yield from _note(f"{column.name}: {column.note}", digits, "*")
    yield from _note(table.note, digits, "*")


def _cells(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
