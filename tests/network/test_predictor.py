"""Predictors give what the ordinary pass gives, to the bit, and refuse what it refuses."""

import itertools
import pickle

import numpy as np
import pytest

from chainrule import (
    LSTM,
    Activation,
    BatchNorm,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePool2D,
    LayerNorm,
    Masked,
    MaxPool2D,
    Network,
    Residual,
)
from chainrule.errors import InputError
from chainrule.network import predictor as module
from chainrule.network.passes import forward
from chainrule.ops import eager_ops

RNG = np.random.default_rng(3)
CODES = {"city": RNG.integers(0, 4, 9), "features": RNG.normal(size=(9, 3))}
NETWORKS = {
    "dense": (Network([Dense(4, "relu"), Dropout(0.5), Dense(3, "softmax")], input_shape=2), RNG.normal(size=(9, 2))),
    "activations": (
        Network([Dense(4, "softplus"), BatchNorm(), Activation("tanh"), LayerNorm(), Dense(1)], input_shape=2),
        RNG.normal(size=(9, 2)),
    ),
    "pictures": (
        Network([Conv2D(2, 3, activation="relu"), MaxPool2D(2), Flatten(), Dense(2)], input_shape=(8, 8, 1)),
        RNG.normal(size=(9, 8, 8, 1)),
    ),
    "averages": (Network([Conv2D(2, 3), GlobalAveragePool2D()], input_shape=(8, 8, 1)), RNG.normal(size=(9, 8, 8, 1))),
    "steps": (Network([LSTM(3), Dense(1)], input_shape=(5, 2)), RNG.normal(size=(9, 5, 2))),
    "codes": (Network([Embedding(4, 3), Dense(1)], input_shape=()), CODES["city"]),
    "residual": (Network([Residual([Dense(2, "relu")]), Dense(1)], input_shape=2), RNG.normal(size=(9, 2))),
    "several inputs": (
        Network(
            [Embedding(4, 2, inputs=["city"]), Concatenate(inputs=["features", "embedding1"]), Dense(1)],
            input_shape={"features": (3,), "city": ()},
        ),
        CODES,
    ),
    "masked": (
        Network([LSTM(3), Dense(1)], input_shape=(5, 2)),
        Masked(RNG.normal(size=(9, 5, 2)), np.arange(5) < RNG.integers(1, 6, 9)[:, None]),
    ),
}


def trained(network):
    """With numbers that are all different from 0, and running statistics that have moved."""
    params, stats = network.init(0, np.float64)
    moved = {
        name: type(arrays)(*(array + RNG.random(array.shape) for array in arrays)) if arrays else arrays
        for name, arrays in params.items()
    }
    return network.trained(moved, {name: type(each)(*(array + 0.5 for array in each)) for name, each in stats.items()})


def ordinary(network, X, dtype):
    params, stats, inputs = network.ready(X, dtype)
    return forward(eager_ops(), network.nodes, params, stats, inputs).output


def some(X, rows):
    if isinstance(X, dict):
        return {name: array[rows] for name, array in X.items()}
    return Masked(X.values[rows], X.mask[rows]) if isinstance(X, Masked) else X[rows]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", list(NETWORKS))
def test_it_gives_the_ordinary_pass_to_the_bit(name, dtype, monkeypatch):
    network, X = trained(NETWORKS[name][0]), NETWORKS[name][1]
    exact = X.astype(dtype) if isinstance(X, np.ndarray) and X.dtype.kind == "f" else X
    for rows in (slice(0, 1), slice(0, 9), slice(0, 0)):
        wanted = ordinary(network, some(X, rows), dtype)
        for given in (some(X, rows), some(exact, rows)):
            found = network.predict(given, dtype=dtype)
            assert found.dtype == wanted.dtype == dtype
            np.testing.assert_array_equal(found, wanted)
    for size, value in {"SHARE": 1, "WAKING": 0, "BYTES": 0, "FEWEST": 3, "CORES": 2}.items():
        monkeypatch.setattr(module, size, value)
    pieces = [ordinary(network, some(X, slice(start, start + 3)), dtype) for start in (0, 3, 6)]
    np.testing.assert_array_equal(network.unfreeze().predict(X, dtype=dtype), np.concatenate(pieces))


def test_lists_whole_numbers_and_strided_arrays_are_taken():
    network = trained(NETWORKS["dense"][0])
    wanted = network.predict(np.array([[1.0, 2.0], [3.0, 4.0]]))
    for given in ([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]]), np.array([[1.0, 3.0], [2.0, 4.0]]).T):
        np.testing.assert_array_equal(network.predict(given), wanted)
    wide = np.repeat(np.array([[1.0, 2.0], [3.0, 4.0]]), 2, axis=1)
    np.testing.assert_array_equal(network.predict(wide[:, ::2]), wanted)
    np.testing.assert_array_equal(network.predict({"input": [[1, 2], [3, 4]]}), wanted)


