"""A list of layers becomes a graph: every node has a name, and every name comes from an earlier node."""

import pytest

from chainrule.errors import InputError, InputTypeError, WiringError
from chainrule.losses import get_loss
from chainrule.network import Activation, Add, Dense, Dropout, Flatten, Network, Parallel, Residual
from chainrule.network.graph import bind_numbers, node_shapes, numbers_of, wire


def wiring(parts, inputs=("input",)):
    return [(node.name, node.inputs) for node in wire(parts, inputs)]


def test_nodes_follow_each_other():
    assert wiring([Dense(2), Dropout(0.1), Dense(1, name="last")]) == [
        ("dense1", ("input",)),
        ("dropout1", ("dense1",)),
        ("last", ("dropout1",)),
    ]


def test_a_residual_block_adds_its_input():
    assert wiring([Dense(2), Residual([Dense(3), Dense(2)]), Dense(1)])[1:] == [
        ("dense2", ("dense1",)),
        ("dense3", ("dense2",)),
        ("add1", ("dense3", "dense1")),
        ("dense4", ("add1",)),
    ]


def test_parallel_blocks_are_joined_and_an_empty_one_passes_its_input_on():
    assert wiring([Dense(2), Parallel([[Dense(3)], []], name="both")])[1:] == [
        ("dense2", ("dense1",)),
        ("both", ("dense2", "dense1")),
    ]


@pytest.mark.parametrize(
    ("parts", "error", "message"),
    [
        ([], InputError, "A network needs at least one layer, for example Network([Dense(1)])."),
        (
            [Dense(1, name="a"), Dense(1, name="a")],
            WiringError,
            "Two nodes are named 'a'; give one of them another name=.",
        ),
        ([Dense(1, name="input")], WiringError, "Two nodes are named 'input'; give one of them another name=."),
        (
            [Dense(1), Add(inputs=("dense1", "densel"))],
            WiringError,
            "'add1' takes its input from 'densel', which is no earlier node; there are 'input', 'dense1'. Did you mean "
            "'dense1'?",
        ),
        (["relu"], InputTypeError, "A network is a list of layers such as Dense(2, 'relu'); got 'relu' of type str."),
    ],
)
def test_mistakes(parts, error, message):
    with pytest.raises(error) as caught:
        wire(parts, ("input",))
    assert str(caught.value) == message


def test_shapes_follow_the_graph():
    nodes = wire([Dense(2), Parallel([[Dense(3)], []])], ("input",))
    assert node_shapes(nodes, {"input": (7,)}) == {
        "input": (7,),
        "dense1": (2,),
        "dense2": (3,),
        "concatenate1": (5,),
    }


def test_shapes_that_do_not_fit_are_named_with_where_they_come_from():
    nodes = wire([Dense(2), Add(inputs=("dense1", "input"))], ("input",))
    with pytest.raises(WiringError) as caught:
        node_shapes(nodes, {"input": (3,)})
    assert str(caught.value) == (
        "'add1' does not fit what comes from 'dense1' (2,), 'input' (3,): Add takes inputs of one shape; got (2,) and "
        "(3,)."
    )
    assert (caught.value.node, caught.value.shapes) == ("add1", ((2,), (3,)))


def test_an_input_that_the_data_lack():
    with pytest.raises(WiringError) as caught:
        node_shapes(wire([Dense(2, inputs=("city",))], ("city",)), {"size": (1,)})
    assert str(caught.value) == "'dense1' takes its input from 'city', but the data have only 'size'."


def test_numbers_are_named_by_node_and_come_back_to_their_places():
    nodes, loss = wire([Dense(2, l2=0.1), Dropout(0.5)], ("input",)), get_loss("huber")
    assert numbers_of(nodes, loss) == {"dense1.l2": 0.1, "dropout1.rate": 0.5, "loss.delta": 1.0}
    bound, bound_loss = bind_numbers(nodes, loss, {"dense1.l2": 0.2, "dropout1.rate": 0.25, "loss.delta": 2.0})
    assert numbers_of(bound, bound_loss) == {"dense1.l2": 0.2, "dropout1.rate": 0.25, "loss.delta": 2.0}
    assert numbers_of(nodes, loss)["dropout1.rate"] == 0.5


def test_a_penalty_below_zero():
    with pytest.raises(InputError) as caught:
        Dense(1, l1=-0.5)
    assert str(caught.value) == "dense: l1 must be 0 or more; got -0.5."


@pytest.mark.parametrize(
    ("parts", "loss", "said", "remedies"),
    [
        ([Dense(2)], "cross_entropy", "'dense1' has no activation and may be any number", "softmax cross_entropy"),
        (
            [Dense(1, "relu")],
            "binary_cross_entropy",
            "'dense1' has the activation 'relu' and goes from 0 to inf",
            "sigmoid binary_cross_entropy",
        ),
        (
            [Dense(2), Activation("tanh")],
            "cross_entropy",
            "'activation1' has the activation 'tanh' and goes from -1 to 1",
            "softmax cross_entropy",
        ),
    ],
)
def test_a_loss_of_probabilities_needs_an_output_that_promises_them(parts, loss, said, remedies):
    activation, other = remedies.split()
    message = (
        f"Loss '{loss}' takes probabilities, from 0 to 1; the output {said}. Give it the activation '{activation}', or "
        f"the network the loss '{other}_from_logits', which takes any number."
    )
    for build in (lambda: Network(parts, loss=loss), lambda: Network(parts).with_loss(loss)):
        with pytest.raises(WiringError) as caught:
            build()
        assert str(caught.value) == message


def test_outputs_that_promise_probabilities_are_taken():
    for last in (Dense(2, "softmax"), Dense(2, "hard_sigmoid"), Activation("sigmoid")):
        Network([Dense(2), last, Flatten()], loss="cross_entropy")
