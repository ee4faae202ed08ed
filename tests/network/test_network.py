"""Networks: names, shapes, wiring mistakes, parameters by hand, and one backward pass against many oracles."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, strategies as st

from chainrule import (
    LSTM,
    Activation,
    Add,
    BatchNorm,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    LayerNorm,
    Masked,
    Network,
    Parallel,
    Residual,
    fit,
)
from chainrule.errors import InputError, InputTypeError, WiringError
from chainrule.network.parameters import flatten, unflatten
from chainrule.network.passes import backward, forward, measure
from oracles import differences, eager, jax_gradient


def test_the_repr_shows_shapes_and_counts():
    network = Network([Dense(2, "softplus"), Dropout(0.5), Dense(1)], loss="ssr", input_shape=1)
    assert repr(network).splitlines() == [
        "Network  loss ssr  7 parameters",
        "  input                     (1)",
        "  dense1    Dense softplus  (1) → (2)  4",
        "  dropout1  Dropout         (2) → (2)",
        "  dense2    Dense           (2) → (1)  3",
    ]


def test_before_the_input_is_known_the_repr_has_no_shapes():
    assert repr(Network([Dense(2)], loss="mse")) == "Network  loss mse\n  input          ?\n  dense1  Dense"


def test_nodes_are_named_by_kind_and_count_unless_named():
    network = Network([Dense(2), Dense(3, name="middle"), Residual([Dense(3)]), Dense(1)])
    assert [node.name for node in network.nodes] == ["dense1", "middle", "dense3", "add1", "dense4"]


def test_residual_and_parallel_are_sugar_over_the_graph():
    network = Network([Parallel([[Dense(2)], []]), Residual([Dense(5)])], input_shape=3)
    shapes = network.shapes({"input": (3,)})
    assert shapes == {"input": (3,), "dense1": (2,), "concatenate1": (5,), "dense2": (5,), "add1": (5,)}
    assert network.nodes[1].inputs == ("dense1", "input")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Network([]), "A network needs at least one layer, for example Network([Dense(1)])."),
        (
            lambda: Network([Dense(2, name="a"), Dense(3, name="a")]),
            "Two nodes are named 'a'; give one of them another name=.",
        ),
        (
            lambda: Network([Dense(2), Dense(1, inputs=["dens1"])]),
            "'dense2' takes its input from 'dens1', which is no earlier node; there are 'input', 'dense1'. "
            "Did you mean 'dense1'?",
        ),
        (
            lambda: Network([Dense(2), Dense(1, inputs=["input", "dense1"])]),
            "'dense2' takes one input; got 2: 'input', 'dense1'.",
        ),
        (
            lambda: Network([Dense(2), Add(inputs=["dense1", "input"])], input_shape=3),
            "'add1' does not fit what comes from 'dense1' (2,), 'input' (3,): "
            "Add takes inputs of one shape; got (2,) and (3,).",
        ),
    ],
)
def test_a_mistake_in_the_wiring_is_named_with_both_shapes(build, message):
    with pytest.raises(InputError) as caught:
        build()
    assert str(caught.value) == message


def test_a_wiring_error_carries_node_and_shapes():
    with pytest.raises(WiringError) as caught:
        Network([Dense(2), Add(inputs=["dense1", "input"])], input_shape=3)
    assert (caught.value.node, caught.value.shapes) == ("add1", ((2,), (3,)))


def test_something_that_is_no_layer_is_named():
    with pytest.raises(InputTypeError) as caught:
        Network([Dense(2), 3])  # type: ignore[list-item]
    assert str(caught.value) == "A network is a list of layers such as Dense(2, 'relu'); got 3 of type int."


def test_parameters_set_by_hand_predict_without_a_run():
    network = Network([Dense(1)]).set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})
    assert network.predict([[3.0]]).tolist() == [[7.0]]
    assert network.params["dense1.weight[0, 0]"] == 2.0


def test_a_network_with_parameters_missing_names_them():
    with pytest.raises(InputError) as caught:
        Network([Dense(1)]).set({"dense1.weight": [[2.0]]}).predict([[3.0]])
    assert str(caught.value) == (
        "The network is not trained and these parameters are not set: 'dense1.bias'. "
        "Train it with fit(), or set them with net.set({...})."
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"dens1.weight": [[1.0]]},
            "'dens1.weight' is not of the form node.parameter with a node of this network: 'dense1'. "
            "Did you mean 'dense1'?",
        ),
        (
            {"dense1.weights": [[1.0]]},
            "There is no parameter 'dense1.weights'; there are 'dense1.weight', 'dense1.bias'. "
            "Did you mean 'dense1.weight'?",
        ),
        ({"dense1.bias": [1.0, 2.0]}, "'dense1.bias' has shape (1,); the value set has shape (2,)."),
        ({"dense1.bias": [np.nan]}, "'dense1.bias' must be set to finite numbers; got [nan]."),
    ],
)
def test_a_wrong_value_set_by_hand_is_named(values, message):
    with pytest.raises(InputError) as caught:
        Network([Dense(1)], input_shape=1).set(values)
    assert str(caught.value) == message


def test_freezing_what_is_not_there_is_refused():
    with pytest.raises(InputError) as caught:
        Network([Dense(1)], input_shape=1).freeze("dense2")
    assert str(caught.value) == (
        "There is no node or parameter 'dense2' to freeze; nodes with parameters are 'dense1'. Did you mean 'dense1'?"
    )


def test_unfreezing_takes_names_back():
    network = Network([Dense(1)], input_shape=1).freeze("dense1.weight", "dense1.bias")
    assert network.unfreeze("dense1.bias").frozen == ("dense1.weight",)
    assert network.unfreeze().frozen == ()


def test_setting_does_not_change_the_network_it_is_called_on():
    network = Network([Dense(1)], input_shape=1)
    network.set({"dense1.bias": [1.0]})
    assert len(network.params) == 0


def test_params_are_read_only():
    network = Network([Dense(1)]).set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})
    with pytest.raises(ValueError, match="read-only"):
        network.params["dense1.bias"][0] = 3.0


def test_data_of_another_shape_are_refused():
    network = Network([Dense(1)], input_shape=2)
    with pytest.raises(InputError) as caught:
        network.set({"dense1.weight": [[1.0], [1.0]], "dense1.bias": [0.0]}).predict([[1.0, 2.0, 3.0]])
    assert str(caught.value) == "The network takes rows of shape 'input' (2,); got 'input' (3,)."


GRAPHS = {
    "dense": lambda: Network([Dense(3, "tanh", l1=0.01, l2=0.02), Dense(2)], loss="mse", input_shape=2),
    "residual": lambda: Network([Dense(3, "softplus"), Residual([Dense(3, "silu")]), Dense(2)], input_shape=2),
    "parallel": lambda: Network([Parallel([[Dense(2, "elu")], [Dense(3), LayerNorm()], []]), Dense(2)], input_shape=2),
    "used twice": lambda: Network(
        [Dense(2, "tanh"), Dense(2, inputs=["dense1"]), Add(inputs=["dense1", "dense2", "dense1"])], input_shape=2
    ),
    "softmax": lambda: Network([Dense(2, "softmax")], loss="mse", input_shape=2),
    "norms": lambda: Network([BatchNorm(), Dense(3), Activation("gelu"), Dense(2)], loss="huber", input_shape=2),
}


@pytest.mark.parametrize("name", list(GRAPHS))
def test_gradients_of_whole_networks_agree_with_central_differences_and_jax(name):
    """1e-6 is far above the error of the differences (1e-10) and far below any derivative's size here."""
    network = GRAPHS[name]()
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    params, stats = network.init(3, np.float64)
    ops = eager()

    def loss_at(ops, flat):
        full = unflatten(flat, params)
        done = forward(ops, network.nodes, full, stats, {"input": x}, training=True)
        return measure(ops, network.nodes, network.loss, full, done, y, None).loss

    flat = flatten(params)
    done = forward(ops, network.nodes, params, stats, {"input": x}, training=True)
    measured = measure(ops, network.nodes, network.loss, params, done, y, None)
    back = backward(ops, network.nodes, network.loss, params, done, measured)
    gradients = flatten(back.gradients)
    for key, array in flat.items():
        numeric = differences(lambda value, key=key: loss_at(ops, {**flat, key: value}), array)
        np.testing.assert_allclose(gradients[key], numeric, rtol=1e-6, atol=1e-8)
        exact = jax_gradient(lambda ops, value, key=key: loss_at(ops, {**flat, key: value}), array)
        np.testing.assert_allclose(gradients[key], exact, rtol=1e-10, atol=1e-12)

    def loss_of_input(value):
        moved = forward(ops, network.nodes, params, stats, {"input": value}, training=True)
        return measure(ops, network.nodes, network.loss, params, moved, y, None).loss

    np.testing.assert_allclose(back.inputs["input"], differences(loss_of_input, x), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    ("activation", "loss", "outputs"), [("softmax", "cross_entropy", 3), ("sigmoid", "binary_cross_entropy", 1)]
)
def test_fused_and_unfused_loss_give_the_same_gradient(activation, loss, outputs):
    fused = Network([Dense(outputs, activation)], loss=loss, input_shape=2)
    unfused = Network([Dense(outputs), Activation(activation)], loss=loss, input_shape=2)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 2))
    y = rng.integers(0, 3, 6).astype(np.int32) if outputs == 3 else rng.integers(0, 2, (6, 1)).astype(float)
    found = []
    for network in (fused, unfused):
        params, stats = network.init(5, np.float64)
        params["dense1"] = type(params["dense1"])(
            np.linspace(-1, 1, 2 * outputs).reshape(2, outputs), np.zeros(outputs)
        )
        done = forward(eager(), network.nodes, params, stats, {"input": x})
        measured = measure(eager(), network.nodes, network.loss, params, done, y, None)
        back = backward(eager(), network.nodes, network.loss, params, done, measured)
        found.append((measured.fused, float(measured.loss), back.gradients["dense1"].weight))
    assert [one[0] for one in found] == [True, False]
    assert found[0][1] == pytest.approx(found[1][1], rel=1e-12)
    np.testing.assert_allclose(found[0][2], found[1][2], rtol=1e-10, atol=1e-14)


