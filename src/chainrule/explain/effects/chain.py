"""The chain rule through fitted networks: the prediction of one is a column of the next.

The derivative of the last answer by a column of the first is a product of each network's own effect, and where there
are several ways from the one to the other, the sum of their products.

Shapes: p points.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from chainrule.data.cells import key
from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.explain.document import Document
from chainrule.explain.effects.chain_shown import ChainCurve, ChainDerivative, ChainFactor
from chainrule.explain.effects.columns import UNITS, Column, find_column
from chainrule.explain.effects.curve import raw_range, raw_value
from chainrule.explain.effects.outside import ends, outside_range
from chainrule.explain.effects.subject import Subject
from chainrule.explain.shown import Shown
from chainrule.layers.common import is_whole


@dataclass(frozen=True, repr=False)
class Model:
    """One network of a chain."""

    subject: Subject
    output: str
    """What its answer is called."""
    answer: int
    """Which of its answers is passed on."""
    label: str
    """What it stands for: ``demand side``; empty where nothing was said."""


class Step(NamedTuple):
    """One factor's place: a network, and one of its columns."""

    model: Model
    column: Column


@dataclass(frozen=True, repr=False)
class Chain(Shown):
    """Fitted networks, one after the other; see :func:`chainrule.chain`."""

    models: tuple[Model, ...]
    wrt: str
    """The column that is moved."""

    @property
    def of(self) -> str:
        """The last answer."""
        return self.models[-1].output

    @cached_property
    def paths(self) -> tuple[tuple[Step, ...], ...]:
        """Every way from ``wrt`` to the last answer, from the inside out."""
        return tuple(_paths(self.models, self.wrt))

    def derivative(self, at: Mapping[str, object] | None = None) -> ChainDerivative:
        """The derivative at a point, with its factors.

        Args:
            at: values of columns, ``{"chicken": 3.2}``; the others are at the mean of the training rows (categories at
                their most frequent level).

        Raises:
            InputError: there is no such column, it is computed by the chain, or a value is missing or not finite.
        """
        values, said = self._point(at)
        done = self._run({name: [value] for name, value in values.items()})
        paths = tuple(
            tuple(
                ChainFactor(
                    step.model.output,
                    step.column.name,
                    float(done.slopes[place][step.column.name][0]),
                    float(_elasticity(done, step)[0]),
                    step.model.label or f"how {step.model.output} responds to {step.column.name}",
                )
                for place, step in ((self.models.index(step.model), step) for step in reversed(path))
            )
            for path in self.paths
        )
        point = said | {model.output: float(done.answers[model.output][0]) for model in self.models}
        return ChainDerivative(self.of, self.wrt, paths, point, self._unit, tuple(done.notes))

    def elasticity(self, at: Mapping[str, object] | None = None) -> float:
        """By how many per cent the last answer moves when the column grows by one per cent, at a point."""
        return self.derivative(at).elasticity

    def over(
        self, start: object = None, stop: object = None, *, points: int = 50, at: Mapping[str, object] | None = None
    ) -> ChainCurve:
        """The derivative and its factors while the column runs over a range.

        Args:
            start: where it begins; by default the smallest value of the rows that the first network was trained on.
            stop: where it ends; by default the largest.
            points: how many places of the range.
            at: values of the other columns, as for :meth:`derivative`.

        Raises:
            InputError: there is no such range; see :meth:`derivative`.
        """
        column = self._column
        if not is_whole(points, 2):
            raise InputError(f"points must be a whole number of at least 2; got {points!r}.")
        learned = self._first.subject.learned
        if (start is None or stop is None) and learned is None:
            raise InputError(
                f"Say from where to where '{self.wrt}' goes: chain.over(start, stop). A run that was loaded does not "
                "have the rows that it was trained on."
            )
        low, high = raw_range(column, start, stop, (0.0, 0.0) if learned is None else ends(column, learned))
        values, _ = self._point(at, ranging=True)
        x = np.linspace(low, high, points)
        done = self._run({name: [value] * points for name, value in values.items()} | {self.wrt: x.tolist()})
        factors: dict[str, np.ndarray] = {}
        total, elastic = np.zeros(points), np.zeros(points)
        for path in self.paths:
            slopes = [done.slopes[self.models.index(step.model)][step.column.name] for step in path]
            total += np.prod(slopes, axis=0)
            elastic += np.prod([_elasticity(done, step) for step in path], axis=0)
            for step, slope in reversed(list(zip(path, slopes, strict=True))):
                factors[f"d {step.model.output}/d {step.column.name}"] = slope
        labels = tuple(map(column.told, x.tolist()))
        answers = {model.output: done.answers[model.output] for model in self.models}
        notes = tuple(done.notes)
        return ChainCurve(self.of, self.wrt, x, labels, answers, factors, total, elastic, self._unit, notes)

    def document(self) -> Document:
        """The derivative at the mean of the training rows."""
        return self.derivative().document()

    # -- the passes

    @cached_property
    def _first(self) -> Model:
        return self.paths[0][0].model

    @property
    def _column(self) -> Column:
        return self.paths[0][0].column

    @property
    def _unit(self) -> str:
        return self._column.unit if self._column.is_time else ""

    def _point(
        self, at: Mapping[str, object] | None, *, ranging: bool = False
    ) -> tuple[dict[str, Any], dict[str, float | str]]:
        """The value of every column that no network computes, and how people write it."""
        given = dict(at or {})
        outputs = {model.output for model in self.models}
        columns: dict[str, tuple[Model, Column]] = {}
        for model in self.models:
            for column in model.subject.columns:
                if column.name not in outputs:
                    columns.setdefault(column.name, (model, column))
        for name in given:
            if name in outputs:
                raise InputError(f"'{name}' is computed by the chain; leave it out of at=.")
            if name not in columns:
                raise InputError(
                    f"No network of the chain takes a column '{name}'; they take {list_some(columns)}."
                    f"{did_you_mean(name, columns)}"
                )
        values: dict[str, Any] = {}
        said: dict[str, float | str] = {}
        for name, (model, column) in columns.items():
            if ranging and name == self.wrt:
                values[name] = 0.0
            elif name in given:
                values[name] = _given(column, given[name])
            else:
                values[name] = _usual(model.subject, column)
            if column.levels is not None:
                said[name] = key(values[name])
            else:
                said[name] = column.told(values[name]) if column.is_time else values[name]
        return values, said

    def _run(self, values: Mapping[str, Sequence[Any]]) -> "_Done":
        """Every network's answer and its slopes, at points."""
        known = dict(values)
        points = len(next(iter(values.values())))
        done = _Done({}, [], {}, [])
        used = {(id(step.model), step.column.name) for path in self.paths for step in path}
        for model in self.models:
            subject = model.subject
            inputs = _inputs(subject, known, points)
            answers, slopes = subject.slopes(inputs)
            found: dict[str, np.ndarray] = {}
            for column in subject.columns:
                if column.levels is None:
                    raw = np.asarray(known[column.name], dtype=np.float64)
                    done.raw[column.name] = raw
                    if (id(model), column.name) in used:
                        slope = subject.slope(column, raw, slopes)[:, model.answer]
                        found[column.name] = slope * (UNITS[column.unit] if column.is_time else 1.0)
                    if subject.learned is not None:
                        done.notes.extend(outside_range(column, raw, subject.learned, "points"))
            done.slopes.append(found)
            done.answers[model.output] = answers[:, model.answer]
            known[model.output] = answers[:, model.answer].tolist()
        done.raw.update(done.answers)
        return done


