"""Operations inside a program that XLA compiles, through JAX. Differences between JAX versions live here alone."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from chainrule._typing import Array
from chainrule.ops.base import Ops


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


@cache
def compiled_ops() -> CompiledOps:
    """Return the operations for XLA programs, and let JAX keep compiled programs on disk unless it already does."""
    if jax.config.jax_compilation_cache_dir is None:
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
