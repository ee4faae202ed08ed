"""A derivation: one derivative by the chain rule, every path's factors in symbols and in numbers, and their sum.

The factors are partial derivatives between neighbours of the graph: of a unit's activation by its pre-activation, of a
pre-activation by the units it was made from, of a pre-activation by a parameter. All of them come from the layers' and
activations' own ``backward`` (on unit vectors) and ``terms``: the functions that trained. The derivative itself comes
from the one backward pass, so that the paths' sum checks it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from chainrule.errors import InputError
from chainrule.explain.derivation.check import Checked, central_difference, checks_of
from chainrule.explain.derivation.record import Factor, Path, Stage
from chainrule.explain.derivation.walks import WIDEST, Walks
from chainrule.explain.digits import Words
from chainrule.explain.document import Document
from chainrule.explain.shown import Shown

if TYPE_CHECKING:
    from chainrule.explain.trace import Trace


@dataclass(frozen=True, repr=False, eq=False)
class Derivation(Shown):
    """One derivative and how the chain rule makes it."""

    of: str
    wrt: str
    value: float
    """From the backward pass."""
    rows: tuple[int, ...]
    terms: np.ndarray
    """What each row adds, shape (rows,)."""
    penalty: float
    """What penalties of the weights add, which is no row's."""
    paths: tuple[Path, ...] | None
    """Every path of every row that has no factor of 0; None where a row has more than ``most``."""
    most: int
    stages: tuple[Stage, ...]
    """The same by layers, from the outside in."""
    trace: "Trace"
    walks: Walks = field(repr=False)
    """What opens paths on demand."""
    note: Words = ""
    """Why it is 0, where an empty cell makes it so."""
    checks: tuple[Checked, ...] = ()
    """The same derivative from elsewhere, where :meth:`check` asked for it."""

    @cached_property
    def count(self) -> int:
        """How many paths there are whose factors are not 0, over all rows: counted exactly, not listed."""
        return sum(self.walks.count(row) for row in self.rows)

    @property
    def small(self) -> bool:
        """Whether its paths are counted and weighed unasked."""
        return self.walks.size <= WIDEST

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The factors, where there is one path alone.

        Raises:
            InputError: there are several.
        """
        if self.paths is None or len(self.paths) != 1:
            raise InputError(
                f"∂{self.of}/∂{self.wrt} has {self.count:,} paths; see .paths (a row= makes them fewer), or .stages, "
                "by layers."
            )
        return self.paths[0].factors

    def path(self, *through: str, row: int | None = None) -> Path:
        """The one path that runs through the numbers named, in any order: ``d.path("dense1.a[3]", "dense2.a[1]")``.

        Args:
            through: numbers of the pass, enough of them that one path is meant.
            row: the row on which it ends; by default the derivation's first.

        Raises:
            InputError: no path runs through them, or several do.
        """
        at = self.rows[0] if row is None else row
        if at not in self.rows:
            raise InputError(f"The derivation has no row={at}; it has {_said_rows(self.rows)}.")
        return self.walks.path(at, through, self.of, self.wrt)

    def largest(self, most: int = 5, row: int | None = None) -> tuple[Path, ...]:
        """The paths with the largest products, of either sign, on one row (by default each row's, largest first)."""
        rows = self.rows if row is None else (row,)
        found = [path for each in rows for path in islice(self.walks.largest(each), most)]
        return tuple(sorted(found, key=lambda path: -abs(path.value))[:most])

    @cached_property
    def numeric(self) -> float:
        """The same derivative by central differences, from new forward passes in double precision.

        Raises:
            InputError: one row's part of the loss, which no pass computes by itself.
        """
        return central_difference(self.trace, self.of, self.wrt, self.rows)

    def check(self) -> "Derivation":
        """The derivation with its checks on show: central differences, and PyTorch where it is installed.

        >>> from chainrule.network import Dense, Network
        >>> line = Network([Dense(1)], loss="ssr").set({"dense1.weight": [[0.64]], "dense1.bias": [0.0]})
        >>> checked = line.trace([[0.5]], [1.4]).derivation("dense1.bias[0]").check()
        >>> [(each.by, round(each.value, 6)) for each in checked.checks][0]
        ('central differences', -2.16)
        """
        return replace(self, checks=checks_of(self.trace, self.of, self.wrt, self.rows, self.value))

    @property
    def latex(self) -> str:
        """An ``align*`` environment: a line a path with its factors in symbols, then in numbers; by layers never.

        Raises:
            InputError: there are too many paths to write.
        """
        from chainrule.explain.derivation.written import latex_of

        return latex_of(self)

    def document(self) -> Document:
        """The factors of every path, their products and sums; by layers where there are too many paths."""
        from chainrule.explain.derivation.written import document_of

        return document_of(self)

    def by_row(self) -> Iterator[tuple[int, float, tuple[Path, ...]]]:
        """Each row with what it adds and its paths."""
        for row, term in zip(self.rows, self.terms.tolist(), strict=True):
            yield row, term, tuple(path for path in self.paths or () if path.row == row)


def _said_rows(rows: tuple[int, ...]) -> str:
    return f"row={rows[0]}" + f" to row={rows[-1]}" * (len(rows) > 1)
