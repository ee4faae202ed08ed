"""A document as text: the same layout in plain text and, with a little colour, in a terminal."""

import re
from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, TypeAlias

from chainrule.explain.digits import Digits, Words, said
from chainrule.explain.document import HEADINGS, Document, Line, Picture, Section, Table, joined
from chainrule.explain.tables import blocks, left_out, widths, write_table

if TYPE_CHECKING:
    from rich.text import Text

Span: TypeAlias = tuple[str, str]
"""Text, and the part it plays: a key of ``STYLES``."""

STYLES = {
    "title": "bold",
    "heading": "bold",
    "symbol": "cyan",
    "formula": "dim",
    "numbers": "",
    "result": "bold",
    "note": "dim italic",
    "good": "green",
    "bad": "bold red",
    "": "",
}


def to_text(document: Document, width: int) -> str:
    """Plain text."""
    return "\n".join("".join(text for text, _ in spans).rstrip() for spans in layout(document, width))


def to_rich(document: Document, width: int) -> Iterator["Text"]:
    """Lines for a rich console."""
    from rich.text import Text

    for spans in layout(document, width):
        line = Text(no_wrap=True, overflow="fold")
        for text, part in spans:
            line.append(text, STYLES[part])
        yield line


def layout(document: Document, width: int) -> Iterator[list[Span]]:
    """Every line of the page as spans."""
    width = max(width, 40)
    label = f"  {document.label}" if document.label else ""
    yield [(document.title, "title"), (label, "")]
    part = ""
    for section in document.sections:
        yield []
        heading = HEADINGS.get(section.part, "")
        if heading and section.part != part:
            yield [(heading, "title")]
            if section.title:
                yield []
        part = section.part
        yield from _section(section, width, document.digits, 2 if heading else 0)
    if document.verdict:
        yield []
        yield from _wrapped(document.verdict, "good" if document.agrees else "bad", 0, width, document.digits)


def _section(section: Section, width: int, digits: Digits, indent: int) -> Iterator[list[Span]]:
    if section.title:
        yield [(" " * indent, ""), (section.title, "heading")]
    yield from _wrapped(section.note, "note", indent + 2 if section.title else indent, width, digits)
    for item in section.lines:
        if isinstance(item, Table):
            yield from _table(item, width, digits, indent + 2)
        elif isinstance(item, Picture):
            yield from _wrapped(item.title, "heading", indent + 2, width, digits)
            yield from _wrapped(item.text, "note", indent + 2, width, digits)
            yield from ([(" " * (indent + 2), ""), (line, "numbers")] for line in item.characters.splitlines())
        elif item.symbol:
            yield from _line(item, width, digits, indent + 2)
        else:
            yield from _wrapped(item.note, "note", indent + 2, width, digits)


def _line(line: Line, width: int, digits: Digits, indent: int) -> Iterator[list[Span]]:
    """One equation: on one line where it fits, else a line for every equals sign."""
    numbers, answer = line.numbers(*digits), line.answer(*digits)
    sides: list[Span] = [(line.formula, "formula"), (numbers, "numbers"), (answer, "result")]
    sides = [side for place, side in enumerate(sides) if side[0] and side[0] not in [s[0] for s in sides[:place]]]
    note = f"  ({said(line.note, *digits)})" if line.note else ""
    start: list[Span] = [(" " * indent, ""), (line.symbol, "symbol")]
    length = indent + len(line.symbol) + sum(len(text) + 3 for text, _ in sides)
    if length <= width:
        whole = [*start, *(span for side in sides for span in ((" = ", ""), side))]
        if length + len(note) <= width:
            yield [*whole, (note, "note")]
            return
        yield whole
    else:
        yield from _stacked(line, sides, start, width, digits)
    yield from _wrapped(line.note, "note", indent + 2, width, digits)


