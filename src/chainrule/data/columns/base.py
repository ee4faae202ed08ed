"""What every column encoder has in common, and the records in which encoders tell what they did.

Shapes: n rows, k features of the column.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

import narwhals as nw
import numpy as np
from pydantic import BaseModel, ConfigDict

from chainrule._typing import Array, Bool, Float
from chainrule.data.cells import shown
from chainrule.data.kinds import Locate, in_memory

EXAMPLES = 3
Cause: TypeAlias = Literal["unknown", "gap", "far"]
"""Why cells are noted: a value that was not kept, no value, a number far from those of the training rows."""


@dataclass(frozen=True)
class Note:
    """Cells that training did not prepare for, and what was done with them."""

    column: str
    cause: Cause
    rows: int
    """How many rows."""
    examples: tuple[tuple[int, object], ...]
    """The first few: row (from 1) and value."""
    done: str
    learned: bool = False
    """Whether the network has learned from such cells: from rare values that stand for the unknown ones."""

    def __str__(self) -> str:
        return self.say()

    def say(self, locate: Locate = in_memory) -> str:
        """Say it in one sentence that names rows (as ``locate`` does), column and values.

        >>> Note("age", "gap", 2, ((3, None),), "0 was used").say(lambda row: f"line {row + 1}")
        "Column 'age', line 4 and 1 more: no value, and the training rows had no gap; 0 was used."
        """
        left = self.rows - len(self.examples)
        more = f" and {left} more" if left else ""
        if self.cause == "gap":
            cells = ", ".join(locate(row) for row, _ in self.examples) + more
            return f"Column '{self.column}', {cells}: no value, and the training rows had no gap; {self.done}."
        if self.cause == "far":
            cells = ", ".join(f"{value:.10g} in {locate(row)}" for row, value in self.examples) + more
            lie = "lies" if self.rows == 1 else "lie"
            return (
                f"Column '{self.column}': {cells} {lie} far outside of what the network has learned from; {self.done}."
            )
        cells = ", ".join(f"{shown(value)} in {locate(row)}" for row, value in self.examples) + more
        verb = "was" if self.rows == 1 else "were"
        return f"Column '{self.column}': {cells} {verb} not kept from the training rows; {self.done}."


@dataclass(frozen=True)
class Worked:
    """The arithmetic of one feature in one row; ``result`` is the number that the network is given.

    >>> Worked("age", 31, "age", "(x − mean) / scale", {"x": 31.0, "mean": 30.0, "scale": 2.0}, 0.5).numbers
    '(31 − 30) / 2'
    """

    column: str
    raw: object
    feature: str
    formula: str
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    """The formula's symbols and their exact values."""
    result: float = 0.0

    @property
    def numbers(self) -> str:
        """The formula with the numbers put in, to six digits (large ones: to three decimals).

        Where there is nothing to calculate, what the cell holds.
        """
        if self.values:
            return substitute(self.formula, self.values)
        return "there is no value" if self.raw is None else f"it is {shown(self.raw)}"


class Block(NamedTuple):
    """A column's features, and what was done with cells that training did not prepare for."""

    values: Float[Array, "n k"]
    notes: tuple[Note, ...]


class Plain(BaseModel):
    """Base of all encoders: plain data, checked, frozen, and never NaN or infinite."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Encoder(Plain):
    """Base of the encoders of one column."""

    name: str
    """The column's name in the table."""


class FeatureEncoder(Encoder):
    """Base of the encoders that turn a column into numbers of the input ``features``."""

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features, in order."""
        raise NotImplementedError

    def encode(self, series: nw.Series[Any]) -> Block:
        """Turn the column into its features."""
        raise NotImplementedError

    def decode(self, values: Float[Array, "n k"]) -> Array:
        """Turn features back into the column's raw values."""
        raise NotImplementedError

    def slope(self, series: nw.Series[Any]) -> Float[Array, "n k"] | None:
        """Return d feature / d raw for every row, or None where a column has levels instead of a slope."""
        raise NotImplementedError

    def work(self, series: nw.Series[Any]) -> list[Worked]:
        """Show the arithmetic of every feature of a column of one row."""
        raise NotImplementedError


def note_rows(
    column: str,
    cause: Cause,
    cells: Any,
    where: Bool[Array, " n"],
    done: str,
    *,
    learned: bool = False,
) -> Note:
    """Make the note about the rows ``where`` something was done."""
    first = np.flatnonzero(where)[:EXAMPLES].tolist()
    examples = tuple((row + 1, None if cause == "gap" else cells[row]) for row in first)
    return Note(column, cause, int(where.sum()), examples, done, learned)


def one_value(series: nw.Series[Any]) -> object:
    """Return the cell of a one-row column as a plain Python value, None for a gap."""
    if series.is_null()[0]:
        return None
    value: Any = series.to_list()[0]
    value = value.item() if hasattr(value, "item") else value
    return None if value != value else value  # NaN


def substitute(formula: str, values: Mapping[str, float]) -> str:
    """Put numbers in the place of a formula's symbols, negative ones in parentheses.

    >>> substitute("x · scale + mean", {"x": -0.5, "scale": 2.0, "mean": 30.0})
    '(−0.5) · 2 + 30'
    """
    texts = {symbol: _six_digits(value) for symbol, value in values.items()}
    return re.sub(r"[a-z]+", lambda match: texts.get(match[0], match[0]), formula)


def _six_digits(value: float) -> str:
    """Six digits, or for large numbers (seconds since 1970) all before the point and three after it."""
    text = f"{value:.3f}".rstrip("0").rstrip(".") if 1e6 <= abs(value) < 1e15 else f"{value:.6g}"
    return f"(−{text[1:]})" if text.startswith("-") else text
