"""The network: its picture, and its layers with their shapes and numbers of parameters."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chainrule.drawing import network_svg
from chainrule.drawing.network_layout import lay_out
from chainrule.format import clip, count, esc
from chainrule.layers.base import Shape
from chainrule.network.graph import Node, node_shapes
from chainrule.report.markup import figure, section, table

if TYPE_CHECKING:
    from chainrule.report.material import Material
    from chainrule.runs.run import Run

MOST_NODES = 60


def network_part(run: "Run", material: "Material") -> str:
    """The whole part."""
    network = run.network
    features = {"features": run.table.feature_names} if run.table is not None else {}
    outputs = list(material.labels)
    if run.table is not None and not outputs:
        outputs = [material.target]
    if len(outputs) == 2 and network.loss.target_kind == "binary":
        outputs = [f"P({outputs[1]})"]
    shapes = network.shapes(network.input_shapes or {})
    layout = lay_out(network, shapes)
    note = "Each line is a weight, as thick as it is large beside the largest of its layer. Point at one to read it."
    if layout.folded:
        note += " Of large layers the strongest units are drawn: those with the largest weights in and out."
    if layout.left_out:
        note += f" {count(layout.left_out, 'weaker connection')} between these are left out."
    drawing = network_svg(network, features=features, outputs=outputs)
    picture = f'<div class="scroll picture" tabindex="0" role="region" aria-label="The network">{drawing}</div>'
    total = sum(array.size for array in network.values.values())
    intro = (
        f"{count(total, 'parameter')} in {count(len(network.nodes), 'layer')}, drawn with the weights it has learned."
    )
    return section("network", "The network", figure("Weights", picture, note, wide=True), _layers(run), intro=intro)


def _layers(run: "Run") -> str:
    network = run.network
    shapes = node_shapes(network.nodes, network.input_shapes or {})
    sizes: dict[str, int] = {}
    for name, array in network.values.items():
        node = name.rpartition(".")[0]
        sizes[node] = sizes.get(node, 0) + array.size
    rows = [
        [
            esc(node.name),
            esc(type(node.layer).__name__.removesuffix("Layer")),
            esc(node.activation.name if node.activation is not None else "–"),
            esc(clip(", ".join(node.inputs), 60)),
            f'<td class="count">{_flow(node, shapes)}</td>',
            f'<td class="count">{sizes.get(node.name, 0):,}</td>',
        ]
        for node in network.nodes
    ]
    left = f"{len(rows) - MOST_NODES:,} more layers are not listed." if len(rows) > MOST_NODES else ""
    head = ["layer", "kind", "activation", "from", "one row", "parameters"]
    return figure("Layers", table(head, rows[:MOST_NODES], label="Layers", kind="plain", stacked=True), left, wide=True)


def _flow(node: Node, shapes: Mapping[str, Shape]) -> str:
    came = [_shape(shapes[source]) for source in node.inputs]
    return f"{' + '.join(came[:4])}{' + …' if len(came) > 4 else ''} → {_shape(shapes[node.name])}"


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) if shape else "1"
