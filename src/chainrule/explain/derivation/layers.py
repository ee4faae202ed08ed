"""A derivation by layers: what all paths come to at each array, and the Jacobians between, whose products these are."""

from dataclasses import dataclass

import numpy as np

from chainrule.explain.derivation.graph import ArrayName, Graph
from chainrule.explain.derivation.record import Jacobian, Stage, jacobian
from chainrule.explain.derivation.units import Place


@dataclass(frozen=True)
class Layers:
    """The arrays on the way, outside in, those without an activation once (there ``a`` is ``z``)."""

    graph: Graph
    between: set[ArrayName]

    @property
    def arrays(self) -> list[ArrayName]:
        """In the order that the derivative is carried back."""
        found: dict[ArrayName, None] = {}
        answers = [array for array in self.between if array[1] == "answer"]
        for array in (*answers, *self.graph.order):
            if array in self.between:
                found[self.graph.shown(array)] = None
        return list(found)

    def into(self, array: ArrayName) -> list[ArrayName]:
        """The arrays that were made of one."""
        return [
            each
            for each in self.arrays
            if each != array and array in {self.graph.shown(source) for source in self.graph.sources(each)}
        ]

    def stages(self, values: dict[ArrayName, np.ndarray], rows: tuple[int, ...]) -> list[Stage]:
        """The stages of rows that belong together; ``values`` are derivatives by whole arrays, rows first."""
        row = rows[0] if len(rows) == 1 else None
        found: list[Stage] = []
        for array in values:
            steps = [
                (Place(*of, None).array, jacobian(self.graph, of, array, rows))
                for of in self.into(array)
                if of in values
            ]
            shown = values[array][row] if row is not None else values[array][list(rows)]
            found.append(Stage(Place(*array, None).array, row, np.asarray(shown), tuple(steps)))
        return found

    def jacobians(self, rows: tuple[int, ...]) -> list[Jacobian]:
        """Between all neighbours on the way, from the outside in."""
        return [jacobian(self.graph, of, array, rows) for array in self.arrays for of in self.into(array)]
