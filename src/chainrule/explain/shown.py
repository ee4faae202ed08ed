"""What every explanation can do: show its document in each format."""

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chainrule.explain.document import Document, Item, Picture, Table

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

WIDTH = 100
"""Columns of text where nobody says how many there are."""


class Shown(ABC):
    """An explanation that renders itself; it has to say only what its document is.

    ``decimals`` and ``comma`` say how many digits numbers are written with and whether with a decimal comma, ``most``
    how many rows of a long table are shown; where they are not given, the document's own are taken.

    >>> from dataclasses import dataclass
    >>> from chainrule.explain.document import Column, Section, Table
    >>> @dataclass(frozen=True, repr=False)
    ... class Price(Shown):
    ...     euros: float
    ...     def document(self):
    ...         table = Table((Column("euros"),), ((self.euros,),))
    ...         return Document("Price", "of a bag", (Section("price", "", (table,)),))
    >>> print(Price(2.5).to_text(comma=True))
    Price  of a bag
    <BLANKLINE>
      euros
        2,5
    """

    @abstractmethod
    def document(self) -> Document:
        """What is shown, as plain data."""

    def to_text(
        self, width: int = WIDTH, *, decimals: int | None = None, comma: bool | None = None, most: int | None = None
    ) -> str:
        """Plain text, no line longer than ``width`` where its words allow that."""
        from chainrule.explain.render_text import to_text

        return to_text(self.written(decimals, comma, most), width)

    def to_html(
        self, *, whole: bool = False, decimals: int | None = None, comma: bool | None = None, most: int | None = None
    ) -> str:
        """HTML that needs nothing from outside, in light and dark: a fragment, or a ``whole`` page."""
        from chainrule.explain.render_html import to_html, to_page

        document = self.written(decimals, comma, most)
        return to_page(document) if whole else to_html(document)

    def to_latex(
        self, *, whole: bool = False, decimals: int | None = None, comma: bool | None = None, most: int | None = None
    ) -> str:
        r"""LaTeX: a fragment to ``\input``, or a ``whole`` document that compiles."""
        from chainrule.explain.render_latex import to_document, to_latex

        document = self.written(decimals, comma, most)
        return to_document(document) if whole else to_latex(document)

    def to_markdown(self, *, decimals: int | None = None, comma: bool | None = None, most: int | None = None) -> str:
        """Markdown with tables and formulas, as GitHub renders it."""
        from chainrule.explain.render_markdown import to_markdown

        return to_markdown(self.written(decimals, comma, most))

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data, numbers in full, with the arithmetic also written out."""
        from chainrule.explain.render_data import to_data

        return to_data(self.document())

    def to_json(self) -> str:
        """The same as JSON; what is no finite number is null there."""
        return json.dumps(_finite(self.to_dict()), ensure_ascii=False, allow_nan=False)

    def written(self, decimals: int | None, comma: bool | None, most: int | None = None) -> Document:
        """The document with numbers written and tables cut as asked; None leaves what is its own."""
        document = self.document()
        asked = {"decimals": decimals, "comma": comma}
        digits = document.digits._replace(**{name: value for name, value in asked.items() if value is not None})
        as_asked = tuple(
            replace(part, lines=tuple(_as_asked(item, decimals, most) for item in part.lines))
            for part in document.sections
        )
        return replace(document, sections=as_asked, digits=digits)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """What notebooks show: the formats among which a front end chooses."""
        bundle = {"text/plain": self.to_text(), "text/html": self.to_html(), "text/latex": self.to_latex()}
        match [item for section in self.document().sections for item in section.lines]:
            case [Picture(svg=svg)]:
                bundle["image/svg+xml"] = svg
            case _:
                pass
        return {
            kind: content
            for kind, content in bundle.items()
            if (not include or kind in include) and (not exclude or kind not in exclude)
        }

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[Text]":
        from chainrule.explain.render_text import to_rich

        yield from to_rich(self.document(), options.max_width)


def _as_asked(item: Item, decimals: int | None, most: int | None) -> Item:
    if not isinstance(item, Table):
        return item
    if most is not None and item.most is not None:
        item = replace(item, most=most)
    if decimals is not None:
        item = replace(item, columns=tuple(replace(column, decimals=None) for column in item.columns))
    return item


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value