def test_it_is_kept_but_not_by_networks_that_are_made_from_it():
    network = Network([Dense(1)], input_shape=1).set({"dense1.weight": [[2.0]], "dense1.bias": [0.0]})
    predict = network.predictor()
    assert network.predictor() is predict
    assert network.predictor("float32") is not predict
    assert predict([[3.0]]).tolist() == [[6.0]]
    assert network.set({"dense1.bias": [1.0]}).predict([[3.0]]).tolist() == [[7.0]]
    assert pickle.dumps(network) == pickle.dumps(network.unfreeze())
    assert pickle.loads(pickle.dumps(network)).predict([[3.0]]).tolist() == [[6.0]]


def test_what_it_gives_is_never_the_rows_themselves():
    network, X = Network([Dropout(0.5), Flatten()], input_shape=2), np.ones((1, 2))
    network.predict(X)[0, 0] = 5.0
    assert X.tolist() == [[1.0, 1.0]]


def test_activations_of_a_node_before_the_last():
    for name, last in (("activations", "activation1"), ("several inputs", "concatenate1"), ("residual", "dense1")):
        network, X = trained(NETWORKS[name][0]), NETWORKS[name][1]
        params, stats, inputs = network.ready(X, "float64")
        wanted = forward(eager_ops(), network.nodes, params, stats, inputs).nodes[last].a
        np.testing.assert_array_equal(network.predictor("float64", last)(X), wanted)
        assert network.predictor("float64")(X).shape == (9, 1)


def test_many_rows_are_shared_by_cores_and_taken_in_pieces_that_stay_near(monkeypatch):
    monkeypatch.setattr(module, "CORES", 2)
    predict = trained(Network([Dense(256), Dense(1)], input_shape=256)).predictor("float32")
    assert [piece.stop for piece in predict.pieces(1000)] == [524, 1000]
    pieces = predict.pieces(50_000)
    assert (len(pieces), pieces[0], pieces[-1]) == (49, slice(0, 1024), slice(49_152, 50_176))
    pictures = trained(Network([Dense(16), Dense(1)], input_shape=4096)).predictor("float32")
    assert [piece.stop for piece in pictures.pieces(4000)] == [2024, 4000]
    assert pictures.pieces(40_000)[0] == slice(0, 64)
    wide = trained(Network([Dense(100_000)], input_shape=1)).predictor("float32")
    assert wide.pieces(1000)[:2] == [slice(0, 64), slice(64, 128)]
    for cores, each, count in itertools.product((1, 2, 3, 64), (predict, pictures, wide), (2, 3, 1000, 5003)):
        monkeypatch.setattr(module, "CORES", cores)
        if count >= each._shared:
            assert [row for piece in each.pieces(count) for row in range(count)[piece]] == list(range(count))


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.ones((1, 3)), "The network takes rows of shape 'input' (2,); got 'input' (3,)."),
        (np.ones(2), "The network takes rows of shape 'input' (2,); got 'input' ()."),
        (np.float64(1), "Input 'input' must have one row or more on its first axis; got the single number 1.0."),
        (
            np.array([["a", "b"]]),
            "Input 'input' must be an array of numbers; got <U1 with shape (1, 2). Tables with text or dates are "
            "encoded by fit_table, or by the estimators.",
        ),
    ],
)
def test_rows_that_do_not_fit_are_refused(X, message):
    with pytest.raises(InputError) as caught:
        trained(NETWORKS["dense"][0]).predictor()(X)
    assert str(caught.value) == message


def test_it_needs_the_input_shape_and_all_parameters():
    for network, message in (
        (Network([Dense(1)]), "The network's input shape is not known yet: pass input_shape= to Network, or train it."),
        (
            Network([Dense(1)], input_shape=1),
            "The network is not trained and these parameters are not set: 'dense1.weight', 'dense1.bias'. Train it "
            "with fit(), or set them with net.set({...}).",
        ),
    ):
        with pytest.raises(InputError) as caught:
            network.predictor()
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("last", "more"), [("dense3", " Did you mean 'dense2'?"), ("nope", ""), (3, ""), ([], "")], ids=str
)
def test_a_node_that_is_not_there_is_named(last, more):
    network = trained(NETWORKS["dense"][0])
    with pytest.raises(InputError) as caught:
        network.predictor(last=last)
    assert str(caught.value) == f"There is no node {last!r}; there are 'dense1', 'dropout1', 'dense2'.{more}"


def test_a_node_may_be_called_none():
    network = trained(Network([Dense(3, name="None"), Dense(1)], loss="mse", input_shape=2))
    assert network.predictor()(np.ones((2, 2))).shape == (2, 1)
    assert network.predictor(last="None")(np.ones((2, 2))).shape == (2, 3)


def test_it_shows_the_network():
    assert repr(trained(Network([Dense(1)], input_shape=1)).predictor("float32")) == (
        "<predictor in float32>\nNetwork  loss mse  2 parameters\n  input          (1)\n  dense1  Dense  (1) → (1)  2"
    )
