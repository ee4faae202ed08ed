"""The array namespace that layer code is written in: the array API standard, and the few operations it lacks."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from chainrule._typing import Array


class Ops:
    """An array API namespace (``ops.exp``, ``ops.where``, …) together with what the standard lacks.

    Everything that is not defined here is the namespace's own: ``ops.exp`` is ``numpy.exp`` or ``jax.numpy.exp``.
    Subclasses say how NumPy and XLA each do the rest; layers never ask which one they run on.
    """

    name: str
    """``"numpy"`` or ``"xla"``."""

    def __init__(self, namespace: ModuleType) -> None:
        self.namespace = namespace

    def __getattr__(self, name: str) -> Any:
        return getattr(self.namespace, name)

    def scan(
        self, step: Callable[[Any, Any], tuple[Any, Any]], carry: Any, inputs: Any, *, reverse: bool = False
    ) -> tuple[Any, Any]:
        """Feed ``inputs`` one by one, along axis 0, through ``step(carry, x) -> (carry, y)``.

        Args:
            step: one step; it must return a carry of the same form and shapes as it was given.
            carry: an array or a (named) tuple of arrays.
            inputs: an array or a (named) tuple of arrays that share their axis 0.
            reverse: start at the end; ``y`` still stands at the place of its ``x``.

        Returns:
            The last carry, and the ``y`` of every step stacked along a new axis 0, in the form ``step`` returns them.
        """
        raise NotImplementedError

    def take(self, table: Array, indices: Array) -> Array:
        """Rows of ``table`` (along axis 0) at integer ``indices`` of any shape: ``indices.shape + table.shape[1:]``."""
        raise NotImplementedError

    def scatter_add(self, table: Array, indices: Array, values: Array) -> Array:
        """Return ``table`` with ``values`` added to its rows at ``indices``; indices that repeat add up."""
        raise NotImplementedError

    def write(self, target: Array, place: tuple[slice | int, ...], values: Array) -> Array:
        """Return ``target`` with ``values`` in ``place``, a tuple of integers and slices."""
        raise NotImplementedError

    def add_at(self, target: Array, place: tuple[slice | int, ...], values: Array) -> Array:
        """Return ``target`` with ``values`` added in ``place``, a tuple of integers and slices."""
        return self.write(target, place, target[place] + values)
