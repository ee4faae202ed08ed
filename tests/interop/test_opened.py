"""What comes in from elsewhere opens in the same worksheets, derivations and workbooks, and is trained further."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")
import numpy as np
import openpyxl
import pytest
from safetensors.numpy import save_file

import chainrule as cr

WEIGHTS = [np.array([[-3.4, -2.5]]), np.array([0.2, 0.1]), np.array([[-1.3], [2.3]]), np.array([-0.6])]
NAMES = ["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"]
X, Y = np.array([[0.0], [0.5], [1.0]]), np.array([0.0, 1.0, 0.0])


def ours():
    net = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], input_shape=1)
    return net.set(dict(zip(NAMES, WEIGHTS, strict=True)))


def of_onnx(folder):
    return cr.from_onnx(ours().to_onnx(folder / "net.onnx"))


def of_torch(_):
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.Softplus(), torch.nn.Linear(2, 1))
    with torch.no_grad():
        for parameter, weight in zip(module.parameters(), WEIGHTS, strict=True):
            parameter.copy_(torch.tensor(weight.T))
    return cr.from_torch(module, torch.zeros(1, 1))


def of_keras(_):
    keras = pytest.importorskip("keras")
    dense = keras.layers.Dense
    model = keras.Sequential([keras.Input((1,)), dense(2, "softplus"), dense(1)])
    model.set_weights(WEIGHTS)
    return cr.from_keras(model)


def of_safetensors(folder):
    """Keras's own names and shapes."""
    theirs = ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]
    save_file(dict(zip(theirs, WEIGHTS, strict=True)), folder / "keras.safetensors")
    bare = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], input_shape=1)
    return cr.load_safetensors(bare, folder / "keras.safetensors", dict(zip(theirs, NAMES, strict=True)))


@pytest.mark.parametrize(
    "source",
    [
        of_onnx,
        of_safetensors,
        pytest.param(of_torch, marks=pytest.mark.peers),
        pytest.param(of_keras, marks=pytest.mark.peers),
    ],
)
def test_it_opens(source, tmp_path):
    net, like = source(tmp_path), ours()
    assert [(node.layer, node.activation) for node in net.nodes] == [
        (node.layer, node.activation) for node in like.nodes
    ]
    trace, other = net.trace(X, Y, loss="ssr"), like.trace(X, Y, loss="ssr")
    for name in NAMES:
        np.testing.assert_allclose(trace.gradients[name], other.gradients[name], rtol=1e-6)
    assert "dense2.weight" in trace.worksheet().to_text()
    derivation = trace.derivation("dense1.weight[0, 1]")
    assert derivation.value == trace.gradients["dense1.weight"][0, 1]
    assert all(each.agrees for each in derivation.check().checks)
    trace.to_excel(tmp_path / "book.xlsx")
    assert "dense1_weight" in openpyxl.load_workbook(tmp_path / "book.xlsx").defined_names
    run = cr.fit(net, X, Y, optimizer=cr.SGD(0.01), epochs=2, engine="numpy", progress=False)
    assert run.ledger("dense2.bias[0]").initial == pytest.approx(-0.6, rel=1e-6)
