"""A network drawn with its real weights, as SVG: units, connections by sign and size, and in small ones the numbers."""

from collections.abc import Mapping, Sequence

import numpy as np

from chainrule.drawing.network_layout import Edge, Group, Layout, lay_out
from chainrule.errors import InputError
from chainrule.format import clip, count, esc, short
from chainrule.network.network import Network
from chainrule.ops import eager_ops

STYLE = """
.cr-network { --pos: #2b6cb0; --neg: #c8531c; --unit: #fff; --line: #8a8f98; font: 13px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) {
  .cr-network { --pos: #79b4f2; --neg: #f0925c; --unit: #1c2026; --line: #7d8590; }
}
.cr-network text { fill: currentColor; }
.cr-network .head { font-weight: 600; }
.cr-network .soft { opacity: .72; }
.cr-network .edge { fill: none; stroke-linecap: round; }
.cr-network .pos { stroke: var(--pos); }
.cr-network .neg { stroke: var(--neg); }
.cr-network .plain { stroke: var(--line); }
.cr-network .unit { fill: var(--unit); stroke: currentColor; stroke-width: 1.3; }
.cr-network .curve { fill: none; stroke: currentColor; stroke-width: 1.6; opacity: .8; }
.cr-network .value { font-variant-numeric: tabular-nums; }
.cr-network .back { fill: var(--unit); fill-opacity: .94; }
"""
LEAST_SCALE = 0.65
"""Where there is less room than for this share of a picture's size, it is scrolled."""
NUMBERED = 40
"""A picture with at most so many connections has its numbers written on it."""


def network_svg(
    network: Network, *, features: Mapping[str, Sequence[str]] | None = None, outputs: Sequence[str] = ()
) -> str:
    """Draw a network with its weights: blue where they are positive, orange where negative, as thick as they are large.

    Networks of a few units have every weight and bias written on them; of larger layers the strongest units are drawn.

    >>> from chainrule.network import Dense, Network
    >>> network = Network([Dense(1)], loss="ssr", input_shape=1).set({"dense1.weight": [[0.64]], "dense1.bias": [0.95]})
    >>> "0.64" in network_svg(network)
    True

    Args:
        network: the network.
        features: names of the units of each input, by the input's name.
        outputs: names of the output's units.

    Raises:
        InputError: the network's input shape is not known.
    """
    if network.input_shapes is None:
        raise InputError("The network's input shape is not known yet: pass input_shape= to Network, or train it.")
    layout = lay_out(network, network.shapes(network.input_shapes))
    return _Drawing(network, layout, features or {}, outputs).svg()


