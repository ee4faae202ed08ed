"""Files read as networks: there and back, trained further, and what is refused."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

import chainrule as cr
from chainrule.activations import activation_names, get_activation
from chainrule.errors import FileError, InputError
from interop.onnx_in.files import nodes, refused, write

NAMES = activation_names()


def filled(network):
    rng = np.random.default_rng(1)
    params, stats = network.init(0, np.float64)
    single = {
        name: type(arrays)(*(rng.normal(size=array.shape).astype(np.float32) for array in arrays)) if arrays else ()
        for name, arrays in params.items()
    }
    moved = {
        name: type(arrays)(*(rng.uniform(0.5, 2, array.shape).astype(np.float32) for array in arrays))
        for name, arrays in stats.items()
    }
    return network.trained(single, moved)


def there_and_back(parts, shape, folder):
    network = filled(cr.Network(parts, input_shape=shape))
    back = cr.from_onnx(network.to_onnx(folder / "net.onnx"))
    X = np.random.default_rng(0).normal(size=(4, *shape))
    found = network.predict(X)
    np.testing.assert_allclose(back.predict(X), found, rtol=1e-6, atol=1e-6)
    y = np.zeros(found.shape)
    ours, theirs = (each.trace(X, y, loss="mse").gradients for each in (network, back))
    for name, gradient, other in zip(ours, ours.values(), theirs.values(), strict=True):
        np.testing.assert_allclose(other, gradient, rtol=1e-6, atol=1e-6, err_msg=name)
    return network, back, X


@pytest.mark.parametrize("name", NAMES)
def test_every_activation_comes_back(name, tmp_path):
    network, back, _ = there_and_back([cr.Dense(3, "tanh"), cr.Dense(2), cr.Activation(name)], (2,), tmp_path)
    assert back.nodes[0] == network.nodes[0]
    found = [node.activation or getattr(node.layer, "activation", None) for node in back.nodes]
    assert name == "linear" or get_activation(name) in found


LAYERS = {
    "dense": ([cr.Dense(3, "relu"), cr.Dense(2, "softmax")], (4,)),
    "dropout": ([cr.Dense(3), cr.Dropout(0.25), cr.Dense(1)], (4,)),
    "flatten and reshape": ([cr.Reshape((3, 2)), cr.LayerNorm(), cr.Flatten(), cr.Dense(2)], (6,)),
    "concatenate": ([cr.Parallel([[cr.Dense(2)], [], [cr.Dense(3)]]), cr.Dense(2)], (4,)),
    "add": ([cr.Dense(4), cr.Residual([cr.Dense(4, "relu")])], (4,)),
    "batchnorm": ([cr.Dense(3), cr.BatchNorm(), cr.Dense(1)], (4,)),
    "conv": (
        [
            cr.Conv2D(3, 3, "relu", padding="same", strides=(1, 2)),
            cr.BatchNorm(),
            cr.MaxPool2D(),
            cr.Conv2D(2, (1, 2)),
            cr.Flatten(),
            cr.Dense(2),
        ],
        (6, 8, 2),
    ),
    "average": ([cr.Conv2D(3, 3), cr.GlobalAveragePool2D(), cr.Dense(2)], (6, 8, 2)),
    "lstm": ([cr.LSTM(3, return_sequences=True), cr.LayerNorm(), cr.LSTM(2), cr.Dense(1)], (4, 2)),
    "every step of an lstm": ([cr.LSTM(3, return_sequences=True)], (4, 2)),
    "a picture comes out": ([cr.Conv2D(3, 3)], (6, 8, 2)),
}


@pytest.mark.parametrize("case", LAYERS)
def test_layers_come_back(case, tmp_path):
    network, back, X = there_and_back(*LAYERS[case], tmp_path)
    again = onnxruntime.InferenceSession(back.to_onnx(tmp_path / "again.onnx"))
    found = again.run(None, {"input": X.astype(np.float32)})[0]
    np.testing.assert_allclose(found, network.predict(X), rtol=1e-5, atol=1e-5)


def test_an_embedding_comes_back(tmp_path):
    network = filled(cr.Network([cr.Embedding(5, 3), cr.Dense(2)], input_shape=()))
    back = cr.from_onnx(network.to_onnx(tmp_path / "net.onnx"), loss="mae")
    assert back.loss.name == "mae"
    np.testing.assert_allclose(back.predict(np.arange(5)), network.predict(np.arange(5)), rtol=1e-6)


def test_it_can_be_traced_and_trained_further(tmp_path):
    _, back, X = there_and_back([cr.Dense(3, "tanh"), cr.Dense(1)], (2,), tmp_path)
    y = X[:, :1] * 2
    trace = back.trace(X, y)
    run = cr.fit(back, X, y, epochs=30, optimizer=cr.SGD(0.05), engine="numpy", progress=False)
    assert run.evaluate(X, y)["loss"] < float(trace.loss)


def test_an_operator_without_a_layer_is_named_with_its_node(tmp_path):
    path = write(tmp_path / "net.onnx", [helper.make_node("Mish", ["x"], ["y"], name="gate")], {}, (2,))
    with pytest.raises(InputError) as caught:
        cr.from_onnx(path)
    assert str(caught.value) == (
        f"{path}: The operator Mish (node 'gate') cannot be read: no layer does the same. Those that can are Add, "
        "BatchNormalization, Clip, Concat, Constant, Conv, Dropout, Elu, Flatten, Gather, Gelu, Gemm, "
        "GlobalAveragePool, HardSigmoid, Identity, LSTM, LayerNormalization, LeakyRelu, LogSoftmax, MatMul, MaxPool, "
        "Pad, ReduceMean, Relu, Reshape, Selu, Shape, Sigmoid, Slice, Softmax, Softplus, Softsign, Squeeze, Tanh, "
        "Transpose, Unsqueeze; and what together is an activation."
    )


def test_rows_that_do_not_come_first(tmp_path):
    turn = helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2])
    path = write(tmp_path / "net.onnx", [turn, helper.make_node("Softmax", ["t"], ["y"])], {}, (2, 3))
    assert refused(path) == (
        "The operator Softmax (node 'y') cannot be read: rows come first there; in its input 't' they stand along "
        "axis 1."
    )


def test_a_file_for_one_row_takes_any_number(tmp_path):
    shape = {"shape": np.array([1, 3, 2])}
    path = write(tmp_path / "net.onnx", [helper.make_node("Reshape", ["x", "shape"], ["y"])], shape, (6,), rows=1)
    X = np.arange(12.0).reshape(2, 6)
    assert cr.from_onnx(path).predict(X).tolist() == X.reshape(2, 3, 2).tolist()


def test_files_that_are_none(tmp_path):
    with pytest.raises(FileError) as caught:
        cr.from_onnx(tmp_path / "none.onnx")
    assert str(caught.value) == f"There is no file {tmp_path / 'none.onnx'}."
    (tmp_path / "text.onnx").write_text("text")
    with pytest.raises(FileError) as caught:
        cr.from_onnx(tmp_path / "text.onnx")
    assert str(caught.value).startswith(f"{tmp_path / 'text.onnx'} is no ONNX file that can be read: ")


def test_what_does_not_lead_to_the_output_is_left_out(tmp_path):
    operators = nodes(("Tanh", "x", "t"), ("MatMul", "t w", "z"), ("Softmax", "z", "q"), ("Mish", "q", "m"))
    operators += nodes(("MatMul", "x w", "s"), ("Shape", "s", "form"), ("Reshape", "t form", "y"))
    network = cr.from_onnx(write(tmp_path / "net.onnx", operators, {"w": np.ones((2, 2), "f")}, (2,)))
    assert [node.name for node in network.nodes] == ["activation1"]
    np.testing.assert_allclose(network.predict([[1.0, 2.0]]), np.tanh([[1.0, 2.0]]))


def several(path, types):
    gives = [helper.make_tensor_value_info(name, kind, ["n", 2]) for name, kind in types.items()]
    operators = nodes(("Softmax", "x", "p"), ("Softplus", "x", "q"))
    operators.append(helper.make_node("Cast", ["p"], ["label"], to=TensorProto.INT64))
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2])]
    graph = helper.make_graph(operators, "several", given, gives)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)
    return path


def test_probabilities_are_taken_and_labels_left_out(tmp_path):
    """As skl2onnx writes classifiers."""
    path = several(tmp_path / "net.onnx", {"label": TensorProto.INT64, "p": TensorProto.FLOAT})
    np.testing.assert_allclose(cr.from_onnx(path).predict([[1.0, 1.0]]), [[0.5, 0.5]])
    path = several(tmp_path / "net.onnx", {"p": TensorProto.FLOAT, "q": TensorProto.FLOAT})
    assert refused(path) == "A network has one output; the file has 'p', 'q'."


def test_scikit_learns_own_operators_are_named(tmp_path):
    scaler = helper.make_node("Scaler", ["x"], ["y"], name="scaler", domain="ai.onnx.ml", offset=[0.0], scale=[1.0])
    given, gives = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 1]) for name in "xy")
    sets = [helper.make_opsetid("", 20), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(helper.make_graph([scaler], "ml", [given], [gives]), opset_imports=sets, ir_version=10)
    onnx.save(model, tmp_path / "net.onnx")
    assert refused(tmp_path / "net.onnx") == (
        "The operator Scaler (node 'scaler') cannot be read: it is one of scikit-learn's models and encoders. Read the "
        "fitted model itself: cr.from_sklearn(model)."
    )


def test_files_that_are_no_network(tmp_path):
    path = tmp_path / "net.onnx"
    write(path, nodes(("MatMul", "x w", "z"), ("Identity", "w", "y")), {"w": np.ones((2, 2), "f")}, (2,))
    assert refused(path) == "The output 'y' is a constant: it comes from none of the file's inputs."
    write(path, [helper.make_node("Transpose", ["x"], ["y"], perm=[0, 2, 1, 3])], {}, (2, 3, 2))
    assert refused(path) == "The output 'y' has its numbers in another order than the network computes them."
    write(path, nodes(("Relu", "x", "y")), {}, ("wide",))
    assert refused(path) == (
        "The input 'x' must have a fixed shape but for its rows; the file says (n, wide). Write the file again with "
        "the sizes fixed."
    )
