"""A network in words: what each node is, what goes in and out, and what it learns."""

from chainrule.network import Add, Concatenate, Dense, Dropout, Embedding, Network
from chainrule.network.describe import parameter_counts


def test_lines_name_kinds_activations_shapes_and_counts():
    network = Network([Dense(20, "relu"), Dropout(0.5), Dense(1)], loss="mse", input_shape=(64,))
    assert [line.split() for line in repr(network).splitlines()] == [
        ["Network", "loss", "mse", "1,321", "parameters"],
        ["input", "(64)"],
        ["dense1", "Dense", "relu", "(64)", "→", "(20)", "1,300"],
        ["dropout1", "Dropout", "(20)", "→", "(20)"],
        ["dense2", "Dense", "(20)", "→", "(1)", "21"],
    ]


def test_sources_are_said_where_they_are_not_the_node_before():
    network = Network(
        [
            Embedding(5, 2, name="city", inputs=("code",)),
            Dense(2, name="size", inputs=("features",)),
            Concatenate(inputs=("city", "size")),
            Dense(4, name="last"),
            Add(inputs=("last", "concatenate1")),
        ],
        loss="mse",
        input_shape={"code": (), "features": (3,)},
    )
    text = {line.split()[0]: " ".join(line.split()) for line in repr(network).splitlines()}
    assert text["size"] == "size Dense from features (3) → (2) 8"
    assert text["concatenate1"] == "concatenate1 Concatenate from city, size (2) (2) → (4)"
    assert text["last"] == "last Dense (4) → (4) 20"
    assert text["add1"] == "add1 Add from last, concatenate1 (4) (4) → (4)"
    assert text["Network"] == "Network loss mse 38 parameters"


def test_without_an_input_shape_there_are_no_counts():
    lines = repr(Network([Dense(2)], loss="ssr")).splitlines()
    assert [line.split() for line in lines] == [["Network", "loss", "ssr"], ["input", "?"], ["dense1", "Dense"]]


def test_counts():
    network = Network([Dense(3), Dropout(0.1)], input_shape=(2,))
    assert parameter_counts(network.nodes, network.shapes({"input": (2,)})) == {"dense1": 9, "dropout1": 0}
