"""The first factors of a derivation of the loss: its derivatives by the network's outputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.explain.activation_lines import greek
from chainrule.explain.derivation.graph import ArrayName, Graph
from chainrule.explain.derivation.rule import Rule
from chainrule.explain.derivation.units import Unit, values_of
from chainrule.ops import eager_ops


def loss_array(graph: Graph, *, unfused: bool = False) -> tuple[ArrayName, np.ndarray]:
    """The array that the loss is taken from, and the derivatives by it.

    Args:
        graph: the numbers.
        unfused: by the output's activation, where loss and activation are else taken as one: what the chain rule
            would go by, whose product with the activation's own derivative is the one taken.
    """
    trace = graph.trace
    deltas = trace.deltas[graph.output]
    if deltas.da is not None:
        return (graph.output, "a"), np.asarray(deltas.da)
    if not unfused:
        return (graph.output, "z"), np.asarray(deltas.dz)
    assert trace.target is not None
    ops = eager_ops()
    _, saved = trace.loss_function.forward(ops, trace.forward.output, trace.target, trace.counts)
    return (graph.output, "a"), np.asarray(trace.loss_function.backward(ops, saved))


def loss_rule(graph: Graph, to: Unit) -> Rule:
    """Where the loss's derivative by one output comes from."""
    trace = graph.trace
    fused = to.kind == "z"
    loss = trace.loss_function.fused if fused else trace.loss_function
    y, yhat = _target(trace.target, to), values_of(trace, to.node, to.kind)
    value = float(yhat[(to.row, *to.index)])
    values: dict[str, Any] = {"y": y, "ŷ": value} | greek(loss)
    values |= _counts(trace.counts, yhat.shape, to, each=trace.loss_function.target_kind == "class")
    name = trace.loss_function.name + (f" and {trace.loss_function.fuses} as one" if fused else "")
    latex = loss.derivative
    if loss.sums and trace.counts is not None:
        latex = rf"w \cdot {latex}"
    if loss.name == "cross_entropy_from_logits":
        others = np.delete(yhat[(to.row, *to.index[:-1])], to.index[-1])
        with np.errstate(over="ignore"):
            values["rest"] = float(np.exp(others).sum())
    return Rule(name, latex, values)


def _target(target: Any, to: Unit) -> float:
    array = np.asarray(target)
    place = (to.row, *to.index)
    if array.ndim == len(place):
        return float(array[place])
    return float(array[place[:-1]] == place[-1])


def _counts(weight: Any, shape: Sequence[int], to: Unit, *, each: bool) -> dict[str, float]:
    """What a mean is divided by: rows (n, with their time steps) and outputs (k); weights take the place of rows.

    Where some steps are padding, weights take the place of steps.
    """
    axes = 1 if weight is None else weight.ndim
    steps = float(np.prod(shape[axes:-1])) if len(shape) > 2 else 1.0
    n = float(shape[0])
    found: dict[str, float] = {}
    if weight is not None:
        found["w"] = float(weight[(to.row, *to.index)[:axes]])
        n = float(np.sum(weight)) / found["w"] if found["w"] else float("inf")
    found["n"] = n * steps
    return found if each else found | {"k": float(shape[-1]) if len(shape) > 1 else 1.0}
