"""A worksheet as text: the same layout in plain text and, with a little colour, in a terminal."""

import re
from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, TypeAlias

from chainrule.explain.document import Line, Section, joined

if TYPE_CHECKING:
    from rich.text import Text

    from chainrule.explain.worksheet import Worksheet

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
PARTS = {"row": "", "forward": "Forward", "prediction": "", "loss": "", "backward": "Backward"}
"""Headings above the sections of a part."""


def to_text(worksheet: "Worksheet", width: int) -> str:
    """Plain text."""
    return "\n".join("".join(text for text, _ in spans).rstrip() for spans in layout(worksheet, width))


def to_rich(worksheet: "Worksheet", width: int) -> Iterator["Text"]:
    """Lines for a rich console."""
    from rich.text import Text

    for spans in layout(worksheet, width):
        line = Text(no_wrap=True, overflow="fold")
        for text, part in spans:
            line.append(text, STYLES[part])
        yield line


def layout(worksheet: "Worksheet", width: int) -> Iterator[list[Span]]:
    """Every line of the page as spans."""
    width = max(width, 40)
    yield [("Worksheet", "title"), (f"  {worksheet.label}", "")]
    part = ""
    for section in worksheet.sections:
        yield []
        heading = PARTS[section.part]
        if heading and section.part != part:
            yield [(heading, "title")]
            if section.title:
                yield []
        part = section.part
        yield from _section(section, width, worksheet.decimals, 2 if heading else 0)
    yield []
    yield from _wrapped(worksheet.verdict, "good" if worksheet.agrees else "bad", 0, width)


def _section(section: Section, width: int, decimals: int, indent: int) -> Iterator[list[Span]]:
    if section.title:
        yield [(" " * indent, ""), (section.title, "heading")]
    if section.note:
        yield from _wrapped(section.note, "note", indent + 2 if section.title else indent, width)
    for line in section.lines:
        if line.symbol:
            yield from _line(line, width, decimals, indent + 2)
        else:
            yield from _wrapped(line.note, "note", indent + 2, width)


def _line(line: Line, width: int, decimals: int, indent: int) -> Iterator[list[Span]]:
    """One equation: on one line where it fits, else a line for every equals sign."""
    numbers, answer = line.numbers(decimals), line.answer(decimals)
    sides: list[Span] = [(line.formula, "formula"), (numbers, "numbers"), (answer, "result")]
    sides = [side for place, side in enumerate(sides) if side[0] and side[0] not in [s[0] for s in sides[:place]]]
    note = f"  ({line.note})" if line.note else ""
    start: list[Span] = [(" " * indent, ""), (line.symbol, "symbol")]
    length = indent + len(line.symbol) + sum(len(text) + 3 for text, _ in sides)
    if length <= width:
        whole = [*start, *(span for side in sides for span in ((" = ", ""), side))]
        if length + len(note) <= width:
            yield [*whole, (note, "note")]
            return
        yield whole
    else:
        yield from _stacked(line, sides, start, width, decimals)
    if line.note:
        yield from _wrapped(line.note, "note", indent + 2, width)


def _stacked(line: Line, sides: list[Span], start: list[Span], width: int, decimals: int) -> Iterator[list[Span]]:
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
            rows = _term_rows(line, decimals, room)
        else:
            rows = [[(piece, part)] for piece in _pieces(text, room)]
        for place, row in enumerate(rows):
            yield [*start, (" = " if place == 0 else "   ", ""), *row]
            start = [(" " * margin, "")]


def _term_rows(line: Line, decimals: int, width: int) -> list[list[Span]]:
    """A line for each summand, with what it is made of beside it."""
    texts: list[str] = []
    for place, term in enumerate(line.terms):
        text = term.numbers(decimals)
        texts.append(f"  {text}" if place == 0 else joined(text)[1:])
    most = max(map(len, texts))
    rows: list[list[Span]] = []
    for text, term in zip(texts, line.terms, strict=True):
        beside = term.label or ("" if term.count > 1 else term.formula)
        fits = beside and most + 3 + len(beside) <= width
        rows.append([(text, "numbers"), (" " * (most - len(text) + 3) + beside if fits else "", "formula")])
    return rows


def _wrapped(text: str, part: str, indent: int, width: int) -> Iterator[list[Span]]:
    for piece in _pieces(text, width - indent):
        yield [(" " * indent, ""), (piece, part)]


def _pieces(text: str, width: int) -> list[str]:
    """Text in lines that break between words, but not inside of indices."""
    whole = re.sub(r"\[[^\]]*\]", lambda match: match[0].replace(" ", "\u00a0"), text)
    lines = wrap(whole, max(width, 20), break_long_words=False, break_on_hyphens=False)
    return [line.replace("\u00a0", " ") for line in lines]