@dataclass
class _Done:
    """What the passes through a chain came to."""

    answers: dict[str, np.ndarray]
    slopes: list[dict[str, np.ndarray]]
    """A network's slopes by its columns."""
    raw: dict[str, np.ndarray]
    notes: list[str]


def _elasticity(done: _Done, step: Step) -> np.ndarray:
    """The elasticity of one factor; NaN for points in time, and where an answer is 0."""
    if step.column.is_time:
        return np.full(len(done.answers[step.model.output]), np.nan)
    place = list(done.answers).index(step.model.output)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = done.slopes[place][step.column.name] * done.raw[step.column.name] / done.answers[step.model.output]
    return np.where(np.isfinite(found), found, np.nan)


def _inputs(subject: Subject, values: Mapping[str, Sequence[Any]], points: int) -> dict[str, np.ndarray]:
    """Points as a network takes them."""
    shapes = subject.network.input_shapes or {}
    inputs = {name: np.zeros((points, *shape)) for name, shape in shapes.items()}
    for column in subject.columns:
        encoded = column.encode(values[column.name])
        if column.place is None:
            inputs[column.input] = encoded
        else:
            inputs[column.input][:, column.place] = encoded
    return inputs


def _given(column: Column, value: object) -> Any:
    if column.levels is None:
        return raw_value(column, value, f"at['{column.name}']")
    by_key = {key(level): level for level in column.levels}
    name = key(value) if isinstance(value, (bool, int, float, str)) else str(value)
    if name not in by_key:
        raise InputError(
            f"'{column.name}' has no level {value!r}; it has {list_some(by_key)}.{did_you_mean(name, by_key)}"
        )
    return by_key[name]


