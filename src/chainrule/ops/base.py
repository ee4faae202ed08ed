"""The array namespace that layer code is written in: the array API standard, and the few operations it lacks."""

from collections.abc import Callable, Sequence
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
        found = getattr(self.namespace, name)
        self.__dict__[name] = found  # next time it is found without coming here
        return found

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

    def weighted_sums(self, x: Array, weight: Array, bias: Array) -> Array:
        """Each row's sums over its columns: ``z[n, o] = sum_i x[n, i] * weight[i, o] + bias[0, o]``."""
        return x @ weight + bias

    def above_zero(self, x: Array) -> Array:
        """``x`` where it is above 0, else 0."""
        return self.maximum(x, self.zeros_like(x))

    def log1p_exp(self, x: Array) -> Array:
        """``log(1 + e^x)`` for ``x`` of at most 0."""
        return self.log1p(self.exp(x))

    def largest(self, x: Array) -> Array:
        """The largest along the last axis, to be set against ``x``."""
        return self.max(x, axis=-1, keepdims=True)

    def total(self, x: Array) -> Array:
        """The sum along the last axis, to be set against ``x``."""
        return self.sum(x, axis=-1, keepdims=True)

    def row_sums(self, x: Array) -> Array:
        """The sum of everything in each row, shape (n,)."""
        return self.sum(x, axis=tuple(range(1, x.ndim))) if x.ndim > 1 else x

    def sum_over_rows(self, x: Array, dz: Array) -> Array:
        """Products of two matrices' columns, summed over their rows: ``y[i, o] = sum_n x[n, i] * dz[n, o]``."""
        return x.T @ dz

    def erfc(self, x: Array) -> Array:
        """``1 - erf(x)``, element by element, with full relative accuracy where ``erf`` is close to 1."""
        raise NotImplementedError

    def assemble(self, shape: tuple[int, ...], places: Sequence[tuple[slice, ...]], parts: Sequence[Array]) -> Array:
        """Zeros of a shape with each part added in its place: the other way round of taking slices apart.

        Args:
            shape: shape of the result.
            places: for each part a slice an axis, with start, stop and step 1 or more, inside the shape.
            parts: arrays of one type, each with the shape of its place.
        """
        raise NotImplementedError

    def correlate(self, x: Array, weight: Array, strides: tuple[int, int]) -> Array:
        """Slide a weight over pictures: ``z[n, i, j, o] = sum_abc x[n, i*s + a, j*r + b, c] * weight[a, b, c, o]``.

        Args:
            x: pictures, channels last (n, height, width, c).
            weight: (a, b, c, o).
            strides: steps ``(s, r)`` down and to the right.
        """
        raise NotImplementedError
