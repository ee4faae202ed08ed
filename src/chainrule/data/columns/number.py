"""A number becomes how many standard deviations it lies above the training mean.

A gap becomes the mean, so 0 after scaling. When the training rows had gaps, a second feature says where they are;
when they had none, the network was never shown one, and a note says what was done.
"""

import math
from typing import Any, Literal, NamedTuple, Self

import narwhals as nw
import numpy as np
from pydantic import Field

from chainrule._typing import Array, Float
from chainrule.data.cells import numbers
from chainrule.data.columns.base import Block, FeatureEncoder, Note, Worked, note_rows, one_value
from chainrule.errors import DataError

FARTHEST = 1e18
"""Standard deviations from the mean that can be calculated with: float32 holds the square."""


class Moments(NamedTuple):
    """Mean and standard deviation."""

    mean: float
    scale: float


def moments(values: Float[Array, " n"], weight: Float[Array, " n"] | None = None) -> Moments:
    """Return mean and standard deviation (``ddof`` 0) of all values that are not NaN.

    Values that are all the same have scale 1, so that they become 0; no values at all count as zeros. A weight of 2 is
    the same as a value that stands twice.

    >>> moments(np.array([1.0, np.nan, 3.0]))
    Moments(mean=2.0, scale=1.0)
    >>> moments(np.array([0.1, 0.1, 0.1]))
    Moments(mean=0.1, scale=1.0)
    """
    here = ~np.isnan(values) if weight is None else ~np.isnan(values) & (weight > 0)
    present = values[here]
    shares = None if weight is None else weight[here]
    if not present.size:
        return Moments(0.0, 1.0)
    low, high = float(present.min()), float(present.max())
    if low == high:
        return Moments(low, 1.0)
    mean = float(np.average(present, weights=shares))
    size = _power_of_two(max(high - mean, mean - low))  # squares of very large or very small numbers leave float64
    return Moments(mean, float(np.sqrt(np.average(np.square((present - mean) / size), weights=shares))) * size)


def _power_of_two(size: float) -> float:
    """The largest power of two up to ``size``: dividing by it rounds nothing."""
    return math.ldexp(1.0, max(math.frexp(size)[1] - 1, -1022))


def standardize(values: Float[Array, " n"], mean: float, scale: float, name: str) -> Float[Array, " n"]:
    """``(x − mean) / scale``, refused where networks could not calculate with it."""
    with np.errstate(over="ignore"):
        result = (values - mean) / scale
    wrong = np.abs(result) > FARTHEST
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"Column '{name}', row {row + 1}: {values[row]:g} is too far from the training rows' mean {mean:g} "
            f"(standard deviation {scale:g}) to calculate with. Correct it, or leave the cell empty.",
            row=row + 1,
            column=name,
        )
    return result


class NumberEncoder(FeatureEncoder):
    """``(x − mean) / scale`` with mean and standard deviation (``ddof`` 0) of the training rows.

    >>> encoder = NumberEncoder(name="age", mean=30.0, scale=2.0, had_gaps=True)
    >>> encoder.features
    ('age', 'age is missing')
    >>> import polars as pl
    >>> encoder.encode(nw.from_native(pl.Series("age", [31, None]), series_only=True)).values
    array([[0.5, 0. ],
           [0. , 1. ]])
    """

    kind: Literal["number"] = "number"
    mean: float
    scale: float = Field(gt=0)
    had_gaps: bool
    low: float | None = None
    """The smallest number of the training rows; None where these are not known."""
    high: float | None = None

    @classmethod
    def fit(cls, series: nw.Series[Any]) -> Self:
        """Learn mean, scale, range and whether there are gaps."""
        return cls.of(series.name, numbers(series))

    @classmethod
    def of(cls, name: str, values: Float[Array, " n"], weight: Float[Array, " n"] | None = None) -> Self:
        """The same from an array, NaN where there is a gap; rows may have weights."""
        present = values[~np.isnan(values)]
        low, high = (float(present.min()), float(present.max())) if present.size else (None, None)
        had_gaps = len(present) < len(values)
        return cls(name=name, **moments(values, weight)._asdict(), had_gaps=had_gaps, low=low, high=high)

    @property
    def features(self) -> tuple[str, ...]:
        """The number, and whether it is missing when training rows had gaps."""
        return (self.name, f"{self.name} is missing") if self.had_gaps else (self.name,)

    def encode(self, series: nw.Series[Any]) -> Block:
        """See :meth:`FeatureEncoder.encode`."""
        x = numbers(series)
        gaps = np.isnan(x)
        z = standardize(np.where(gaps, self.mean, x), self.mean, self.scale, self.name)
        notes = self._far(x, series)
        if self.had_gaps:
            return Block(np.stack([z, gaps], axis=1), notes)
        if gaps.any():
            done = f"their mean {self.mean:.6g} was used"
            notes = (note_rows(self.name, "gap", series, gaps, done), *notes)
        return Block(z[:, None], notes)

    def _far(self, x: Float[Array, " n"], series: nw.Series[Any]) -> tuple[Note, ...]:
        """A note where numbers are farther from those of the training rows than these are from one another."""
        if self.low is None or self.high is None or self.low == self.high:
            return ()
        width = self.high - self.low
        far = (x < self.low - width) | (x > self.high + width)
        done = f"the training rows hold {self.low:.6g} to {self.high:.6g}"
        return (note_rows(self.name, "far", series, far, done),) if far.any() else ()

    def decode(self, values: Float[Array, "n k"]) -> Float[Array, " n"]:
        """``x = z · scale + mean``; NaN where the second feature says that it is missing (above 0.5)."""
        x = values[:, 0] * self.scale + self.mean
        return np.where(values[:, 1] > 0.5, np.nan, x) if self.had_gaps else x

    def slope(self, series: nw.Series[Any]) -> Float[Array, "n k"]:
        """``1 / scale``, and 0 at a gap and for the second feature."""
        result = np.zeros((len(series), len(self.features)))
        result[:, 0] = np.where(np.isnan(numbers(series)), 0.0, 1 / self.scale)
        return result

    def work(self, series: nw.Series[Any]) -> list[Worked]:
        """See :meth:`FeatureEncoder.work`."""
        raw, result = one_value(series), self.encode(series).values[0].tolist()
        values = {"mean": self.mean, "scale": self.scale}
        if raw is None:
            formula = "(mean − mean) / scale"
        else:
            formula = "(x − mean) / scale"
            values = {"x": float(numbers(series)[0]), **values}
        lines = [Worked(self.name, raw, self.name, formula, values, result[0])]
        if self.had_gaps:
            lines.append(work_missing(self.name, raw, result[1]))
        return lines


def work_missing(name: str, raw: object, result: float) -> Worked:
    """Show the feature that says whether a cell is missing."""
    return Worked(name, raw, f"{name} is missing", "1 if there is no value, else 0", {}, result)
