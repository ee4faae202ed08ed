"""Every layer: onnxruntime's answer is the network's own."""

from dataclasses import dataclass

import numpy as np
import onnxruntime
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.layers.base import Layer
from chainrule.layers.reshape import ReshapeLayer
from chainrule.network.graph import Node

ROWS = 5


def answers(network: cr.Network, X, path):
    """What the network says, and what onnxruntime says, with every parameter and statistic drawn at random."""
    rng = np.random.default_rng(1)
    params, stats = network.init(0, np.float64)
    drawn = {
        name: type(arrays)(*(rng.normal(size=array.shape) for array in arrays)) if arrays else arrays
        for name, arrays in params.items()
    }
    moved = {
        name: type(arrays)(*(rng.uniform(0.5, 2, size=array.shape) for array in arrays))
        for name, arrays in stats.items()
    }
    network = network.trained(drawn, moved)
    network.to_onnx(path)
    inputs = X if isinstance(X, dict) else {"input": X}
    session = onnxruntime.InferenceSession(path)
    feed = {
        name: np.asarray(value, dtype=np.int64 if np.asarray(value).dtype.kind == "i" else np.float32)
        for name, value in inputs.items()
    }
    return network.predict(X, dtype=np.float32), session.run(["output"], feed)[0]


def pictures(*shape):
    return np.random.default_rng(0).normal(size=(ROWS, *shape))


CASES = {
    "dense": ([cr.Dense(3)], pictures(4)),
    "activation": ([cr.Activation("tanh")], pictures(4)),
    "dropout": ([cr.Dense(3), cr.Dropout(0.5)], pictures(4)),
    "embedding": ([cr.Embedding(7, 3)], np.array([0, 6, 3, 3, 1])),
    "embedding of steps": ([cr.Embedding(7, 3), cr.LSTM(4)], np.arange(10).reshape(5, 2) % 7),
    "flatten": ([cr.Flatten()], pictures(2, 3, 2)),
    "flatten one number": ([cr.Flatten()], pictures()),
    "reshape": ([cr.Reshape((3, 2))], pictures(6)),
    "concatenate": ([cr.Parallel([[cr.LSTM(2, return_sequences=True)], []])], pictures(2, 4)),
    "add": ([cr.Dense(3, name="a"), cr.Dense(3, name="b"), cr.Add(inputs=["a", "b", "a"])], pictures(3)),
    "layernorm": ([cr.LayerNorm(epsilon=0.1)], pictures(4, 3)),
    "batchnorm": ([cr.BatchNorm(epsilon=0.1)], pictures(4)),
    "batchnorm of pictures": ([cr.BatchNorm()], pictures(4, 3, 2)),
    "conv valid": ([cr.Conv2D(3, (2, 3), "relu", strides=(2, 1))], pictures(7, 6, 2)),
    "conv same": ([cr.Conv2D(3, (2, 4), strides=(1, 3), padding="same")], pictures(7, 5, 2)),
    "maxpool": ([cr.MaxPool2D((2, 3), strides=(1, 2))], pictures(6, 8, 2)),
    "average": ([cr.GlobalAveragePool2D()], pictures(3, 4, 2)),
    "lstm": ([cr.LSTM(3)], pictures(4, 2)),
    "lstm of every step": ([cr.LSTM(3, return_sequences=True), cr.LSTM(2)], pictures(4, 2)),
}


@pytest.mark.parametrize("case", CASES)
def test_onnxruntime_agrees(case, tmp_path):
    parts, X = CASES[case]
    own, found = answers(cr.Network(parts, input_shape=X.shape[1:]), X, tmp_path / "net.onnx")
    assert found.dtype == np.float32
    assert found.shape == own.shape
    np.testing.assert_allclose(found, own, rtol=1e-5, atol=1e-5)


def test_several_inputs_keep_their_names(tmp_path):
    parts = [cr.Embedding(3, 2, inputs=["city"]), cr.Concatenate(inputs=["embedding1", "x"]), cr.Dense(1)]
    network = cr.Network(parts, input_shape={"x": (2,), "city": ()})
    own, found = answers(network, {"x": pictures(2), "city": np.array([0, 1, 2, 1, 0])}, tmp_path / "net.onnx")
    np.testing.assert_allclose(found, own, rtol=1e-5, atol=1e-5)


def test_no_layer_is_left_out():
    kinds = {kind.kind for kind in Layer.__subclasses__() if kind.__module__.startswith("chainrule.layers.")}
    assert kinds == {
        node.layer.kind for parts, X in CASES.values() for node in cr.Network(parts, input_shape=X.shape[1:]).nodes
    }


def test_a_layer_of_ones_own(tmp_path):
    @dataclass(frozen=True)
    class Halved(ReshapeLayer):
        kind = "halved"

    net = cr.Network([Node(Halved((2,)), name="middle"), cr.Dense(1)], input_shape=2)
    with pytest.raises(InputError) as caught:
        net.trained(*net.init(0)).to_onnx(tmp_path / "net.onnx")
    assert str(caught.value) == (
        "'middle' is the layer 'halved', which was made by hand: how it is written in ONNX is not known."
    )
    assert not list(tmp_path.iterdir())
