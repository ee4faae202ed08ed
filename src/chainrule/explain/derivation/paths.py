"""Every way from one number to another: how many there are, which they are, and which weigh most.

Numbers are visited array by array, each once, so that a million paths are counted as fast as the few dozen numbers
that they run through.
"""

import heapq
from collections.abc import Iterator
from itertools import count
from typing import TypeAlias

import numpy as np

from chainrule.explain.derivation.graph import ArrayName, Graph, Partials
from chainrule.explain.derivation.units import Place, Unit, values_of
from chainrule.network.parameters import ParameterName

Way: TypeAlias = tuple[tuple[Unit, float], ...]
"""The numbers of a path after its start, each with the derivative of the one before by it; for a parameter's path the
last is the pre-activation and the parameter's own factor follows by itself."""


class Ways:
    """The paths that end on one row.

    Args:
        graph: the neighbours.
        first: the derivatives of the start by the numbers next to it.
        end: where paths end.
        row: the row on which they end.
        between: the arrays on the way.
    """

    def __init__(
        self, graph: Graph, first: list[Partials], end: "Place | ParameterName", row: int, between: set[ArrayName]
    ) -> None:
        self.graph, self.end, self.row, self.first = graph, end, row, first
        self.between = between
        self._steps: dict[Unit, list[Partials]] = {}
        self._last: dict[Unit, float] = {}
        """Numbers at which a path ends, with the parameter's factor (1 where the number itself is the end)."""
        self._visit()
        self.counts = self._counted()
        """How many paths go on from each number of each array."""

    @property
    def order(self) -> list[ArrayName]:
        """Every array, from the outside in; an answer stands before the output that it is made of."""
        return [*(each.array for each in self.first if each.array[1] == "answer"), *self.graph.order]

    def _visit(self) -> None:
        reached: dict[ArrayName, np.ndarray] = {}
        self._reach(reached, self.first)
        for array in self.order:
            for row, *index in np.argwhere(reached[array]).tolist() if array in reached else []:
                unit = Unit(*array, row, tuple(index))
                factor = self._ends(unit)
                if factor is None:
                    self._steps[unit] = self._reach(reached, self.graph.neighbours(unit))
                elif factor:
                    self._last[unit] = factor

    def _reach(self, reached: dict[ArrayName, np.ndarray], found: list[Partials]) -> list[Partials]:
        kept = [partials for partials in found if partials.array in self.between]
        for partials in kept:
            if partials.array not in reached:
                reached[partials.array] = np.zeros(self.graph.shape(partials.array), dtype=bool)
            reached[partials.array][partials.places] = True
        return kept

    def _ends(self, unit: Unit) -> float | None:
        """The factor with which a path ends here; None where it goes on."""
        end = self.end
        if isinstance(end, ParameterName):
            if (unit.node, unit.kind) != (end.node, "z"):
                return None
            return self.graph.own(unit, end) if unit.row == self.row else 0.0
        if (unit.node, unit.kind) != (end.node, end.kind):
            return None
        return 1.0 if unit.row == self.row and unit.index == end.index else 0.0

    def _counted(self) -> dict[ArrayName, np.ndarray]:
        found: dict[ArrayName, np.ndarray] = {}
        for unit in self._last:
            self._at(found, unit)[(unit.row, *unit.index)] = 1
        for unit, steps in reversed(self._steps.items()):
            total = sum(found[each.array][each.places].sum() for each in steps if each.array in found)
            if total:
                self._at(found, unit)[(unit.row, *unit.index)] = total
        return found

    def _at(self, found: dict[ArrayName, np.ndarray], unit: Unit) -> np.ndarray:
        """The array of a number, of Python's own whole numbers, which have no largest."""
        array = (unit.node, unit.kind)
        if array not in found:
            found[array] = np.zeros(self.graph.shape(array), dtype=object)
        return found[array]

    def goes_on(self, unit: Unit) -> int:
        """How many paths go on from a number."""
        counts = self.counts.get((unit.node, unit.kind))
        return 0 if counts is None else int(counts[(unit.row, *unit.index)])

    @property
    def units(self) -> list[Unit]:
        """Every number that a path runs through, from the end."""
        return [unit for unit, _ in self.backwards if self.goes_on(unit)]

    @property
    def starts(self) -> list[tuple[Unit, float]]:
        """The first numbers, with the start's derivatives by them."""
        return [step for partials in self.first for step in partials.units() if self.goes_on(step[0])]

    def steps(self, unit: Unit) -> list[tuple[Unit, float]]:
        """The next numbers of paths, with the derivative by each."""
        return [step for partials in self._steps[unit] for step in partials.units() if self.goes_on(step[0])]

    @property
    def count(self) -> int:
        """How many paths there are whose factors are not 0; exact, at any size."""
        return sum(self.goes_on(unit) for unit, _ in self.starts)

    def __iter__(self) -> Iterator[Way]:
        """Every path, in the order of the numbers' places."""
        stack: list[Way] = [((unit, value),) for unit, value in reversed(self.starts)]
        while stack:
            way = stack.pop()
            at = way[-1][0]
            if at in self._last:
                yield way
            else:
                stack += [(*way, step) for step in reversed(self.steps(at))]

    def largest(self) -> Iterator[Way]:
        """Every path, the largest product (of either sign) first."""
        best = {unit: abs(factor) for unit, factor in self._last.items()}
        for unit in reversed(self._steps):
            if ahead := [abs(value) * best[to] for to, value in self.steps(unit)]:
                best[unit] = max(ahead)
        queue: list[tuple[float, int, float, Way]] = []
        numbers = count()

        def put(way: Way, so_far: float) -> None:
            heapq.heappush(queue, (-so_far * best[way[-1][0]], next(numbers), so_far, way))

        for unit, value in self.starts:
            put(((unit, value),), abs(value))
        while queue:
            _, _, so_far, way = heapq.heappop(queue)
            at = way[-1][0]
            if at in self._last:
                yield way
            else:
                for step in self.steps(at):
                    put((*way, step), so_far * abs(step[1]))

    def through(self, names: set[str]) -> "Through":
        """The paths that run through all of the numbers named."""
        return Through(self, names)

    @property
    def backwards(self) -> Iterator[tuple[Unit, bool]]:
        """Every number, each after those that it leads to, and whether paths end at it."""
        yield from ((unit, True) for unit in self._last)
        yield from ((unit, False) for unit in reversed(self._steps))

    def ends_at(self, unit: Unit) -> bool:
        """Whether paths end at a number."""
        return unit in self._last

    def own_factor(self, way: Way) -> float:
        """The parameter's factor at the end of a path."""
        return self._last[way[-1][0]]


