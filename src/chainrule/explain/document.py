"""What every explanation is made of: a document of sections, and these of lines of arithmetic, tables and pictures.

Plain data, which any renderer can write out. Numbers here are those of the functions that trained, in full; how many
digits are seen is the renderer's business.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias, TypeVar

from chainrule.explain.digits import USUAL, Digits, Words, said
from chainrule.format import DECIMALS, factor, number, substitute

HEADINGS = {"forward": "Forward", "backward": "Backward"}
"""What stands above the first section of a part that has a heading of its own."""


Each = TypeVar("Each")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rest(Generic[Each]):
    """What is folded away, the largest first: each is written only when somebody opens it.

    >>> names = ["a", "b", "c"]
    >>> Rest(3, lambda most: range(most), lambda place: names[place]).first(2)
    ['a', 'b']
    """

    count: int
    places: Callable[[int], Sequence[int]]
    """Places of the first so many."""
    write: Callable[[int], Each]
    """What stands at a place."""

    def first(self, most: int) -> list[Each]:
        """So many of them, or all where there are fewer."""
        return [self.write(place) for place in self.places(min(most, self.count))]


@dataclass(frozen=True, slots=True)
class Term:
    """One summand: a product of named factors, or several summands taken together."""

    names: tuple[str, ...]
    factors: tuple[float, ...]
    value: float
    label: str = ""
    """Where it comes from, when its factors do not say it: ``row 2``."""
    count: int = 1
    """How many summands this is the sum of; where it is more than one there are no factors."""
    rest: "Rest[Term] | None" = field(default=None, compare=False, repr=False)
    """These summands, where it is the sum of several."""

    @property
    def formula(self) -> str:
        """The product in symbols."""
        return "·".join(self.names) if self.count == 1 else f"{self.count:,} more"

    def numbers(self, decimals: int = DECIMALS, comma: bool = False, fixed: bool = False) -> str:
        """The product in numbers.

        >>> Term(("x[0]", "weight[0, 1]"), (0.5, -34.4), -17.2).numbers()
        '0.5·(−34.4)'
        """
        if self.count > 1:
            return f"({said((self.count, ' more: ', self.value), decimals, comma, fixed)})"
        if len(self.factors) < 2:
            return number(self.value, decimals, comma, fixed)
        first, *others = self.factors
        return "·".join(
            [number(first, decimals, comma, fixed), *(factor(value, decimals, comma, fixed) for value in others)]
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One equation: a symbol, the formula for it, the formula with numbers put in, and the result.

    A line has either terms, whose sum is the result, or a formula with ``values`` for its symbols, or neither (a
    value by itself, or a remark).
    """

    name: str
    """What is worked out, under the name that a trace or a network knows it by: ``dense1.z[0]``."""
    symbol: str
    """The same, as it is written inside its section: ``z[0]``."""
    formula: str = ""
    result: float | str | None = None
    """None for a remark."""
    terms: tuple[Term, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    note: Words = ""
    """Where a number comes from, or what was left out and how to see it."""
    rest: "Rest[tuple[Line, ...]] | None" = field(default=None, compare=False, repr=False)
    """What was left out, where this is a remark about it."""

    @property
    def folded(self) -> bool:
        """Whether some of the terms are taken together."""
        return any(term.count > 1 for term in self.terms)

    def numbers(self, decimals: int = DECIMALS, comma: bool = False, fixed: bool = False) -> str:
        """The formula with the numbers put in; empty where that says no more than the result.

        >>> Line("a", "a", "log(1 + e^z)", 2.2515, values={"z": 2.14}).numbers()
        'log(1 + e^2.14)'
        """
        if self.terms:
            texts = [term.numbers(decimals, comma, fixed) for term in self.terms]
            if len(self.terms) == 1 and len(self.terms[0].factors) < 2:
                return ""
            return texts[0] + "".join(map(joined, texts[1:]))
        text = substitute(self.formula, self.values, decimals, comma, fixed) if self.values else ""
        return "" if text == self.formula or text == self.answer(decimals, comma, fixed) else text

    def answer(self, decimals: int = DECIMALS, comma: bool = False, fixed: bool = False) -> str:
        """The result as text."""
        if self.result is None or isinstance(self.result, str):
            return self.result or ""
        return number(self.result, decimals, comma, fixed)


def joined(text: str) -> str:
    """A summand's numbers with the sign before them.

    >>> joined("−0.58"), joined("0.5·(−1.3)")
    (' − 0.58', ' + 0.5·(−1.3)')
    """
    return f" − {text[1:]}" if text.startswith("−") else f" + {text}"


Cell: TypeAlias = float | int | str | None
"""What stands in a table; None for nothing."""


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column."""

    name: str
    kind: Literal["number", "whole", "text"] = "number"
    note: str = ""
    """What it holds, where its name does not say it."""
    decimals: int | None = None
    """Digits after the point, where these are not those of the document; whoever asks for some gets these instead."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, such as a row a step.

    >>> Table((Column("step", "whole"), Column("slope")), ((1, -5.704), (2, -2.2816))).rows[0]
    (1, -5.704)
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    note: Words = ""
    most: int | None = None
    """Of more rows than this the first and the last are shown to people; data has all."""
    rest: Rest[tuple[Cell, ...]] | None = field(default=None, compare=False, repr=False)
    """Further rows, of which this table has the sum alone."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing."""

    svg: str
    text: str
    """What it shows, for where there are no pictures."""
    title: str = ""
    characters: str = ""
    """The drawing in characters, lines of one length, for where these can be shown as they stand."""


Item: TypeAlias = Line | Table | Picture
"""What stands in a section."""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines, tables and pictures that belong together, such as a layer's forward pass."""

    part: str
    """Which part of the work it belongs to, such as ``"forward"``."""
    title: str
    lines: tuple[Item, ...]
    note: Words = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole explanation."""

    title: str
    """What it is: ``Worksheet``."""
    label: str
    """What it is about: ``row 1 of 3``."""
    sections: tuple[Section, ...]
    verdict: Words = ""
    """What was checked, and what came of it."""
    agrees: bool = True
    """Whether the checks went well."""
    digits: Digits = USUAL


@dataclass(frozen=True, slots=True)
class Check:
    """A sum that was added up again from the terms on show, beside the number of the pass."""

    name: str
    added: float
    value: float
    allowed: float
    """What rounding explains."""

    @property
    def difference(self) -> float:
        """How far the two are apart."""
        return abs(self.added - self.value)

    @property
    def agrees(self) -> bool:
        """Whether rounding explains the difference; two NaN agree, and so do two infinities of one sign."""
        same = self.added == self.value or (self.added != self.added and self.value != self.value)
        return same or self.difference <= self.allowed
