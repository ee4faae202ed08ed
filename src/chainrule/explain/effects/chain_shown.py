"""What comes of the chain rule through fitted networks: at a point, and over a range.

Shapes: p points.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from chainrule._typing import Array, Float
from chainrule.drawing.plot import Plot, axis_for
from chainrule.errors import InputError
from chainrule.explain.document import Column as Head, Document, Line, Picture, Section, Table, Term
from chainrule.explain.effects.columns import UNITS
from chainrule.explain.shown import Shown
from chainrule.format import short


@dataclass(frozen=True)
class ChainFactor:
    """One network's own response."""

    of: str
    wrt: str
    value: float
    """``d of / d wrt`` at the point."""
    elasticity: float
    """``d of / d wrt · wrt / of``; NaN where that is not defined."""
    label: str


@dataclass(frozen=True, repr=False)
class ChainDerivative(Shown):
    """The derivative at one point: its factors, their product, and the same as an elasticity."""

    of: str
    wrt: str
    paths: Sequence[tuple[ChainFactor, ...]]
    """Every way from the one to the other: factors from the outside in."""
    point: Mapping[str, float | str]
    """The value of every column and every answer."""
    unit: str
    """What a point in time moves by."""
    notes: tuple[str, ...] = ()

    @property
    def value(self) -> float:
        """The product of the factors; of several ways the sum."""
        return float(sum(prod(factor.value for factor in path) for path in self.paths))

    @property
    def elasticity(self) -> float:
        """By how many per cent ``of`` moves when ``wrt`` grows by one per cent: the product of the elasticities."""
        return float(sum(prod(factor.elasticity for factor in path) for path in self.paths))

    @property
    def factors(self) -> tuple[ChainFactor, ...]:
        """The factors, where there is one way alone.

        Raises:
            InputError: there are several.
        """
        if len(self.paths) > 1:
            raise InputError(f"d {self.of}/d {self.wrt} has {len(self.paths)} ways; see .paths.")
        return self.paths[0]

    def document(self) -> Document:
        """The point, every factor, the product, and the same for elasticities."""
        factors = list(dict.fromkeys(factor for path in self.paths for factor in path))
        each = [Line(_d(f), _d(f), "", f.value, note=f.label) for f in factors]
        whole = _all_ways(f"d {self.of}/d {self.wrt}", list(map(_d, factors)))
        lines = [*each, self._product(whole, self.value, _d, "value")]
        sections = [Section("chain", f"Derivative{f', a {self.unit}' * bool(self.unit)}", tuple(lines), self._where())]
        if np.isfinite(self.elasticity):
            each = [Line(_e(f), _e(f), "", f.elasticity, note=f.label) for f in factors]
            whole = _all_ways(f"ε({self.of}, {self.wrt})", list(map(_e, factors)))
            lines = [*each, self._product(whole, self.elasticity, _e, "elasticity")]
            note = f"By how many per cent {self.of} moves when {self.wrt} grows by one per cent."
            sections.append(Section("chain", "Elasticity", tuple(lines), note))
        return Document("Chain rule", f"{self.of} by {self.wrt}", tuple(sections))

    def _product(self, whole: str, value: float, name: Any, field: str) -> Line:
        terms = tuple(
            Term(
                tuple(map(name, path)),
                tuple(getattr(factor, field) for factor in path),
                prod(getattr(factor, field) for factor in path),
            )
            for path in self.paths
        )
        formula = " + ".join(" · ".join(map(name, path)) for path in self.paths)
        return Line(whole, whole, formula, value, terms)

    def _where(self) -> str:
        values = ", ".join(
            f"{name} = {value if isinstance(value, str) else short(value, 6)}" for name, value in self.point.items()
        )
        return " ".join([f"At {values}.", *self.notes])


def _d(factor: ChainFactor) -> str:
    return f"d {factor.of}/d {factor.wrt}"


def _e(factor: ChainFactor) -> str:
    return f"ε({factor.of}, {factor.wrt})"


def _all_ways(whole: str, factors: Collection[str]) -> str:
    """What the sum over all ways is called: where one of several factors has its name, that is one way alone."""
    return f"{whole}, all ways" if whole in factors and len(factors) > 1 else whole


@dataclass(frozen=True, repr=False)
class ChainCurve(Shown):
    """The same while the first column runs over a range."""

    of: str
    wrt: str
    x: Float[Array, " p"]
    labels: tuple[str, ...]
    """The points as people write them."""
    predictions: Mapping[str, Float[Array, " p"]]
    """The answer of every network."""
    factors: Mapping[str, Float[Array, " p"]]
    """Every factor: ``d sales/d fried``."""
    value: Float[Array, " p"]
    """The derivative."""
    elasticity: Float[Array, " p"]
    unit: str
    notes: tuple[str, ...] = ()

    def document(self) -> Document:
        """Pictures of the answer, the derivative and its factors, and a table."""
        whole = _all_ways(f"d {self.of}/d {self.wrt}", self.factors)
        drawn = {self.of: self.predictions[self.of], whole: self.value, **self.factors}
        heads = [Head(self.wrt, "text" if self.unit else "number")]
        heads += map(Head, (*self.predictions, *self.factors, *({whole} - set(self.factors))))
        columns = [*self.predictions.values(), *self.factors.values()]
        if whole not in self.factors:
            columns.append(self.value)
        if np.isfinite(self.elasticity).any():
            heads.append(Head("elasticity"))
            columns.append(self.elasticity)
        cells = np.stack(columns, axis=1).tolist()
        first = self.labels if self.unit else self.x.tolist()
        rows = [(start, *(None if c != c else c for c in row)) for start, row in zip(first, cells, strict=True)]
        table = Table(tuple(heads), tuple(rows), most=12)
        pictures = tuple(self._picture(name, values) for name, values in drawn.items())
        section = Section("chain", "", (*pictures, table), " ".join(self.notes))
        return Document("Chain rule over a range", f"{self.of} by {self.wrt}", (section,))

    def _picture(self, name: str, values: Float[Array, " p"]) -> Picture:
        x = 1970 + self.x / UNITS["year"] if self.unit == "day" else self.x
        plot = Plot(f"{name} by {self.wrt}", axis_for(self.wrt, x), axis_for(name, values))
        plot.line(x, values, "c1")
        text = f"{name}: from {short(values[0])} at {self.labels[0]} to {short(values[-1])} at {self.labels[-1]}."
        return Picture(plot.svg(), text)