def test_several_inputs_with_an_embedding():
    network = Network(
        [
            Embedding(4, 2, name="city vector", inputs=["city"]),
            Concatenate(inputs=["features", "city vector"]),
            Dense(1),
        ],
        input_shape={"features": (3,), "city": ()},
    )
    params, stats = network.init(0, np.float64)
    inputs = network.inputs({"features": np.ones((5, 3)), "city": np.array([0, 1, 2, 3, 1])}, np.float64)
    assert inputs["city"].dtype == np.int32
    assert forward(eager(), network.nodes, params, stats, inputs).output.shape == (5, 1)


PLACES = "Make codes= of Embedding larger, or encode the rows anew."


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ([0, 1, 3], "got 3 in row 3"),
        ([-1, 1, 2], "got -1 in row 1"),
        ([0, 1.5, 2], "got 1.5 in row 2"),
        ([0, np.nan, 2], "got nan in row 2"),
        (Masked(np.array([[0, 1], [2, 9]]), np.ones((2, 2))), "got 9 in row 2"),
    ],
)
def test_codes_without_a_vector_are_named_where_they_enter(codes, message):
    """NumPy would count from the end or stop with an IndexError, XLA would take the nearest."""
    network = Network([Embedding(3, 2), Flatten(), Dense(1)], input_shape=(2,) if isinstance(codes, Masked) else ())
    for take in (lambda: network.inputs(codes, np.float32), lambda: fit(network, codes, np.zeros(3))):
        with pytest.raises(InputError) as caught:
            take()
        assert str(caught.value) == (
            f"Input 'input' goes to 'embedding1', which takes whole numbers from 0 to 2; {message}. {PLACES}"
        )
    assert network.inputs(np.array([0.0, 2.0]), np.float32)["input"].dtype == np.int32


