"""Paths with their factors' rules, found when they are asked for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.explain.derivation.graph import ArrayName, Graph, Partials
from chainrule.explain.derivation.losses import loss_rule
from chainrule.explain.derivation.paths import Way, Ways, size_between
from chainrule.explain.derivation.record import Factor, Path
from chainrule.explain.derivation.rules import own_rule, rule
from chainrule.explain.derivation.units import LOSS, Place, Unit, target_name
from chainrule.network.parameters import ParameterName

WIDEST = 2_000
"""Numbers on the way of a row beyond which it is by layers at once, and paths are counted when they are asked for."""


@dataclass(frozen=True, eq=False)
class Walks:
    """The paths of a derivation, row by row.

    ``first`` gives, for the row on which paths end, the derivatives of the start by the numbers next to it; where the
    start is a number itself, it stands there with a factor of 1 that is no factor of the path.
    """

    graph: Graph
    start: Place | None
    end: "Place | ParameterName"
    first: Callable[[int], list[Partials]]
    between: set[ArrayName]
    _kept: dict[int, Ways] = field(default_factory=dict[int, Ways])

    @property
    def size(self) -> int:
        """How many numbers of a row lie on the way."""
        return size_between(self.graph, self.between)

    def ways(self, row: int) -> Ways:
        """The paths that end on a row."""
        if row not in self._kept:
            self._kept[row] = Ways(self.graph, self.first(row), self.end, row, self.between)
        return self._kept[row]

    def count(self, row: int) -> int:
        """How many paths end on a row."""
        return self.ways(row).count

    def all(self, row: int) -> Iterator[Path]:
        """Every path that ends on a row."""
        ways = self.ways(row)
        return (self._written(ways, way) for way in ways)

    def largest(self, row: int) -> Iterator[Path]:
        """The same, the largest product first."""
        ways = self.ways(row)
        return (self._written(ways, way) for way in ways.largest())

    def path(self, row: int, through: Sequence[str], of: str, wrt: str) -> Path:
        """The one path through the numbers named.

        Raises:
            InputError: none runs through them, or several do.
        """
        ways, named = self.ways(row), f"row {self.graph.trace.row_number(row):,}"
        on_the_way: dict[str, list[Unit]] = {}
        for unit in ways.units:
            on_the_way.setdefault(unit.name, []).append(unit)
        for name in through:
            if name not in on_the_way:
                raise InputError(
                    f"No path of ∂{of}/∂{wrt} on {named} runs through '{name}'; they run through "
                    f"{list_some(on_the_way, most=12)}.{did_you_mean(name, on_the_way)}"
                )
        kept = ways.through(set(through))
        found = list(islice(kept, 2))
        if len(found) == 1:
            return self._written(ways, found[0])
        names = " and ".join(f"'{name}'" for name in through) or "anywhere"
        if not found:
            raise InputError(f"No path of ∂{of}/∂{wrt} on {named} runs through {names} together.")
        free = [name for name in _arrays(ways) if not any(each.startswith(name) for each in through)]
        raise InputError(
            f"{kept.count:,} paths of ∂{of}/∂{wrt} run through {names} on {named}. Name one number more, of "
            f"{list_some(free)}; .largest() has those that weigh most."
        )

    def _written(self, ways: Ways, way: Way) -> Path:
        factors: list[Factor] = []
        at: Unit | None = None
        for to, value in way:
            if at is not None:
                factors.append(Factor(at.name, to.name, value, rule(self.graph, at, to, value)))
            elif self.start is None:
                factors.append(Factor(LOSS, to.name, value, loss_rule(self.graph, to)))
            at = to
        if isinstance(self.end, ParameterName) and at is not None:
            value = ways.own_factor(way)
            factors.append(Factor(at.name, target_name(self.end), value, own_rule(self.graph, at, self.end, value)))
        return Path(ways.row, tuple(factors))


def _arrays(ways: Ways) -> list[str]:
    """Arrays of which more than one number lies on the way."""
    sizes: dict[str, int] = {}
    for unit in ways.units:
        name = f"{unit.node}.{unit.kind}" if unit.kind in ("z", "a") else unit.node
        sizes[name] = sizes.get(name, 0) + 1
    return [name for name, size in sizes.items() if size > 1]
