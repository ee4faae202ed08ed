"""Where an LSTM's factors come from: backpropagation through time, written out.

An output moves with a weight by way of every step, and with an input of a step by way of every gate; each of these is a
summand. The deltas C and H, of the cell and the output of a step, bring back what later steps do (Hochreiter and
Schmidhuber 1997; Gers et al. 2000; Greff et al. 2017, section II-B); they are the layer's own.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from chainrule.explain.derivation.graph import Graph, one
from chainrule.explain.derivation.rule import Rule
from chainrule.explain.derivation.units import Unit, name_of
from chainrule.explain.document import Term
from chainrule.layers import LSTMLayer
from chainrule.network.graph import Node
from chainrule.network.parameters import ParameterName
from chainrule.ops import eager_ops

if TYPE_CHECKING:
    from chainrule.layers.lstm import LSTMDeltas, LSTMSaved

GATES = tuple(LSTMLayer.slopes)
"""In the order of the layer's columns."""
_SIGNS = {
    "input": ("C", "g", "i", "1 − i"),
    "forget": ("C", "c′", "f", "1 − f"),
    "candidate": ("C", "i", "1 − g²"),
    "output": ("H", "T", "o", "1 − o"),
}
"""The factors of each gate's delta, as in :attr:`LSTMLayer.slopes`."""
_WHERE = (
    "C and H are what {of} moves with the cell and the output of a step, through the later steps, too; i, f, o are the "
    "gates, g the candidate, T = tanh(c), ′ the step before"
)


class _Steps:
    """The real time steps of one row of an LSTM, and what one of its outputs moves with at each."""

    def __init__(self, graph: Graph, node: Node, at: Unit) -> None:
        values = graph.trace.forward.nodes[node.name]
        self.node, self.of, self.row = node, at.name, at.row
        self.saved: LSTMSaved = values.saved
        self.params = graph.trace.tree[node.name]
        layer = node.layer
        assert isinstance(layer, LSTMLayer)
        self.deltas: LSTMDeltas = layer.deltas(eager_ops(), self.params, self.saved, one(values.z, at, at.row))
        mask = self.saved.mask
        every = len(self.saved.h_before)
        self.real = list(range(every)) if mask is None else np.flatnonzero(np.asarray(mask)[:, at.row, 0]).tolist()
        self.units = layer.units

    def letters(self, step: int, unit: int) -> dict[str, float]:
        """The numbers of a unit at a step, by the letters of the formula."""
        saved, place = self.saved, (step, self.row, unit)
        return {
            "C": float(self.deltas.c[place]),
            "H": float(self.deltas.h[place]),
            "i": float(saved.input_gate[place]),
            "f": float(saved.forget_gate[place]),
            "g": float(saved.candidate[place]),
            "o": float(saved.output_gate[place]),
            "T": float(saved.tanh_c[place]),
            "c′": float(saved.c_before[place]),
        }

    def term(self, name: str, value: float, gate: str, step: int, unit: int, label: str) -> Term:
        """A number times the delta of one gate's sum, factor by factor."""
        numbers = self.letters(step, unit)
        at = f"[{step}, {unit}]"
        names, factors = ([name], [value]) if name else ([], [])
        for sign in _SIGNS[gate]:
            lead, _, letter = sign.rpartition(" − ")
            names.append(f"(1 − {letter[0]}{at}{letter[1:]})" if lead else f"{sign}{at}")
            factors.append(numbers[sign] if not lead else 1 - numbers[letter[0]] ** len(letter))
        return Term(tuple(names), tuple(factors), float(np.prod(factors)), label)


def weight_rule(graph: Graph, node: Node, at: Unit, end: ParameterName) -> Rule:
    """The derivative of an output by a parameter: a sum over the time steps."""
    assert end.index, "a derivation by a whole array has no paths"
    *row, column = end.index
    steps = _Steps(graph, node, at)
    gate, unit = GATES[column // steps.units], column % steps.units
    first = {"weight": "x", "recurrent": "h'", "bias": ""}[end.name]
    lead = {"x": r"x_t ", "h'": r"h'_t ", "": ""}[first]
    values: dict[str, float] = {}
    terms: list[Term] = []
    for place, step in enumerate(steps.real, 1):
        name, number = "", 1.0
        if first == "x":
            name, number = name_of(node.inputs[0], (step, row[0])), float(steps.saved.x[at.row, step, row[0]])
        elif first:
            name, number = f"h′[{step}, {row[0]}]", float(steps.saved.h_before[step, at.row, row[0]])
        terms.append(steps.term(name, number, gate, step, unit, f"step {step}"))
        values |= _counted(steps.letters(step, unit), place) | ({f"{first}_{place}": number} if first else {})
    where = f"lstm, {gate} gate: the sum over the steps t; {_WHERE.format(of=at.name)}"
    latex = rf"\sum_t {lead}{LSTMLayer.slopes[gate]}"
    return Rule(where, latex, values, over=len(terms), terms=tuple(terms))


def input_rule(graph: Graph, node: Node, at: Unit, to: Unit) -> Rule:
    """The derivative of an output by an input of a step: a sum over the gates of all units."""
    steps = _Steps(graph, node, at)
    step, column = to.index
    weight = np.asarray(steps.params.weight)[column]
    values: dict[str, float] = {}
    terms: list[Term] = []
    for gate, unit, place in _gates(steps.units):
        name, number, label = f"weight[{column}, {place}]", float(weight[place]), f"{gate} gate of unit {unit}"
        terms.append(steps.term(name, number, gate, step, unit, label))
        values |= _counted(steps.letters(step, unit), unit + 1) | {f"w_{gate[0]}{unit + 1}": float(weight[place])}
    sums = [rf"\sum_k w_{{{gate[0]}k}} {slope.replace('_t', '_k')}" for gate, slope in LSTMLayer.slopes.items()]
    where = f"lstm, step {step}: the sum over the gates of each unit k; {_WHERE.format(of=at.name)}"
    return Rule(where, " + ".join(sums), values, over=steps.units, terms=tuple(terms))


def _gates(units: int) -> Iterator[tuple[str, int, int]]:
    """Every gate of every unit, with its column of the weights."""
    for number, gate in enumerate(GATES):
        for unit in range(units):
            yield gate, unit, number * units + unit


def _counted(letters: dict[str, float], place: int) -> dict[str, float]:
    return {f"{letter.replace('′', chr(39))}_{place}": number for letter, number in letters.items()}
