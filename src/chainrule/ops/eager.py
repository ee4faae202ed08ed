"""Operations on NumPy arrays (or any other eager namespace), done at once and without compiling."""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from chainrule._typing import Array
from chainrule.ops.base import Ops
from chainrule.ops.windows import window_row


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

    def assemble(self, shape: tuple[int, ...], places: Sequence[tuple[slice, ...]], parts: Sequence[Array]) -> Array:
        """See :meth:`Ops.assemble`."""
        result = self.namespace.zeros(shape, dtype=parts[0].dtype)
        for place, part in zip(places, parts, strict=True):
            result[place] += part
        return result

    def correlate(self, x: Array, weight: Array, strides: tuple[int, int]) -> Array:
        """See :meth:`Ops.correlate`: one matrix product for each row of the weight.

        Each value is copied as often as the weight is wide. One product for the whole weight copies more, one for
        each of its places has short sums: both were slower for most of the sizes measured.
        """
        rows, columns, channels, outputs = weight.shape
        high, wide = (x.shape[1] - rows) // strides[0] + 1, (x.shape[2] - columns) // strides[1] + 1
        total = None
        for a in range(rows):
            windows = window_row(self, x, a, columns, (high, wide), strides)
            product = windows @ self.namespace.reshape(weight[a, ...], (columns * channels, outputs))
            total = product if total is None else total + product
        return self.namespace.reshape(total, (x.shape[0], high, wide, outputs))

    def erfc(self, x: Array) -> Array:
        """See :meth:`Ops.erfc`: SciPy's, imported when it is first needed."""
        from scipy.special import erfc

        return self.namespace.asarray(erfc(np.asarray(x)))


class NumpyOps(EagerOps):
    """Operations on NumPy's own arrays, done without its detours, which one row feels most.

    A row of 64 numbers is multiplied in 0.2 µs; finding out what to do with it takes ``@`` and ``numpy.sum`` 1 to
    3 µs, and adding arrays with different numbers of axes twice as long as with the same.
    """

    def weighted_sums(self, x: Array, weight: Array, bias: Array) -> Array:
        """See :meth:`Ops.weighted_sums`.

        Of a few sums of many rows each sum's stand side by side, so that what follows goes along the rows: softmax over
        three classes is five times as fast then.
        """
        if len(x) <= _MANY:
            return x.dot(weight) + bias  # NumPy adds single numbers sooner than it adds one to another in its place
        sums = weight.T.dot(x.T).T if weight.shape[1] <= _FEW else x.dot(weight)
        sums += bias
        return sums

    def above_zero(self, x: Array) -> Array:
        """See :meth:`Ops.above_zero`."""
        if x.size <= _FEW_ZEROS:
            return _maximum(x, _ZERO.get(x.dtype, 0))
        if x.size <= _MOST_ZEROS:
            return np.maximum(x, _zeros(x.shape, x.dtype, x.flags.c_contiguous))
        return np.maximum(x, np.zeros_like(x))

    def log1p_exp(self, x: Array) -> Array:
        """See :meth:`Ops.log1p_exp`.

        NumPy has vector code for ``exp`` and ``log`` in single precision and none for ``log1p``. What ``1 + e^x`` loses
        to rounding is added to its logarithm: the error is at most 5 of the last digit's units instead of 3.
        """
        powers = np.exp(x)
        if x.dtype != np.float32 or x.size <= _LONG:
            return np.log1p(powers)
        above_one = 1 + powers
        result = np.log(above_one)
        above_one -= 1
        powers -= above_one
        result += powers
        return result

    def largest(self, x: Array) -> Array:
        """See :meth:`Ops.largest`; of a single row it is a number."""
        if x.size != x.shape[-1]:
            return _largest(x, -1, None, None, True)
        return x.ravel()[x.argmax(), ...]

    def total(self, x: Array) -> Array:
        """See :meth:`Ops.total`; of a single row it is a number, made as a product with ones."""
        count = x.size
        if count != x.shape[-1] or count > _LONG:
            return self.sum(x, -1, None, None, True)
        return x.dot(_ones(count, x.dtype)).ravel()[0, ...]

    def sum(
        self,
        x: Array,
        axis: int | tuple[int, ...] | None = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: bool = False,
    ) -> Any:
        """See :func:`numpy.sum`, which comes to the same."""
        reduce: Any = np.add.reduce
        return reduce(x, axis, dtype, out, keepdims)


_maximum = np.maximum
_largest: Any = np.maximum.reduce
_LONG = 1 << 10
_MANY, _FEW = 64, 16
_FEW_ZEROS, _MOST_ZEROS = 1 << 9, 1 << 18
_ZERO = {np.dtype(kind): np.zeros((), kind) for kind in (np.float16, np.float32, np.float64)}


@lru_cache(maxsize=16)
def _ones(count: int, dtype: np.dtype[Any]) -> Array:
    """A column that a row of so many is multiplied by to be summed, in 0.4 µs; ``add.reduce`` takes 1.2."""
    ones = np.ones((count, 1), dtype)
    ones.flags.writeable = False
    return ones


@lru_cache(maxsize=16)
def _zeros(shape: tuple[int, ...], dtype: np.dtype[Any], rows_first: bool) -> Array:
    """Zeros to compare with: two arrays of one shape are compared four times as fast as an array and a number."""
    zeros = np.zeros(shape, dtype, order="C" if rows_first else "F")
    zeros.flags.writeable = False
    return zeros


@cache
def eager_ops() -> NumpyOps:
    """Return the operations on NumPy arrays.

    >>> eager_ops().exp(0.0)
    np.float64(1.0)
    """
    np.empty(_KEPT, np.uint8)
    return NumpyOps()


_KEPT = 1 << 24
"""Bytes. glibc gives freed arrays back to the system, which clears every page of the next one, until it has seen one of
their size come and go: then it keeps those that are smaller. For 4,000 rows of 64 numbers 0.8 ms instead of 2.5."""


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
