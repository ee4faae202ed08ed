"""Units that no longer learn: dead ones, whose slope is 0 on every row, and saturated ones, whose slope nearly is.

Shapes: n rows (and places of a picture or sequence), u units.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from chainrule._typing import Array, Bool, Float
from chainrule.activations import Activation
from chainrule.explain.diagnosis.finding import Finding, Remedy, are, short
from chainrule.explain.diagnosis.look import Look
from chainrule.explain.diagnosis.settings import at_rate
from chainrule.format import listed
from chainrule.layers.activation import ActivationLayer
from chainrule.network.passes import Forward
from chainrule.ops import eager_ops

DEAD_SHARE = 0.25
"""Dead units of a layer above which it is ill. Healthy ReLU layers were seen with up to a sixth: a unit may be dead by
the luck of its first weights."""
FLAT = 0.05
"""A slope of at most this share of the steepest one counts as saturated: tanh beyond ±2.2, the sigmoid beyond ±4.4.
Glorot and Bengio (2010, section 3) watch the same region."""
SATURATED_SHARE = 0.75
"""Saturated values of a layer above which it is ill. Healthy layers of tanh and sigmoid were seen with up to 0.4."""
OFF_SHARE = 0.95
"""Rows on which a unit with one flat side must be on it to count as off: others are flat on half of the rows, and
that is what they are for."""
SEARCHED = 3
"""Units of a layer for which the step is searched since when they have been dead."""


class Slopes(NamedTuple):
    """The slopes of one activation."""

    node: str
    activation: Activation
    slopes: Float[Array, "n u"]


def slopes_of(look: Look, done: Forward) -> Iterator[Slopes]:
    """The slopes of every hidden activation that works element by element."""
    for node in look.network.nodes[:-1]:
        values = done.nodes[node.name]
        if isinstance(node.layer, ActivationLayer):
            activation, z = node.layer.activation, values.x
        else:
            activation, z = node.activation, values.z
        if activation is not None and activation.elementwise:
            a = values.a if node.activation is not None else values.z
            slopes = np.asarray(activation.slope(eager_ops(), z, a))
            yield Slopes(node.name, activation, slopes.reshape(-1, slopes.shape[-1]))


def dead_units(look: Look) -> Iterator[Finding]:
    """Units whose slope is exactly 0 on every row: no gradient reaches their weights, so that they stay as they are.

    Only activations with a side that is exactly flat can have them (ReLU); see :func:`saturation` for the others.
    """
    states: dict[int, dict[str, Bool[Array, " u"]]] = {}

    def dead_at(step: int) -> dict[str, Bool[Array, " u"]]:
        if step not in states:
            states[step] = _dead(look, look.forward_at(look.state_before(step)))
        return states[step]

    ill = {node: dead for node, dead in dead_at(look.steps).items() if dead.sum() >= max(1, DEAD_SHARE * len(dead))}
    layers = "the layer" if len(ill) == 1 else listed(list(ill))
    for node, dead in ill.items():
        units = np.flatnonzero(dead).tolist()
        since = {unit: _since(look, dead_at, node, unit) for unit in units[:SEARCHED]}
        one = len(units) == 1
        yield Finding(
            "dead units",
            "serious" if len(units) >= 0.5 * len(dead) else "mild",
            node,
            (
                len(units),
                f" of {len(dead):,} units {are(len(units))} dead{_told(since, len(units))}: z ≤ 0 on {look.row_words}, "
                f"so that the slope is 0 and no step moves {'its' if one else 'their'} weights.",
            ),
            {
                "dead units": units,
                "units": len(dead),
                "rows": look.row_words,
                "dead since step": {f"unit {unit}": step for unit, step in since.items()},
                "largest z of the first": float(_largest_z(look, node, units[0])),
            },
            Remedy(
                f"give {layers} leaky_relu, whose slope is never 0 (Maas et al. 2013); where units died on the way, a "
                "lower learning rate keeps them alive, too.",
                {"activation": dict.fromkeys(ill, "leaky_relu")},
            ),
        )


def _told(since: dict[int, int], count: int) -> str:
    """Since when units have been dead, of the few of them that were searched."""
    if not any(since.values()):
        return " from the first weights on"
    told = [f"unit {unit} {f'since step {step:,}' if step else 'from the start'}" for unit, step in since.items()]
    return f" ({listed([*told, f'{count - len(told):,} more'] if count > len(told) else told)})"


def _dead(look: Look, done: Forward) -> dict[str, Bool[Array, " u"]]:
    return {
        each.node: (each.slopes == 0).all(axis=0)
        for each in slopes_of(look, done)
        if each.activation.saturates == "left" and _exactly_flat(each.activation)
    }


def _exactly_flat(activation: Activation) -> bool:
    """Whether the slope is exactly 0 far to the left."""
    z = np.array([-1.0])
    return bool(activation.slope(eager_ops(), z, activation.forward(eager_ops(), z))[0] == 0)


def _largest_z(look: Look, node: str, unit: int) -> float:
    values = look.trace.forward.nodes[node]
    layer = next(each.layer for each in look.network.nodes if each.name == node)
    z = values.x if isinstance(layer, ActivationLayer) else values.z
    return float(np.asarray(z)[..., unit].max())


def _since(look: Look, dead_at: Any, node: str, unit: int) -> int:
    """The first step after which the unit was dead in every state that was looked at."""
    steps = [*look.grid, look.steps]
    alive = [step for step in steps if not dead_at(step)[node][unit]]
    if not alive:
        return 0
    low = alive[-1]
    high = steps[steps.index(low) + 1]
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if dead_at(middle)[node][unit] else (middle, high)
    return high


def saturation(look: Look) -> Iterator[Finding]:
    """Layers whose units work where their activation is nearly flat, so that hardly any gradient comes through."""
    first = {each.node: _flat_share(each) for each in slopes_of(look, look.forward_at(look.state_before(0)))}
    for each in slopes_of(look, look.trace.forward):
        if each.activation.saturates == "never" or _dead_kind(each.activation):
            continue
        share, most = _flat_share(each), SATURATED_SHARE
        if share < most:
            continue
        before = first[each.node]
        at_once = before >= most
        yield Finding(
            "saturation",
            "serious" if share >= 0.9 else "mild",
            each.node,
            (
                short(100 * share),
                f" % of its {_of_what(each.activation)} on {look.row_words}: there the slope of {each.activation.name} "
                "is at most a twentieth of its steepest, and hardly any gradient comes through. With the first weights "
                "it was ",
                short(100 * before),
                " %.",
            ),
            {
                "saturated share": share,
                "saturated share with the first weights": before,
                "mean slope": float(np.abs(each.slopes).mean()),
                "steepest slope": _steepest(each.activation),
                "rows": look.row_words,
            },
            _remedy(look, each, at_once),
        )


def _dead_kind(activation: Activation) -> bool:
    return activation.saturates == "left" and _exactly_flat(activation)


def _of_what(activation: Activation) -> str:
    return "values are saturated" if activation.saturates == "both" else "units are off"


def _flat_share(each: Slopes) -> float:
    """Share of values where the activation is flat; with one flat side, of units that are on it nearly always."""
    flat = np.abs(each.slopes) <= FLAT * _steepest(each.activation)
    if each.activation.saturates == "both":
        return float(flat.mean())
    return float((flat.mean(axis=0) >= OFF_SHARE).mean())


def _steepest(activation: Activation) -> float:
    z = np.linspace(-10, 10, 2001)
    return float(np.abs(activation.slope(eager_ops(), z, activation.forward(eager_ops(), z))).max())


def _remedy(look: Look, each: Slopes, at_once: bool) -> Remedy:
    from chainrule.explain.diagnosis.inputs import unscaled_columns

    if len(unscaled_columns(look)):
        return Remedy("scale the inputs to mean 0 and standard deviation 1.", {"scale_inputs": True})
    if at_once:
        return Remedy(
            "draw smaller first weights: weights='glorot' keeps tanh and sigmoid in their steep part (Glorot and "
            "Bengio 2010, eq. 16).",
            {"weights": {each.node: "glorot"}},
        )
    return Remedy(*at_rate(look, 0.1, "lower the learning rate, so that no step throws units so far out: "))
