"""Marginal effects: how far an answer moves when a raw column moves by one, for a row and on average.

Shapes: n rows, v variables, o answers, r retrainings or resamples.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from chainrule._typing import Array, Float
from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.explain.digits import usual_decimals
from chainrule.explain.document import Column as Head, Document, Section, Table
from chainrule.explain.effects.by_row import Variable
from chainrule.explain.effects.columns import Cells
from chainrule.explain.effects.intervals import averages, normal_interval, standard_errors
from chainrule.explain.effects.subject import Subject
from chainrule.explain.shown import Shown

if TYPE_CHECKING:
    from chainrule.explain.effects.curve import Curve
    from chainrule.explain.effects.regression import Regression

How = Literal["rows", "bootstrap", "restarts"]
"""What was drawn again for standard errors: the rows that are averaged over, the rows that train, or first weights."""


class Effect(NamedTuple):
    """One effect on one answer."""

    variable: str
    answer: str
    effect: float
    std_error: float
    low: float
    high: float
    elasticity: float


@dataclass(frozen=True, repr=False)
class Effects(Shown):
    """Effects of columns on answers, in raw units: ``effects["price"].effect``.

    Averages leave out rows where the effect is not defined: those that have no value of the column.
    """

    variables: tuple[Variable, ...]
    answers: tuple[str, ...]
    by_row: Float[Array, "n v o"]
    """The effect for every row; NaN where a row has no value of the column."""
    values: Float[Array, "n v"]
    """The raw values; of points in time seconds, of a level 1 where the row has it."""
    predictions: Float[Array, "n o"]
    draws: Float[Array, "r v o"]
    """The average effect of every resample or retraining."""
    how: How | None
    """What was drawn again; None for no standard errors."""
    level: float
    """How sure intervals are meant to be."""
    notes: tuple[str, ...] = ()
    regression: "Regression | None" = None
    """What a regression with the same columns gives, where that was asked for."""
    number: int | None = None
    """The row that these are the effects of, from 0; None for an average."""
    subject: Subject = field(kw_only=True)
    cells: Cells = field(kw_only=True)
    """The rows."""

    @cached_property
    def effects(self) -> Float[Array, "v o"]:
        """The average effect of every variable on every answer."""
        return averages(self.by_row)

    @cached_property
    def std_errors(self) -> Float[Array, "v o"]:
        """Standard errors of the averages, NaN where none were asked for."""
        return standard_errors(self.draws)

    @property
    def intervals(self) -> Float[Array, "v o 2"]:
        """The low and the high end of each average's interval: ``effect ± z · standard error``."""
        return normal_interval(self.effects, self.std_errors, self.level)

    @cached_property
    def elasticities_by_row(self) -> Float[Array, "n v o"]:
        """By how many per cent the answer moves when the number grows by one: ``effect · x / answer``; else NaN."""
        slopes = np.asarray([not (each.is_level or each.unit) for each in self.variables])
        with np.errstate(divide="ignore", invalid="ignore"):
            found = self.by_row * self.values[:, :, None] / self.predictions[:, None, :]
        return np.where(slopes[None, :, None] & np.isfinite(found), found, np.nan)

    @cached_property
    def elasticities(self) -> Float[Array, "v o"]:
        """The average elasticity of numbers; NaN for levels and times, and where answers are not all of one sign."""
        signs = np.sign(self.predictions)
        mixed = (signs != signs[:1]).any(axis=0) | (signs == 0).any(axis=0)
        return np.where(mixed[None, :], np.nan, averages(self.elasticities_by_row))

    def __getitem__(self, name: str | tuple[str, str]) -> Effect:
        """The effect of one variable, where there is one answer; of several, ``effects["price", "P(yes)"]``.

        Raises:
            InputError: there is no such variable or answer, or several answers and none is named.
        """
        variable, answer = (name, None) if isinstance(name, str) else name
        at = _place(variable, [each.name for each in self.variables], "variable")
        if answer is None and len(self.answers) > 1:
            raise InputError(
                f"There are {len(self.answers)} answers; say which: effects['{variable}', '{self.answers[0]}']."
            )
        to = 0 if answer is None else _place(answer, self.answers, "answer")
        low, high = self.intervals[at, to].tolist()
        numbers = (self.effects[at, to], self.std_errors[at, to], low, high, self.elasticities[at, to])
        return Effect(variable, self.answers[to], *map(float, numbers))

    def row(self, number: int) -> "Effects":
        """The effects for one row, counted from 0.

        Raises:
            InputError: there is no such row.
        """
        rows = len(self.by_row)
        if number not in range(rows):
            raise InputError(f"There is no row({number!r}): there are {rows:,} rows, row(0) to row({rows - 1}).")
        one = slice(number, number + 1)
        return replace(
            self,
            by_row=self.by_row[one],
            values=self.values[one],
            predictions=self.predictions[one],
            draws=self.draws[:0],
            how=None,
            regression=None,
            notes=(),
            number=number,
            cells=self.cells.at(one),
        )

    def over(
        self, column: str, start: object = None, stop: object = None, *, points: int = 50, rows: int = 500
    ) -> "Curve":
        """The answer and the effect of one column while it runs over a range, all else as it is in the rows.

        Args:
            column: a column of numbers or of points in time.
            start: where the range begins; by default the smallest value of the rows it was trained on.
            stop: where it ends; by default the largest.
            points: how many places of the range.
            rows: of more rows than this so many, evenly spaced, are averaged.

        Raises:
            InputError: there is no such column, it has levels, or there is no such range.
        """
        from chainrule.explain.effects.curve import curve

        return curve(self.subject, self.cells, column, start, stop, points, rows, self.level)

    # -- shown

    def document(self) -> Document:
        """A table an answer: variable, effect, standard error and interval, elasticity, and a regression's beside."""
        sections = tuple(self._section(place) for place in range(len(self.answers)))
        label = f"on {self.subject.target}, "
        label += f"{len(self.by_row):,} rows" if self.number is None else f"row {self.cells.number(0):,}"
        return Document("Effects", label, sections)

    def _section(self, place: int) -> Section:
        answer = self.answers[place]
        table = Table(tuple(self._heads(place)), tuple(self._lines(place)))
        title = answer if len(self.answers) > 1 or answer != self.subject.target else ""
        notes = [*self._remarks(), *self.notes] if place == 0 else []
        return Section("effects", title, (table,), " ".join(notes))

    def _heads(self, place: int) -> Iterator[Head]:
        middle = self._decimals(place)
        yield Head("variable", "text")
        if self._noted:
            yield Head("of", "text")
        yield Head("mean" if self.number is None else "value", decimals=usual_decimals(averages(self.values)))
        yield Head("effect", decimals=middle)
        if self.how is not None:
            yield Head("std. error", decimals=middle)
            yield Head(f"{self.level:.0%} low", decimals=middle)
            yield Head("high", decimals=middle)
        if self._elastic[place]:
            yield Head("elasticity", decimals=usual_decimals(self.elasticities[:, place]))
        if self.regression is not None:
            yield Head(self.regression.name, decimals=middle)
            yield Head("its std. error", decimals=middle)

    def _decimals(self, place: int) -> int:
        """Of an answer's effects and their standard errors, but for those that are nothing but rounding."""
        effects, errors = self.effects[:, place], self.std_errors[:, place]
        least = 1e-4 * float(np.abs(effects).max(initial=0.0, where=np.isfinite(effects)))
        return usual_decimals([*effects, *errors[errors > least]])

    def _lines(self, place: int) -> Iterator[tuple[float | str | None, ...]]:
        means = averages(self.values)
        for at, variable in enumerate(self.variables):
            cells: list[float | str | None] = [variable.name]
            if self._noted:
                cells.append(variable.note)
            cells.append(None if variable.unit else _cell(means[at]))
            cells.append(_cell(self.effects[at, place]))
            if self.how is not None:
                cells += [_cell(self.std_errors[at, place]), *map(_cell, self.intervals[at, place])]
            if self._elastic[place]:
                cells.append(_cell(self.elasticities[at, place]))
            if self.regression is not None:
                cells += [_cell(self.regression.effects[at, place]), _cell(self.regression.std_errors[at, place])]
            yield tuple(cells)

    @property
    def _noted(self) -> bool:
        return any(variable.note for variable in self.variables)

    @property
    def _elastic(self) -> list[bool]:
        return np.isfinite(self.elasticities).any(axis=0).tolist()

    def _remarks(self) -> Iterator[str]:
        """What the numbers are, in sentences."""
        if self.how is not None:
            yield f"{_MEANING[self.how].format(count=len(self.draws))}"
        if self.subject.probabilities and len(self.answers) == 1 and self.subject.table is not None:
            yield "The effect on the probability of the other class is the same with the other sign."
        if self.regression is not None:
            yield from self.regression.notes


_MEANING = {
    "rows": "Standard errors: {count:,} resamples of the rows averaged over, the network as it is; another training is "
    "not counted in.",
    "bootstrap": "Standard errors: {count} retrainings on resampled rows.",
    "restarts": "Standard errors: {count} retrainings on the same rows from other first weights and orders.",
}


def _place(name: object, names: "tuple[str, ...] | list[str]", what: str) -> int:
    if name not in names:
        raise InputError(
            f"There is no {what} '{name}'; there are {list_some(names, most=12)}.{did_you_mean(str(name), names)}"
        )
    return names.index(str(name))


def _cell(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
