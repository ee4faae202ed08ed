"""A curve: the answer and the effect of one column while it runs over a range, all else as it is.

Shapes: p points of the range, n rows, o answers.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chainrule._typing import Array, Float
from chainrule.drawing.plot import Plot, axis_for
from chainrule.errors import ChainruleError, InputError
from chainrule.explain.document import Column as Head, Document, Picture, Section, Table
from chainrule.explain.effects.columns import UNITS, Cells, Column, find_column
from chainrule.explain.effects.intervals import normal_interval, resampled_averages, standard_errors, usual_repeats
from chainrule.explain.effects.outside import ends, outside_range
from chainrule.explain.effects.subject import Subject
from chainrule.explain.shown import Shown
from chainrule.format import short
from chainrule.layers.common import is_whole

MOST_POINTS, MOST_NUMBERS = 1_000, 2_000_000


@dataclass(frozen=True, repr=False)
class Curve(Shown):
    """Averages over rows, at every point of a range."""

    column: str
    answers: tuple[str, ...]
    x: Float[Array, " p"]
    """The points in raw units; points in time in seconds since 1970 (times of day since midnight)."""
    labels: tuple[str, ...]
    """The points as people write them."""
    predictions: Float[Array, "p o"]
    """The average answer."""
    effects: Float[Array, "p o"]
    """The average effect: of points in time a day's (an hour's, of times of day)."""
    prediction_errors: Float[Array, "p o"]
    """Standard errors, from resampled rows; NaN for a single row."""
    effect_errors: Float[Array, "p o"]
    unit: str
    """What points in time move by."""
    rows: int
    level: float
    notes: tuple[str, ...] = ()

    @property
    def elasticities(self) -> Float[Array, "p o"]:
        """``effect · x / answer``, of the averages; NaN for points in time and where the answer is 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = self.effects * self.x[:, None] / self.predictions
        return np.where(np.isfinite(found) & (self.unit == ""), found, np.nan)

    def document(self) -> Document:
        """Two pictures and a table for every answer."""
        sections = tuple(self._section(place) for place in range(len(self.answers)))
        label = f"of {self.column} on {', '.join(self.answers)}"
        return Document("Effect over a range", label, sections)

    def _section(self, place: int) -> Section:
        answer = self.answers[place]
        per = f" a {self.unit}" if self.unit else ""
        lines = (
            self._picture(place, answer, self.predictions, self.prediction_errors),
            self._picture(place, f"effect on {answer}{per}", self.effects, self.effect_errors),
            Table(tuple(self._heads()), tuple(self._rows(place)), most=12),
        )
        notes = " ".join(self._notes()) if place == 0 else ""
        return Section("effects", answer if len(self.answers) > 1 else "", lines, notes)

    def _notes(self) -> Iterator[str]:
        if self.rows > 1:
            yield f"Averages over {self.rows:,} rows, all else as it is in each."
            if np.isfinite(self.effect_errors).any():
                yield f"Thin lines: {self.level:.0%} intervals, from resampled rows; the network is taken as it is."
        yield from self.notes

    def _picture(self, place: int, title: str, values: Float[Array, "p o"], errors: Float[Array, "p o"]) -> Picture:
        middle = values[:, place]
        low, high = normal_interval(middle, errors[:, place], self.level).T
        x, along = (self.x, self.column) if not self.unit else _years(self.x, self.unit, self.column)
        plot = Plot(f"{title} by {self.column}", axis_for(along, x), axis_for(title, middle, low, high))
        if np.isfinite(low).any():
            plot.line(x, low, "faint")
            plot.line(x, high, "faint")
        plot.line(x, middle, "c1")
        least, most = int(np.argmin(middle)), int(np.argmax(middle))
        text = (
            f"{title}: from {short(middle[0])} at {self.labels[0]} to {short(middle[-1])} at {self.labels[-1]}; least "
            f"{short(middle[least])} at {self.labels[least]}, most {short(middle[most])} at {self.labels[most]}."
        )
        return Picture(plot.svg(), text)

    def _heads(self) -> Iterator[Head]:
        yield Head(self.column, "text" if self.unit else "number")
        yield Head("answer")
        yield Head("effect")
        if np.isfinite(self.effect_errors).any():
            yield Head("std. error")
        if not self.unit:
            yield Head("elasticity")

    def _rows(self, place: int) -> Iterator[tuple[float | str | None, ...]]:
        for at, x in enumerate(self.x.tolist()):
            cells: list[float | str | None] = [self.labels[at] if self.unit else x]
            cells += [float(self.predictions[at, place]), float(self.effects[at, place])]
            if np.isfinite(self.effect_errors).any():
                cells.append(float(self.effect_errors[at, place]))
            if not self.unit:
                elasticity = float(self.elasticities[at, place])
                cells.append(None if np.isnan(elasticity) else elasticity)
            yield tuple(cells)