def _stacked(line: Line, sides: list[Span], start: list[Span], width: int, digits: Digits) -> Iterator[list[Span]]:
    margin = sum(len(text) for text, _ in start)
    if margin > width // 3:
        yield start
        margin, start = min(margin, 8), [(" " * min(margin, 8), "")]
    room = width - margin - 3
    by_term = bool(line.terms) and any(len(text) > room for text, part in sides if part != "result")
    if by_term:
        sides = [(text, part) for text, part in sides if part != "formula" or len(text) <= room]
    for text, part in sides:
        if by_term and part == "numbers":
            rows = _term_rows(line, digits, room)
        else:
            rows = [[(piece, part)] for piece in _pieces(text, room)]
        for place, row in enumerate(rows):
            yield [*start, (" = " if place == 0 else "   ", ""), *row]
            start = [(" " * margin, "")]


def _term_rows(line: Line, digits: Digits, width: int) -> list[list[Span]]:
    """A line for each summand, with what it is made of beside it."""
    texts: list[str] = []
    for place, term in enumerate(line.terms):
        text = term.numbers(*digits)
        texts.append(f"  {text}" if place == 0 else joined(text)[1:])
    most = max(map(len, texts))
    rows: list[list[Span]] = []
    for text, term in zip(texts, line.terms, strict=True):
        beside = term.label or ("" if term.count > 1 else term.formula)
        fits = beside and most + 3 + len(beside) <= width
        rows.append([(text, "numbers"), (" " * (most - len(text) + 3) + beside if fits else "", "formula")])
    return rows


def _table(table: Table, width: int, digits: Digits, indent: int) -> Iterator[list[Span]]:
    """Columns side by side; where the page is too narrow for all of them, in blocks that repeat the first."""
    yield from _wrapped(table.title, "heading", indent, width, digits)
    written = write_table(table, digits)
    heads = [column.name for column in table.columns]
    wide = widths(table, written)
    texts = [column.kind == "text" for column in table.columns]
    room = width - indent
    excess = sum(wide) + 2 * (len(wide) - 1) - room
    for place in sorted((place for place, text in enumerate(texts) if text), key=lambda place: -wide[place]):
        if excess > 0:
            narrow = max(wide[place] - excess, min(wide[place], _NARROW))
            excess -= wide[place] - narrow
            wide[place] = narrow
    for block, places in enumerate(blocks(wide, room)):
        if block:
            yield []
        yield from _rows(places, wide, texts, [heads], "symbol", indent)
        for place, row in enumerate(written.rows):
            if place == written.gap:
                yield [(" " * indent, ""), (said(left_out(written), *digits), "note")]
            yield from _rows(places, wide, texts, [row], "numbers", indent)
        if written.gap == len(written.rows):
            yield [(" " * indent, ""), (said(left_out(written), *digits), "note")]
    for column in table.columns:
        yield from _wrapped(f"{column.name}: {column.note}" if column.note else "", "note", indent, width, digits)
    yield from _wrapped(table.note, "note", indent, width, digits)


_NARROW = 20
"""A column of text is not made narrower than this."""


def _rows(
    places: list[int], wide: list[int], texts: list[bool], rows: list[list[str]], part: str, indent: int
) -> Iterator[list[Span]]:
    """Rows of cells: texts on the left of their column, in several lines where they are long, numbers on the right."""
    for row in rows:
        cells = [_pieces(row[place], wide[place]) if texts[place] else [row[place]] for place in places]
        for line in range(max(1, *map(len, cells))):
            spans: list[Span] = [(" " * indent, "")]
            for place, cell in zip(places, cells, strict=True):
                text = cell[line] if line < len(cell) else ""
                text = text.ljust(wide[place]) if texts[place] else text.rjust(wide[place])
                spans.append((f"{'  ' if len(spans) > 1 else ''}{text}", part))
            yield spans


def _wrapped(words: Words, part: str, indent: int, width: int, digits: Digits) -> Iterator[list[Span]]:
    for paragraph in said(words, *digits).splitlines():
        for piece in _pieces(paragraph, width - indent):
            yield [(" " * indent, ""), (piece, part)]


def _pieces(text: str, width: int) -> list[str]:
    """Text in lines that break between words, but not inside of indices."""
    whole = re.sub(r"\[[^\]]*\]", lambda match: match[0].replace(" ", "\u00a0"), text)
    lines = wrap(whole, max(width, 20), break_long_words=False, break_on_hyphens=False)
    return [line.replace("\u00a0", " ") for line in lines]
