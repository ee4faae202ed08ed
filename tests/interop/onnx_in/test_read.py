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
    path = write(tmp_path / "net.onnx", [helper.make_node("Mish", ["x"], ["y"], name="gate")], {}, (2,))
    with pytest.raises(InputError) as caught:
        cr.from_onnx(path)
    assert str(caught.value) == (
        f"{path}: The operator Mish (node 'gate') cannot be read: no layer does the same. Those that can are Add, "
        "BatchNormalization, Clip, Concat, Constant, Conv, Dropout, Elu, Flatten, Gather, Gelu, Gemm, "
        "GlobalAveragePool, HardSigmoid, Identity, LSTM, LayerNormalization, LeakyRelu, LogSoftmax, MatMul, MaxPool, "
        "ReduceMean, Relu, Reshape, Selu, Shape, Sigmoid, Softmax, Softplus, Softsign, Squeeze, Tanh, Transpose, "
        "Unsqueeze; and what together is an activation."
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
            helper.make_node("Add", ["x", "one"], ["y"]),
            {"one": np.float32(1)},
            "The operator Add (node 'y') cannot be read: what it makes of 'x' is no activation; the nearest, linear, "
            "is 1 away at z = -30.",
        ),
        (
            helper.make_node("Mul", ["x", "x"], ["y"]),
            {},
            "The operator Mul (node 'y') cannot be read: what it makes of 'x' is no activation.",
        ),
        (
            helper.make_node("HardSigmoid", ["x"], ["y"]),
            {},
            "The operator HardSigmoid (node 'y') cannot be read: what it makes of 'x' is no activation; the nearest, "
            "sigmoid, is 0.076 away at z = -2.5.",
        ),
    ],
)
def test_what_no_layer_does_is_refused(operator, constants, message, tmp_path):
    path = write(tmp_path / "net.onnx", [operator], constants, (2, 3))
    with pytest.raises(InputError) as caught:
        cr.from_onnx(path)
    assert str(caught.value) == f"{path}: {message}"


def nodes(*written):
    return [helper.make_node(kind, names.split(), [out]) for kind, names, out in written]


SPELLED = {
    "softplus": nodes(("Softplus", "z", "s"), ("Greater", "z twenty", "g"), ("Where", "g z s", "a")),
    "gelu": nodes(
        *(("Div", "z root", "d"), ("Erf", "d", "e"), ("Add", "e one", "f"), ("Mul", "z f", "g"), ("Mul", "g half", "a"))
    ),
    "gelu_tanh": nodes(
        *(("Pow", "z three", "p"), ("Mul", "p c", "q"), ("Add", "z q", "r"), ("Mul", "r k", "s"), ("Tanh", "s", "t")),
        *(("Add", "t one", "u"), ("Mul", "z half", "h"), ("Mul", "h u", "a")),
    ),
    "silu": nodes(("Sigmoid", "z", "s"), ("Mul", "s z", "a")),
    "softsign": nodes(("Abs", "z", "b"), ("Add", "b one", "c1"), ("Div", "z c1", "a")),
    "hard_sigmoid": nodes(("Add", "z three", "t"), ("Clip", "t zero six", "c1"), ("Div", "c1 six", "a")),
    "leaky_relu": nodes(("Mul", "z tenth", "t"), ("Max", "z t", "a")),
    "elu": nodes(("Exp", "z", "x1"), ("Sub", "x1 one", "m"), ("Greater", "z zero", "p"), ("Where", "p z m", "a")),
}
NUMBERS = {"twenty": 20, "one": 1, "half": 0.5, "three": 3, "c": 0.044715, "zero": 0, "six": 6, "tenth": 0.1}
NUMBERS |= {"root": 2**0.5, "k": (2 / np.pi) ** 0.5}


@pytest.mark.parametrize("name", SPELLED)
def test_activations_that_are_spelled_out(name, tmp_path):
    """As exporters write them; the sum before has the activation, and the dense layer behind goes on from it."""
    rng = np.random.default_rng(0)
    constants = {name: np.float32(number) for name, number in NUMBERS.items()}
    constants |= {each: rng.normal(size=(3, 3)).astype(np.float32) for each in ("w1", "w2")} | {"v": np.ones(3, "f")}
    operators = [*nodes(("Gemm", "x w1 v", "z")), *SPELLED[name], *nodes(("MatMul", "a w2", "y"))]
    path = write(tmp_path / "net.onnx", operators, constants, (3,))
    network = cr.from_onnx(path)
    assert [(node.name, node.activation and node.activation.name) for node in network.nodes] == [
        ("dense1", name),
        ("dense2", None),
    ]
    X = 3 * rng.normal(size=(20, 3)).astype(np.float32)
    (own,) = onnxruntime.InferenceSession(path).run(None, {"x": X})
    np.testing.assert_allclose(network.predict(X), own, rtol=1e-4, atol=1e-5)


