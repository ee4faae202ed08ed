"""A derivation: one derivative by the chain rule, every path's factors in symbols and in numbers, and their sum.

The factors are partial derivatives between neighbours of the graph: of a unit's activation by its pre-activation, of a
pre-activation by the units it was made from, of a pre-activation by a parameter. All of them come from the layers' and
activations' own ``backward`` (on unit vectors) and ``terms``: the functions that trained. The derivative itself comes
from the one backward pass, so that the paths' sum checks it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product as every
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.explain.formula import plain
from chainrule.format import factor, number
from chainrule.network.graph import Node
from chainrule.network.parameters import ParameterName, parse_name
from chainrule.network.passes import Backward, propagate
from chainrule.ops import eager_ops

if TYPE_CHECKING:
    from chainrule.explain.trace import Trace

LOSS = "loss"
MOST = 64
"""Paths of a row beyond which a derivation is written by layers."""
Index = tuple[int, ...]


@dataclass(frozen=True)
class Factor:
    """One partial derivative of a path."""

    of: str
    wrt: str
    value: float
    rule: str
    """Where it comes from: the weight it is, or the derivative's formula."""
    latex: str
    """The rule in LaTeX."""


@dataclass(frozen=True)
class Path:
    """One way from the one to the other, on one row: the product of its factors."""

    row: int
    factors: tuple[Factor, ...]

    @property
    def value(self) -> float:
        """The product."""
        return prod(each.value for each in self.factors)


@dataclass(frozen=True)
class Stage:
    """The derivative by everything that one node computed, on one row: what all paths through it come to."""

    name: str
    row: int
    values: np.ndarray


@dataclass(frozen=True, repr=False)
class Derivation:
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

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The factors, where there is one path alone.

        Raises:
            InputError: there are several.
        """
        if self.paths is None or len(self.paths) != 1:
            count = f"more than {self.most:,}" if self.paths is None else str(len(self.paths))
            raise InputError(
                f"∂{self.of}/∂{self.wrt} has {count} paths; see .paths (a row= makes them fewer), or .stages, by "
                "layers."
            )
        return self.paths[0].factors

    @cached_property
    def numeric(self) -> float:
        """The same derivative by central differences, from new forward passes in double precision.

        Raises:
            InputError: what was derived by is computed by the pass, or the derivative is a part of one.
        """
        from chainrule.explain.check import central_difference

        return central_difference(self.trace, self.of, self.wrt, self.rows)

    def to_text(self, decimals: int = 6) -> str:
        """Every path's factors and products and their sum; by layers where there are too many paths."""
        lines = [f"∂{self.of}/∂{self.wrt} = {number(self.value, decimals)}"]
        lines += self._stage_lines(decimals) if self.paths is None else self._path_lines(self.paths, decimals)
        if len(self.rows) > 1 or self.penalty:
            parts = [number(self.terms[0], decimals), *(_signed(value, decimals) for value in self.terms[1:12])]
            if len(self.terms) > 12:
                parts.append(f" + {len(self.terms) - 12:,} more rows: {number(self.terms[12:].sum(), decimals)}")
            if self.penalty:
                parts.append(f"{_signed(self.penalty, decimals)} (penalty of the weights)")
            lines += ["", f"sum over rows: {''.join(parts)} = {number(self.value, decimals)}"]
        return "\n".join(lines)

    def _path_lines(self, paths: tuple[Path, ...], decimals: int) -> Iterator[str]:
        by_row: dict[int, list[Path]] = {row: [] for row in self.rows}
        for path in paths:
            by_row[path.row].append(path)
        for row, found in by_row.items():
            yield from ("", f"row {row}" + (": every path has a factor of 0" if not found else ""))
            for path in found:
                yield from self._one_path(path, decimals)
            if len(found) > 1:
                parts = [number(found[0].value, decimals), *(_signed(path.value, decimals) for path in found[1:])]
                yield f"  sum over paths: {''.join(parts)} = {number(sum(path.value for path in found), decimals)}"

    def _one_path(self, path: Path, decimals: int) -> Iterator[str]:
        if path.factors:
            left = [f"∂{each.of}/∂{each.wrt}" for each in path.factors]
            values = [number(each.value, decimals) for each in path.factors]
            wide, digits = max(map(len, left)), max(map(len, values))
            for name, value, each in zip(left, values, path.factors, strict=True):
                yield f"  {name:<{wide}}  =  {value:>{digits}}   {each.rule}"
            shown = " · ".join([values[0], *(factor(each.value, decimals) for each in path.factors[1:])])
            yield f"  {shown} = {number(path.value, decimals)}"

    def _stage_lines(self, decimals: int) -> Iterator[str]:
        yield f"more than {self.most:,} paths a row, so by layers: the derivative by all that each node computed"
        row = None
        for stage in self.stages:
            if stage.row != row:
                row = stage.row
                yield from ("", f"row {row}")
            flat = stage.values.ravel()
            largest = np.argsort(-np.abs(flat), kind="stable")[:4]
            shown = ", ".join(
                f"{_brackets(np.unravel_index(place, stage.values.shape))} {number(float(flat[place]), decimals)}"
                for place in largest
            )
            yield f"  ∂{self.of}/∂{stage.name}  {flat.size:,} numbers, the largest {shown}"

    @property
    def latex(self) -> str:
        """An ``align*`` environment: a line a path with its factors in symbols, then in numbers; by layers never.

        Raises:
            InputError: there are too many paths to write.
        """
        if self.paths is None:
            raise InputError(
                f"∂{self.of}/∂{self.wrt} has more than {self.most:,} paths a row, too many to write; .stages has it "
                "by layers (most= raises the limit)."
            )
        whole = _fraction(self.of, self.wrt)
        lines: list[str] = []
        for place, path in enumerate(self.paths):
            symbols = r" \cdot ".join(_fraction(each.of, each.wrt) for each in path.factors)
            numbers = r" \cdot ".join(_number_latex(each.value, bool(at)) for at, each in enumerate(path.factors))
            start = f"{whole} &= " if place == 0 else r"&\quad + "
            lines += [f"{start}{symbols}", rf"&\qquad = {numbers} = {_number_latex(path.value)}"]
        lines.append(f"{whole} &= {_number_latex(self.value)}")
        return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        bundle = {"text/plain": self.to_text()}
        return bundle if self.paths is None else bundle | {"text/latex": self.latex}

    def __repr__(self) -> str:
        return self.to_text()


