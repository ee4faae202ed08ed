"""Operations inside a program that XLA compiles, through JAX. Differences between JAX versions live here alone."""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from chainrule._typing import Array
from chainrule.ops.base import Ops

_NARROW = 32  # columns; a wider gradient costs more to turn back than its product gains
_WORTH_TURNING = 1 << 14  # multiplications; XLA writes smaller products out in place, which nothing beats


class CompiledOps(Ops):
    """Operations that are traced into an XLA program."""

    name = "xla"

    def __init__(self) -> None:
        super().__init__(jnp)

    def scan(
        self, step: Callable[[Any, Any], tuple[Any, Any]], carry: Any, inputs: Any, *, reverse: bool = False
    ) -> tuple[Any, Any]:
        """See :meth:`Ops.scan`: one loop in the program."""
        return jax.lax.scan(step, carry, inputs, reverse=reverse)

    def take(self, table: Array, indices: Array) -> Array:
        """See :meth:`Ops.take`."""
        return jnp.take(table, indices, axis=0, mode="clip")

    def scatter_add(self, table: Array, indices: Array, values: Array) -> Array:
        """See :meth:`Ops.scatter_add`."""
        return table.at[indices].add(values)

    def write(self, target: Array, place: tuple[slice | int, ...], values: Array) -> Array:
        """See :meth:`Ops.write`."""
        return target.at[place].set(values)

    def assemble(self, shape: tuple[int, ...], places: Sequence[tuple[slice, ...]], parts: Sequence[Array]) -> Array:
        """See :meth:`Ops.assemble`: each part is padded to the whole shape, and XLA adds them in one loop."""
        zero = jnp.zeros((), dtype=parts[0].dtype)
        total = None
        for place, part in zip(places, parts, strict=True):
            padding: list[tuple[int, int, int]] = []
            for along, size, length in zip(place, shape, part.shape, strict=True):
                start, _, step = along.indices(size)
                padding.append((start, size - start - (length - 1) * step - 1, step - 1))
            padded = jax.lax.pad(part, zero, padding)
            total = padded if total is None else total + padded
        return total

    def correlate(self, x: Array, weight: Array, strides: tuple[int, int]) -> Array:
        """See :meth:`Ops.correlate`."""
        layout = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(x, weight, strides, "VALID", dimension_numbers=layout)

    def sum_over_rows(self, x: Array, dz: Array) -> Array:
        """See :meth:`Ops.sum_over_rows`: on CPU, where ``dz`` is narrow, the product is made the other way round.

        XLA's CPU code for ``x.T @ dz`` is slow where ``dz`` has few columns: 256 rows, 256 inputs and 1 output take
        55 µs on one core, and the same product transposed takes 9 (128, 128 and 10: 21 and 6). The barrier keeps XLA
        from turning it back.
        """
        (rows, inputs), outputs = x.shape, dz.shape[1]
        narrow = outputs <= min(_NARROW, inputs // 2)
        if not narrow or rows * inputs * outputs < _WORTH_TURNING:
            return x.T @ dz
        return jax.lax.platform_dependent(
            x,
            dz,
            cpu=lambda x, dz: jax.lax.optimization_barrier(dz.T @ x).T,
            default=lambda x, dz: x.T @ dz,
        )

    def erfc(self, x: Array) -> Array:
        """See :meth:`Ops.erfc`."""
        return jax.lax.erfc(x)


def on_cpu() -> bool:
    """Whether programs run on the processor, and on no accelerator."""
    return jax.default_backend() == "cpu"


@cache
def compiled_ops() -> CompiledOps:
    """Return the operations for XLA programs, and let JAX keep compiled programs on disk unless it already does."""
    if jax.config.jax_compilation_cache_dir is None:  # pyright: ignore[reportAttributeAccessIssue]  (JAX adds it)
        jax.config.update("jax_compilation_cache_dir", str(cache_folder()))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return CompiledOps()


def cache_folder() -> Path:
    """Where compiled programs are kept: ``$CHAINRULE_CACHE``, or ``chainrule`` in the user's cache folder."""
    named = os.environ.get("CHAINRULE_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".cache"
    return Path(named) if named else Path(base) / "chainrule"


def double_precision(dtype: np.dtype[Any]) -> AbstractContextManager[Any]:
    """A context in which JAX computes in the type given; nothing global changes."""
    return jax.enable_x64(dtype == np.float64)