def _usual(subject: Subject, column: Column) -> Any:
    """The mean of the training rows, or the most frequent level."""
    mean = getattr(column.encoder, "mean", None)
    if column.levels is None and mean is not None:
        return float(mean)
    if subject.learned is None:
        raise InputError(
            f"Say where: at={{'{column.name}': …}}. A run that was loaded does not have the rows that it was trained "
            "on, from which its usual value would be taken."
        )
    if column.levels is None:
        return float(np.nanmean(column.values(subject.learned)))
    held = [level for level in column.held(subject.learned) if level is not None]
    return max(column.levels, key=held.count)


def _paths(models: Sequence[Model], start: str) -> Iterator[tuple[Step, ...]]:
    """Every way from a name to the last answer."""
    for place, model in enumerate(models):
        for column in model.subject.columns:
            if column.name == start and column.levels is None:
                step = Step(model, column)
                if place == len(models) - 1:
                    yield (step,)
                else:
                    for path in _paths(models[place + 1 :], model.output):
                        yield (step, *path)


def chain_of(models: Sequence[Model], wrt: str | None) -> Chain:
    """Put networks in a chain.

    Raises:
        InputError: they do not fit together, or ``wrt`` is no column that the last answer depends on.
    """
    outputs = [model.output for model in models]
    for place, model in enumerate(models):
        if outputs.index(model.output) < place:
            raise InputError(
                f"Networks {outputs.index(model.output) + 1} and {place + 1} both predict '{model.output}'; call one "
                "of them otherwise: cr.Link(run, output='…')."
            )
        if place < len(models) - 1:
            _check_passes_on(models, place)
    names = {column.name: column for model in models for column in model.subject.columns if column.name not in outputs}
    if wrt is None:
        free = [column.name for column in models[0].subject.columns if column.levels is None]
        if len(free) != 1:
            raise InputError(
                f"Say by which column of the first network: wrt= one of {list_some(free)}."
                if free
                else "The first network takes categories alone, which have no slope."
            )
        wrt = free[0]
    if wrt not in names:
        if wrt in outputs:
            raise InputError(
                f"'{wrt}' is computed by the chain; differentiate by a column that it takes: {list_some(names)}."
            )
        raise InputError(
            f"No network of the chain takes a column '{wrt}'; they take {list_some(names)}.{did_you_mean(wrt, names)}"
        )
    if names[wrt].levels is not None:
        raise InputError(f"'{wrt}' has levels and no slope: run.effects() compares them.")
    return Chain(tuple(models), wrt)


def _check_passes_on(models: Sequence[Model], place: int) -> None:
    model, later = models[place], models[place + 1 :]
    if model.subject.probabilities:
        raise InputError(
            f"Network {place + 1} predicts classes, '{model.subject.target}'; only numbers are passed on. Put it last."
        )
    takers = [each for each in later if any(column.name == model.output for column in each.subject.columns)]
    if not takers:
        columns = [column.name for each in later for column in each.subject.columns]
        raise InputError(
            f"Network {place + 1} predicts '{model.output}', which no later network takes; they take "
            f"{list_some(columns)}.{did_you_mean(model.output, columns)} Where it is called otherwise: "
            f"cr.Link(run, output='{columns[0]}')."
        )
    for each in takers:
        if find_column(each.subject.columns, model.output).levels is not None:
            raise InputError(
                f"'{model.output}' is a number for network {place + 1}, and a category for the one that predicts "
                f"'{each.output}': train that with kinds={{'{model.output}': 'number'}}."
            )
