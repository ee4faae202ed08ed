"""A pass as it is done on a blackboard: every number is rounded before the next one is worked out from it.

It is the pass that trains, run again: :func:`chainrule.explain.tracing.trace_state` over the same nodes, whose layers,
activations and loss take and give rounded numbers. Dense layers compute on arrays that round what each
operation gives, so that the products of a weighted sum are rounded one by one; activations and losses are looked up,
and then rounded.
"""

from copy import copy
from dataclasses import replace
from functools import cache
from typing import Any, cast

import numpy as np

from chainrule.explain.trace import Trace
from chainrule.explain.tracing import trace_state
from chainrule.layers.dense import DenseLayer
from chainrule.layers.merge import AddLayer
from chainrule.network.passes import Masked
from chainrule.ops import Ops
from chainrule.training.engine import map_arrays

_SUMS = (AddLayer, DenseLayer)
"""Layers whose sums are rounded term by term; of others, such as convolutions, what they give is rounded."""

_SLACK = 1e-9
"""A half in decimals may be a little less in binary; it is rounded up all the same."""


def round_half_up(values: Any, decimals: int) -> np.ndarray:
    """Round as people do: to the nearest, a half away from zero.

    >>> round_half_up([0.0025, -0.0025, 1.0348], 3)
    array([ 0.003, -0.003,  1.035])
    """
    array = np.asarray(values)
    if array.dtype.kind != "f":
        return array
    scaled = np.abs(array.astype(np.float64)) * 10.0**decimals
    whole = np.floor(scaled + 0.5 + _SLACK * np.maximum(1.0, scaled * 1e-6))
    return np.where(np.isfinite(scaled), np.copysign(whole / 10.0**decimals, array), array) + 0.0


def rounded_trace(trace: Trace, decimals: int) -> Trace:
    """The same passes, each number of them rounded to so many decimals before it is used.

    Args:
        trace: the passes as they were made; parameters, inputs and targets are taken from it, and rounded.
        decimals: digits after the point.
    """
    nodes = [
        replace(
            node,
            layer=_on_board(node.layer, _BoardSum if isinstance(node.layer, _SUMS) else _BoardLayer, decimals),
            activation=None if node.activation is None else _on_board(node.activation, _BoardActivation, decimals),
        )
        for node in trace.nodes
    ]
    done = trace_state(
        nodes,
        _on_board(trace.loss_function, _BoardLoss, decimals),
        _all(trace.tree, decimals),
        _all(trace.forward.stats, decimals),
        _all(trace.inputs, decimals),
        _all(trace.target, decimals),
        trace.weight,
    )
    return replace(
        trace,
        tree=done.tree,
        inputs=done.inputs,
        forward=_all(done.forward, decimals),
        target=done.target,
        measured=done.measured and _all(done.measured, decimals)._replace(weight=done.measured.weight),
        backward=_all(done.backward, decimals),
    )


def _all(tree: Any, decimals: int) -> Any:
    """Every array in records, mappings and tuples, rounded."""
    if isinstance(tree, dict):
        return {name: _all(each, decimals) for name, each in tree.items()}
    if isinstance(tree, Masked):
        return Masked(cast("Any", round_half_up(tree.values, decimals)), tree.mask)
    return map_arrays(lambda array: round_half_up(array, decimals), tree)


def _on_board(config: Any, kind: type, decimals: int) -> Any:
    """The same layer, activation or loss, whose methods take and give rounded numbers."""
    twin = copy(config)
    object.__setattr__(twin, "__class__", _board_class(kind, type(config)))
    object.__setattr__(twin, "decimals", decimals)
    return twin


@cache
def _board_class(kind: type, of: type) -> type:
    # Not a class of chainrule's own, so that no run is ever read as one.
    return type(of.__name__, (kind, of), {"__module__": "blackboard"})


class _Rounds:
    """What stands before a class to round what its methods give."""

    decimals: int

    def rounded(self, tree: Any) -> Any:
        return _all(tree, self.decimals)


class _BoardLayer(_Rounds):
    """A layer; what it keeps for itself it keeps in full."""

    def forward(self, ops: Ops, params: Any, x: Any, ctx: Any) -> Any:
        z, saved = cast("Any", super()).forward(ops, params, x, ctx)
        return self.rounded(z), saved

    def backward(self, ops: Ops, params: Any, saved: Any, dy: Any) -> Any:
        return self.rounded(cast("Any", super()).backward(ops, params, saved, dy))


class _BoardSum(_BoardLayer):
    """A layer that is a sum: each of its operations is rounded."""

    def forward(self, ops: Ops, params: Any, x: Any, ctx: Any) -> Any:
        return super().forward(ops, self.board(params), self.board(x), ctx)

    def backward(self, ops: Ops, params: Any, saved: Any, dy: Any) -> Any:
        return super().backward(ops, self.board(params), self.board(saved), self.board(dy))

    def board(self, tree: Any) -> Any:
        return map_arrays(self._one_board, self.rounded(tree))

    def _one_board(self, array: np.ndarray) -> np.ndarray:
        board = array.view(_Board)
        board.decimals = self.decimals
        return board


class _BoardActivation(_Rounds):
    """An activation: looked up, and rounded; so is its slope, before a delta is multiplied by it."""

    def forward(self, ops: Ops, z: Any) -> Any:
        return self.rounded(cast("Any", super()).forward(ops, z))

    def slope(self, ops: Ops, z: Any, a: Any) -> Any:
        return self.rounded(cast("Any", super()).slope(ops, z, a))

    def backward(self, ops: Ops, z: Any, a: Any, da: Any) -> Any:
        return self.rounded(cast("Any", super()).backward(ops, z, a, da))


class _BoardLoss(_Rounds):
    """A loss whose rows are rounded before they are added; what each value counts for in a mean is not."""

    @property
    def fused(self) -> Any:
        return _on_board(cast("Any", super()).fused, _BoardLoss, self.decimals)

    def forward(self, ops: Ops, prediction: Any, target: Any, weight: Any) -> Any:
        _, saved = cast("Any", super()).forward(ops, prediction, target, weight)
        rows = self.rounded(saved.rows)
        return np.asarray(ops.sum(rows)), saved._replace(rows=rows)

    def backward(self, ops: Ops, saved: Any) -> Any:
        return self.rounded(cast("Any", super()).backward(ops, saved))


class _Board(np.ndarray):
    """An array on which every operation rounds what it gives; a matrix product rounds each of its products."""

    decimals: int = 0

    def __array_finalize__(self, obj: Any) -> None:
        self.decimals = getattr(obj, "decimals", 0)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **settings: Any) -> Any:
        plain = [np.asarray(each) if isinstance(each, _Board) else each for each in inputs]
        if ufunc is np.matmul:
            result = self._product(np.asarray(plain[0]), np.asarray(plain[1]))
        else:
            result = getattr(ufunc, method)(*plain, **settings)
        if result.dtype.kind != "f":
            return result
        rounded = round_half_up(result, self.decimals)
        if out is not None:
            np.asarray(out[0])[...] = rounded
            return out[0]
        board = np.asarray(rounded).view(_Board)
        board.decimals = self.decimals
        return board

    def dot(self, other: Any, out: Any = None) -> Any:
        """The matrix product, by the other name that NumPy has for it."""
        return np.matmul(self, other, out=out)

    def _product(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """``sum_k left[…, k] * right[k, o]``, a row at a time, so that the products need little memory."""
        rows = left.reshape(-1, left.shape[-1])
        sums = [round_half_up(row[:, None] * right, self.decimals).sum(axis=0) for row in rows]
        return np.reshape(sums, (*left.shape[:-1], right.shape[-1]))
