"""Which engine: a fixed rule from shapes and step count, so that the same call always gets the same engine.

The rule compares two estimates of the whole time: NumPy starts at once and pays for every operation; XLA pays once
for importing JAX and compiling, and then only for arithmetic. The numbers below were measured on an ordinary machine,
XLA on two cores and NumPy on one; estimates are right to about a factor of two, for recurrent layers on XLA to five.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from math import prod
from typing import NamedTuple

import numpy as np

from chainrule.errors import InputError, MissingPackageError
from chainrule.layers.base import Shape
from chainrule.network.graph import input_shape
from chainrule.network.network import Network
from chainrule.ops import NoDraws, eager_ops
from chainrule.optimizers import Optimizer

NUMPY_SECONDS_PER_ROUND = 45e-6
"""Calling NumPy for what a dense layer with its activation does, forward and backward."""
NUMPY_SECONDS_PER_SLOT = 10e-6
"""Calling NumPy for what an optimizer remembers of one parameter: Adam has two such arrays for each."""
NUMPY_SECONDS_PER_VALUE = 6e-9
"""Passes over one activation, forward and backward, or over one parameter."""
NUMPY_FLOPS = 80e9
"""Floating-point operations a second in matrix products."""
XLA_START = 1.2
"""Importing JAX, tracing, and compiling or reading the program from disk."""
XLA_START_PER_NODE = 0.05
XLA_SECONDS_PER_ROUND = 1e-6
XLA_SECONDS_PER_VALUE = 2e-9
XLA_FLOPS = 80e9


class Work(NamedTuple):
    """What one step does."""

    flops: float
    """Floating-point operations: forward, delta and gradient are a multiplication and an addition each for every
    parameter, at every place of a picture or sequence where it is used."""
    rounds: int
    """Rounds of array operations, as :meth:`~chainrule.layers.base.Layer.rounds` counts them."""
    values: int
    """Activations and parameters."""
    arrays: int
    """Arrays of parameters."""


@dataclass(frozen=True)
class Choice:
    """The engine taken, and the two estimates it was taken by."""

    engine: str
    reason: str
    numpy_seconds: float
    xla_seconds: float
    step_seconds: float
    """Estimated time of one step on the engine taken."""


def work_of(network: Network, input_shapes: Mapping[str, Shape], batch: int) -> Work:
    """Estimate what a step on so many rows does."""
    shapes = network.shapes(input_shapes)
    flops, rounds, values, arrays = 0.0, 0, 0, 0
    for node in network.nodes:
        row = input_shape(node, shapes)
        parameters = [array.size for array in node.layer.init(NoDraws(0), row)]
        places = max(prod(shapes[name][:-1]) for name in (*node.inputs, node.name))
        flops += 6.0 * batch * places * sum(parameters)
        rounds += node.layer.rounds(row)
        values += batch * prod(shapes[node.name]) * (1 if node.activation is None else 2) + sum(parameters)
        arrays += len(parameters)
    return Work(flops, rounds, values, arrays)


def numpy_pass(work: Work) -> float:
    """Estimated seconds of a forward and a backward pass on NumPy."""
    return work.rounds * NUMPY_SECONDS_PER_ROUND + work.values * NUMPY_SECONDS_PER_VALUE + work.flops / NUMPY_FLOPS


def choose(
    engine: str, network: Network, optimizer: Optimizer, input_shapes: Mapping[str, Shape], batch: int, steps: int
) -> Choice:
    """Choose ``"numpy"`` or ``"xla"``; a name other than ``"auto"`` is taken as it is.

    Raises:
        InputError: no such engine.
        MissingPackageError: XLA was asked for and JAX is not installed.
    """
    if engine not in ("auto", "numpy", "xla"):
        raise InputError(f"engine must be 'auto', 'numpy' or 'xla'; got {engine!r}.")
    work = work_of(network, input_shapes, batch)
    slots = work.arrays * len(optimizer.init(eager_ops(), np.zeros(1)))
    numpy_step = numpy_pass(work) + slots * NUMPY_SECONDS_PER_SLOT
    xla_step = work.rounds * XLA_SECONDS_PER_ROUND + work.values * XLA_SECONDS_PER_VALUE + work.flops / XLA_FLOPS
    numpy_seconds = numpy_step * steps
    xla_seconds = XLA_START + XLA_START_PER_NODE * len(network.nodes) + xla_step * steps
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
