"""A number that a network computes for one row, followed while its parameters change.

In a step the parameters go straight from one place to another. What that does to the number is the mean of its gradient
on the way times the way, by the fundamental theorem of calculus.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from chainrule._typing import Float
from chainrule.data.target import NumberTarget
from chainrule.errors import InputError
from chainrule.explain.derivation.derive import back_from
from chainrule.explain.derivation.graph import Graph
from chainrule.explain.derivation.units import Place, find, values_of
from chainrule.explain.trace import Trace
from chainrule.network.graph import Node
from chainrule.network.parameters import flatten, unflatten
from chainrule.network.passes import forward
from chainrule.ops import eager_ops

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(5)
_PLACES, _SHARES = (_NODES + 1) / 2, _WEIGHTS / 2
"""Where on the way from 0 to 1 the gradient is taken, and what it counts there: exact to the 9th power."""


class Moved(NamedTuple):
    """What one straight way of all parameters did to the number."""

    gradient: dict[str, np.ndarray]
    """Its mean gradient on the way, by parameter name."""
    by_parameters: float
    by_statistics: float
    """What the new running statistics did, once the parameters were there."""


@dataclass(frozen=True)
class Followed:
    """A number of one row.

    Args:
        trace: a forward pass of the row, in double precision.
        place: which number of it.
    """

    trace: Trace
    place: Place

    @classmethod
    def of(cls, trace: Trace, name: str) -> "Followed":
        """The number of a pass that has a name: ``"prediction"``, ``"P(yes)"``, ``"dense1.a[0]"``.

        Raises:
            InputError: the pass is of several rows, or there is no such number.
        """
        if trace.rows != 1:
            raise InputError(f"The ledger of a prediction is that of one row; got {trace.rows:,} rows. Pass X[:1].")
        place = find(trace, name)
        if not isinstance(place, Place):
            raise InputError(f"'{name}' is a parameter; its ledger is run.ledger('{name}').")
        if place.kind in ("cell", "input"):
            raise InputError(
                f"No step changes '{name}': it is no number that the network computes, such as 'prediction' or "
                "'dense1.a[0]'."
            )
        if place.index is None:
            shape = values_of(trace, place.node, place.kind).shape[1:]
            zeros = ", ".join("0" * len(shape))
            raise InputError(
                f"'{name}' is several numbers, of shape {shape}; name one of them, such as '{name}[{zeros}]'."
            )
        return cls(trace, place)

    @cached_property
    def _nodes(self) -> tuple[Node, ...]:
        """The graph without penalties, which are of the loss and not of the number."""
        return tuple(replace(node, l1=None, l2=None) for node in self.trace.nodes)

    def _pass(self, params: dict[str, Any], stats: dict[str, Any]) -> Trace:
        done = forward(eager_ops(), self._nodes, params, stats, self.trace.inputs)
        return replace(self.trace, nodes=self._nodes, tree=params, forward=done)

    def value(self, params: dict[str, Any], stats: dict[str, Any]) -> float:
        """The number, with parameters and running statistics in double precision."""
        trace = self._pass(params, stats)
        if self.place.kind != "answer":
            return float(values_of(trace, self.place.node, self.place.kind)[(0, *(self.place.index or ()))])
        assert trace.table is not None
        target, output = trace.table.encoder.target, trace.prediction[0]
        if isinstance(target, NumberTarget):
            return float(target.decode(output)[0])
        slope = Graph(trace).answer_slope(self.place.node)
        return float(output[0] if slope > 0 else 1 - output[0])

    def gradient(self, params: dict[str, Any], stats: dict[str, Any]) -> dict[str, Float[np.ndarray, "..."]]:
        """Its derivative by every parameter, by the network's own backward pass."""
        return flatten(back_from(Graph(self._pass(params, stats)), self.place, 0).gradients)

    def along(
        self, before: dict[str, Any], after: dict[str, Any], stats: dict[str, Any], new_stats: dict[str, Any]
    ) -> Moved:
        """What it does while the parameters go straight from one place to another."""
        old, new = flatten(before), flatten(after)
        mean = {name: np.zeros_like(array) for name, array in old.items()}
        for place, share in zip(_PLACES, _SHARES, strict=True):
            there = {name: array + place * (new[name] - array) for name, array in old.items()}
            for name, slope in self.gradient(unflatten(there, before), stats).items():
                mean[name] += share * slope
        arrived = self.value(after, stats)
        return Moved(
            mean, arrived - self.value(before, stats), self.value(after, new_stats) - arrived if stats else 0.0
        )