def test_codes_without_a_vector_are_named_by_prediction_too():
    network = Network([Embedding(3, 2), Dense(1)], input_shape=()).set(
        {"embedding1.weight": np.ones((3, 2)), "dense1.weight": np.ones((2, 1)), "dense1.bias": [0]}
    )
    for predict in (network.predict, network.predictor()):
        assert predict(np.array([0, 2], dtype=np.int32)).tolist() == [[2], [2]]
        with pytest.raises(InputError, match=rf"from 0 to 2; got -1 in row 2\. {PLACES}$"):
            predict(np.array([0, -1], dtype=np.int32))


@pytest.mark.parametrize("mask", [np.ones((4, 3)), np.ones(4), np.ones((4, 5, 1))])
def test_a_mask_of_another_shape_is_refused(mask):
    network = Network([LSTM(2), Dense(1)])
    with pytest.raises(InputError) as caught:
        network.inputs(Masked(np.ones((4, 5, 1)), mask), np.float32)
    assert str(caught.value) == (
        f"Input 'input' has values of shape (4, 5, 1) and a mask of shape {mask.shape}; a mask has one true or false "
        "for each row and time step, shape (rows, steps)."
    )


@given(seed=st.integers(0, 2**63), other=st.integers(0, 2**63))
def test_first_weights_follow_the_seed(seed, other):
    network = Network([Dense(3), Dense(2)], input_shape=2)
    one, again, another = (flatten(network.init(s)[0]) for s in (seed, seed, other))
    assert all(np.array_equal(one[name], again[name]) for name in one)
    if seed != other:
        assert not np.array_equal(one["dense1.weight"], another["dense1.weight"])
    assert one["dense1.weight"].dtype == np.float32


def test_running_statistics_that_were_trained_are_where_training_goes_on():
    network = Network([BatchNorm(), Dense(1)], input_shape=2)
    params, stats = network.init(0)
    moved = {"batchnorm1": type(stats["batchnorm1"])(np.array([3.0, 4.0]), np.array([0.5, 2.0]))}
    kept = network.trained(params, moved).init(1)[1]["batchnorm1"]
    assert (kept.mean.tolist(), kept.variance.tolist()) == ([3, 4], [0.5, 2])


def test_networks_are_copied_and_pickled_whole():
    network = Network([Dense(2, "tanh"), Dense(1)], input_shape=3).set({"dense2.bias": [0.5]}).freeze("dense1")
    for other in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert repr(other) == repr(network)
        assert (other.params["dense2.bias[0]"], other.frozen) == (0.5, ("dense1",))
        with pytest.raises(TypeError):
            other.values["dense2.bias"] = 1