def curve(
    subject: Subject,
    cells: Cells,
    name: str,
    start: object,
    stop: object,
    points: int,
    rows: int,
    level: float,
) -> Curve:
    """The answer and the effect of one column over a range: see :meth:`Effects.over`."""
    column = find_column(subject.columns, name)
    if column.levels is not None:
        raise InputError(f"'{name}' has levels, not a range; run.effects() compares them.")
    for what, value, least in (("points", points, 2), ("rows", rows, 1)):
        if not is_whole(value, least):
            raise InputError(f"{what} must be a whole number of at least {least}; got {value!r}.")
    kept = np.unique(np.linspace(0, cells.rows - 1, min(rows, cells.rows)).round().astype(int))
    if points > MOST_POINTS or points * len(kept) > MOST_NUMBERS:
        raise InputError(
            f"{points:,} points for {len(kept):,} rows are too many: at most {MOST_POINTS:,} points, and "
            f"{MOST_NUMBERS:,} points times rows."
        )
    low, high = raw_range(column, start, stop, ends(column, subject.learned or cells))
    x = np.linspace(low, high, points)
    some = cells.at(kept) if len(kept) < cells.rows else cells
    inputs = {key: np.tile(array, (points, *(1,) * (array.ndim - 1))) for key, array in some.inputs.items()}
    values = np.repeat(x, len(kept))
    answers, slopes = subject.slopes(column.put(inputs, column.encode(values)))
    unit = column.unit if column.is_time else ""
    effects = subject.slope(column, values, slopes) * UNITS.get(unit, 1.0)
    both = np.stack([answers, effects]).reshape(2, points, len(kept), -1)
    errors = np.full((2, points, both.shape[3]), np.nan)
    if len(kept) > 1:
        flat = both.transpose(2, 0, 1, 3).reshape(len(kept), -1)
        draws = resampled_averages(flat, usual_repeats(len(kept)), 0)
        errors = standard_errors(draws).reshape(errors.shape)
    means = both.mean(axis=2)
    notes = [] if subject.learned is None else list(outside_range(column, x, subject.learned, "points"))
    return Curve(
        name,
        subject.answers,
        x,
        tuple(map(column.told, x.tolist())),
        means[0],
        means[1],
        errors[0],
        errors[1],
        unit,
        len(kept),
        level,
        tuple(notes),
    )


def raw_range(column: Column, start: object, stop: object, usual: tuple[float, float]) -> tuple[float, float]:
    """Where a range of raw numbers begins and ends; ``usual`` says it where a user does not (None).

    Raises:
        InputError: one of them is no value of the column, or the first is not the smaller one.
    """
    low, high = (
        end if given is None else raw_value(column, given, what)
        for given, end, what in zip((start, stop), usual, ("start", "stop"), strict=True)
    )
    if not low < high:
        raise InputError(
            f"A range of '{column.name}' goes from a smaller to a larger value; got {column.told(low)} to "
            f"{column.told(high)}."
        )
    return low, high


def raw_value(column: Column, given: object, what: str) -> float:
    """One raw number (of points in time: seconds) from what a user passes.

    Raises:
        InputError: it is no such value, or not finite.
    """
    expected = "a point in time" if column.is_time else "a finite number"
    problem = InputError(f"{what} must be {expected}, since it is of the column '{column.name}'; got {given!r}.")
    try:
        value = float(column.number(given))
    except (ChainruleError, TypeError, ValueError):
        raise problem from None
    if not np.isfinite(value):
        raise problem
    return value


def _years(x: Float[Array, " p"], unit: str, name: str) -> tuple[Float[Array, " p"], str]:
    """Points in time along an axis of years; times of day of hours."""
    if unit == "hour":
        return x / UNITS["hour"], f"{name} (hour of the day)"
    return 1970 + x / UNITS["year"], f"{name} (year)"
