"""Prediction made ready: whatever is the same for all rows is looked up and checked once.

Shapes: n rows.
"""

from math import prod
from typing import Any

import numpy as np

from chainrule._typing import Array, Float
from chainrule.network.network import Inputs, Network, row_count, row_shapes
from chainrule.network.passes import Masked, chain_of, forward, output_of
from chainrule.ops import eager_ops

BLOCK_BYTES = 1 << 20
"""How much the widest array of a block of rows may take: what a processor's core keeps near it."""
FEWEST, MOST = 256, 16_384
"""Rows of a block, at least and at most."""


class Predictor:
    """Gives a network's output for rows, again and again: ``predict = net.predictor()``, and then ``predict(X)``.

    It is made by :meth:`Network.predictor`. The layers' own functions compute; a chain of layers is gone through
    without a record of what happens on the way. Many rows are computed block by block. Threads can share it.

    Args:
        network: a network whose parameters and input shape are set.
        dtype: the type to compute in.
    """

    def __init__(self, network: Network, dtype: Any) -> None:
        self.network = network
        self.dtype = np.dtype(dtype)
        self._ops = eager_ops()
        self._params, self._stats = network.arrays(dtype)
        shapes, name = network.input_shapes or {}, network.input_names[0]
        self._chain = chain_of(network.nodes, network.input_names, self._params, self._stats)
        # Without parameters the output may be the rows themselves, which must not be handed out; codes are checked.
        codes = any(node.layer.takes_codes for node in network.nodes)
        self._quick = self._chain if any(self._params.values()) and not codes else None
        self._kind = np.dtype(network.input_types(dtype)[name])
        self._shapes, self._row, self._axes = shapes, shapes[name], 1 + len(shapes[name])
        widest = max(prod(shape) for shape in network.shapes(shapes).values())
        self.rows = min(max(BLOCK_BYTES // max(widest * self.dtype.itemsize, 1), FEWEST), MOST)
        """Rows of a block."""

    def __call__(self, X: Any) -> Float[Array, "n *s"]:
        """The output for each row of ``X``; see :meth:`Network.predict`."""
        if (
            self._quick is not None
            and type(X) is np.ndarray
            and X.dtype == self._kind
            and X.ndim == self._axes
            and X.shape[1:] == self._row
            and len(X) <= self.rows
        ):
            return output_of(self._ops, self._quick, X)
        inputs = self.network.inputs(X, self.dtype)
        if row_shapes(inputs) != self._shapes:
            self.network.built(row_shapes(inputs))  # says what is wrong
        starts = range(0, max(row_count(inputs), 1), self.rows)
        return np.concatenate([self._block(_rows(inputs, slice(start, start + self.rows))) for start in starts])

    def _block(self, inputs: Inputs) -> Array:
        first = next(iter(inputs.values()))
        if self._chain is not None and not isinstance(first, Masked):
            return output_of(self._ops, self._chain, first)
        return forward(self._ops, self.network.nodes, self._params, self._stats, inputs).output

    def __repr__(self) -> str:
        return f"<predictor in {self.dtype}>\n{self.network!r}"


def _rows(inputs: Inputs, rows: slice) -> Inputs:
    return {
        name: Masked(value.values[rows], value.mask[rows]) if isinstance(value, Masked) else value[rows]
        for name, value in inputs.items()
    }
