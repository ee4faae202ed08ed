"""What a diagnosis finds: an illness with its evidence in numbers, and what to change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
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
    """``dense1``, ``'price'``, ``the training``."""
    words: Words
    """What was seen, in a sentence or two."""
    evidence: Mapping[str, Any]
    """The numbers, under plain names: numbers, texts, lists, and mappings of them."""
    remedy: Remedy
    treat: "Callable[[Finding, bool | None], Treatment] | None" = field(default=None, compare=False)

    @property
    def sentence(self) -> str:
        """What was seen, as text."""
        return said(self.words)

    def apply(self, *, progress: bool | None = None) -> "Treatment":
        """Train again with the remedy, on the same rows, and put both runs side by side.

        Of a run that was loaded, the table is read again; other rows are passed before: ``run.with_data(X, y)``.

        Args:
            progress: show a progress bar; by default where standard error is a terminal.

        Raises:
            InputError: the run does not know how it was trained, or its rows are not at hand.
            FileError: the table that it was trained on is not there any more, or has changed.
        """
        if self.treat is None:
            raise InputError(
                "The remedy is tried by training again with the same settings, and this run does not know them: it was "
                "not made by fit or fit_table, or was saved by an earlier version. Train again with one of these, or "
                f"change this yourself: {self.remedy.sentence}"
            )
        return self.treat(self, progress)

    @property
    def title(self) -> str:
        """What was found, and where: ``dead units: dense1``."""
        return f"{self.name}: {self.where}"

    @property
    def told(self) -> tuple[tuple[str, Cell], ...]:
        """The evidence as people read it: names and texts."""
        return tuple((name, _cell(value)) for name, value in self.evidence.items())

    def section(self, number: int | None = None) -> Section:
        """The finding as a part of a document, with its number where it is one of several."""
        remedy = Line("remedy", "", result=None, note=("Remedy: ", *_pieces(self.remedy.words)))
        table = Table((Column("evidence", "text"), Column("", "text")), self.told)
        title = self.title if number is None else f"{number}. {self.title}"
        return Section("finding", f"{title} ({self.severity})", (remedy, table), self.words)

    def document(self) -> Document:
        """The finding by itself."""
        return Document("Finding", self.name, (self.section(),), agrees=False)

    def to_plain(self) -> dict[str, Any]:
        """The finding as plain data; what is no finite number is text there."""
        remedy = {"words": self.remedy.words, "changes": self.remedy.changes}
        parts = {"name": self.name, "severity": self.severity, "where": self.where, "words": self.words}
        return _plain({**parts, "evidence": self.evidence, "remedy": remedy})

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> "Finding":
        """The finding that :meth:`to_plain` wrote."""
        remedy = Remedy(_words(data["remedy"]["words"]), data["remedy"]["changes"])
        return cls(data["name"], data["severity"], data["where"], _words(data["words"]), data["evidence"], remedy)


def _pieces(words: Words) -> tuple[str | int | float, ...]:
    return (words,) if isinstance(words, str) else words


def _words(data: str | list[Any]) -> Words:
    return data if isinstance(data, str) else tuple(data)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(value) if isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


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


def are(count: int) -> str:
    """``is`` or ``are``.

    >>> are(1), are(0)
    ('is', 'are')
    """
    return "is" if count == 1 else "are"


def some(texts: list[str], most: int = 3) -> str:
    """Join texts, and say how many were left out.

    >>> some(["2", "5", "7", "9", "11"]), some(["2"])
    ('2, 5, 7 and 2 more', '2')
    """
    left = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {left:,} more" if left > 0 else "")