class Through:
    """The paths among some that run through given numbers, all of them."""

    def __init__(self, ways: Ways, names: set[str]) -> None:
        self.ways = ways
        arrays = {array: place for place, array in enumerate(ways.order)}
        found = {unit.name: unit for unit in ways.units if unit.name in names}
        order = sorted(found, key=lambda name: arrays.get((found[name].node, found[name].kind), -1))
        self.place = {name: place for place, name in enumerate(order)}
        self.after: dict[tuple[Unit, int], int] = {}
        """How many paths go on from a number, where so many of the names were met before it."""
        for unit, ends in ways.backwards:
            onwards = [] if ends else [to for to, _ in ways.steps(unit)]
            for met in range(len(order) + 1):
                now = self.met(unit, met)
                if now is None:
                    continue
                more = int(now == len(order)) if ends else sum(self.after.get((to, now), 0) for to in onwards)
                if more:
                    self.after[unit, met] = more

    def met(self, unit: Unit, before: int) -> int | None:
        """How many names are met with this number; None where it is one out of turn."""
        place = self.place.get(unit.name)
        return before if place is None else before + 1 if place == before else None

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.after.get((unit, 0), 0) for unit, _ in self.ways.starts)

    def __iter__(self) -> Iterator[Way]:
        stack: list[tuple[Way, int]] = [
            (((unit, value),), 0) for unit, value in reversed(self.ways.starts) if (unit, 0) in self.after
        ]
        while stack:
            way, before = stack.pop()
            at = way[-1][0]
            now = self.met(at, before)
            if self.ways.ends_at(at):
                yield way
            elif now is not None:
                stack += [((*way, step), now) for step in reversed(self.ways.steps(at)) if (step[0], now) in self.after]


def size_between(graph: Graph, between: set[ArrayName]) -> int:
    """How many numbers of one row lie in the arrays on the way."""
    return sum(int(np.prod(values_of(graph.trace, *array).shape[1:])) for array in between if array[1] in ("z", "a"))