def test_parts_of_an_activation_that_are_used_elsewhere(tmp_path):
    """The sigmoid of SiLU, and the sum before it, go into the result too: both stay values of their own."""
    operators = nodes(("MatMul", "x w", "z"), ("Sigmoid", "z", "s"), ("Mul", "z s", "a"), ("Add", "a s", "b"))
    operators += nodes(("Add", "b z", "y"))
    path = write(tmp_path / "net.onnx", operators, {"w": np.float32([[1, 2], [3, -1]])}, (2,))
    network = cr.from_onnx(path)
    assert [node.name for node in network.nodes] == ["dense1", "activation1", "activation2", "add1", "add2"]
    X = np.float32([[1, 2], [-1, 0.5]])
    (own,) = onnxruntime.InferenceSession(path).run(None, {"x": X})
    np.testing.assert_allclose(network.predict(X), own, rtol=1e-5)


def test_an_activation_after_another(tmp_path):
    operators = nodes(("MatMul", "x w", "z"), ("Tanh", "z", "t"), ("LeakyRelu", "t", "a"), ("Add", "a z", "y"))
    network = cr.from_onnx(write(tmp_path / "net.onnx", operators, {"w": np.ones((1, 1), "f")}, (1,)))
    assert [node.layer.kind for node in network.nodes] == ["dense", "activation", "activation", "add"]
    np.testing.assert_allclose(network.predict([[-1.0]]), [[-1 + 0.01 * np.tanh(-1)]])


def test_what_works_on_two_values(tmp_path):
    operators = nodes(("Tanh", "x", "t"), ("MatMul", "x w", "z"), ("Mul", "t z", "y"))
    assert refused(write(tmp_path / "net.onnx", operators, {"w": np.ones((2, 2), "f")}, (2,))) == (
        "The operator Mul (node 'y') cannot be read: there is no layer that works on two values so."
    )
    operators = nodes(("Mul", "x w", "y"))
    assert refused(write(tmp_path / "net.onnx", operators, {"w": np.ones(2, "f")}, (2,))) == (
        "The operator Mul (node 'y') cannot be read: of constants it may only take single numbers, the same for every "
        "number of a row."
    )


def test_rows_that_do_not_come_first(tmp_path):
    turn = helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2])
    path = write(tmp_path / "net.onnx", [turn, helper.make_node("Softmax", ["t"], ["y"])], {}, (2, 3))
    assert refused(path) == (
        "The operator Softmax (node 'y') cannot be read: rows come first there; in its input 't' they stand along "
        "axis 1."
    )


def refused(path):
    with pytest.raises(InputError) as caught:
        cr.from_onnx(path)
    return str(caught.value).removeprefix(f"{path}: ")


def lstm(path, outputs=("", "y"), constants=None, inputs=(), behind=(), rows="n", axes=3, **attributes):
    """A file with an LSTM of 2 units over 3 steps, which stand before the rows, of 4 inputs."""
    rng = np.random.default_rng(0)
    arrays = {"w": rng.normal(size=(1, 8, 4)), "r": rng.normal(size=(1, 8, 2)), "b": rng.normal(size=(1, 16))}
    arrays = {name: array.astype(np.float32) for name, array in arrays.items()}
    names = ["x", "w", "r", "b", *inputs]
    operator = helper.make_node("LSTM", names, list(outputs), name="memory", hidden_size=2, **attributes)
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [3, rows, 4])]
    gives = [helper.make_tensor_value_info("y", TensorProto.FLOAT, list("abcd"[:axes]))]
    held = [numpy_helper.from_array(np.asarray(each), name) for name, each in {**arrays, **(constants or {})}.items()]
    graph = helper.make_graph([operator, *behind], "other", given, gives, held)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)
    return path


LAST = (
    helper.make_node("Squeeze", ["s", "one"], ["q"]),
    helper.make_node("Transpose", ["q"], ["t"], perm=[1, 0, 2]),
    helper.make_node("Gather", ["t", "end"], ["y"], axis=1),
)


