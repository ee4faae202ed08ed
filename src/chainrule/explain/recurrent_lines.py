"""An LSTM's arithmetic: the gates, cell and output of each step, and their deltas back through time.

Letters are those of :class:`~chainrule.layers.lstm.LSTMLayer`: i, f and o are the gates, g the candidate, c the cell
and h the output; ``zi`` is the sum that gate i is of, and a stroke stands for the step before.

Shapes: t time steps, i inputs, u units of one row; "u4" is four times u.
"""

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from chainrule._typing import Array, Bool, Float
from chainrule.activations import get_activation
from chainrule.explain.activation_lines import activation_line
from chainrule.explain.document import Check, Line
from chainrule.explain.scope import Index, Product, Scope, Summands, brackets, single
from chainrule.layers.lstm import LSTMDeltas, LSTMLayer, LSTMSaved
from chainrule.network.graph import Node
from chainrule.ops import eager_ops

GATES = {"i": "sigmoid", "f": "sigmoid", "g": "tanh", "o": "sigmoid"}
"""In the order of the layer's columns."""
FORWARD = (
    "At each step the gates i, f, o and the candidate g are of weighted sums of the step's inputs and of h′, the "
    "outputs of the step before; c is the cell, h the output. Before the first step both are 0."
)
BACKWARD = (
    "dh and dc have what later steps bring back; dzi, dzf, dzg and dzo are the deltas of the gates' sums, dz all of "
    "them side by side."
)


