"""The network's picture as a chart: units and connections, with the live weights and biases written on them.

Spreadsheets take no SVG from the writer; a scatter chart is drawn by every one of them, prints sharply, and its
labels are cells.
"""

from typing import Any

from chainrule.drawing.network_layout import Edge, Group, Layout, lay_out
from chainrule.explain.workbook.book import Sheet
from chainrule.explain.workbook.frame import Sheets
from chainrule.network.network import row_shapes

_POSITIVE, _NEGATIVE, _PLAIN = "#2B6CB0", "#C8531C", "#8A8F98"
_NUMBERED = 40
"""A picture with at most so many connections has its numbers written on it."""
_MOST_EDGES = 200
"""A chart takes 255 series."""
_ROW = 20
"""Height of a row of the sheet, in pixels."""


def draw(sheets: Sheets, sheet: Sheet) -> int:
    """Draw the network on a sheet, at its next line; returns how many rows it takes."""
    network, book = sheets.material.network, sheets.book
    shapes = network.shapes(row_shapes(sheets.material.trace.inputs))
    layout = lay_out(network, shapes)
    canvas = _Canvas(sheets, layout)
    chart: Any = book.file.add_chart({"type": "scatter", "subtype": "straight"})
    for series in canvas.series():
        chart.add_series(series)
    height = min(620, int(150 + (62 if canvas.small else 24) * (canvas.deep + 1)))
    off = {"visible": False, "major_gridlines": {"visible": False}}
    chart.set_x_axis({**off, "min": -0.6, "max": len(layout.columns) - 0.4})
    chart.set_y_axis({**off, "min": -canvas.deep - 0.6, "max": 1.0 if canvas.small else 1.8})
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_plotarea({"layout": {"x": 0.01, "y": 0.01, "width": 0.98, "height": 0.98}})
    chart.show_hidden_data()
    chart.set_size({"width": 1080, "height": height})
    sheet.page.insert_chart(sheet.line, 0, chart, {"description": "The network", "object_position": 2})
    return height // _ROW + 2


def _ranks(column: list[Group], gap: int) -> dict[tuple[str, int], float]:
    """How far down each unit of a column stands, with a gap between its groups, in which their names have room."""
    found: dict[tuple[str, int], float] = {}
    down = 0.0
    for group in column:
        for unit in group.shown:
            found[group.name, unit] = down
            down += 1
        down += gap
    return found


class _Canvas:
    """Where everything stands: on a hidden sheet, since a chart draws cells."""

    def __init__(self, sheets: Sheets, layout: Layout) -> None:
        self.sheets, self.layout = sheets, layout
        self.small = not layout.folded and len(layout.edges) <= _NUMBERED
        self.page = sheets.book.file.add_worksheet("Picture")
        self.page.hide()
        self.line = 0
        self.place: dict[tuple[str, int], tuple[float, float]] = {}
        columns = [_ranks(column, 1 if self.small else 2) for column in layout.columns]
        self.deep = max(max(ranks.values()) for ranks in columns)
        for x, ranks in enumerate(columns):
            top = (self.deep - max(ranks.values())) / 2
            self.place |= {unit: (float(x), -(top + rank)) for unit, rank in ranks.items()}

    def series(self) -> list[dict[str, Any]]:
        """Every series of the chart, those at the back first."""
        edges = self.layout.edges[-_MOST_EDGES:]
        drawn = [self._edge(edge) for edge in edges]
        numbers = [self._number(edge) for edge in edges if edge.name] if self.small else []
        return [*drawn, *numbers, *self._units(), *self._heads()]

    def _points(self, points: list[tuple[float, float]]) -> dict[str, Any]:
        first = self.line
        for x, y in points:
            self.page.write_row(self.line, 0, [x, y])
            self.line += 1
        return {
            "categories": ["Picture", first, 0, self.line - 1, 0],
            "values": ["Picture", first, 1, self.line - 1, 1],
        }

    def _edge(self, edge: Edge) -> dict[str, Any]:
        colour = _PLAIN if edge.weight is None else _NEGATIVE if edge.weight < 0 else _POSITIVE
        share = 0.2 if edge.weight is None else abs(edge.weight) / edge.largest
        line = {"color": colour, "width": round(0.75 + 2.5 * share, 2), "transparency": int(55 - 45 * share)}
        ends = [self.place[edge.source], self.place[edge.target]]
        return {**self._points(ends), "line": line, "marker": {"type": "none"}}

    def _number(self, edge: Edge) -> dict[str, Any]:
        """A weight on its connection: before its middle where it climbs, behind where it falls, so as to cover none."""
        (a, b), (c, d) = self.place[edge.source], self.place[edge.target]
        share = 0.5 if b == d else 0.32 if d > b else 0.68
        name, _, index = edge.name.partition("[")
        row, column = (int(part) for part in index.rstrip("]").split(","))
        weight = self.sheets.params[name]
        shown = (f'TEXT({weight.cell(row, column, "Picture")},"0.00")', f"{weight.values[row, column]:.2f}")
        return self._label((a + (c - a) * share, b + (d - b) * share), shown, "center", {"size": 10}, "#FFFFFF")

    def _units(self) -> list[dict[str, Any]]:
        marker = {
            "type": "circle",
            "size": 24 if self.small else 9,
            "fill": {"color": "#D6E4F5"},
            "border": {"color": "#1F3A5F", "width": 1.5},
        }
        circles = {**self._points(list(self.place.values())), "line": {"none": True}, "marker": marker}
        found = [circles]
        for (name, unit), (x, y) in self.place.items():
            group, bias = self.layout.groups[name], self.sheets.params.get(f"{name}.bias")
            if group.node is None:
                names = self.sheets.material.columns.get(name, ())
                text = names[unit] if len(names) == group.units else name if group.units == 1 else f"{name}[{unit}]"
                found.append(self._label((x - 0.07, y), (_quoted(text), text), "left", {"size": 10}))
            elif bias is not None and self.small:
                number = float(bias.values[0, unit])
                shown = (f'"b = "&TEXT({bias.cell(0, unit, "Picture")},"0.00")', f"b = {number:.2f}")
                found.append(self._label((x, y - 0.28), shown, "below", {"size": 10}))
        return found

    def _heads(self) -> list[dict[str, Any]]:
        """Names of the layers, above them."""
        found: list[dict[str, Any]] = []
        for group in self.layout.groups.values():
            x, y = self.place[group.name, group.shown[0]]
            activation = (
                "" if group.node is None or group.node.activation is None else f" · {group.node.activation.name}"
            )
            left = group.units - len(group.shown)
            text = f"{group.name}{activation}" + (f" ({left} more units)" if left else "")
            look = {"size": 11, "bold": True, "color": "#1F3A5F"}
            found.append(self._label((x, y + (0.28 if self.small else 0.5)), (_quoted(text), text), "above", look))
        return found

    def _label(
        self, place: tuple[float, float], text: tuple[str, Any], position: str, font: dict[str, Any], fill: str = ""
    ) -> dict[str, Any]:
        """A point that is not drawn, labelled with its series' name: a cell, so that the label is live everywhere."""
        formula, shown = text
        self.page.write_formula(self.line, 3, f"={formula}", None, shown)
        name = f"=Picture!$D${self.line + 1}"
        labels: dict[str, Any] = {"series_name": True, "value": False, "position": position, "font": font}
        if fill:
            labels["fill"] = {"color": fill}
        return {
            **self._points([place]),
            "name": name,
            "line": {"none": True},
            "marker": {"type": "none"},
            "data_labels": labels,
        }


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