@pytest.mark.parametrize(
    ("outputs", "behind", "axes"),
    [
        (("", "y"), (), 3),
        (("y",), (), 4),
        (("s",), LAST, 2),
        (("s",), (LAST[0], helper.make_node("Relu", ["q"], ["y"])), 3),
    ],
)
def test_lstms_with_their_steps_first(outputs, behind, axes, tmp_path):
    constants = {"one": np.array([1]), "end": np.array(2), "lengths": np.full(5, 3, np.int32)}
    constants |= {"zero": np.zeros((1, 5, 2), np.float32)}
    path = lstm(tmp_path / "net.onnx", outputs, constants, ("lengths", "zero", "zero"), behind, 5, axes)
    X = np.random.default_rng(1).normal(size=(3, 5, 4)).astype(np.float32)
    (own,) = onnxruntime.InferenceSession(path).run(None, {"x": X})
    found = cr.from_onnx(path).predict(X.transpose(1, 0, 2))
    rows = own.shape.index(5)
    np.testing.assert_allclose(found, np.moveaxis(own, rows, 0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"direction": "reverse"}, "there are no layers that read sequences in the direction 'reverse'"),
        (
            {"activations": ["Sigmoid", "Relu", "Tanh"]},
            "gates have Sigmoid, Tanh and Tanh; here they have Sigmoid, Relu, Tanh",
        ),
        ({"clip": 1.0}, "there are no LSTMs with clip, input_forget or peepholes (P)"),
        (
            {"inputs": ("", "h"), "constants": {"h": np.ones((1, 5, 2), np.float32)}},
            "an LSTM starts at zero; here initial_h is something else",
        ),
        (
            {"inputs": ("lengths",), "constants": {"lengths": np.int32([3, 2])}},
            "sequences of unequal length come with a mask here; leave sequence_lens out",
        ),
        ({"outputs": ("", "", "y")}, "of Y, Y_h and Y_c a layer gives either Y or Y_h; here others are used"),
    ],
)
def test_what_no_lstm_does(changes, message, tmp_path):
    path = lstm(tmp_path / "net.onnx", **changes)
    assert refused(path) == f"The operator LSTM (node 'memory') cannot be read: {message}."


def test_an_lstm_that_takes_rows_for_steps(tmp_path):
    weights = {"w": np.zeros((1, 8, 4), np.float32), "r": np.zeros((1, 8, 2), np.float32)}
    before = helper.make_node("Relu", ["x"], ["t"])
    memory = helper.make_node("LSTM", ["t", "w", "r"], ["", "y"], hidden_size=2, name="memory")
    assert refused(write(tmp_path / "net.onnx", [before, memory], weights, (3, 4))) == (
        "The operator LSTM (node 'memory') cannot be read: its rows must stand along axis 1 and the steps along 0."
    )


def test_a_step_in_the_middle(tmp_path):
    path = lstm(tmp_path / "net.onnx", ("s",), {"one": np.array([1]), "end": np.array(1)}, behind=LAST, axes=2)
    assert refused(path) == (
        "The operator Gather (node 'y') cannot be read: of a value it may only take the last step of an LSTM's "
        "outputs, where nothing takes the others."
    )


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


PICTURE = {"w": np.ones((2, 2, 2, 2), "f")}
ONE = dict.fromkeys(("s", "b", "m", "v"), np.ones(2, "f"))


def one(kind, inputs="x", **attributes):
    return helper.make_node(kind, inputs.split(), ["y"], **attributes)


