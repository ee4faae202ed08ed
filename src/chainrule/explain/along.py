"""A number that a network computes for one row, followed while its parameters change.

In a step the parameters go straight from one place to another. What that does to the number is the mean of its gradient
on the way times the way, by the fundamental theorem of calculus.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from chainrule._typing import Array
from chainrule.data.target import NumberTarget
from chainrule.errors import InputError
from chainrule.explain.derivation.graph import Graph
from chainrule.explain.derivation.units import Place, find, values_of
from chainrule.explain.trace import Trace
from chainrule.network.graph import Node
from chainrule.network.parameters import flatten, unflatten
from chainrule.network.passes import forward, propagate
from chainrule.ops import Ops, eager_ops

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(5)
_PLACES, _SHARES = (_NODES + 1) / 2, _WEIGHTS / 2
"""Where on the way from 0 to 1 the gradient is taken, and what it counts there: exact to the 9th power."""


class Moved(NamedTuple):
    """What one straight way of all parameters did to the number."""

    gradient: dict[str, Array]
    """Its mean gradient on the way, by parameter name."""
    before: Array
    arrived: Array
    """What it was once the parameters were there."""
    after: Array
    """What it was with the new running statistics, too."""


@dataclass(frozen=True)
class Number:
    """Where a number stands, as the network computes it; programs are compiled for it."""

    nodes: tuple[Node, ...]
    """The graph without penalties, which are of the loss and not of the number."""
    node: str
    kind: str
    """``"z"`` or ``"a"``"""
    index: tuple[int, ...]

    def value(self, ops: Ops, params: Any, stats: Any, inputs: Any) -> Array:
        """The number, by a forward pass of its row."""
        done = forward(ops, self.nodes, params, stats, inputs)
        return getattr(done.nodes[self.node], self.kind)[(0, *self.index)]

    def gradient(self, ops: Ops, params: Any, stats: Any, inputs: Any) -> dict[str, Array]:
        """Its derivative by every parameter, by the network's own backward pass."""
        done = forward(ops, self.nodes, params, stats, inputs)
        nothing = ops.zeros_like(getattr(done.nodes[self.node], self.kind))
        seed = {self.node: ops.write(nothing, (0, *self.index), 1.0)}
        back = propagate(ops, self.nodes, params, done, *((seed, {}) if self.kind == "a" else ({}, seed)))
        return flatten(back.gradients)

    def along(self, ops: Ops, before: Any, after: Any, stats: Any, new_stats: Any, inputs: Any) -> Moved:
        """What it does while the parameters go straight from one place to another."""
        old, new = flatten(before), flatten(after)

        def add(mean: tuple[Array, ...], place: tuple[Array, Array]) -> tuple[tuple[Array, ...], None]:
            at, share = place
            there = {name: array + at * (new[name] - array) for name, array in old.items()}
            slopes = self.gradient(ops, unflatten(there, before), stats, inputs)
            return tuple(each + share * slopes[name] for name, each in zip(old, mean, strict=True)), None

        nothing = tuple(ops.zeros_like(array) for array in old.values())
        mean, _ = ops.scan(add, nothing, (ops.asarray(_PLACES), ops.asarray(_SHARES)))
        arrived = self.value(ops, after, stats, inputs)
        return Moved(
            dict(zip(old, mean, strict=True)),
            self.value(ops, before, stats, inputs),
            arrived,
            self.value(ops, after, new_stats, inputs) if stats else arrived,
        )


@dataclass(frozen=True)
class Followed:
    """A number of one row, in the units that people read.

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
    def number(self) -> Number:
        """Where it stands in the network."""
        nodes = tuple(replace(node, l1=None, l2=None) for node in self.trace.nodes)
        if self.place.kind != "answer":
            return Number(nodes, self.place.node, self.place.kind, self.place.index or ())
        return Number(nodes, nodes[-1].name, "a", (0,) * (self.trace.prediction.ndim - 1))

    @property
    def slope(self) -> float:
        """What the network's number is multiplied by to give it."""
        return Graph(self.trace).answer_slope(self.place.node) if self.place.kind == "answer" else 1.0

    @property
    def offset(self) -> float:
        """What is added then: ``P(no) = 1 − P(yes)``."""
        if self.place.kind != "answer" or self.trace.table is None:
            return 0.0
        target = self.trace.table.encoder.target
        if isinstance(target, NumberTarget):
            return target.mean
        return 1.0 if self.slope < 0 else 0.0

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The row, as the network takes it."""
        return self.trace.inputs

    def value(self, params: dict[str, Any], stats: dict[str, Any]) -> float:
        """The number, with parameters and running statistics in double precision."""
        return self.offset + self.slope * float(self.number.value(eager_ops(), params, stats, self.inputs))
