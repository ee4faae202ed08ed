"""A small plotter: axes, lines, points, bars and bands as SVG, in light and dark."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from chainrule.format import clip, esc, short

WIDTH, HEIGHT = 460, 330
_KEY_LINE = 17
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 30, 48
STYLE = """
.cr-plot { --c1: #1f5fa8; --c2: #c8531c; --c3: #2f7d4f; --c4: #7a4fa3; --c5: #8a6d00; --card: #fff; --ink: #1f2328;
  --soft: #5b636e; --rule: #e2ded5; width: min(100%, 34rem);
  font: 12.5px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
@media (prefers-color-scheme: dark) {
  .cr-plot { --c1: #79b4f2; --c2: #f0925c; --c3: #72c795; --c4: #c3a0ec; --c5: #d9bd56; --card: #1c2026; --ink: #e7e4de;
    --soft: #a2a9b3; --rule: #333941; }
}
@media print {
  .cr-plot { --c1: #1f5fa8; --c2: #c8531c; --c3: #2f7d4f; --c4: #7a4fa3; --c5: #8a6d00; --card: #fff; --ink: #000;
    --soft: #444; --rule: #ccc; }
}
.cr-plot text { fill: var(--soft); }
.cr-plot .remark, .cr-plot .mark { fill: var(--ink); }
.cr-plot .mark { font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 4; stroke-linejoin: round; }
.cr-plot .rule { stroke: var(--rule); }
.cr-plot .axis, .cr-plot .tick { stroke: var(--soft); }
.cr-plot .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.cr-plot .c1 { stroke: var(--c1); }
.cr-plot .c2 { stroke: var(--c2); stroke-dasharray: 7 3; }
.cr-plot .c3 { stroke: var(--c3); stroke-dasharray: 2 3; }
.cr-plot .c4 { stroke: var(--c4); stroke-dasharray: 10 3 2 3; }
.cr-plot .c5 { stroke: var(--c5); stroke-dasharray: 14 4; }
.cr-plot .path { stroke: var(--c2); }
.cr-plot .thin { stroke-width: 1.2; stroke-opacity: .8; }
.cr-plot .faint { stroke: var(--soft); stroke-width: 1; stroke-opacity: .6; }
.cr-plot .chance { stroke: var(--soft); stroke-dasharray: 4 4; }
.cr-plot .whisker { stroke: var(--c1); stroke-width: 1.4; stroke-opacity: .6; }
.cr-plot .point { fill: var(--c1); fill-opacity: .55; stroke: var(--card); stroke-width: .8; }
.cr-plot .point.c2 { fill: var(--c2); fill-opacity: 1; stroke-dasharray: none; }
.cr-plot .point.passed, .cr-plot .point.end { fill: var(--c2); fill-opacity: 1; }
.cr-plot .point.start { fill: var(--card); fill-opacity: 1; stroke: var(--c2); stroke-width: 2; }
.cr-plot .dots { fill: none; stroke: var(--c1); stroke-width: 4; stroke-linecap: round; stroke-opacity: .3; }
.cr-plot .bar { fill: var(--c1); fill-opacity: .75; }
.cr-plot .band { fill: var(--c1); fill-opacity: .085; }
.cr-plot .contour { fill: none; stroke: var(--c1); stroke-opacity: .55; stroke-width: .8; stroke-linecap: round; }
"""
MOST_POINTS = 600
"""A line has at most so many points, and so many points have titles of their own."""


@dataclass(frozen=True)
class Axis:
    """One axis: what it shows, from where to where."""

    label: str
    low: float
    high: float
    log: bool = False
    whole: bool = False
    """Whether it counts things, so that ticks between whole numbers make no sense."""

    def place(self, values: Sequence[float] | np.ndarray | float) -> np.ndarray:
        """Where values stand, from 0 at the low end to 1 at the high."""
        given = np.asarray(values, dtype=float)
        low, high = self.low, self.high
        if self.log:
            given, low, high = np.log10(np.maximum(given, low)), math.log10(low), math.log10(high)
        return (given - low) / (high - low)

    def ticks(self) -> list[float]:
        """Round numbers between the ends, about five of them.

        >>> Axis("", 0, 1).ticks(), Axis("", 0.02, 3, log=True).ticks()
        ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.1, 1.0])
        """
        if self.log:
            powers = range(math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9) + 1)
            every = max(1, math.ceil(len(powers) / 6))
            found = [10.0**power for power in powers if power % every == 0]
            return found if len(found) > 1 else [self.low, self.high]
        raw = (self.high - self.low) / 5
        size = 10.0 ** math.floor(math.log10(raw))
        step = next(size * by for by in (1, 2, 5, 10) if size * by >= raw * 0.95)
        step = max(1.0, step) if self.whole else step
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [float(f"{place * step:.12g}") for place in range(first, last + 1)]


def axis_for(
    label: str, *values: Sequence[float] | np.ndarray, log: bool = False, zero: bool = False, whole: bool = False
) -> Axis:
    """An axis that holds all finite values, with a little room; of one value, room on both sides."""
    given = np.concatenate([np.asarray(each, dtype=float).reshape(-1) for each in values])
    given = given[np.isfinite(given) & ((given > 0) if log else True)]
    low, high = (float(given.min()), float(given.max())) if len(given) else (0.0, 1.0)
    if log:
        return Axis(label, low / 1.15, high * 1.15, True)
    low = min(low, 0.0) if zero else low
    room = (high - low) * 0.04 or abs(high) * 0.1 or 1.0
    return Axis(label, low if zero and low == 0 else low - room, high + room, whole=whole)


def loss_axis(label: str, losses: np.ndarray) -> Axis:
    """An axis for losses: by powers of ten where they span many, down to a hundred-millionth of the highest.

    >>> loss_axis("mse", np.array([0.0, 1.0, 2.0])).log, loss_axis("mse", np.array([1.0, 2.0])).log
    (True, False)
    """
    known = losses[np.isfinite(losses)]
    if not len(known) or known.min() < 0 or known.max() <= 20 * known.min():
        return axis_for(label, known)
    return axis_for(label, np.maximum(known, 1e-8 * known.max()), log=True)


@dataclass
class Plot:
    """A picture with two axes, to which marks are added."""

    title: str
    x: Axis
    y: Axis
    beside: int = 0
    """Room for a scale, to the right of the axes."""
    crop: bool = False
    """Whether what lies outside of the axes is cut off."""
    marks: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    """What stands outside of the axes."""
    key: Sequence[tuple[str, str]] = ()
    """What each kind of line is, below the axes: names and kinds."""

    def xs(self, values: Sequence[float] | np.ndarray | float) -> np.ndarray:
        """Horizontal places."""
        return LEFT + self.x.place(values) * (WIDTH - LEFT - RIGHT)

    def ys(self, values: Sequence[float] | np.ndarray | float) -> np.ndarray:
        """Vertical places."""
        return HEIGHT - BOTTOM - self.y.place(values) * (HEIGHT - TOP - BOTTOM)

    def line(self, x: np.ndarray, y: np.ndarray, kind: str, title: str = "") -> None:
        """A line through points; those that are not finite are left out."""
        kept = np.isfinite(x) & np.isfinite(y)
        places = zip(self.xs(x[kept]), self.ys(y[kept]), strict=True)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        shape = f'<polyline class="line {kind}" points="{points}"'
        self.marks.append(f"{shape}><title>{esc(title)}</title></polyline>" if title else f"{shape}/>")

    def points(self, x: np.ndarray, y: np.ndarray, titles: Sequence[str] = (), kind: str = "") -> None:
        """Points, with titles where there are few."""
        pixels = list(zip(self.xs(x), self.ys(y), strict=True))
        if titles and len(pixels) <= MOST_POINTS:
            for (a, b), title in zip(pixels, titles, strict=True):
                circle = f'<circle class="point {kind}" cx="{a:.1f}" cy="{b:.1f}" r="3.6"'
                self.marks.append(f"{circle}><title>{esc(title)}</title></circle>")
        else:
            path = "".join(f"M{a:.1f} {b:.1f}h0" for a, b in pixels)
            self.marks.append(f'<path class="dots {kind}" d="{path}"/>')

    def dot(self, x: float, y: float, radius: float, title: str, kind: str = "") -> None:
        """One larger point."""
        place = f'cx="{float(self.xs(x)):.1f}" cy="{float(self.ys(y)):.1f}" r="{radius:.1f}"'
        self.marks.append(f'<circle class="point {kind}" {place}><title>{esc(title)}</title></circle>')

    def segment(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """A straight line."""
        a, b, c, d = (float(each) for each in (self.xs(x1), self.ys(y1), self.xs(x2), self.ys(y2)))
        self.marks.append(f'<line class="{kind}" x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}"/>')

    def bar(self, left: float, right: float, top: float, title: str) -> None:
        """An upright bar from 0."""
        a, b, c, d = (float(each) for each in (self.xs(left), self.xs(right), self.ys(top), self.ys(0)))
        shape = f'x="{a + 0.5:.1f}" y="{c:.1f}" width="{max(b - a - 1, 0.5):.1f}" height="{max(d - c, 0):.1f}"'
        self.marks.append(f'<rect class="bar" {shape}><title>{esc(title)}</title></rect>')

    def label(self, x: float, y: float, text: str) -> None:
        """A word above a point, to the left of it where the picture ends."""
        a, b = float(self.xs(x)), float(self.ys(y))
        left = a > WIDTH - RIGHT - 50
        anchor, a = ("end", a - 8) if left else ("start", a + 8)
        place = f'text-anchor="{anchor}" x="{a:.1f}" y="{max(b - 7, TOP + 12):.1f}"'
        self.marks.append(f'<text class="mark" {place}>{esc(text)}</text>')

    def band(self, area: str, border: str) -> None:
        """What :func:`~chainrule.drawing.contours.contour` found: each band darkens those that it lies on."""
        self.marks.append(f'<path class="band" d="{area}"/><path class="contour" d="{border}"/>')

    def scale(self, label: str, levels: Sequence[float]) -> None:
        """What the bands mean: the lowest value, and where each of them begins, from below."""
        left, height = WIDTH + 4, (HEIGHT - TOP - BOTTOM) / len(levels)
        floor = HEIGHT - BOTTOM
        for place, level in enumerate(levels):
            top, under = TOP, floor - place * height
            if place:
                shape = f'x="{left}" y="{top}" width="16" height="{under - top:.1f}"'
                self.notes.append(f'<rect class="band" {shape}/>')
            self.notes.append(f'<text class="number" x="{left + 22}" y="{under + 4:.1f}">{short(level, 3)}</text>')
        right = WIDTH + self.beside - 1  # where a long label ends, so that none of it is cut off
        self.notes.append(f'<text class="label" text-anchor="end" x="{right}" y="{TOP - 12}">{esc(label)}</text>')

    def svg(self) -> str:
        """The picture, with its style."""
        marks = "".join(self.marks)
        if self.crop:
            box = f"{LEFT} {TOP} {WIDTH - LEFT - RIGHT} {HEIGHT - TOP - BOTTOM}"
            x, y, width, height = box.split()
            marks = f'<svg x="{x}" y="{y}" width="{width}" height="{height}" viewBox="{box}">{marks}</svg>'
        box = f"0 0 {WIDTH + self.beside} {HEIGHT + _KEY_LINE * len(self.key)}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="cr-plot" viewBox="{box}" '
            f'role="img" aria-label="{esc(self.title)}"><style>{STYLE}</style>'
            f"{self._axes()}{marks}{''.join(self.notes)}{self._key()}</svg>"
        )

    def _key(self) -> str:
        """A line for each kind."""
        found: list[str] = []
        for place, (name, kind) in enumerate(self.key):
            y = HEIGHT + _KEY_LINE * (place + 0.5)
            shape = f'<line class="line {kind}" x1="{LEFT}" y1="{y:.1f}" x2="{LEFT + 26}" y2="{y:.1f}"/>'
            found.append(f'{shape}<text class="label" x="{LEFT + 34}" y="{y + 4:.1f}">{esc(clip(name, 60))}</text>')
        return "".join(found)

    def _axes(self) -> str:
        floor, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        parts: list[str] = []
        for value in self.x.ticks():
            a = float(self.xs(value))
            parts.append(f'<line class="tick" x1="{a:.1f}" y1="{floor}" x2="{a:.1f}" y2="{floor + 4}"/>')
            written = short(value)
            room = WIDTH + self.beside - a
            a, anchor = (a, "middle") if 3.8 * len(written) < room else (a + room - 1, "end")
            parts.append(f'<text class="number" text-anchor="{anchor}" x="{a:.1f}" y="{floor + 18}">{written}</text>')
        for value in self.y.ticks():
            b = float(self.ys(value))
            parts.append(f'<line class="rule" x1="{LEFT}" y1="{b:.1f}" x2="{right}" y2="{b:.1f}"/>')
            parts.append(f'<text class="number" text-anchor="end" x="{LEFT - 7}" y="{b + 4:.1f}">{short(value)}</text>')
        parts.append(f'<line class="axis" x1="{LEFT}" y1="{floor}" x2="{right}" y2="{floor}"/>')
        parts.append(f'<text class="label" text-anchor="end" x="{right}" y="{HEIGHT - 8}">{esc(self.x.label)}</text>')
        parts.append(f'<text class="label" text-anchor="start" x="2" y="{TOP - 12}">{esc(self.y.label)}</text>')
        return "".join(parts)


def legend(names: Sequence[tuple[str, str]]) -> str:
    """What each kind of line is: names (plain text) and kinds."""
    line = '<line class="line {}" x1="1" y1="5" x2="25" y2="5"/>'
    key = f'<svg class="cr-plot key" viewBox="0 0 26 10" aria-hidden="true">{line}</svg>'
    return f'<p class="legend">{"".join(f"<span>{key.format(kind)}{esc(name)}</span>" for name, kind in names)}</p>'


def thinned(x: np.ndarray, y: np.ndarray, most: int = MOST_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """A long line with fewer points, that keeps the lowest and the highest of every stretch.

    >>> x, y = thinned(np.arange(10_000), np.arange(10_000) == 5_000)
    >>> len(x) <= 600, y.max()
    (True, np.True_)
    """
    if len(x) <= most:
        return x, y
    kept = {0, len(x) - 1}
    for stretch in np.array_split(np.arange(len(x)), most // 2 - 1):
        kept |= {int(stretch[np.argmin(y[stretch])]), int(stretch[np.argmax(y[stretch])])}
    places = np.array(sorted(kept))
    return x[places], y[places]