OPERATORS = {
    "it drops while predicting (training_mode is true)": (
        *(one("Dropout", "x ratio on"), (3,)),
        {"ratio": np.float32(0.5), "on": np.array(True)},
    ),
    "it adds values of one shape only": (one("Add", "x t"), (3,), {}),
    "a constant can only be added to a dense layer's sum, as its bias": (
        one("Add", "x b"),
        (3,),
        {"b": np.ones(3, "f")},
    ),
    "a dense layer takes one vector a row; here a row has the shape (2, 3)": (
        *(one("MatMul", "x w"), (2, 3)),
        {"w": np.ones((3, 1), "f")},
    ),
    "a bias is the same for every row; here it has the shape (2, 1)": (
        *(one("Gemm", "x w b"), (3,)),
        {"w": np.ones((3, 1), "f"), "b": np.ones((2, 1), "f")},
    ),
    "it transposes the rows (transA)": (one("Gemm", "x w", transA=1), (3,), {"w": np.ones((3, 1), "f")}),
    "its input 'x' must be fixed in the file; here it is computed or passed in": (one("Gemm", "x x"), (3,), {}),
    "its input 'w' is a constant, where the network's rows were expected": (
        *(one("Concat", "w x", axis=1), (3,)),
        {"w": np.ones((3, 1), "f")},
    ),
    "an embedding picks rows (axis 0) of a table that is fixed in the file": (
        *(one("Gather", "w x", axis=1), ()),
        {"w": np.ones((3, 2), "f")},
    ),
    "an embedding picks rows of a table with two axes, for one code a row or a sequence of them": (
        *(one("Gather", "w x"), ()),
        {"w": np.ones(3, "f")},
    ),
    "of a value it may only take the last step of an LSTM's outputs": (
        *(one("Gather", "x i"), (3,)),
        {"i": np.array([0, 1])},
    ),
    "there are layers for pictures (height and width) only; a row has shape (2, 3)": (
        *(one("MaxPool", kernel_shape=[2]), (2, 3)),
        {},
    ),
    "there are no layers with groups or dilations": (one("Conv", "x w", dilations=[2, 2]), (2, 4, 4), PICTURE),
    "padding is none or [0, 0, 1, 1] (what keeps one window for each stride); here it is [1, 1, 1, 1]": (
        *(one("Conv", "x w", pads=[1, 1, 1, 1]), (2, 4, 4)),
        PICTURE,
    ),
    "there are no layers with dilations, windows that stand over the edge, or places of maxima": (
        *(one("MaxPool", kernel_shape=[2, 2], ceil_mode=1), (2, 4, 4)),
        {},
    ),
    "there are no pooling layers with padding": (
        *(one("MaxPool", kernel_shape=[3, 3], pads=[1, 1, 1, 1]), (2, 4, 4)),
        {},
    ),
    "it uses the batch's statistics while predicting (training_mode is 1)": (
        *(one("BatchNormalization", "x s b m v", training_mode=1), (2,)),
        ONE,
    ),
    "a row has no channels": (one("BatchNormalization", "x s b m v"), (), ONE),
    "it goes over the last axis of a row and gives one value; here it goes over axis 1": (
        *(one("LayerNormalization", "x s", axis=1), (2, 2)),
        ONE,
    ),
    "values stand side by side along their last axis or a picture's channels, not axis 0": (
        *(one("Concat", "x x", axis=0), (2,)),
        {},
    ),
    "the only means are those of a picture's channels, over its height and width": (one("ReduceMean"), (2,), {}),
    "rows stay rows, so the shape must be (rows, …) with 4 numbers; it is [2, 2]": (
        *(one("Reshape", "x shape"), (4,)),
        {"shape": np.array([2, 2])},
    ),
    "rows stay rows, so it must flatten from axis 1; here it is axis 0": (one("Flatten", axis=0), (4,), {}),
    "its axes must be given": (one("Squeeze"), (1,), {}),
    "it changes the axis of the rows": (one("Squeeze", "x axes"), (1,), {"axes": np.array([0])}),
}


@pytest.mark.parametrize("why", OPERATORS)
def test_why_an_operator_is_refused(why, tmp_path):
    operator, row, constants = OPERATORS[why]
    before = [helper.make_node("MatMul", ["x", "narrow"], ["t"])] if "t" in operator.input else []
    constants = {**constants, "narrow": np.ones((3, 1), "f")}
    path = write(tmp_path / "net.onnx", [*before, operator], constants, row)
    assert refused(path) == f"The operator {operator.op_type} (node 'y') cannot be read: {why}."


def test_files_that_are_no_network(tmp_path):
    path = tmp_path / "net.onnx"
    write(path, nodes(("MatMul", "x w", "z"), ("Identity", "w", "y")), {"w": np.ones((2, 2), "f")}, (2,))
    assert refused(path) == "The output 'y' is a constant: it comes from none of the file's inputs."
    operators = nodes(("Tanh", "x", "y"), ("MatMul", "y w", "z"), ("Softmax", "z", "q"))
    write(path, operators, {"w": np.ones((2, 2), "f")}, (2,))
    assert refused(path) == "The output 'y' must be what is computed last; 'dense1' comes after."
    write(path, [helper.make_node("Transpose", ["x"], ["y"], perm=[0, 2, 1, 3])], {}, (2, 3, 2))
    assert refused(path) == "The output 'y' has its numbers in another order than the network computes them."
    write(path, nodes(("Relu", "x", "y")), {}, ("wide",))
    assert refused(path) == (
        "The input 'x' must have a fixed shape but for its rows; the file says (n, wide). Write the file again with "
        "the sizes fixed."
    )