def derive(trace: "Trace", wrt: str, of: str = LOSS, *, row: int | None = None, most: int = MOST) -> Derivation:
    """Derive one number by another: see :meth:`Trace.derivation`."""
    graph = _Graph(trace)
    end = graph.place(wrt)
    start = None if of == LOSS else graph.place(of)
    if isinstance(start, ParameterName):
        raise InputError(
            f"'{of}' is a parameter: nothing that can be derived. Derive 'loss' or a value: 'dense1.a[0]'."
        )
    alone = row is None and trace.rows > 1 and not (of == LOSS and isinstance(end, ParameterName))
    if alone or (row is not None and not 0 <= row < trace.rows):
        raise InputError(f"Say which row: row=0 to row={trace.rows - 1}; got row={row}.")
    rows = tuple(range(trace.rows)) if row is None else (row,)
    back = trace.backward_pass("derivation of the loss") if start is None else graph.back_from(start, rows[0])
    terms, penalty = graph.value(back, end, rows, with_penalty=start is None and row is None)
    paths: list[Path] | None = []
    for each in rows:
        found = list(islice(graph.paths(start, end, each), most + 1))
        if len(found) > most:
            paths = None
            break
        paths += found
    value = float(terms.sum() + penalty)
    return Derivation(
        of,
        wrt,
        value,
        rows,
        terms,
        penalty,
        None if paths is None else tuple(paths),
        most,
        graph.stages(back, start, end, rows),
        trace,
    )


@dataclass(frozen=True)
class _Unit:
    """One number that a node computed on a row: ``kind`` is ``"z"`` or ``"a"``, or ``""`` for a network input."""

    node: str
    kind: str
    index: Index

    @property
    def name(self) -> str:
        return f"{self.node}{'.' * bool(self.kind)}{self.kind}{_brackets(self.index)}"


