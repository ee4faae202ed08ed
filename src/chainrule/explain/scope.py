"""What the writers of a worksheet share: the trace, the row, what is folded, and the sums that were added up again."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from chainrule.explain.document import Check, Line, Rest, Term
from chainrule.explain.rounding import round_half_up
from chainrule.explain.trace import Trace
from chainrule.network.graph import Node
from chainrule.network.passes import Masked, NodeValues

if TYPE_CHECKING:
    from chainrule.data.columns import Worked
    from chainrule.explain.recurrent_lines import Recurrence

Index: TypeAlias = tuple[int, ...]
Product: TypeAlias = tuple[tuple[str, ...], tuple[float, ...]]
"""Names of factors, and their values."""


class Summands(NamedTuple):
    """Summands of one kind, and how to write one of them."""

    values: np.ndarray
    """Shape (m,)."""
    product: Callable[[int], Product]
    label: Callable[[int], str] | None = None
    """Where one comes from, where the factors do not say it."""


def single(name: str, value: float) -> Summands:
    """One summand that is no product."""
    return Summands(np.asarray([value]), lambda _: ((name,), (value,)))


class Picked(NamedTuple):
    """The elements of an array that are shown."""

    indices: list[Index]
    left: int
    """How many are not."""
    sizes: np.ndarray
    """How large each is, of those that are shown or padding −1, flat; empty where none is left."""

    @property
    def largest_left(self) -> float:
        """How large the largest is that is not shown."""
        return float(self.sizes.max(initial=0.0))


@dataclass
class Scope:
    """One worksheet while it is written."""

    trace: Trace
    row: int
    lines: int
    terms: int
    open: frozenset[str]
    features: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """Names of an input's columns, where they have any."""
    work: "Sequence[Worked]" = ()
    """How the row's inputs came from the cells of a table, where they did."""
    rounding: int | None = None
    """Digits after the point to which the pass rounded every number; None where it rounded none."""
    checks: list[Check] = field(default_factory=list[Check])
    recurrences: "dict[str, Recurrence]" = field(default_factory=dict[str, "Recurrence"])
    """What an LSTM's steps computed for the row, by its node."""

    # -- values of the row

    def at(self, array: Any) -> np.ndarray:
        """The row's part of an array."""
        return np.asarray(array)[self.row]

    @property
    def row_name(self) -> str:
        """How the row is called."""
        return self.named_row(self.row)

    def named_row(self, row: int) -> str:
        """How one of the trace's rows is called, as people count."""
        return f"row {self.trace.row_number(row):,}"

    def values_of(self, node: Node) -> NodeValues:
        """What a node computed."""
        return self.trace.forward.nodes[node.name]

    def source(self, name: str) -> Callable[[Index], str]:
        """How the values of an input or node are called: ``input[0]``, ``dense1.a[0]``."""
        if name in self.features:
            columns = self.features[name]
            return lambda index: as_factor(columns[index[0]]) if index else name
        if name not in self.trace.inputs:
            node = next(node for node in self.trace.nodes if node.name == name)
            name = f"{name}.a" if node.activation is not None else f"{name}.z"
        return lambda index: name + brackets(index)

    def input(self, name: str) -> np.ndarray:
        """The row of a network input, without its mask."""
        given = self.trace.inputs[name]
        return self.at(given.values if isinstance(given, Masked) else given)

    # -- folding

    def is_open(self, *names: str) -> bool:
        """Whether one of the names was asked to be shown whole."""
        return bool(self.open) and ("all" in self.open or any(name in self.open for name in names))

    def pick(self, values: np.ndarray, owner: str, *kinds: str, real: np.ndarray | None = None) -> Picked:
        """Choose the elements to show: all where there are few, else the largest, and those asked for.

        Args:
            values: what decides which are large.
            owner: the node or parameter whose elements they are.
            kinds: names under which elements can be asked for: ``dense1.z``.
            real: False where a time step is padding, shape (t,).
        """
        total = values.size
        if real is not None:
            values = np.where(real.reshape(-1, *(1,) * (values.ndim - 1)), values, -np.inf)
            total = int(real.sum()) * math.prod(values.shape[1:])
        if real is None and (total <= self.lines + 1 or self.is_open(owner, *kinds)):
            return Picked(list(np.ndindex(values.shape)), 0, _NONE)
        sizes = np.abs(values.ravel()) if real is None else np.where(np.isneginf(values), -1, np.abs(values)).ravel()
        most = total if self.is_open(owner, *kinds) else min(self.lines if total > self.lines + 1 else total, total)
        order = largest(sizes, most)
        if most == total:
            order = np.sort(order)
        chosen = [unravel(place, values.shape) for place in order.tolist()]
        for name in self.open:
            kind, index = taken_apart(name)
            if kind in kinds and index is not None and fits(index, values.shape) and index not in chosen:
                chosen.append(index)
        left = total - len(chosen)
        if left <= 0:
            return Picked(chosen, 0, _NONE)
        sizes[[np.ravel_multi_index(index, values.shape) for index in chosen]] = -1
        return Picked(chosen, left, sizes)

    def rest(self, picked: Picked, owner: str, what: str, opens: str, arrays: Mapping[str, Any]) -> list[Line]:
        """The remark about elements that are not shown, with these to open.

        Args:
            picked: what is shown.
            owner: what the remark is called.
            what: what the elements are.
            opens: the name under which they can be asked for.
            arrays: the row's values by the symbol they have, all of one shape: ``{"z": z, "a": a}``.
        """
        if not picked.left:
            return []
        shape = next(iter(arrays.values())).shape

        def written(place: int) -> tuple[Line, ...]:
            index = unravel(place, shape)
            symbols = {symbol + brackets(index): float(array[index]) for symbol, array in arrays.items()}
            return tuple(Line(symbol, symbol, "", value) for symbol, value in symbols.items())

        rest = Rest(picked.left, lambda most: largest(picked.sizes, most).tolist(), written)
        size = (f" more {what}, at most ", picked.largest_left, " in size")
        return [Line(owner, "", note=(picked.left, *size, f"; open {opens!r} to see them."), rest=rest)]

    # -- sums

    def add_up(
        self, name: str, symbol: str, formula: str, result: float, groups: Iterable[Summands], *owners: str
    ) -> Line:
        """Write a sum, folded where it is long, and add up again what is shown of it."""
        terms: list[Term] = []
        size = count = 0
        whole = self.is_open(name, *owners)
        for group in groups:
            values = self.rounded(group.values)
            folded = len(values) > self.terms + 1 and not whole
            places = largest(np.abs(values), self.terms) if folded else np.arange(len(values))
            terms += [_term(group, values, place) for place in places.tolist()]
            if folded:
                left = np.delete(np.arange(len(values)), places)
                total = float(np.asarray(values, dtype=np.float64)[left].sum())
                terms.append(Term((), (), total, "", len(left), _folded(group, values, left)))
            size += float(np.abs(values).sum())
            count += len(values)
        line = Line(name, symbol, formula, result, tuple(terms))
        self.checks.append(Check(name, _sum(terms), result, self.slack(count + 4, max(size, abs(result)), count)))
        return line

    def compare(self, name: str, added: float, value: float, slack: float = 8, numbers: int = 1) -> None:
        """Add a number that was worked out again from what is shown, from so many numbers, to the checks."""
        added = float(self.rounded(added))
        self.checks.append(Check(name, added, value, self.slack(slack, max(abs(added), abs(value)), numbers)))

    def slack(self, operations: float, size: float, numbers: int = 0) -> float:
        """How far rounding can bring numbers of a size apart: in the pass's type, and by half of a last digit each."""
        dtype = np.asarray(self.trace.forward.output).dtype
        digit = 0.0 if self.rounding is None else numbers * 0.5 * 10.0**-self.rounding
        return operations * float(np.finfo(dtype if dtype.kind == "f" else np.float64).eps) * size + digit

    def rounded(self, values: Any) -> np.ndarray:
        """Numbers as the pass would have gone on with them."""
        return np.asarray(values) if self.rounding is None else round_half_up(values, self.rounding)


