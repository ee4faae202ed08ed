"""What is drawn of a network, and what is left out."""

import numpy as np

import chainrule as cr
from chainrule.drawing.network_layout import MOST_EDGES, MOST_UNITS, lay_out


def _layout(parts, input_shape, seed=0, **options):
    network = cr.Network(parts, input_shape=input_shape, **options)
    network = network.trained(*network.init(seed))
    return network, lay_out(network, network.shapes(network.input_shapes))


def test_every_weight_of_a_small_network():
    network, layout = _layout([cr.Dense(2, "tanh"), cr.Dense(1)], 3)
    assert not layout.folded
    assert layout.left_out == 0
    assert len(layout.edges) == 3 * 2 + 2
    for edge in layout.edges:
        assert edge.weight == network.params[edge.name]
    edge = next(edge for edge in layout.edges if edge.name == "dense1.weight[2, 1]")
    assert (edge.source, edge.target) == (("input", 2), ("dense1", 1))
    assert edge.largest == np.abs(network.params["dense1.weight"]).max()


def test_large_layers_show_their_strongest_units():
    weight = np.full((2, 50), 0.01)
    weight[:, [7, 30]] = 5.0
    network = cr.Network([cr.Dense(50), cr.Dense(1)], input_shape=2)
    network = network.trained(*network.init(0)).set({"dense1.weight": weight, "dense2.weight": np.ones((50, 1))})
    layout = lay_out(network, network.shapes(network.input_shapes))
    shown = layout.groups["dense1"].shown
    assert layout.folded
    assert len(shown) == MOST_UNITS
    assert {7, 30} <= set(shown)
    assert list(shown) == sorted(shown)


def test_the_picture_is_bounded():
    _, layout = _layout([cr.Dense(64, "relu") for _ in range(20)] + [cr.Dense(300)], 500)
    assert len(layout.edges) <= MOST_EDGES
    assert layout.left_out > 0
    assert all(len(group.shown) <= MOST_UNITS + 4 for group in layout.groups.values())


def test_dropout_and_concatenate_are_passed_through():
    parts = [
        cr.Embedding(9, 2, name="place", inputs=("city",)),
        cr.Concatenate(inputs=("features", "place")),
        cr.Dense(4, "relu"),
        cr.Dropout(0.5),
        cr.Dense(1),
    ]
    _, layout = _layout(parts, {"features": (3,), "city": ()})
    assert [[group.name for group in column] for column in layout.columns] == [
        ["city"],
        ["features", "place"],
        ["dense1"],
        ["dense2"],
    ]
    assert layout.groups["dense1"].added == ("dropout1",)
    by_name = {edge.name: edge for edge in layout.edges if edge.name}
    assert by_name["dense1.weight[3, 0]"].source == ("place", 0)
    assert by_name["dense2.weight[2, 0]"].source == ("dense1", 2)
    assert sum(edge.source == ("city", 0) and edge.weight is None for edge in layout.edges) == 2


def test_sums_and_norms_connect_unit_by_unit():
    _, layout = _layout([cr.Dense(3), cr.Residual([cr.Dense(3)]), cr.LayerNorm(), cr.Dense(1)], 2)
    pairs = {(edge.source, edge.target) for edge in layout.edges if edge.target[0] == "add1"}
    assert pairs == {((name, unit), ("add1", unit)) for name in ("dense1", "dense2") for unit in range(3)}
    pairs = {(edge.source, edge.target) for edge in layout.edges if edge.target[0] == "layernorm1"}
    assert pairs == {(("add1", unit), ("layernorm1", unit)) for unit in range(3)}


def test_pictures_are_blocks():
    _, layout = _layout([cr.Flatten(), cr.Dense(2)], {"input": (4, 4, 1)})
    assert layout.groups["input"].block
    assert layout.groups["flatten1"].units == 16
