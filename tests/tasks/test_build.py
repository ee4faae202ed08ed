"""The network that fits a table: inputs joined, hidden layers as asked for, and the end that a target needs."""

import pytest

from chainrule import Dense, Huber, Residual
from chainrule.errors import InputError
from chainrule.losses import Loss
from chainrule.tasks.build import Design, Head, build_network, head_for


def names(network):
    return [(node.name, node.inputs) for node in network.nodes]


def test_wide_categories_are_embedded_and_joined_with_the_features():
    network = build_network(
        {"features": (3,), "city": ()}, {"city": 40}, Design((8,)), head_for("number", 1, None, "y")
    )
    assert names(network) == [
        ("city embedding", ("city",)),
        ("concatenate1", ("features", "city embedding")),
        ("dense1", ("concatenate1",)),
        ("dense2", ("dense1",)),
    ]
    assert network.shapes(network.input_shapes)["city embedding"] == (10,)


def test_one_wide_category_alone_needs_no_joining():
    network = build_network({"city": ()}, {"city": 40}, Design(()), head_for("number", 1, None, "y"))
    assert names(network) == [("city embedding", ("city",)), ("dense1", ("city embedding",))]


def test_every_dense_layer_may_have_its_own_activation_and_dropout():
    parts = Design((4, 3), activation=("tanh", None), dropout=(None, 0.25)).parts()
    assert [part.layer.kind for part in parts] == ["dense", "dense", "dropout"]
    assert (parts[0].activation.name, parts[1].activation) == ("tanh", None)


def test_a_number_is_one_layer_and_others_are_refused():
    assert [part.layer.units for part in Design(8).parts()] == [8]
    for wrong in ("8", 0, None):
        with pytest.raises(InputError) as caught:
            Design(wrong).parts()
        assert str(caught.value) == f"hidden_layers must be the units of each hidden layer, (64, 64); got {wrong!r}."
    with pytest.raises(InputError) as caught:
        Design((2.5,)).parts()
    assert str(caught.value) == "DenseLayer: units must be a whole number of at least 1; got 2.5."


def test_layers_and_blocks_stand_between_as_they_are():
    block = Residual([Dense(4, "relu")])
    parts = Design((4, block, 2), activation=("relu", "tanh"), l2=0.1).parts()
    assert parts[1] is block
    assert (parts[0].l2, parts[2].l2) == (0.1, 0.1)


def test_too_few_activations_are_refused():
    with pytest.raises(InputError) as caught:
        Design((4, 3), activation=("tanh",)).parts()
    assert str(caught.value) == "activation names 1 for 2 hidden layers of units; give one for each, or one for all."


@pytest.mark.parametrize(
    ("target", "count", "head"),
    [
        ("number", 1, Head(1, None, "mse")),
        ("number", 3, Head(3, None, "mse")),
        ("class", 2, Head(1, "sigmoid", "binary_cross_entropy")),
        ("class", 4, Head(4, "softmax", "cross_entropy")),
        ("label", 2, Head(2, "sigmoid", "binary_cross_entropy")),
    ],
)
def test_each_kind_of_target_has_its_end(target, count, head):
    assert head_for(target, count, None, "y") == head


def test_a_loss_may_be_an_object():
    assert head_for("number", 1, Huber(0.5), "y") == Head(1, None, Huber(0.5))


def test_a_loss_of_ones_own_goes_with_targets_of_its_kind():
    class Own(Loss):
        name = "own"
        target_kind = "binary"

    assert head_for("class", 2, Own(), "y").activation == "sigmoid"
    with pytest.raises(InputError, match="'own' does not go with the target 'y', which is a number"):
        head_for("number", 1, Own(), "y")


def test_a_loss_of_another_kind_of_target_is_refused():
    with pytest.raises(InputError) as caught:
        head_for("number", 1, "cross_entropy", "price")
    assert str(caught.value) == (
        "The loss 'cross_entropy' does not go with the target 'price', which is a number; there are 'mse', 'mae', "
        "'huber', 'log_cosh', 'quantile', 'ssr'."
    )
