"""Which engine: a fixed rule from shapes and step count, so that the same call always gets the same engine.

The rule compares two estimates of the whole time: NumPy starts at once and pays for every operation; XLA pays once
for importing JAX and compiling, and then only for arithmetic.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from chainrule.errors import InputError, MissingPackageError
from chainrule.layers.base import Shape
from chainrule.network.describe import multiplications
from chainrule.network.network import Network

NUMPY_SECONDS_PER_NODE = 40e-6
"""Calling NumPy for one node: forward, backward and update."""
XLA_SECONDS_PER_NODE = 1e-6
XLA_START = 1.2
"""Importing JAX, tracing, and compiling or reading the program from disk."""
XLA_START_PER_NODE = 0.05
NUMPY_FLOPS = 40e9
"""Floating-point operations a second on an ordinary machine, the passes over activations and weights counted in."""
XLA_FLOPS = 80e9
"""The same where those passes are fused."""


@dataclass(frozen=True)
class Choice:
    """The engine taken, and the two estimates it was taken by."""

    engine: str
    reason: str
    numpy_seconds: float
    xla_seconds: float
    step_seconds: float
    """Estimated time of one step on the engine taken."""


def flops_of(network: Network, input_shapes: Mapping[str, Shape], batch: int) -> float:
    """Estimated floating-point operations of one step.

    Forward, delta and gradient are a multiplication and an addition each for every parameter, at every place of a
    picture or sequence where it is used.
    """
    return 6.0 * batch * multiplications(network.nodes, network.shapes(input_shapes))


def choose(engine: str, network: Network, input_shapes: Mapping[str, Shape], batch: int, steps: int) -> Choice:
    """Choose ``"numpy"`` or ``"xla"``; a name other than ``"auto"`` is taken as it is.

    Raises:
        InputError: no such engine.
        MissingPackageError: XLA was asked for and JAX is not installed.
    """
    if engine not in ("auto", "numpy", "xla"):
        raise InputError(f"engine must be 'auto', 'numpy' or 'xla'; got {engine!r}.")
    flops = flops_of(network, input_shapes, batch)
    nodes = len(network.nodes)
    numpy_step = NUMPY_SECONDS_PER_NODE * nodes + flops / NUMPY_FLOPS
    xla_step = XLA_SECONDS_PER_NODE * nodes + flops / XLA_FLOPS
    numpy_seconds, xla_seconds = numpy_step * steps, XLA_START + XLA_START_PER_NODE * nodes + xla_step * steps
    estimates = f"estimated {_time(numpy_seconds)} on NumPy, {_time(xla_seconds)} on XLA for {steps:,} steps"
    installed = find_spec("jax") is not None
    if engine == "xla" and not installed:
        raise MissingPackageError(
            "engine='xla' needs the package jax, which is not installed: pip install jax, or pass engine='numpy'.",
            package="jax",
        )
    if engine != "auto":
        return Choice(engine, f"{engine}, as asked", numpy_seconds, xla_seconds, _step(engine, numpy_step, xla_step))
    if not installed:
        return Choice("numpy", f"numpy: jax is not installed ({estimates})", numpy_seconds, xla_seconds, numpy_step)
    chosen = "numpy" if numpy_seconds <= xla_seconds else "xla"
    return Choice(chosen, f"{chosen}: {estimates}", numpy_seconds, xla_seconds, _step(chosen, numpy_step, xla_step))


def _step(engine: str, numpy_step: float, xla_step: float) -> float:
    return numpy_step if engine == "numpy" else xla_step


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
