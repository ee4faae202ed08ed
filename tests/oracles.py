"""What tests compare with: float64 central differences, jax.grad, torch.autograd, and the same lines on each engine."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest


@dataclass(frozen=True)
class Engine:
    """One way to run array code: ``numpy``, ``xla`` (compiled), or ``strict`` (only the array API standard)."""

    name: str

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call ``function(ops, *arguments)`` on this engine.

        Arguments and results are NumPy arrays, or (named) tuples of them; whatever else they hold is passed as it is.
        On XLA the call is one compiled program, in float64 where the arguments are.
        """
        if self.name == "xla":
            return _run_compiled(function, arguments)
        ops = eager(self.name)
        asarray = ops.namespace.asarray
        return _map(np.asarray, function(ops, *_map(asarray, arguments)))


NUMPY, XLA, STRICT = Engine("numpy"), Engine("xla"), Engine("strict")
ENGINES = pytest.mark.parametrize("engine", [NUMPY, XLA, STRICT], ids=lambda engine: engine.name)
"""``@ENGINES``: the test takes an ``engine`` and runs once on each."""


def eager(name: str = "numpy") -> Any:
    """The eager operations on NumPy, or on ``array_api_strict``."""
    from chainrule.ops import EagerOps, eager_ops

    if name == "numpy":
        return eager_ops()
    import array_api_strict

    return EagerOps(array_api_strict)


def differences(function: Callable[[Any], Any], x: Any, *, step: float = 1e-5) -> Any:
    """Derivative of a scalar function of one float64 array by central differences, shaped like the array.

    The error is about step²·f'''/6 + 1e-16·f/step: 1e-10 for values and derivatives around 1.
    """
    x = np.array(x, dtype=np.float64)
    result = np.empty_like(x)
    for index in np.ndindex(x.shape):
        moved = x.copy()
        moved[index] = x[index] + step
        above, high = moved[index], float(function(moved.copy()))
        moved[index] = x[index] - step
        result[index] = (high - float(function(moved.copy()))) / (above - moved[index])
    return result


def jax_gradient(function: Callable[..., Any], *arguments: Any, argnums: int | tuple[int, ...] = 0) -> Any:
    """jax.grad, in float64, of the scalar ``function(ops, *arguments)``; arrays or (named) tuples, as NumPy."""
    import jax

    from chainrule.ops.compiled import compiled_ops, double_precision

    ops = compiled_ops()
    with double_precision(np.dtype(np.float64)):
        gradient = jax.jit(jax.grad(lambda *given: function(ops, *given), argnums))  # one program compiles faster
        return _map(np.asarray, gradient(*_map(_array, arguments)))


def torch_gradients(function: Callable[..., Any], *arrays: Any) -> tuple[Any, ...]:
    """torch.autograd's derivatives of the scalar ``function(*tensors)`` with respect to every array of floats."""
    import torch

    tensors = [torch.tensor(np.asarray(array)) for array in arrays]
    for tensor in tensors:
        tensor.requires_grad_(tensor.is_floating_point())
    function(*tensors).backward()
    return tuple(tensor.grad.numpy() for tensor in tensors if tensor.is_floating_point() and tensor.grad is not None)


def _run_compiled(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    import jax

    from chainrule.ops.compiled import compiled_ops, double_precision

    ops = compiled_ops()
    wide = any(getattr(leaf, "dtype", None) == np.float64 for leaf in jax.tree.leaves(arguments))
    with double_precision(np.dtype(np.float64 if wide else np.float32)):
        return _map(np.asarray, jax.jit(lambda *given: function(ops, *given))(*_map(_array, arguments)))


def _array(leaf: Any) -> Any:
    import jax.numpy as jnp

    return jnp.asarray(leaf)


def _map(function: Callable[[Any], Any], tree: Any) -> Any:
    if isinstance(tree, tuple):
        leaves = [_map(function, leaf) for leaf in tree]
        return type(tree)(*leaves) if hasattr(tree, "_fields") else tuple(leaves)
    if isinstance(tree, list):
        return [_map(function, leaf) for leaf in tree]
    return function(tree) if hasattr(tree, "dtype") else tree