class _Graph:
    """The numbers of a trace as a graph, neighbour by neighbour."""

    def __init__(self, trace: "Trace") -> None:
        self.trace = trace
        self.nodes = {node.name: node for node in trace.nodes}
        self._partials: dict[_Unit, list[tuple[str, str, np.ndarray]]] = {}

    # -- names

    def place(self, name: str) -> "_Unit | ParameterName":
        """What a name stands for: a parameter, or a number that a node computed."""
        array, _, inside = name.partition("[")
        arrays = dict(self.trace.params)
        if array in arrays:
            parsed = parse_name(name, arrays)
            if parsed.index is None:
                raise InputError(
                    f"'{name}' is a whole array; name one number of it, such as '{_first(name, arrays[name])}'."
                )
            return parsed
        node, _, kind = array.rpartition(".")
        if array in self.trace.inputs:
            node, kind = array, ""
        elif array == "prediction":
            node, kind = self.trace.nodes[-1].name, "a"
        if (node not in self.nodes or kind not in ("z", "a")) and array not in self.trace.inputs:
            known = [
                *arrays,
                *(f"{each}.{kind}" for each in self.nodes for kind in "za"),
                *self.trace.inputs,
                "prediction",
            ]
            raise InputError(
                f"There is no '{name}' to derive by; there are {list_some(known, most=12)}.{did_you_mean(array, known)}"
            )
        shape = self.values(node, kind).shape[1:]
        try:
            index = tuple(int(part) for part in inside.rstrip("]").split(",") if part.strip())
        except ValueError:
            index = ()
        if len(index) != len(shape) or any(not 0 <= at < size for at, size in zip(index, shape, strict=True)):
            raise InputError(
                f"'{name}' is no single number of '{array}', which has the shape {shape} a row; indices count from 0."
            )
        return _Unit(node, kind, index)

    def values(self, node: str, kind: str) -> np.ndarray:
        """The array that a unit is in."""
        return np.asarray(getattr(self.trace.forward.nodes[node], kind) if kind else self.trace.inputs[node])

    # -- the derivative itself

    def back_from(self, start: _Unit, row: int) -> Backward:
        """The backward pass from one number of one row."""
        seed = np.zeros_like(self.values(start.node, start.kind))
        seed[(row, *start.index)] = 1
        given = {start.node: seed}
        trace = self.trace
        args = (eager_ops(), trace.nodes, trace.tree, trace.forward)
        return propagate(*args, given, {}) if start.kind == "a" else propagate(*args, {}, given)

    def value(
        self, back: Backward, end: "_Unit | ParameterName", rows: tuple[int, ...], *, with_penalty: bool
    ) -> tuple[np.ndarray, float]:
        """What each row adds to the derivative, and what penalties add."""
        if isinstance(end, _Unit):
            return np.array([float(self.arrived(back, end.node, end.kind)[(row, *end.index)]) for row in rows]), 0.0
        node, index = self.nodes[end.node], end.index or ()
        saved, dz = self.trace.forward.nodes[end.node].saved, back.deltas[end.node].dz
        terms = np.asarray(node.layer.terms(self.trace.tree[end.node], saved, dz, end.name, index), dtype=float)
        penalised = with_penalty and (node.l1 is not None or node.l2 is not None)
        whole = float(getattr(back.gradients[end.node], end.name)[index])
        return terms[list(rows)], whole - float(terms.sum()) if penalised else 0.0

    def arrived(self, back: Backward, node: str, kind: str) -> np.ndarray:
        """The derivative by a whole array of units."""
        found = back.inputs.get(node) if not kind else getattr(back.deltas[node], f"d{kind}")
        return np.zeros_like(self.values(node, kind)) if found is None else np.asarray(found)

    def stages(
        self, back: Backward, start: _Unit | None, end: "_Unit | ParameterName", rows: tuple[int, ...]
    ) -> tuple[Stage, ...]:
        """The derivative by layers, along the nodes between."""
        between = self.between(start, end)
        found: list[Stage] = []
        for row in rows:
            for node in reversed(self.trace.nodes):
                if node.name in between:
                    found += [
                        Stage(f"{node.name}.{kind}", row, np.asarray(array)[row])
                        for kind, array in (("a", back.deltas[node.name].da), ("z", back.deltas[node.name].dz))
                        if array is not None and (kind == "z" or node.activation is not None)
                    ]
        return tuple(found)

    # -- the paths

    def between(self, start: _Unit | None, end: "_Unit | ParameterName") -> set[str]:
        """The nodes on any way from the one to the other."""
        reaches = {end.node}
        for node in self.trace.nodes:
            if reaches.intersection(node.inputs):
                reaches.add(node.name)
        last = self.trace.nodes[-1].name if start is None else start.node
        ways, seen = [last], set[str]()
        while ways:
            name = ways.pop()
            if name in reaches and name in self.nodes and name not in seen:
                seen.add(name)
                ways += self.nodes[name].inputs
        return seen

    def paths(self, start: _Unit | None, end: "_Unit | ParameterName", row: int) -> Iterator[Path]:
        """Every path of a row whose factors are not 0."""
        between = self.between(start, end)
        if start is not None:
            yield from self._walk(start, end, row, between, ())
            return
        output = self.trace.nodes[-1].name
        deltas = self.trace.deltas[output]
        kind, array = ("a", deltas.da) if deltas.da is not None else ("z", deltas.dz)
        loss = self.trace.loss_function.name
        rule = f"{loss}, taken from z" if kind == "z" and self.trace.nodes[-1].activation else loss
        for index in every(*map(range, np.asarray(array).shape[1:])):
            unit, value = _Unit(output, kind, index), float(np.asarray(array)[(row, *index)])
            if value:
                first = Factor(LOSS, unit.name, value, rule, rf"\text{{{loss}}}")
                yield from self._walk(unit, end, row, between, (first,))

    def _walk(
        self, at: _Unit, end: "_Unit | ParameterName", row: int, between: set[str], done: tuple[Factor, ...]
    ) -> Iterator[Path]:
        if at == end:
            yield Path(row, done)
            return
        if at.node not in between:
            return
        node = self.nodes[at.node]
        if isinstance(end, ParameterName) and end.node == at.node and at.kind == "z":
            value = float(self._local(at, end)[row])
            if value:
                yield Path(row, (*done, Factor(at.name, _full(end), value, *self._parameter_rule(node, end, row))))
            return
        for source, kind, array in self.partials(at):
            for index in zip(*np.nonzero(array[row]), strict=True):
                to = _Unit(source, kind, tuple(int(each) for each in index))
                if source in between or to == end:
                    value = float(array[(row, *to.index)])
                    rule = self._rule(node, at, to, row)
                    yield from self._walk(to, end, row, between, (*done, Factor(at.name, to.name, value, *rule)))

    def partials(self, at: _Unit) -> list[tuple[str, str, np.ndarray]]:
        """The derivatives of one unit by its neighbours: (node, kind, array with rows first)."""
        if at not in self._partials:
            node, values = self.nodes[at.node], self.trace.forward.nodes[at.node]
            unit = np.zeros_like(np.asarray(values.z))
            unit[(slice(None), *at.index)] = 1
            if at.kind == "a":
                slope = (
                    unit if node.activation is None else node.activation.backward(eager_ops(), values.z, values.a, unit)
                )
                self._partials[at] = [(at.node, "z", np.asarray(slope))]
            else:
                dx, _ = node.layer.backward(eager_ops(), self.trace.tree[at.node], values.saved, unit)
                several = dx if node.layer.several_inputs else (dx,)
                self._partials[at] = [
                    (source, "a" if source in self.nodes else "", np.asarray(delta))
                    for source, delta in zip(node.inputs, several, strict=True)
                    if delta is not None
                ]
        return self._partials[at]

    def _local(self, at: _Unit, end: ParameterName) -> np.ndarray:
        """The derivative of one pre-activation by a parameter of its own layer, a row each."""
        values = self.trace.forward.nodes[at.node]
        unit = np.zeros_like(np.asarray(values.z))
        unit[(slice(None), *at.index)] = 1
        layer = self.nodes[at.node].layer
        return np.asarray(layer.terms(self.trace.tree[at.node], values.saved, unit, end.name, end.index or ()))

    # -- where factors come from

    def _rule(self, node: Node, at: _Unit, to: _Unit, row: int) -> tuple[str, str]:
        if at.kind == "a":
            if node.activation is None:
                return "no activation: a = z", "1"
            z = float(self.values(at.node, "z")[(row, *to.index)])
            derivative = node.activation.derivative
            return f"{node.activation.name}, f′(z) = {plain(derivative)}, {to.name} = {number(z)}", derivative
        if node.layer.kind == "dense":
            name = f"{node.name}.weight{_brackets((*to.index, *at.index))}"
            return name, _symbol(name)
        return f"{node.layer.kind}'s own derivative", rf"\text{{{node.layer.kind}}}"

    def _parameter_rule(self, node: Node, end: ParameterName, row: int) -> tuple[str, str]:
        if node.layer.kind != "dense":
            return f"{node.layer.kind}'s own derivative", rf"\text{{{node.layer.kind}}}"
        if end.name == "bias":
            return "a bias is added as it is", "1"
        source = node.inputs[0]
        name = f"{source}{'.a' * (source in self.nodes)}{_brackets((end.index or ())[:1])}"
        return f"{name}, what it is multiplied by", _symbol(name)


def _full(name: ParameterName) -> str:
    return f"{name.array}{_brackets(name.index or ())}"


def _first(name: str, array: np.ndarray) -> str:
    return f"{name}{_brackets((0,) * array.ndim)}"


def _brackets(index: Any) -> str:
    return f"[{', '.join(str(int(each)) for each in index)}]"


def _signed(value: float, decimals: int) -> str:
    return f" − {number(-value, decimals)}" if value < 0 else f" + {number(value, decimals)}"


def _symbol(name: str) -> str:
    array, _, inside = name.partition("[")
    base = "\\mathrm{" + array.replace("_", "\\_") + "}"
    return f"{base}_{{{inside.rstrip(']')}}}" if inside else base


def _fraction(of: str, wrt: str) -> str:
    return rf"\frac{{\partial {_symbol(of)}}}{{\partial {_symbol(wrt)}}}"


def _number_latex(value: float, behind: bool = False) -> str:
    text = number(value).replace("−", "-")
    mantissa, _, power = text.partition("e")
    text = rf"{mantissa} \cdot 10^{{{int(power)}}}" if power else text
    return f"({text})" if behind and text.startswith("-") else text