class _Drawing:
    """One picture while it is drawn."""

    def __init__(
        self, network: Network, layout: Layout, features: Mapping[str, Sequence[str]], outputs: Sequence[str]
    ) -> None:
        self.network, self.layout, self.features = network, layout, features
        self.outputs = list(outputs) if len(outputs) == layout.groups[self._last(layout)].units else []
        self.small = not layout.folded and len(layout.edges) <= NUMBERED
        self.radius, self.across, self.down = (21, 210, 92) if self.small else (8, 215, 27)
        self.labels: list[tuple[float, float, float]] = []
        self.place: dict[tuple[str, int], tuple[float, float]] = {}
        self._stand()

    def _last(self, layout: Layout) -> str:
        name = self.network.nodes[-1].name
        return name if name in layout.groups else list(layout.groups)[-1]

    def _stand(self) -> None:
        """Give every unit its place."""
        longest = max(
            (len(self._label(group, unit)) for group in self._inputs() if not group.column for unit in group.shown),
            default=0,
        )
        self.left = 30 + 7.2 * longest + self.radius
        ends = [clip(label, 28) for label in self.outputs] or ["ŷ[00]"]
        self.right = 40 + self.radius + max(7.4 * max(map(len, ends)), 60)
        heights = [sum(self._height(group) for group in column) for column in self.layout.columns]
        self.height = max(heights) + 58
        for number, column in enumerate(self.layout.columns):
            top = 14 + (max(heights) - heights[number]) / 2
            for group in column:
                for rank, unit in enumerate(group.shown):
                    down = top + 46 + self.radius + rank * self.down
                    self.place[group.name, unit] = (self.left + number * self.across, down)
                top += self._height(group)
        self.width = self.left + (len(self.layout.columns) - 1) * self.across + self.right

    def _inputs(self) -> list[Group]:
        return [group for group in self.layout.groups.values() if group.node is None]

    def _height(self, group: Group) -> float:
        return 56 + 2 * self.radius + (len(group.shown) - 1) * self.down + (26 if self.small else 18)

    def svg(self) -> str:
        """The whole picture."""
        edges = "".join(self._edge(edge) for edge in self.layout.edges)
        numbers = "".join(self._number(edge) for edge in self.layout.edges) if self.small else ""
        groups = "".join(self._group(group) for group in self.layout.groups.values())
        size = f'viewBox="0 0 {self.width:.0f} {self.height:.0f}" width="{self.width:.0f}" height="{self.height:.0f}"'
        least = f'style="min-width:{self.width * LEAST_SCALE:.0f}px"'
        layers = ", ".join(f"{group.name} with {count(group.units, 'unit')}" for group in self.layout.groups.values())
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="cr-network" {size} {least} role="img" '
            f'aria-label="The network: {esc(layers)}"><style>{STYLE}</style>{edges}{groups}{numbers}{self._key()}</svg>'
        )

    # -- connections

    def _edge(self, edge: Edge) -> str:
        (a, b), (c, d) = self.place[edge.source], self.place[edge.target]
        a, c = a + self.radius, c - self.radius
        bend = 0.0 if self.small else (c - a) * 0.42
        path = f"M{a:.1f} {b:.1f}C{a + bend:.1f} {b:.1f} {c - bend:.1f} {d:.1f} {c:.1f} {d:.1f}"
        if edge.weight is None:
            return f'<path class="edge plain" d="{path}" stroke-width="1" stroke-opacity=".45"/>'
        share = abs(edge.weight) / edge.largest
        wide, dense = (
            (1 + 5 * share, 0.45 + 0.45 * share) if self.small else (0.35 + 3.6 * share, 0.1 + 0.8 * share**1.5)
        )
        sign = "neg" if edge.weight < 0 else "pos"
        title = (
            f"{self._whole(*edge.source)} → {edge.target[0]}[{edge.target[1]}]: {edge.name} = {short(edge.weight, 6)}"
        )
        return (
            f'<path class="edge {sign}" d="{path}" stroke-width="{wide:.2f}" stroke-opacity="{dense:.2f}">'
            f"<title>{esc(title)}</title></path>"
        )

    def _number(self, edge: Edge) -> str:
        """A weight, written where no other stands."""
        if edge.weight is None:
            return ""
        (a, b), (c, d) = self.place[edge.source], self.place[edge.target]
        text = short(edge.weight)
        wide = 8 + 7.2 * len(text)
        spots = [(a + (c - a) * t, b + (d - b) * t) for t in (0.5, 0.36, 0.64, 0.28, 0.72, 0.43, 0.57)]
        x, y = max(spots, key=lambda spot: (self._free(*spot, wide), -spots.index(spot)))
        self.labels.append((x, y, wide))
        return (
            f'<rect class="back" x="{x - wide / 2:.1f}" y="{y - 10:.1f}" width="{wide:.1f}" height="20" rx="6"/>'
            f'<text class="value" text-anchor="middle" x="{x:.1f}" y="{y + 4.5:.1f}">{esc(text)}</text>'
        )

    def _free(self, x: float, y: float, wide: float) -> bool:
        return all(abs(y - b) > 17 or abs(x - a) > (wide + other) / 2 for a, b, other in self.labels)

    # -- units

    def _group(self, group: Group) -> str:
        x, first = self.place[group.name, group.shown[0]]
        last = self.place[group.name, group.shown[-1]][1]
        kind = self._kind(group)
        above = f'text-anchor="middle" x="{x:.1f}" y="{first - self.radius:.1f}"'
        parts = [
            f'<text class="head" {above} dy="-27">{esc(clip(group.name, 28))}</text>',
            f'<text class="soft" {above} dy="-11">{esc(clip(kind, 32))}</text>',
        ]
        for unit in group.shown:
            parts.append(self._block(group) if group.block else self._unit(group, unit))
        left = group.units - len(group.shown)
        if left:
            more = f"… {count(left, 'more unit')}"
            parts.append(
                f'<text class="soft" text-anchor="middle" x="{x:.1f}" y="{last + self.radius + 17:.1f}">{more}</text>'
            )
        return "".join(parts)

    def _kind(self, group: Group) -> str:
        if group.node is None:
            return f"input {'×'.join(map(str, group.shape))}" if group.block else count(group.units, "input")
        activation = group.node.activation.name if group.node.activation is not None else ""
        layer = type(group.node.layer).__name__.removesuffix("Layer").lower()
        what = layer if layer != "dense" else ""
        size = "×".join(map(str, group.shape)) if group.block else count(group.units, "unit")
        return " · ".join(filter(None, (what, size, activation, *group.added)))

    def _unit(self, group: Group, unit: int) -> str:
        x, y = self.place[group.name, unit]
        bias = self.network.values.get(f"{group.name}.bias")
        note = (
            ""
            if bias is None or group.node is None
            else f", bias {short(float(np.asarray(bias).reshape(-1)[unit]), 6)}"
        )
        title = f"<title>{esc(self._whole(group.name, unit) + note)}</title>"
        parts = [f'<circle class="unit" cx="{x:.1f}" cy="{y:.1f}" r="{self.radius}">{title}</circle>']
        if self.small and group.node is not None:
            parts.append(self._curve(group, x, y))
            if bias is not None:
                text = f"b = {short(float(np.asarray(bias).reshape(-1)[unit]))}"
                parts.append(
                    f'<text class="value" text-anchor="middle" x="{x:.1f}" y="{y + self.radius + 16:.1f}">{text}</text>'
                )
        if group.node is None:
            label, where = self._label(group, unit), f'text-anchor="end" x="{x - self.radius - 7:.1f}"'
        elif group.name == self._last(self.layout):
            label, where = clip(self._whole(group.name, unit), 28), f'x="{x + self.radius + 8:.1f}"'
        else:
            return "".join(parts)
        return "".join([*parts, f'<text {where} y="{y + 4.5:.1f}">{esc(label)}</text>'])

    def _curve(self, group: Group, x: float, y: float) -> str:
        """The activation's own curve from −4 to 4, small, in its unit."""
        activation = group.node.activation if group.node is not None else None
        if activation is None or not activation.elementwise:
            return ""
        z = np.linspace(-4, 4, 33)
        a = np.asarray(activation.forward(eager_ops(), z), dtype=float)
        height = max(float(np.ptp(a)), 1e-9)
        side = self.radius * 0.62
        points = " ".join(
            f"{x + side * p:.1f},{y + side * (1 - 2 * q):.1f}"
            for p, q in zip((z / 4).tolist(), ((a - a.min()) / height).tolist(), strict=True)
        )
        return f'<polyline class="curve" points="{points}"/>'

    def _block(self, group: Group) -> str:
        x, y = self.place[group.name, 0]
        r = self.radius
        corners = [(x - r + 3 * n, y - r - 3 * n) for n in (2, 1, 0)]
        return "".join(
            f'<rect class="unit" x="{a:.1f}" y="{b:.1f}" width="{2 * r}" height="{2 * r}" rx="3"/>' for a, b in corners
        )

    # -- names

    def _whole(self, name: str, unit: int) -> str:
        """A unit's full name."""
        group = self.layout.groups[name]
        if group.node is None:
            names = self.features.get(name, ())
            return names[unit] if len(names) == group.units else name if group.units == 1 else f"{name}[{unit}]"
        if name == self._last(self.layout):
            return self.outputs[unit] if self.outputs else "ŷ" if group.units == 1 else f"ŷ[{unit}]"
        return f"{name}[{unit}]"

    def _label(self, group: Group, unit: int) -> str:
        return clip(self._whole(group.name, unit), 30)

    def _key(self) -> str:
        """What the colours mean."""
        y, x = self.height - 14, self.left - self.radius
        return (
            '<g class="soft">'
            f'<line class="edge pos" x1="{x:.0f}" y1="{y}" x2="{x + 24:.0f}" y2="{y}" stroke-width="3"/>'
            f'<text x="{x + 30:.0f}" y="{y + 4}">positive weight</text>'
            f'<line class="edge neg" x1="{x + 150:.0f}" y1="{y}" x2="{x + 174:.0f}" y2="{y}" stroke-width="3"/>'
            f'<text x="{x + 180:.0f}" y="{y + 4}">negative weight</text></g>'
        )
