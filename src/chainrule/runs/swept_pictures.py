"""The pictures of a sweep: a loss curve for each combination of settings, and their scores along one setting."""

from typing import TYPE_CHECKING

import numpy as np

from chainrule.drawing.curves import loss_curves
from chainrule.drawing.plot import Axis, Plot, axis_for, loss_axis
from chainrule.format import short
from chainrule.runs.metrics import METRICS
from chainrule.runs.outcomes import DIVERGED

if TYPE_CHECKING:
    from chainrule.runs.swept import Sweep

_COLOURS = ("c1", "c3", "c4", "c5")


def curves(sweep: "Sweep") -> str:
    """Training loss by epoch; the best in colour, those that diverged in another."""
    kinds = ["c2" if what == DIVERGED else "faint" for what in sweep.outcomes]
    if sweep.best is not None:
        kinds[sweep.best] = "c1"
    names = [f"{sweep.called(place)}: {what}" for place, what in enumerate(sweep.outcomes)]
    title = f"Training loss by epoch, {' and '.join(sweep.names)} varied"
    first = sweep.first[np.isfinite(sweep.first)]
    with np.errstate(invalid="ignore"):
        losses = sweep.losses.mean(axis=(1, 2))
    start = float(first.max()) if len(first) else float("nan")
    found = {
        "c1": "" if sweep.best is None else f"best: {sweep.called(sweep.best)}",
        "c2": DIVERGED,
        "faint": "others",
    }
    key = [(name, kind) for kind, name in found.items() if kind in kinds]
    return loss_curves(title, sweep.networks[0, 0].loss.name, losses, kinds, names, start, key)


def scores(sweep: "Sweep") -> str:
    """Scores along one setting, a line for each combination of the others, with their spread."""
    name, spread, metric = _along(sweep), sweep.spread, METRICS[sweep.metric].name
    varied = name in sweep.names
    along = np.array([each.get(name, place + 1) for place, each in enumerate(sweep.settings)], dtype=float)
    shown = np.array([what != DIVERGED for what in sweep.outcomes]) & np.isfinite(sweep.score)
    if varied:
        log = bool(along.min() > 0 and along.max() > 20 * along.min())
        axis = axis_for(name, along, log=log)
    else:
        axis = Axis(name, 0.5, len(along) + 0.5, whole=True)
    label = f"{sweep.networks[0, 0].loss.name if sweep.metric == 'loss' else metric} {sweep.of_which}"
    make_axis = axis_for if sweep.higher_is_better else loss_axis
    plot = Plot(f"{sweep.measured_as} by {name}", axis, make_axis(label, sweep.score[shown]))
    lines = _lines(sweep, name) if varied else {}
    coloured = len(lines) <= len(_COLOURS)
    for number, (rest, places) in enumerate(lines.items()):
        kept = sorted((place for place in places if shown[place]), key=lambda place: along[place])
        plot.line(along[kept], sweep.score[kept], _COLOURS[number] if coloured else "faint", rest)
    if coloured and len(lines) > 1:
        plot.key = list(zip(lines, _COLOURS, strict=False))
    worst = plot.y.low if sweep.higher_is_better else plot.y.high
    for place, (x, score) in enumerate(zip(along.tolist(), sweep.score.tolist(), strict=True)):
        said = f"{sweep.called(place)}: {sweep.outcomes[place]}"
        if not shown[place]:
            plot.dot(x, worst, 3, said, "start")
            continue
        if spread is not None:
            low, high = (float(np.clip(score + sign * spread[place], plot.y.low, plot.y.high)) for sign in (-1, 1))
            plot.segment(x, low, x, high, "whisker")
        size, kind = (5, "c2") if place == sweep.best else (3, "")
        plot.dot(x, score, size, f"{said}, {metric} {short(score)}", kind)
    if sweep.best is not None and not coloured:
        plot.label(along[sweep.best], sweep.score[sweep.best], sweep.called(sweep.best, without=name))
    return plot.svg()


def _along(sweep: "Sweep") -> str:
    """The setting along which scores are drawn: the one with most different numbers."""
    numeric = [name for name in sweep.names if sweep.is_numeric(name)]
    sizes = {name: len({each[name] for each in sweep.settings}) for name in numeric}
    return max(sizes, key=lambda name: sizes[name], default="setting")


def _lines(sweep: "Sweep", along: str) -> dict[str, list[int]]:
    """Combinations that differ in one setting alone, by what the others are."""
    found: dict[str, list[int]] = {}
    for place in range(len(sweep.settings)):
        found.setdefault(sweep.called(place, without=along), []).append(place)
    return found
