"""What every layer must do, whatever it computes: called by the tests of each."""

from typing import Any

import numpy as np
import pytest

from chainrule.layers import Context
from oracles import Engine, differences, eager, jax_gradient

PLAIN = Context()


def both_ways(ops: Any, layer: Any, params: Any, x: Any, dy: Any, ctx: Context = PLAIN) -> Any:
    """Output, delta of the input, gradient of the parameters."""
    y, saved = layer.forward(ops, params, x, ctx)
    return y, *layer.backward(ops, params, saved, dy)


def check_differences(layer: Any, params: Any, x: Any, dy: Any, ctx: Context = PLAIN) -> None:
    """Backward is the derivative of forward: 1e-6, a thousand times the error of the differences."""

    def total(params: Any, x: Any) -> Any:
        return (layer.forward(eager(), params, x, ctx)[0] * dy).sum()

    _, dx, gradient = both_ways(eager(), layer, params, x, dy, ctx)
    for place, given in enumerate(x if isinstance(x, tuple) else (x,)):

        def moved(value: Any, place: int = place) -> Any:
            return (*x[:place], value, *x[place + 1 :]) if isinstance(x, tuple) else value

        found = dx[place] if isinstance(x, tuple) else dx
        if found is not None:
            exact = differences(lambda value, moved=moved: total(params, moved(value)), given)
            np.testing.assert_allclose(found, exact, rtol=1e-6, atol=1e-8)
    for place, array in enumerate(params):

        def changed(value: Any, place: int = place) -> Any:
            return type(params)(*params[:place], value, *params[place + 1 :])

        exact = differences(lambda value, changed=changed: total(changed(value), x), array)
        np.testing.assert_allclose(gradient[place], exact, rtol=1e-6, atol=1e-8)


def check_jax(layer: Any, params: Any, x: Any, dy: Any, ctx: Context = PLAIN) -> None:
    """Backward agrees with jax.grad of forward to 1e-10; both round in float64."""

    def total(ops: Any, params: Any, x: Any, arrays: Any) -> Any:
        return ops.sum(layer.forward(ops, params, x, Context(ctx.training, *arrays))[0] * dy)

    _, dx, gradient = both_ways(eager(), layer, params, x, dy, ctx)
    argnums = 0 if dx is None else (0, 1)
    found = jax_gradient(total, params, x, tuple(ctx[1:]), argnums=argnums)
    for ours, theirs in zip(*map(_leaves, (gradient if dx is None else (gradient, dx), found)), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def check_engine(engine: Engine, layer: Any, params: Any, x: Any, dy: Any, ctx: Context = PLAIN) -> None:
    """The engine gives NumPy's values; sums in another order differ in the last digits."""
    expected = both_ways(eager(), layer, params, x, dy, ctx)

    def run(ops: Any, params: Any, x: Any, dy: Any, arrays: Any) -> Any:
        return both_ways(ops, layer, params, x, dy, Context(ctx.training, *arrays))

    found = engine.run(run, params, x, dy, tuple(ctx[1:]))
    for ours, theirs in zip(_leaves(found), _leaves(expected), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def check_terms(layer: Any, params: Any, x: Any, dy: Any, ctx: Context = PLAIN) -> None:
    """The terms are one a row, and sum to every element of the gradient."""
    _, saved = layer.forward(eager(), params, x, ctx)
    _, gradient = layer.backward(eager(), params, saved, dy)
    for name in params._fields:
        for index in np.ndindex(getattr(params, name).shape):
            terms = layer.terms(params, saved, dy, name, index)
            assert terms.shape == (dy.shape[0],)
            assert terms.sum() == pytest.approx(getattr(gradient, name)[index], rel=1e-10, abs=1e-13)


def check_float32(layer: Any, params: Any, x: Any, dy: Any, ctx: Context = PLAIN) -> None:
    """Numbers that come in float32 go out in float32."""
    narrow = [_narrow(value) for value in (params, x, dy, ctx)]
    for leaf in _leaves(both_ways(eager(), layer, *narrow)):
        assert leaf.dtype == np.float32


def check_purity(layer: Any, params: Any, x: Any, dy: Any, ctx: Context = PLAIN) -> None:
    """Nothing modifies what it is given: arrays that cannot be written to will do."""
    for leaf in _leaves((params, x, dy, tuple(ctx[1:]))):
        leaf.setflags(write=False)
    both_ways(eager(), layer, params, x, dy, ctx)


def _leaves(tree: Any) -> list[Any]:
    if isinstance(tree, tuple):
        return [leaf for branch in tree for leaf in _leaves(branch)]
    return [] if tree is None else [tree]


def _narrow(tree: Any) -> Any:
    if isinstance(tree, tuple):
        leaves = [_narrow(leaf) for leaf in tree]
        return type(tree)(*leaves) if hasattr(tree, "_fields") else tuple(leaves)
    return tree.astype(np.float32) if getattr(tree, "dtype", None) == np.float64 else tree
