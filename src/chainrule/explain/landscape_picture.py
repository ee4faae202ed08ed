"""Landscapes drawn: a curve along one direction, contours over two, with the path of training on them."""

from typing import TYPE_CHECKING

import numpy as np

from chainrule.drawing.contours import contour
from chainrule.drawing.plot import Axis, Plot, loss_axis
from chainrule.format import short

if TYPE_CHECKING:
    from chainrule.explain.landscape import Landscape

QUANTILES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97)
"""Shares of the points below each contour: every band is wide enough to be seen, however the losses are spread."""
_SHADES = " ░▒▓█"
_COLUMNS, _LINES = 56, 16


def picture(landscape: "Landscape") -> str:
    """The landscape as SVG, in light and dark."""
    return _curve(landscape) if len(landscape.axes) == 1 else _contours(landscape)


def levels(losses: np.ndarray) -> np.ndarray:
    """The losses at which contours are drawn, from low to high."""
    finite = losses[np.isfinite(losses)]
    found = np.unique(np.quantile(finite, QUANTILES)) if len(finite) else np.zeros(0)
    return found[found > finite.min()] if len(found) else found


def characters(landscape: "Landscape") -> str:
    """The landscape in characters: darker is higher, S and E are where training started and ended."""
    return _curve_characters(landscape) if len(landscape.axes) == 1 else _contours_characters(landscape)


def _curve(landscape: "Landscape") -> str:
    (axis,), (places,), path = landscape.axes, landscape.places, landscape.path
    plot = Plot(
        f"{landscape.loss_name} along {axis.label}",
        Axis(axis.label, float(places[0]), float(places[-1])),
        loss_axis(landscape.loss_name, np.concatenate([landscape.losses, path.losses])),
        crop=True,
    )
    plot.line(places, landscape.losses, "c1")
    _draw_path(plot, path.places[:, 0], path.losses, path.steps, path.losses)
    return plot.svg()


def _contours(landscape: "Landscape") -> str:
    first, second = landscape.axes
    x, y = landscape.places
    losses = landscape.losses
    found = levels(losses)
    plot = Plot(
        f"{landscape.loss_name} along {first.label} and {second.label}",
        Axis(first.label, float(x[0]), float(x[-1])),
        Axis(second.label, float(y[0]), float(y[-1])),
        beside=78,
        crop=True,
    )
    highest = float(losses[np.isfinite(losses)].max()) if np.isfinite(losses).any() else 0.0
    filled = np.where(np.isfinite(losses), losses, highest)
    for level in found:
        area, border = contour(filled, float(level), plot.xs(x), plot.ys(y))
        plot.band(area, border)
    plot.scale(landscape.loss_name, [float(filled.min()), *map(float, found)])
    path = landscape.path
    _draw_path(plot, path.places[:, 0], path.places[:, 1], path.steps, path.losses)
    return plot.svg()


def _draw_path(plot: Plot, x: np.ndarray, y: np.ndarray, steps: np.ndarray, losses: np.ndarray) -> None:
    plot.line(x, y, "path")
    if len(steps) <= 40:
        for a, b, step, loss in zip(x[1:-1], y[1:-1], steps[1:-1], losses[1:-1], strict=True):
            plot.dot(float(a), float(b), 2.2, f"after step {step}: loss {short(loss)}", "passed")
    if len(steps) > 1:
        plot.dot(float(x[0]), float(y[0]), 4.5, f"start: loss {short(losses[0])}", "start")
        plot.label(float(x[0]), float(y[0]), "start")
    plot.dot(float(x[-1]), float(y[-1]), 4.5, f"end, after step {steps[-1]}: loss {short(losses[-1])}", "end")
    plot.label(float(x[-1]), float(y[-1]), "end")


def _mark(lines: list[list[str]], x: np.ndarray, y: np.ndarray, points: np.ndarray, mark: str) -> None:
    """Put a mark in the cell of each point that lies between the ends of both axes."""
    for point in points:
        cells: list[int] = []
        for places, value, size in ((x, point[0], len(lines[0])), (y, point[1], len(lines))):
            if places[0] <= value <= places[-1]:
                share = float((value - places[0]) / (places[-1] - places[0]))
                cells.append(min(int(share * size), size - 1))
        if len(cells) == 2:
            lines[cells[1]][cells[0]] = mark


def _contours_characters(landscape: "Landscape") -> str:
    x, y = landscape.places
    at_x = np.linspace(0, len(x) - 1, _COLUMNS).round().astype(int)
    at_y = np.linspace(0, len(y) - 1, _LINES).round().astype(int)
    losses = landscape.losses[np.ix_(at_x, at_y)]
    finite = losses[np.isfinite(losses)]
    edges = np.quantile(finite, np.linspace(0, 1, len(_SHADES) + 1)[1:-1]) if len(finite) else np.zeros(0)
    shades = np.where(np.isfinite(losses), np.searchsorted(edges, losses), len(_SHADES) - 1)
    lines = [[_SHADES[shade] for shade in row] for row in shades.T]
    path = landscape.path.places
    _mark(lines, x, y, path, "·")
    _mark(lines, x, y, path[[0]], "S")
    _mark(lines, x, y, path[[-1]], "E")
    first, second = landscape.axes
    body = [f"│{''.join(line)}│" for line in reversed(lines)]
    return "\n".join(
        [
            f"{second.label} from {short(float(y[0]))} (bottom) to {short(float(y[-1]))} (top); darker is higher",
            f"┌{'─' * _COLUMNS}┐",
            *body,
            f"└{'─' * _COLUMNS}┘",
            f"{first.label} from {short(float(x[0]))} (left) to {short(float(x[-1]))} (right); S start, E end",
        ]
    )


def _curve_characters(landscape: "Landscape") -> str:
    (axis,), (places,), losses = landscape.axes, landscape.places, landscape.losses
    path = landscape.path
    known = np.concatenate([losses, path.losses])
    known = known[np.isfinite(known)]
    if not len(known):
        return ""
    ends = np.array([known.min(), known.max() if known.max() > known.min() else known.min() + 1])
    lines = [[" "] * _COLUMNS for _ in range(_LINES)]
    across = np.linspace(places[0], places[-1], _COLUMNS)
    _mark(lines, places, ends, np.stack([across, np.interp(across, places, losses)], axis=1), "•")
    passed = np.stack([path.places[:, 0], path.losses], axis=1)
    _mark(lines, places, ends, passed, "·")
    _mark(lines, places, ends, passed[[0]], "S")
    _mark(lines, places, ends, passed[[-1]], "E")
    return "\n".join(
        [
            f"{landscape.loss_name} from {short(float(ends[0]))} (bottom) to {short(float(ends[1]))} (top)",
            f"┌{'─' * _COLUMNS}┐",
            *(f"│{''.join(line)}│" for line in reversed(lines)),
            f"└{'─' * _COLUMNS}┘",
            f"{axis.label} from {short(float(places[0]))} (left) to {short(float(places[-1]))} (right); S start, E end",
        ]
    )