class Recurrence:
    """The real steps of one row of an LSTM: what was computed in them, and how it is written out."""

    def __init__(self, scope: Scope, node: Node) -> None:
        self.scope, self.node = scope, node
        self.layer = cast("LSTMLayer", node.layer)
        self.params: Any = scope.trace.tree[node.name]
        saved: LSTMSaved = scope.values_of(node).saved
        row = slice(scope.row, scope.row + 1)
        self.saved = LSTMSaved(saved.x[row], *(None if each is None else each[:, row] for each in saved[1:]))
        self.x: Float[Array, "t i"] = self.saved.x[0]
        self.h_before, self.c_before = self.saved.h_before[:, 0], self.saved.c_before[:, 0]
        gates = (self.saved.input_gate, self.saved.forget_gate, self.saved.candidate, self.saved.output_gate)
        self.gates = {name: array[:, 0] for name, array in zip(GATES, gates, strict=True)}
        self.tanh_c = self.saved.tanh_c[:, 0]
        self.c = self.gates["f"] * self.c_before + self.gates["i"] * self.gates["g"]
        self.h = self.gates["o"] * self.tanh_c
        mask = self.saved.mask
        real = np.ones(len(self.x), dtype=bool) if mask is None else np.asarray(mask)[:, 0, 0]
        self.real = None if real.all() else real
        self.steps: list[int] = np.flatnonzero(real).tolist()
        back = scope.trace.backward
        dz = None if back is None else scope.at(back.deltas[node.name].dz)
        self.deltas = None if dz is None else self._deltas(dz)

    def _deltas(self, dz: Array) -> LSTMDeltas:
        """The deltas of every step, by the layer itself, from those of what it gives."""
        found = self.layer.deltas(eager_ops(), self.params, self.saved, dz[None])
        return LSTMDeltas(*(array[:, 0] for array in found))

    @classmethod
    def of(cls, scope: Scope, node: Node) -> "Recurrence":
        """That of a node, made once for all lines of a worksheet."""
        if node.name not in scope.recurrences:
            scope.recurrences[node.name] = cls(scope, node)
        return scope.recurrences[node.name]

    def _column(self, gate: str, unit: int) -> int:
        """Where a gate of a unit stands among the columns of the weights."""
        return list(GATES).index(gate) * self.layer.units + unit

    def _delta(self, step: int, column: int) -> str:
        """``dzi[2, 0]``: what the delta of the sum in a column is called, at a step."""
        gate, unit = divmod(column, self.layer.units)
        return f"dz{list(GATES)[gate]}{brackets((step, unit))}"

    def _add_up(self, symbol: str, formula: str, result: Any, *groups: Summands) -> Line:
        return self.scope.add_up(f"{self.node.name}.{symbol}", symbol, formula, float(result), groups, self.node.name)

    # -- forward

    def forward_lines(self) -> list[Line]:
        """The gates, cell and output of all units at all steps, or of those with the largest outputs."""
        name = self.node.name
        picked = self.scope.pick(self.h, name, f"{name}.h", real=self.real)
        lines = [line for index in sorted(picked.indices) for line in self._unit(index)]
        lines += self.scope.rest(picked, name, "pairs of c and h", name, {"c": self.c, "h": self.h})
        if self.real is not None and not self.layer.return_sequences:
            lines.append(padding_line(self.node, self.real))
        return lines

    def _unit(self, index: Index) -> list[Line]:
        """One unit at one step."""
        name, at = self.node.name, brackets(index)
        lines: list[Line] = []
        for gate, function in GATES.items():
            activation, values = get_activation(function), self.gates[gate]
            z, size = self._sum(lines, gate, *index)
            again = float(activation.forward(eager_ops(), z[index]))
            count = len(self.params.weight) + len(self.params.recurrent) + 8
            allowed = self.scope.slack(count, 1 + size, count)  # a small gate may be of large terms
            again = float(self.scope.rounded(again))
            self.scope.checks.append(Check(f"{name}.{gate}{at}", again, float(values[index]), allowed))
            lines.append(activation_line(self.scope, activation, f"{name}.{gate}", gate, f"z{gate}", z, values, index))
        f, c = float(self.gates["f"][index]), float(self.c_before[index])
        i, g, o = (float(self.gates[gate][index]) for gate in "igo")
        kept, new = _product((f"f{at}", f"c′{at}"), (f, c)), _product((f"i{at}", f"g{at}"), (i, g))
        lines.append(self._add_up(f"c{at}", f"f{at}·c′{at} + i{at}·g{at}", self.c[index], kept, new))
        tanh = float(self.tanh_c[index])
        self.scope.compare(f"{name}.tanh(c{at})", float(np.tanh(self.c[index])), tanh, numbers=4)
        out = _product((f"o{at}", f"tanh(c{at})"), (o, tanh))
        return [*lines, self._add_up(f"h{at}", f"o{at}·tanh(c{at})", self.h[index], out)]

    def _sum(self, lines: list[Line], gate: str, step: int, unit: int) -> tuple[Float[Array, "t u"], float]:
        """Write the sum that a gate is of; returns it in its place, and how large its terms are in all."""
        column = self._column(gate, unit)
        weight, recurrent = (np.asarray(array)[:, column] for array in self.params[:2])
        bias, called = float(self.params.bias[column]), self._input(step)

        def from_input(i: int) -> Product:
            return (called(i), f"weight[{i}, {column}]"), (float(self.x[step, i]), float(weight[i]))

        def from_before(j: int) -> Product:
            names = (f"h′[{step}, {j}]", f"recurrent[{j}, {column}]")
            return names, (float(self.h_before[step, j]), float(recurrent[j]))

        inputs, before = self.x[step] * weight, self.h_before[step] * recurrent
        formula = f"Σ_i x[{step}, i]·weight[i, {column}] + Σ_j h′[{step}, j]·recurrent[j, {column}] + bias[{column}]"
        groups = Summands(inputs, from_input), Summands(before, from_before), single(f"bias[{column}]", bias)
        result = float(inputs.sum() + before.sum() + bias)
        lines.append(self._add_up(f"z{gate}{brackets((step, unit))}", formula, result, *groups))
        size = float(np.abs(inputs).sum() + np.abs(before).sum()) + abs(bias)
        return np.full(self.c.shape, result), size

    def _input(self, step: int) -> Callable[[int], str]:
        """How the inputs of a step are called."""
        called = self.scope.source(self.node.inputs[0])
        return lambda place: called((step, place))

    # -- backward

    def delta_lines(self) -> list[Line]:
        """The deltas of all units at all steps, or of those with the largest, from the last step to the first."""
        assert self.deltas is not None, "only a trace with targets has a backward pass to write out"
        name = self.node.name
        picked = self.scope.pick(self.deltas.h, name, f"{name}.dh", real=self.real)
        lines = [line for index in sorted(picked.indices, reverse=True) for line in self._back(self.deltas, *index)]
        arrays = {"dh": self.deltas.h, "dc": self.deltas.c}
        return lines + self.scope.rest(picked, name, "pairs of dh and dc", name, arrays)

    def _back(self, deltas: LSTMDeltas, step: int, unit: int) -> list[Line]:
        """One unit at one step."""
        index, at = (step, unit), brackets((step, unit))
        place = self.steps.index(step) + 1
        later = self.steps[place] if place < len(self.steps) else None
        i, f, g, o = (float(self.gates[gate][index]) for gate in GATES)
        dh, dc, tanh = float(deltas.h[index]), float(deltas.c[index]), float(self.tanh_c[index])
        lines = [
            self._output_delta(deltas, step, unit, later),
            self._cell_delta(deltas, step, unit, later),
        ]
        slopes = {
            "i": ((f"dc{at}", f"g{at}", f"i{at}", f"(1 − i{at})"), (dc, g, i, 1 - i)),
            "f": ((f"dc{at}", f"c′{at}", f"f{at}", f"(1 − f{at})"), (dc, float(self.c_before[index]), f, 1 - f)),
            "g": ((f"dc{at}", f"i{at}", f"(1 − g{at}²)"), (dc, i, 1 - g * g)),
            "o": ((f"dh{at}", f"tanh(c{at})", f"o{at}", f"(1 − o{at})"), (dh, tanh, o, 1 - o)),
        }
        for gate, (names, factors) in slopes.items():
            result = deltas.z[step, self._column(gate, unit)]
            lines.append(self._add_up(f"dz{gate}{at}", "·".join(names), result, _product(names, factors)))
        return lines

    def _output_delta(self, deltas: LSTMDeltas, step: int, unit: int, later: int | None) -> Line:
        """What the loss moves with an output: through what the layer gives, and through the sums of the next step."""
        groups: list[Summands] = []
        formulas: list[str] = []
        if later is None or self.layer.return_sequences:
            own = f"dz{brackets((step, unit) if self.layer.return_sequences else (unit,))}"
            dz = self.scope.at(cast("Any", self.scope.trace.backward).deltas[self.node.name].dz)
            groups.append(single(own, float(dz[step, unit] if self.layer.return_sequences else dz[unit])))
            formulas.append(own)
        if later is not None:
            groups.append(
                self._through_sums(deltas, later, np.asarray(self.params.recurrent)[unit], f"recurrent[{unit}")
            )
            formulas.append(f"Σ_k dz[{later}, k]·recurrent[{unit}, k]")
        return self._add_up(f"dh{brackets((step, unit))}", " + ".join(formulas), deltas.h[step, unit], *groups)

    def _cell_delta(self, deltas: LSTMDeltas, step: int, unit: int, later: int | None) -> Line:
        """What the loss moves with a cell: through its output, and through the cell of the next step."""
        index, at = (step, unit), brackets((step, unit))
        names = (f"dh{at}", f"o{at}", f"(1 − tanh(c{at})²)")
        slope = 1 - float(self.tanh_c[index]) ** 2
        groups = [_product(names, (float(deltas.h[index]), float(self.gates["o"][index]), slope))]
        formulas = ["·".join(names)]
        if later is not None:
            after = (later, unit)
            names = (f"dc{brackets(after)}", f"f{brackets(after)}")
            groups.append(_product(names, (float(deltas.c[after]), float(self.gates["f"][after]))))
            formulas.append("·".join(names))
        return self._add_up(f"dc{at}", " + ".join(formulas), deltas.c[index], *groups)

    def _through_sums(self, deltas: LSTMDeltas, step: int, weight: Float[Array, " u4"], called: str) -> Summands:
        """What comes back through all sums of a step, each with a weight; these are called ``recurrent[0``, k``]``."""

        def product(k: int) -> Product:
            return (self._delta(step, k), f"{called}, {k}]"), (float(deltas.z[step, k]), float(weight[k]))

        return Summands(deltas.z[step] * weight, product)

    def to_input(self, index: Index) -> tuple[Summands, str]:
        """What comes back to an input of a step, for the node that it came from."""
        assert self.deltas is not None, "only a trace with targets has a backward pass to write out"
        step, place = index
        name = self.node.name
        group = self._through_sums(self.deltas, step, np.asarray(self.params.weight)[place], f"{name}.weight[{place}")
        owned = Summands(group.values, lambda k: _of(name, group.product(k)))
        return owned, f"Σ_k {name}.dz[{step}, k]·{name}.weight[{place}, k]"

    def gradient(self, kind: str, index: Index) -> tuple[Summands, str]:
        """One number of a gradient of this row alone, as a sum over its steps."""
        assert self.deltas is not None, "only a trace with targets has a backward pass to write out"
        deltas, column = self.deltas.z[:, index[-1]], index[-1]
        ends = {"weight": self.x, "recurrent": self.h_before}
        ends_here = None if kind == "bias" else ends[kind][:, index[0]]

        def product(place: int) -> Product:
            step = self.steps[place]
            delta = self._delta(step, column), float(deltas[step])
            if ends_here is None:
                return (delta[0],), (delta[1],)
            called = self._input(step)(index[0]) if kind == "weight" else f"h′[{step}, {index[0]}]"
            return (called, delta[0]), (float(ends_here[step]), delta[1])

        values = deltas[self.steps] if ends_here is None else ends_here[self.steps] * deltas[self.steps]
        lead = {"weight": f"x[t, {index[0]}]·", "recurrent": f"h′[t, {index[0]}]·", "bias": ""}[kind]
        return Summands(values, product, lambda place: f"step {self.steps[place]}"), f"Σ_t {lead}dz[t, {column}]"


def padding_line(node: Node, real: Bool[Array, " t"]) -> Line:
    """The remark that some steps of the row are no steps."""
    return Line(node.name, "", note=f"{int((~real).sum())} of {len(real)} steps of this row are padding.")


def _product(names: tuple[str, ...], factors: tuple[float, ...]) -> Summands:
    """One summand, a product."""
    return Summands(np.asarray([np.prod(factors)]), lambda _: (names, factors))


def _of(owner: str, product: Product) -> Product:
    """The same product, as it is called outside of its node."""
    (delta, weight), factors = product
    return (f"{owner}.{delta}", weight), factors