_NONE = np.empty(0)


def _term(group: Summands, values: np.ndarray, place: int) -> Term:
    names, factors = group.product(place)
    return Term(names, factors, float(values[place]), "" if group.label is None else group.label(place))


def _folded(group: Summands, values: np.ndarray, left: np.ndarray) -> Rest[Term]:
    """Summands that are shown as one, to open."""
    return Rest(
        len(left),
        lambda most: left[largest(np.abs(values[left]), most)].tolist(),
        lambda place: _term(group, values, place),
    )


def _sum(terms: list[Term]) -> float:
    values = [term.value for term in terms]
    return math.fsum(values) if all(map(math.isfinite, values)) else sum(values)


def largest(sizes: np.ndarray, most: int) -> np.ndarray:
    """Places of the largest of some numbers, the largest first; equals stand in their order, NaN before all.

    >>> largest(np.array([1.0, 3.0, 2.0]), 2)
    array([1, 2])
    """
    sizes = np.where(np.isnan(sizes), np.inf, sizes)
    places = np.argpartition(-sizes, most - 1)[:most] if most < len(sizes) else np.arange(len(sizes))
    places = np.sort(places)
    return places[np.argsort(-sizes[places], kind="stable")]


def as_factor(name: str) -> str:
    """A column's name as it can stand in a product: in parentheses where it is more than a word.

    >>> as_factor("age"), as_factor("island = Biscoe")
    ('age', '(island = Biscoe)')
    """
    return name if re.fullmatch(r"[\w.]+", name) else f"({name})"


def brackets(index: Index) -> str:
    """``[0, 1]``; nothing for a single number."""
    return f"[{', '.join(map(str, index))}]" if index else ""


def unravel(place: int, shape: tuple[int, ...]) -> Index:
    """The index of a place, as plain integers."""
    return tuple(int(i) for i in np.unravel_index(place, shape))


def taken_apart(name: str) -> tuple[str, Index | None]:
    """``dense1.z[3]`` as ``dense1.z`` and ``(3,)``; no index where there is none.

    >>> taken_apart("dense1.weight[0, 3]"), taken_apart("dense1")
    (('dense1.weight', (0, 3)), ('dense1', None))
    """
    match = re.fullmatch(r"(.+?)\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]", name.strip())
    return (match[1], tuple(int(part) for part in match[2].split(","))) if match else (name, None)


def fits(index: Index, shape: tuple[int, ...]) -> bool:
    """Whether an index lies inside a shape."""
    return len(index) == len(shape) and all(i < n for i, n in zip(index, shape, strict=True))
