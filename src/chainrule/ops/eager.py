"""Operations on NumPy arrays (or any other eager namespace), done at once and without compiling."""

from collections.abc import Callable, Sequence
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from chainrule._typing import Array
from chainrule.ops.base import Ops


class EagerOps(Ops):
    """Operations done as they are called."""

    name = "numpy"

    def __init__(self, namespace: ModuleType = np) -> None:
        super().__init__(namespace)

    def scan(
        self, step: Callable[[Any, Any], tuple[Any, Any]], carry: Any, inputs: Any, *, reverse: bool = False
    ) -> tuple[Any, Any]:
        """See :meth:`Ops.scan`: a loop."""
        length = _first(inputs).shape[0]
        outputs: list[Any] = []
        for index in range(length - 1, -1, -1) if reverse else range(length):
            carry, output = step(carry, _map(lambda leaf, index=index: leaf[index, ...], inputs))
            outputs.append(output)
        if reverse:
            outputs.reverse()
        return carry, self._stack(outputs)

    def _stack(self, outputs: Sequence[Any]) -> Any:
        first = outputs[0]
        if isinstance(first, tuple):
            return _rebuild(first, [self._stack(column) for column in zip(*outputs, strict=True)])
        return None if first is None else self.namespace.stack(outputs, axis=0)

    def take(self, table: Array, indices: Array) -> Array:
        """See :meth:`Ops.take`."""
        flat = self.namespace.take(table, self.namespace.reshape(indices, (-1,)), axis=0)
        return self.namespace.reshape(flat, tuple(indices.shape) + tuple(table.shape[1:]))

    def scatter_add(self, table: Array, indices: Array, values: Array) -> Array:
        """See :meth:`Ops.scatter_add`."""
        result = np.array(table, copy=True)
        np.add.at(result, np.asarray(indices), np.asarray(values))
        return self.namespace.asarray(result)

    def write(self, target: Array, place: tuple[slice | int, ...], values: Array) -> Array:
        """See :meth:`Ops.write`."""
        result = self.namespace.asarray(target, copy=True)
        result[place] = values
        return result


@cache
def eager_ops() -> EagerOps:
    """Return the operations on NumPy arrays.

    >>> eager_ops().exp(0.0)
    np.float64(1.0)
    """
    return EagerOps()


def _map(function: Callable[[Array], Array], tree: Any) -> Any:
    if isinstance(tree, tuple):
        return _rebuild(tree, [_map(function, leaf) for leaf in tree])
    return None if tree is None else function(tree)


def _first(tree: Any) -> Array:
    while isinstance(tree, tuple):
        tree = next(leaf for leaf in tree if leaf is not None)
    return tree


def _rebuild(like: tuple[Any, ...], leaves: list[Any]) -> Any:
    make = getattr(type(like), "_make", None)
    return make(leaves) if make else tuple(leaves)
