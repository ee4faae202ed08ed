"""What a diagnosis finds: an illness with its evidence in numbers, and what to change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from chainrule.errors import InputError
from chainrule.explain.digits import Words, said
from chainrule.explain.document import Cell, Column, Document, Line, Section, Table
from chainrule.explain.shown import Shown

if TYPE_CHECKING:
    from chainrule.runs.treatment import Treatment

Severity: TypeAlias = Literal["serious", "mild"]
"""Serious: the result cannot be relied on, or hardly anything was learned. Mild: it could be better."""
_LISTED = 8
"""Members of a list in the evidence that people see; data has all."""


@dataclass(frozen=True)
class Remedy:
    """What to change, in words and as data.

    ``changes`` are settings of ``fit`` and ``fit_table`` (``epochs``, ``early_stopping``, ``class_weight``, and
    ``optimizer`` as plain data), or one of these: ``activation`` and ``weights`` (node → name), ``units`` (node →
    number), ``scale_inputs`` (True), ``drop`` (columns, by name or number), ``drop_rows`` (numbers of training rows).
    """

    words: Words
    changes: Mapping[str, Any]

    @property
    def sentence(self) -> str:
        """The words as text."""
        return said(self.words)


@dataclass(frozen=True, repr=False)
class Finding(Shown):
    """One illness at one place."""

    name: str
    """Which illness: ``dead units``."""
    severity: Severity
    where: str
    """``dense1``, ``column 'price'``, ``the training``."""
    words: Words
    """What was seen, in a sentence or two."""
    evidence: Mapping[str, Any]
    """The numbers, under plain names: numbers, texts, lists, and mappings of them."""
    remedy: Remedy
    treat: "Callable[[Finding], Treatment] | None" = field(default=None, compare=False)

    @property
    def sentence(self) -> str:
        """What was seen, as text."""
        return said(self.words)

    def apply(self) -> "Treatment":
        """Train again with the remedy, on the same rows, and put both runs side by side.

        Raises:
            InputError: the run does not know how it was trained, such as one that was loaded.
        """
        if self.treat is None:
            raise InputError(
                "The remedy is tried by training again with the same data and settings, and this run does not have "
                "them. Apply it to the run that fit or fit_table returned, or change this yourself: "
                f"{self.remedy.sentence}"
            )
        return self.treat(self)

    def section(self) -> Section:
        """The finding as a part of a document."""
        rows = tuple((name, _cell(value)) for name, value in self.evidence.items())
        table = Table((Column("evidence", "text"), Column("", "text")), rows)
        remedy = Line("remedy", "", result=None, note=("Remedy: ", *_pieces(self.remedy.words)))
        return Section("finding", f"{self.name}, {self.where} ({self.severity})", (table, remedy), self.words)

    def document(self) -> Document:
        """The finding by itself."""
        return Document("Finding", self.name, (self.section(),), agrees=False)


def _pieces(words: Words) -> tuple[str | int | float, ...]:
    return (words,) if isinstance(words, str) else words


def _cell(value: Any) -> Cell:
    """A piece of evidence as text."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, Mapping):
        return _listed([f"{name}: {_cell(each)}" for name, each in value.items()])
    if isinstance(value, list | tuple):
        return _listed([str(_cell(each)) for each in value])
    return said((value,))


def _listed(texts: list[str]) -> str:
    left = len(texts) - _LISTED
    return ", ".join(texts[:_LISTED]) + (f" and {left:,} more" if left > 0 else "")


def short(value: float) -> float:
    """A number with three digits that count, for a sentence; the evidence has all of them.

    >>> short(0.0123456), short(812.345)
    (0.0123, 812.0)
    """
    return float(f"{value:.3g}")


def some(texts: list[str], most: int = 3) -> str:
    """Join texts, and say how many were left out.

    >>> some(["2", "5", "7", "9", "11"]), some(["2"])
    ('2, 5, 7 and 2 more', '2')
    """
    left = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {left:,} more" if left > 0 else "")
