"""Prediction made ready: whatever is the same for all rows is looked up and checked once.

Shapes: n rows.
"""

import os
from collections.abc import Callable, Iterable
from math import prod
from typing import Any

import numpy as np

from chainrule._typing import Array, Float
from chainrule.errors import ChainruleError, InputError, did_you_mean, list_some
from chainrule.network.cores import side_by_side
from chainrule.network.describe import multiplications
from chainrule.network.network import Inputs, Network, row_count, row_shapes
from chainrule.network.passes import Forward, Masked, NodeValues, chain_of, forward, output_of
from chainrule.ops import eager_ops

SHARE = 1 << 24
"""Multiplications (some 0.4 ms) that a core's share of the rows takes at least: threads wait for each other, too."""
WAKING = 3 << 20
"""How many more the first takes: its thread is awake already, and need not fall asleep until the others are done."""
BYTES = 1 << 20
"""What the widest array of a piece may take: a core keeps that much near it."""
FEWEST = 64
"""Rows of a piece, where they are wide."""
CURVED = 400
"""How many multiplications a smooth activation takes as long as; those of straight lines hardly take any."""
CORES = os.cpu_count() or 1


class Predictor:
    """Gives a network's output for rows, again and again: ``predict = net.predictor()``, and then ``predict(X)``.

    It is made by :meth:`Network.predictor`. The layers' own functions compute; a chain of layers is gone through
    without a record of what happens on the way. Many rows are computed block by block. Threads can share it.

    Args:
        network: a network whose parameters and input shape are set.
        dtype: the type to compute in.
        last: the node whose activations are wanted; by default the output.
    """

    def __init__(self, network: Network, dtype: Any, last: str | None = None) -> None:
        self.network = network
        self.dtype = np.dtype(dtype)
        self._ops = eager_ops()
        self._params, self._stats = network.arrays(dtype)
        names = [node.name for node in network.nodes]
        if last is not None and last not in names:
            raise InputError(
                f"There is no node {last!r}; there are {list_some(names)}.{did_you_mean(str(last), names)}"
            )
        self._nodes = network.nodes if last is None else network.nodes[: names.index(last) + 1]
        shapes, name = network.input_shapes or {}, network.input_names[0]
        self._chain = chain_of(self._ops, self._nodes, network.input_names, self._params, self._stats)
        self._codes = any(node.layer.takes_codes for node in self._nodes)
        # Without parameters the output may be the rows themselves, which must not be handed out; codes are checked.
        self._quick = self._chain if any(self._params[node.name] for node in self._nodes) and not self._codes else None
        self._kind = np.dtype(network.input_types(dtype)[name])
        self._shapes, self._row = shapes, shapes[name]
        every = network.shapes(shapes)
        sizes = {node.name: prod(every[node.name]) for node in self._nodes}
        curved = [node.name for node in self._nodes if node.activation is not None and node.activation.differentiable]
        self._work = 1 + multiplications(self._nodes, every) + CURVED * sum(sizes[node] for node in curved)
        self._shared = -(-2 * SHARE // self._work)
        self._near = _rows_near(sizes.values(), self.dtype)
        self._near_with_inputs = _rows_near(map(prod, every.values()), self.dtype)

    def __call__(self, X: Any) -> Float[Array, "n *s"]:
        """The output for each row of ``X``; see :meth:`Network.predict`."""
        if (
            self._quick is not None
            and type(X) is np.ndarray
            and X.dtype == self._kind
            and X.shape[1:] == self._row
            and len(X) < self._shared
        ):
            return output_of(self._quick, X)
        if type(X) is np.ndarray and X.dtype.kind in "fiub" and X.ndim and not self._codes:
            return self.in_pieces(len(X), lambda rows: X[rows])
        inputs = self.network.inputs(X, self.dtype)
        return self.in_pieces(row_count(inputs), lambda rows: _rows(inputs, rows))

    def in_pieces(self, count: int, rows_of: Callable[[slice], Any]) -> Float[Array, "n *s"]:
        """The output for rows that are made where they are computed, piece by piece: ``rows_of(slice(0, 1000))``."""
        if count < self._shared:
            output = self._output(rows_of(slice(0, count)))
            return output if self._quick is not None else output.copy()
        try:
            return np.concatenate(side_by_side(lambda rows: self._output(rows_of(rows)), self.pieces(count)))
        except ChainruleError:
            self.network.inputs(rows_of(slice(0, count)), self.dtype)  # counts rows from the first of all
            raise

    def passed(self, X: Any) -> Forward:
        """A forward pass of which the output node's values alone are kept, which a loss is measured from."""
        inputs, last = self.network.inputs(X, self.dtype), self._nodes[-1].name
        count = row_count(inputs)

        def some(rows: slice) -> Forward:
            return forward(self._ops, self._nodes, self._params, self._stats, _rows(inputs, rows))

        parts = side_by_side(some, self.pieces(count) if count >= self._shared else [slice(0, count)])
        z, a = (np.concatenate([getattr(part.nodes[last], kind) for part in parts]) for kind in ("z", "a"))
        mask = None if parts[0].mask is None else np.concatenate([part.mask for part in parts])
        return Forward({last: NodeValues(None, z, a, None, mask)}, {}, a, mask)

    def pieces(self, count: int) -> list[slice]:
        """Which rows are computed together: each core's share at once, or a large one in pieces that stay near."""
        cores = min(count * self._work // SHARE, count, CORES)
        share = (count - WAKING // self._work) // cores
        if share > self._near:
            return [slice(start, start + self._near_with_inputs) for start in range(0, count, self._near_with_inputs)]
        first = count - (cores - 1) * share
        return [slice(0, first), *(slice(end - share, end) for end in range(first + share, count + 1, share))]

    def _output(self, X: Any) -> Array:
        inputs = self.network.inputs(X, self.dtype)
        if row_shapes(inputs) != self._shapes:
            self.network.built(row_shapes(inputs))  # says what is wrong
        first = next(iter(inputs.values()))
        if self._chain is not None and not isinstance(first, Masked):
            return output_of(self._chain, first)
        return forward(self._ops, self._nodes, self._params, self._stats, inputs).output

    def __repr__(self) -> str:
        return f"<predictor in {self.dtype}>\n{self.network!r}"


def _rows_near(sizes: Iterable[int], dtype: np.dtype[Any]) -> int:
    """How many rows' arrays of such sizes a core keeps near it."""
    return max(BYTES // (dtype.itemsize * max(sizes, default=1) or 1), FEWEST)


def _rows(inputs: Inputs, rows: slice) -> Inputs:
    return {
        name: Masked(value.values[rows], value.mask[rows]) if isinstance(value, Masked) else value[rows]
        for name, value in inputs.items()
    }
