"""A document as plain data for JSON: every number in full, and the arithmetic also written out."""

from dataclasses import asdict, fields
from typing import Any

from chainrule.explain.digits import Digits, said
from chainrule.explain.document import Document, Item, Line, Picture, Term


def to_data(document: Document) -> dict[str, Any]:
    """The document as dictionaries, lists, texts and numbers.

    >>> from chainrule.explain.document import Section
    >>> lines = (Line("y", "y", "2·x", 3.0, values={"x": 1.5}),)
    >>> found = to_data(Document("Worksheet", "row 1", (Section("row", "The row", lines),)))
    >>> found["sections"][0]["lines"][0]["numbers"]
    '2·1.5'
    """
    digits = document.digits
    sections = [
        {
            "part": section.part,
            "title": section.title,
            "note": said(section.note, *digits),
            "lines": [_item(item, digits) for item in section.lines],
        }
        for section in document.sections
    ]
    return {
        "title": document.title,
        "label": document.label,
        "sections": sections,
        "verdict": said(document.verdict, *digits),
        "agrees": document.agrees,
    }


def _item(item: Item, digits: Digits) -> dict[str, Any]:
    """A line, a table or a picture; ``kind`` says which."""
    if isinstance(item, Picture):
        return {"kind": "picture", "svg": item.svg, "text": item.text, "title": item.title}
    note = said(item.note, *digits)
    if isinstance(item, Line):
        terms = [_without_rest(term) for term in item.terms]
        written = {"terms": terms, "values": dict(item.values), "note": note, "numbers": item.numbers(*digits)}
        return {"kind": "line"} | _without_rest(item) | written
    columns = [asdict(column) for column in item.columns]
    rows = [list(row) for row in item.rows]
    return {"kind": "table", "title": item.title, "columns": columns, "rows": rows, "note": note}


def _without_rest(item: Line | Term) -> dict[str, Any]:
    """Its fields, less what would be written only for whoever opens it."""
    return {field.name: getattr(item, field.name) for field in fields(item) if field.name != "rest"}
