"""Parameters by name: ``dense1.weight`` for an array, ``dense1.weight[0, 1]`` for one number in it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule._typing import Array
from chainrule.errors import InputError, did_you_mean, list_some


def flatten(params: Mapping[str, Any]) -> dict[str, Array]:
    """``{"dense1": DenseParams(w, b)}`` → ``{"dense1.weight": w, "dense1.bias": b}``."""
    return {
        f"{node}.{name}": array
        for node, arrays in params.items()
        for name, array in zip(getattr(arrays, "_fields", ()), arrays, strict=True)
    }


def unflatten(flat: Mapping[str, Array], like: Mapping[str, Any]) -> dict[str, Any]:
    """The opposite of :func:`flatten`; ``like`` gives nodes and forms, and whatever ``flat`` leaves out."""
    return {
        node: type(arrays)(
            *(flat.get(f"{node}.{name}", array) for name, array in zip(arrays._fields, arrays, strict=True))
        )
        if arrays
        else arrays
        for node, arrays in like.items()
    }


@dataclass(frozen=True)
class ParameterName:
    """A parameter's name taken apart."""

    node: str
    name: str
    index: tuple[int, ...] | None

    @property
    def array(self) -> str:
        """Name of the whole array, ``dense1.weight``."""
        return f"{self.node}.{self.name}"


_NAME = re.compile(r"^\s*(?P<node>.+)\.(?P<name>\w+)\s*(?:\[(?P<index>[\d\s,-]+)\])?\s*$")


def parse_name(name: str, arrays: Mapping[str, Array]) -> ParameterName:
    """Take ``dense1.weight[0, 1]`` apart and check it against the arrays there are.

    >>> parse_name("dense1.weight[0, 1]", {"dense1.weight": np.zeros((1, 2))})
    ParameterName(node='dense1', name='weight', index=(0, 1))

    Raises:
        InputError: there is no such array, or the index is outside of it.
    """
    match = _NAME.match(name)
    array_name = f"{match['node']}.{match['name']}" if match else name
    if match is None or array_name not in arrays:
        raise InputError(
            f"There is no parameter '{name}'; there are {list_some(arrays, most=12)}.{did_you_mean(array_name, arrays)}"
        )
    if match["index"] is None:
        return ParameterName(match["node"], match["name"], None)
    index = tuple(int(part) for part in match["index"].split(",") if part.strip())
    shape = tuple(arrays[array_name].shape)
    if len(index) != len(shape) or any(not 0 <= i < n for i, n in zip(index, shape, strict=True)):
        raise InputError(
            f"'{name}' is outside of '{array_name}', whose shape is {shape}; indices count from 0, "
            f"the last is {[n - 1 for n in shape]}."
        )
    return ParameterName(match["node"], match["name"], index)


class ParameterView(Mapping[str, np.ndarray]):
    """Parameters by name, as read-only NumPy arrays."""

    def __init__(self, flat: Mapping[str, Array]) -> None:
        self._arrays: dict[str, np.ndarray] = {}
        for name, array in flat.items():
            view = np.asarray(array).view()
            view.flags.writeable = False
            self._arrays[name] = view

    def __getitem__(self, name: str) -> Any:
        """The array ``dense1.weight``, or the number ``dense1.weight[0, 1]``."""
        parsed = parse_name(name, self._arrays)
        array = self._arrays[parsed.array]
        return array if parsed.index is None else array[parsed.index]

    def __contains__(self, name: object) -> bool:
        return name in self._arrays

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {np.array2string(array, precision=6, threshold=20)}" for name, array in self.items())


def frozen_arrays(frozen: Sequence[str], arrays: Mapping[str, Array]) -> frozenset[str]:
    """Names of the arrays that ``freeze("dense1", "dense2.weight")`` names.

    Raises:
        InputError: a name is neither a node with parameters nor a parameter.
    """
    nodes = {name.rpartition(".")[0] for name in arrays}
    found: set[str] = set()
    for name in frozen:
        matching = {array for array in arrays if array == name or array.rpartition(".")[0] == name}
        if not matching:
            raise InputError(
                f"There is no node or parameter '{name}' to freeze; nodes with parameters are "
                f"{list_some(sorted(nodes))}.{did_you_mean(name, [*nodes, *arrays])}"
            )
        found |= matching
    return frozenset(found)
