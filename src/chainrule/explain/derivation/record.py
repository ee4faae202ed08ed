"""What a derivation holds: factors, paths, and the same by layers."""

from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.explain.derivation.graph import ArrayName, Graph
from chainrule.explain.derivation.rule import Rule
from chainrule.explain.derivation.units import Index, Place, Unit

MATRIX_MOST = 4_000_000
"""Numbers of a Jacobian beyond which it is not written as a matrix."""


@dataclass(frozen=True)
class Factor:
    """One partial derivative of a path."""

    of: str
    wrt: str
    value: float
    """From ``backward`` on a unit vector: the function that trained."""
    origin: Rule
    """Where it comes from."""

    @property
    def rule(self) -> str:
        """Where it comes from, in words."""
        return self.origin.where

    @property
    def latex(self) -> str:
        """Its formula in LaTeX; in words, where there is none of one line."""
        return self.origin.latex or rf"\text{{{self.origin.where}}}"

    @property
    def values(self) -> dict[str, float]:
        """The values of the formula's symbols."""
        return dict(self.origin.values)

    @cached_property
    def formula(self) -> Any:
        """The formula as a SymPy expression: with ``values`` put in it is ``value``. None where there is none."""
        from chainrule.explain.symbols import expression

        origin = self.origin
        return expression(origin.latex, origin.function, origin.over) if origin.latex else None


@dataclass(frozen=True)
class Path:
    """One way from the one to the other, on one row: the product of its factors."""

    row: int
    """The row on which it ends."""
    factors: tuple[Factor, ...]

    @property
    def value(self) -> float:
        """The product."""
        return prod(each.value for each in self.factors)

    @property
    def through(self) -> tuple[str, ...]:
        """The numbers it runs through, from the outside in."""
        return tuple(each.wrt for each in self.factors)


@dataclass(frozen=True, eq=False)
class Jacobian:
    """The derivatives of all numbers of one array by all of another, on the rows that belong together."""

    of: str
    wrt: str
    rows: tuple[int, ...]
    of_shape: Index
    wrt_shape: Index
    _graph: Graph = field(repr=False)
    _of: ArrayName = field(repr=False)
    _wrt: ArrayName = field(repr=False)

    @property
    def row_names(self) -> tuple[str, ...]:
        """How its rows are called, as people count."""
        return tuple(f"row {self._graph.trace.row_number(row):,}" for row in self.rows)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the matrix."""
        return len(self.rows) * prod(self.of_shape), len(self.rows) * prod(self.wrt_shape)

    @cached_property
    def matrix(self) -> np.ndarray:
        """The matrix: a row for each number that is differentiated, in the order of their places.

        Raises:
            InputError: it is too large.
        """
        if prod(self.shape) > MATRIX_MOST:
            raise InputError(
                f"∂{self.of}/∂{self.wrt} is a matrix of {self.shape[0]:,} × {self.shape[1]:,} numbers, more than "
                f"{MATRIX_MOST:,}. Differentiate single numbers: "
                f"trace.derivation('{self.wrt}[…]', '{self.of}[…]', row=…)."
            )
        result = np.zeros(self.shape)
        row_of = {row: place for place, row in enumerate(self.rows)}
        size = prod(self.wrt_shape)
        at = 0
        for row in self.rows:
            for index in np.ndindex(self.of_shape):
                for partials in self._graph.neighbours(Unit(*self._of, row, index)):
                    if self._graph.shown(partials.array) == self._wrt:
                        rows = np.array([row_of.get(int(each), -1) for each in partials.places[0]], dtype=int)
                        inside = partials.places[1:]
                        flat = np.ravel_multi_index(inside, self.wrt_shape) if self.wrt_shape else 0
                        kept = rows >= 0
                        result[at, (rows * size + flat)[kept]] += partials.values[kept]
                at += 1
        return result


@dataclass(frozen=True)
class Stage:
    """The derivative by everything that one node computed, on one row: what all paths through it come to."""

    name: str
    row: int | None
    """None where rows are mixed (batch normalisation in training), and all of them belong together."""
    values: np.ndarray
    made_of: tuple[tuple[str, Jacobian], ...] = ()
    """The stages before, each with the Jacobian that it is multiplied by; their sum is ``values``."""


def jacobian(graph: Graph, of: ArrayName, wrt: ArrayName, rows: tuple[int, ...]) -> Jacobian:
    """The derivatives of one array by a neighbouring one."""
    return Jacobian(
        Place(*of, None).array,
        Place(*wrt, None).array,
        rows,
        graph.shape(of)[1:],
        graph.shape(wrt)[1:],
        graph,
        of,
        wrt,
    )
