"""What a worksheet is made of: sections of lines, and lines of terms. Plain data, which any renderer can write out.

Numbers here are those of the pass that is shown, in full; how many digits are seen is the renderer's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from chainrule.format import DECIMALS, factor, number, substitute

Part: TypeAlias = Literal["row", "forward", "prediction", "loss", "backward"]
"""Which part of the work a section belongs to."""


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

    @property
    def formula(self) -> str:
        """The product in symbols."""
        return "·".join(self.names) if self.count == 1 else f"{self.count:,} more"

    def numbers(self, decimals: int = DECIMALS) -> str:
        """The product in numbers.

        >>> Term(("x[0]", "weight[0, 1]"), (0.5, -34.4), -17.2).numbers()
        '0.5·(−34.4)'
        """
        if self.count > 1:
            return f"({self.count:,} more: {number(self.value, decimals)})"
        if len(self.factors) < 2:
            return number(self.value, decimals)
        first, *others = self.factors
        return "·".join([number(first, decimals), *(factor(value, decimals) for value in others)])


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
    note: str = ""
    """Where a number comes from, or what was left out and how to see it."""

    @property
    def folded(self) -> bool:
        """Whether some of the terms are taken together."""
        return any(term.count > 1 for term in self.terms)

    def numbers(self, decimals: int = DECIMALS) -> str:
        """The formula with the numbers put in; empty where that says no more than the result.

        >>> Line("a", "a", "log(1 + e^z)", 2.2515, values={"z": 2.14}).numbers()
        'log(1 + e^2.14)'
        """
        if self.terms:
            texts = [term.numbers(decimals) for term in self.terms]
            if len(self.terms) == 1 and len(self.terms[0].factors) < 2:
                return ""
            return texts[0] + "".join(map(joined, texts[1:]))
        text = substitute(self.formula, self.values, decimals) if self.values else ""
        return "" if text == self.formula or text == self.answer(decimals) else text

    def answer(self, decimals: int = DECIMALS) -> str:
        """The result as text."""
        return (
            self.result
            if isinstance(self.result, str)
            else ""
            if self.result is None
            else number(self.result, decimals)
        )


def joined(text: str) -> str:
    """A summand's numbers with the sign before them.

    >>> joined("−0.58"), joined("0.5·(−1.3)")
    (' − 0.58', ' + 0.5·(−1.3)')
    """
    return f" − {text[1:]}" if text.startswith("−") else f" + {text}"


@dataclass(frozen=True, slots=True)
class Section:
    """Lines that belong together, such as a layer's forward pass."""

    part: Part
    title: str
    lines: tuple[Line, ...]
    note: str = ""


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
