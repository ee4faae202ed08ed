"""Activations as exporters spell them, what is one together with others, biases, and dropout."""

import numpy as np
import onnxruntime
import pytest
from onnx import helper

import chainrule as cr
from chainrule.errors import InputError
from interop.onnx_in.files import nodes, one, refused, why, write


def test_a_product_and_what_is_added_to_it_are_one_dense_layer(tmp_path):
    constants = {"w": np.float32([[2, 3]]), "b": np.float32([1, 4]), "c": np.float32([5, 6])}
    operators = nodes(("MatMul", "x w", "z"), ("Add", "b z", "s"), ("Add", "s c", "y"))
    network = cr.from_onnx(write(tmp_path / "net.onnx", operators, constants, (1,)))
    assert [node.name for node in network.nodes] == ["dense1"]
    assert network.predict([[10.0]]).tolist() == [[26.0, 40.0]]


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
    np.testing.assert_allclose(network.predict(X), own, rtol=1e-5, atol=1e-6)


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
    operators = nodes(("Pow", "x w", "y"))
    assert refused(write(tmp_path / "net.onnx", operators, {"w": np.ones(2, "f")}, (2,))) == (
        "The operator Pow (node 'y') cannot be read: of constants it may only take single numbers, the same for every "
        "number of a row."
    )


OPERATORS = {
    "it drops while predicting (training_mode is true)": (
        *(one("Dropout", "x ratio on"), (3,)),
        {"ratio": np.float32(0.5), "on": np.array(True)},
    ),
    "it cannot be computed number by number": (one("Cast", to=8), (3,), {}),
    "it adds values of one shape only": (one("Add", "x t"), (3,), {}),
    "a constant that is added must have one number for each feature, as a bias has": (
        one("Add", "x b"),
        (2, 3),
        {"b": np.arange(6, dtype="f").reshape(2, 3)},
    ),
}


@pytest.mark.parametrize("reason", OPERATORS)
def test_why_an_operator_is_refused(reason, tmp_path):
    assert why(tmp_path, *OPERATORS[reason]) == f"{reason}."


def test_what_goes_over_pictures_in_another_order(tmp_path):
    """The last axis of a picture with its channels first is its width."""
    constants = {"w": np.ones((2, 2, 1, 1), "f"), "s": np.ones(4, "f")}
    for operator in (one("Softmax", "z", axis=-1), one("LayerNormalization", "z s", axis=-1)):
        operators = [*nodes(("Conv", "x w", "z")), operator]
        assert refused(write(tmp_path / "net.onnx", operators, constants, (2, 3, 4), axes=4)) == (
            f"The operator {operator.op_type} (node 'y') cannot be read: its numbers come in another order than the "
            "network has them."
        )


def test_a_dropout_whose_mask_is_used(tmp_path):
    drop = helper.make_node("Dropout", ["x"], ["d", "m"], name="drop")
    operators = [drop, helper.make_node("Cast", ["m"], ["k"], to=1), *nodes(("Add", "d k", "y"))]
    assert refused(write(tmp_path / "net.onnx", operators, {}, (3,))) == (
        "The operator Dropout (node 'drop') cannot be read: its mask is used."
    )


def test_channels_that_do_not_come_first(tmp_path):
    turn = helper.make_node("Transpose", ["x"], ["t"], perm=[0, 2, 1, 3])
    operators = [turn, *nodes(("Conv", "t w", "y"))]
    assert refused(write(tmp_path / "net.onnx", operators, {"w": np.ones((2, 3, 1, 1), "f")}, (2, 3, 4), axes=4)) == (
        "The operator Conv (node 'y') cannot be read: its channels come first here, and the network computes them in "
        "another order."
    )
