"""A column of two values becomes 0 and 1.

A gap becomes the share of ones in the training rows, just as a number's gap becomes the mean, with the same second
feature when the training rows had gaps. The two values may be true and false, 0 and 1, or two texts.
"""

from typing import Any, Literal, Self

import narwhals as nw
import numpy as np
from pydantic import Field

from chainrule._typing import Array, Float
from chainrule.data.cells import Label, distinct, key, label, shown, sort_labels, spread
from chainrule.data.columns.base import Block, FeatureEncoder, Worked, note_rows, one_value
from chainrule.data.columns.number import work_missing
from chainrule.errors import DataError, list_some

WORDS = (("0", "1"), ("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"), ("off", "on"))
PAIRS: tuple[tuple[Label, Label], ...] = (
    (False, True),
    (0, 1),
    (0.0, 1.0),
    *((write(false), write(true)) for false, true in WORDS for write in (str.lower, str.title, str.upper)),
)
"""Which of two values is 0 and which 1; any other two go in sorted order."""


class BooleanEncoder(FeatureEncoder):
    """``1 if the value is true, else 0``.

    >>> encoder = BooleanEncoder(name="smoker", false="no", true="yes", mean=0.25, had_gaps=False)
    >>> import polars as pl
    >>> encoder.encode(nw.from_native(pl.Series("smoker", ["yes", "no"]), series_only=True)).values
    array([[1.],
           [0.]])
    """

    kind: Literal["boolean"] = "boolean"
    false: Label | None
    """The value that becomes 0; None when the training rows had only the other: then every other value does."""
    true: Label
    mean: float = Field(ge=0, le=1)
    """The share of ones among the training rows that have a value."""
    had_gaps: bool

    @classmethod
    def fit(cls, series: nw.Series[Any]) -> Self:
        """Learn the two values, the share of ones, and whether there are gaps."""
        found = distinct(series)
        labels = sort_labels(label(value) for value in found.values)
        if len(labels) > 2:
            raise DataError(
                f"Column '{series.name}' is to be true or false, but holds {len(labels)} different values: "
                f"{list_some(map(key, labels), 4)}. Make it a category.",
                column=series.name,
            )
        false, true = _order(labels)
        ones = spread(found, [float(key(label(value)) == key(true)) for value in found.values])
        ones = ones[found.index >= 0]
        mean = float(ones.mean()) if ones.size else 0.0
        return cls(name=series.name, false=false, true=true, mean=mean, had_gaps=bool((found.index < 0).any()))

    @property
    def features(self) -> tuple[str, ...]:
        """Whether the value is true, and whether it is missing when training rows had gaps."""
        first = self.name if key(self.true) in ("True", "1") else f"{self.name} = {key(self.true)}"
        return (first, f"{self.name} is missing") if self.had_gaps else (first,)

    def encode(self, series: nw.Series[Any]) -> Block:
        """See :meth:`FeatureEncoder.encode`."""
        found = distinct(series)
        keys = [key(label(value)) for value in found.values]
        expected = {key(self.true)} if self.false is None else {key(self.true), key(self.false)}
        unknown = spread(found, [float(name not in expected) for name in keys]) == 1.0
        if unknown.any() and self.false is not None:
            row = int(unknown.argmax())
            raise DataError(
                f"Column '{self.name}' must hold {shown(self.false)} or {shown(self.true)}; row {row + 1} holds "
                f"{shown(found.values[found.index[row]])}. Correct it, or leave the cell empty.",
                row=row + 1,
                column=self.name,
            )
        gaps = found.index < 0
        ones = np.where(gaps, self.mean, spread(found, [float(name == key(self.true)) for name in keys]))
        notes = [note_rows(self.name, "unknown", series, unknown, "it counts as 0")] if unknown.any() else []
        if self.had_gaps:
            return Block(np.stack([ones, gaps], axis=1), tuple(notes))
        if gaps.any():
            notes.append(note_rows(self.name, "gap", series, gaps, f"their mean {self.mean:.6g} was used"))
        return Block(ones[:, None], tuple(notes))

    def decode(self, values: Float[Array, "n k"]) -> Array:
        """Return the true value above 0.5, else the false one; None where it is missing."""
        labels = np.asarray([self.false, self.true, None], dtype=object)
        code = (values[:, 0] > 0.5).astype(np.int64)
        return labels[np.where(values[:, 1] > 0.5, 2, code) if self.had_gaps else code]

    def slope(self, series: nw.Series[Any]) -> Float[Array, "n k"]:
        """1, the step from false to true; 0 at a gap and for the second feature."""
        result = np.zeros((len(series), len(self.features)))
        result[:, 0] = distinct(series).index >= 0
        return result

    def work(self, series: nw.Series[Any]) -> list[Worked]:
        """See :meth:`FeatureEncoder.work`."""
        raw, result = one_value(series), self.encode(series).values[0].tolist()
        formula = f"1 if {self.name} is {shown(self.true)}, else 0"
        first = Worked(self.name, raw, self.features[0], formula, {}, result[0])
        if raw is None:
            first = Worked(self.name, raw, self.features[0], "mean", {"mean": self.mean}, result[0])
        return [first, work_missing(self.name, raw, result[1])] if self.had_gaps else [first]


def _order(labels: tuple[Label, ...]) -> tuple[Label | None, Label]:
    if not labels:
        return (False, True)
    for pair in PAIRS:
        if type(pair[0]) is type(labels[0]) and set(labels) <= set(pair):  # the type, because True == 1
            return pair
    return (labels[0], labels[1]) if len(labels) == 2 else (None, labels[0])
