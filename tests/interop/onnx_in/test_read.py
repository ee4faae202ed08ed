"""Files read as networks: there and back, PyTorch's own layout, and what is refused."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import chainrule as cr
from chainrule.activations import activation_names, get_activation
from chainrule.errors import FileError, InputError

NAMES = [name for name in activation_names() if "registry" not in type(get_activation(name)).__module__]


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
    np.testing.assert_allclose(back.predict(X), network.predict(X), rtol=1e-6, atol=1e-6)
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
    back = cr.from_onnx(network.to_onnx(tmp_path / "net.onnx"))
    np.testing.assert_allclose(back.predict(np.arange(5)), network.predict(np.arange(5)), rtol=1e-6)


def test_it_can_be_traced_and_trained_further(tmp_path):
    _, back, X = there_and_back([cr.Dense(3, "tanh"), cr.Dense(1)], (2,), tmp_path)
    y = X[:, :1] * 2
    trace = back.trace(X, y)
    run = cr.fit(back, X, y, epochs=30, optimizer=cr.SGD(0.05), engine="numpy", progress=False)
    assert run.evaluate(X, y)["loss"] < float(trace.loss)


def write(path, operators, constants, row, rows="n"):
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, *row])]
    gives = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", "m"])]
    arrays = [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()]
    graph = helper.make_graph(operators, "other", given, gives, arrays)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)
    return path


def test_a_flattened_picture_of_channels_first(tmp_path):
    """As PyTorch writes it: the dense layer's weights come in the order channels, height, width."""
    rng = np.random.default_rng(0)
    constants = {
        "w": rng.normal(size=(3, 2, 3, 3)).astype(np.float32),
        "b": rng.normal(size=3).astype(np.float32),
        "v": rng.normal(size=(2, 3 * 5 * 4)).astype(np.float32),
        "c": rng.normal(size=2).astype(np.float32),
    }
    operators = [
        helper.make_node("Conv", ["x", "w", "b"], ["z"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["z"], ["a"]),
        helper.make_node("Flatten", ["a"], ["f"]),
        helper.make_node("Gemm", ["f", "v", "c"], ["y"], transB=1),
    ]
    path = write(tmp_path / "net.onnx", operators, constants, (2, 5, 4))
    X = rng.normal(size=(3, 2, 5, 4)).astype(np.float32)
    (own,) = onnxruntime.InferenceSession(path).run(None, {"x": X})
    network = cr.from_onnx(path, loss="mae")
    assert network.loss.name == "mae"
    np.testing.assert_allclose(network.predict(X.transpose(0, 2, 3, 1)), own, rtol=1e-4, atol=1e-5)


def test_a_product_and_a_sum_are_one_dense_layer(tmp_path):
    constants = {"w": np.float32([[2, 3]]), "b": np.float32([1, 4])}
    operators = [helper.make_node("MatMul", ["x", "w"], ["z"]), helper.make_node("Add", ["b", "z"], ["y"])]
    network = cr.from_onnx(write(tmp_path / "net.onnx", operators, constants, (1,)))
    assert [node.name for node in network.nodes] == ["dense1"]
    assert network.predict([[10.0]]).tolist() == [[21.0, 34.0]]


def test_an_operator_without_a_layer_is_named_with_its_node(tmp_path):
    path = write(tmp_path / "net.onnx", [helper.make_node("Erf", ["x"], ["y"], name="gate")], {}, (2,))
    with pytest.raises(InputError) as caught:
        cr.from_onnx(path)
    assert str(caught.value) == (
        f"{path}: The operator Erf (node 'gate') cannot be read: no layer does the same. Those that can are Add, "
        "BatchNormalization, Clip, Concat, Constant, Conv, Dropout, Elu, Flatten, Gather, Gelu, Gemm, "
        "GlobalAveragePool, HardSigmoid, Identity, LayerNormalization, LeakyRelu, LogSoftmax, MatMul, MaxPool, Mul, "
        "ReduceMean, Relu, Reshape, Selu, Sigmoid, Softmax, Softplus, Softsign, Squeeze, Tanh, Transpose, Unsqueeze."
    )


@pytest.mark.parametrize(
    ("operator", "constants", "message"),
    [
        (
            helper.make_node("Softmax", ["x"], ["y"], axis=1),
            {},
            "The operator Softmax (node 'y') cannot be read: softmax goes over the last axis of a row; here it goes "
            "over axis 1 of 3.",
        ),
        (
            helper.make_node("Transpose", ["x"], ["y"], perm=[1, 0, 2]),
            {},
            "The operator Transpose (node 'y') cannot be read: it moves the axis of the rows.",
        ),
        (
            helper.make_node("Add", ["x", "one"], ["y"]),
            {"one": np.float32(1)},
            "The operator Add (node 'y') cannot be read: a constant can only be added to a dense layer's sum, as its "
            "bias.",
        ),
        (
            helper.make_node("Mul", ["x", "x"], ["y"]),
            {},
            "The operator Mul (node 'y') cannot be read: there is no layer that multiplies two values, but SiLU: z "
            "times its own sigmoid.",
        ),
        (
            helper.make_node("HardSigmoid", ["x"], ["y"]),
            {},
            "The operator HardSigmoid (node 'y') cannot be read: hard_sigmoid is z / 6 + 1/2; here it is 0.2 z + 0.5.",
        ),
    ],
)
def test_what_no_layer_does_is_refused(operator, constants, message, tmp_path):
    path = write(tmp_path / "net.onnx", [operator], constants, (2, 3))
    with pytest.raises(InputError) as caught:
        cr.from_onnx(path)
    assert str(caught.value) == f"{path}: {message}"


@pytest.mark.parametrize("keepdims", [0, 1])
def test_a_mean_over_height_and_width_is_average_pooling(keepdims, tmp_path):
    """As PyTorch's newer exporter writes AdaptiveAvgPool2d(1)."""
    rng = np.random.default_rng(0)
    constants = {"w": rng.normal(size=(3, 2, 2, 2)).astype(np.float32), "axes": np.array([-1, -2])}
    operators = [
        helper.make_node("Conv", ["x", "w"], ["z"]),
        helper.make_node("ReduceMean", ["z", "axes"], ["m"], keepdims=keepdims),
        helper.make_node("Flatten", ["m"], ["y"]),
    ]
    path = write(tmp_path / "net.onnx", operators, constants, (2, 5, 4))
    X = rng.normal(size=(3, 2, 5, 4)).astype(np.float32)
    (own,) = onnxruntime.InferenceSession(path).run(None, {"x": X})
    np.testing.assert_allclose(cr.from_onnx(path).predict(X.transpose(0, 2, 3, 1)), own, rtol=1e-4, atol=1e-5)


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
