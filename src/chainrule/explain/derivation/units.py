"""What can be differentiated, and by what: single numbers that a pass computed or was given, by name."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from chainrule.data.target import NumberTarget
from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.network.parameters import ParameterName, parse_name

if TYPE_CHECKING:
    from chainrule.explain.trace import Trace

LOSS = "loss"
PREDICTION = "prediction"
Index: TypeAlias = tuple[int, ...]
Kind: TypeAlias = str
"""``"z"``, ``"a"``, ``"input"``, ``"cell"`` or ``"answer"``: see :class:`Place`."""


@dataclass(frozen=True)
class Place:
    """An array of numbers that belong to rows, or (with an index) one number of each row.

    A pre-activation (``z``) or activation (``a``) of a node, a network ``input``, a ``cell`` of a table, or the
    ``answer``: the prediction in the target's own units.
    """

    node: str
    """Name of the node, the network input or the table's column; for an answer its own name."""
    kind: Kind
    index: Index | None = ()
    """None stands for the whole array."""

    @property
    def array(self) -> str:
        """Name of the array, ``dense1.z``."""
        return f"{self.node}.{self.kind}" if self.kind in ("z", "a") else self.node

    @property
    def name(self) -> str:
        """Its name, ``dense1.z[0]``."""
        return self.array if self.index is None else name_of(self.array, self.index)


@dataclass(frozen=True)
class Unit:
    """One number: a place on a row."""

    node: str
    kind: Kind
    row: int
    index: Index = ()

    @property
    def name(self) -> str:
        """Its name, ``dense1.z[0]``; the row is not said."""
        return Place(self.node, self.kind, self.index).name


Target: TypeAlias = "Place | ParameterName"


def name_of(array: str, index: Any) -> str:
    """A number's name.

    >>> name_of("dense1.z", (0, 1)), name_of("city", ())
    ('dense1.z[0, 1]', 'city')
    """
    return f"{array}[{', '.join(str(int(each)) for each in index)}]" if len(index) else array


def target_name(target: "Place | ParameterName") -> str:
    """The name of a place or of a parameter."""
    return target.name if isinstance(target, Place) else name_of(target.array, target.index or ())


def values_of(trace: "Trace", node: str, kind: Kind) -> np.ndarray:
    """The array that a node's or an input's numbers are in, rows first."""
    if kind == "input":
        given = trace.inputs[node]
        return np.asarray(getattr(given, "values", given))
    return np.asarray(getattr(trace.forward.nodes[node], kind))


def find(trace: "Trace", name: str) -> "Place | ParameterName":
    """What a name stands for.

    Raises:
        InputError: there is nothing of that name, or its index is outside.
    """
    table = trace.table
    if table is not None:
        if name in table.names:
            return Place(name, "cell")
        if name in table.encoder.feature_names:
            return Place("features", "input", (table.encoder.feature_names.index(name),))
        if (answer := _answer(trace, name)) is not None:
            return answer
    array, _, inside = name.partition("[")
    arrays = dict(trace.params)
    if array in arrays:
        return parse_name(name, arrays)
    node, _, kind = array.rpartition(".")
    if array == PREDICTION:
        node, kind = trace.nodes[-1].name, "a"
    if array in trace.inputs:
        node, kind = array, "input"
    elif kind not in ("z", "a") or node not in trace.forward.nodes:
        raise InputError(_unknown(trace, name, array))
    shape = values_of(trace, node, kind).shape[1:]
    if not inside and array != name:
        raise InputError(_outside(name, array, shape))
    if not inside:
        alone = array == PREDICTION and set(shape) == {1}
        return Place(node, kind, (0,) * len(shape) if alone or not shape else None)
    parts = inside.rstrip("]").split(",")
    index = tuple(int(part) for part in parts if part.strip().isdigit())
    if len(index) != len(parts) or len(index) != len(shape) or any(a >= b for a, b in zip(index, shape, strict=True)):
        raise InputError(_outside(name, array, shape))
    return Place(node, kind, index)


def _answer(trace: "Trace", name: str) -> Place | None:
    """The prediction in the target's own units, or the chance of one class."""
    assert trace.table is not None
    target, output = trace.table.encoder.target, trace.prediction
    if isinstance(target, NumberTarget):
        return Place(target.name, "answer") if name in (PREDICTION, target.name) else None
    chances = [f"P({label})" for label in target.labels]
    two = output.shape[1:] == (1,)
    if name in chances:
        place = chances.index(name)
        return Place(name, "answer", ()) if two else Place(trace.nodes[-1].name, "a", (place,))
    if name == PREDICTION and not two:
        return None
    return Place(chances[1], "answer") if name == PREDICTION else None


def _unknown(trace: "Trace", name: str, array: str) -> str:
    known = [
        *(trace.table.names if trace.table else ()),
        *trace.params,
        *(f"{node}.{kind}" for node in trace.forward.nodes for kind in "za"),
        *trace.inputs,
        PREDICTION,
    ]
    return f"There is no '{name}' to differentiate; there are {list_some(known, most=12)}.{did_you_mean(array, known)}"


def _outside(name: str, array: str, shape: Index) -> str:
    if not shape:
        return f"'{name}' is outside of '{array}', which is one number a row: '{array}'."
    return (
        f"'{name}' is outside of '{array}', whose shape is {shape} a row; indices count from 0, "
        f"the last is {[size - 1 for size in shape]}."
    )
