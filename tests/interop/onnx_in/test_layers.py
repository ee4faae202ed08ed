"""Operators that are layers: what onnxruntime computes with the same file, and what is refused."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import chainrule as cr
from interop.onnx_in.files import one, refused, why, write


def part(kind, inputs="x", output="z", **attributes):
    return helper.make_node(kind, inputs.split(), [output], **attributes)


NORM = dict.fromkeys(("s", "b", "m", "v"), (2,))
CASES = {
    "Gemm": ([part("Gemm", "x w b", alpha=2.0, beta=3.0, transB=1)], {"w": (4, 3), "b": (4,)}, (3,), 4),
    "Conv": ([part("Conv", "x w b", pads=[1, 1, 1, 1])], {"w": (3, 2, 3, 3), "b": (3,)}, (2, 5, 4), 60),
    "Conv with strides": ([part("Conv", "x w", strides=[2, 1])], {"w": (3, 2, 2, 3)}, (2, 5, 4), 12),
    "Conv of the same size": (
        *([part("Conv", "x w", strides=[2, 1], auto_pad="SAME_UPPER")], {"w": (3, 2, 2, 3)}),
        *((2, 5, 4), 36),
    ),
    "Conv behind zeros": (
        *([part("Pad", "x pads", "a"), part("Conv", "a w", pads=[0, 1, 0, 0])], {"w": (3, 2, 3, 3)}),
        *((2, 5, 4), 60),
    ),
    "MaxPool": ([part("MaxPool", kernel_shape=[2, 3], strides=[2, 1])], {}, (2, 5, 4), 8),
    "GlobalAveragePool": ([part("GlobalAveragePool")], {}, (2, 5, 4), 2),
    "BatchNormalization": ([part("BatchNormalization", "x s b m v", epsilon=0.1)], NORM, (2, 3, 2), 12),
    "LayerNormalization": ([part("LayerNormalization", "x s", epsilon=0.1)], {"s": (4,)}, (3, 4), 12),
    "Concat": ([part("Relu", output="a"), part("Concat", "a x", axis=1)], {}, (3,), 6),
    "Concat of channels": (
        [part("Conv", "x w", "a"), part("Concat", "a x", axis=1)],
        {"w": (3, 2, 1, 1)},
        (2, 2, 3),
        30,
    ),
}
"""Operators that give ``z``, the shapes of their constants, the shape of a row, and how many numbers it becomes."""


@pytest.mark.parametrize("case", CASES)
def test_an_operator_gives_what_onnxruntime_gives(case, tmp_path):
    """Then flattened and multiplied: a dense layer's weights come in the order channels, height, width."""
    operators, shapes, row, size = CASES[case]
    rng = np.random.default_rng(0)
    drawn = {name: rng.uniform(0.5, 2, shape).astype(np.float32) for name, shape in shapes.items()}
    drawn["pads"] = np.array([0, 0, 1, 0, 0, 0, 1, 1])
    drawn["last"] = rng.normal(size=(size, 2)).astype(np.float32)
    operators += [helper.make_node("Flatten", ["z"], ["f"]), helper.make_node("MatMul", ["f", "last"], ["y"])]
    path = write(tmp_path / "net.onnx", operators, drawn, row)
    X = rng.normal(size=(3, *row)).astype(np.float32)
    (own,) = onnxruntime.InferenceSession(path).run(None, {"x": X})
    ours = np.moveaxis(X, 1, -1) if len(row) == 3 else X
    np.testing.assert_allclose(
        cr.from_onnx(path).predict(ours), own, rtol=1e-5, atol=1e-5
    )  # float32: sums of about 100


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


def test_a_step_of_what_is_no_lstm(tmp_path):
    constants = {"w": np.ones((3, 4), np.float32), "end": np.array(3)}
    operators = [part("MatMul", "x w"), part("Gather", "z end", "y", axis=1)]
    assert refused(write(tmp_path / "net.onnx", operators, constants, (3,), axes=1)) == (
        "The operator Gather (node 'y') cannot be read: of a value it may only take the last step of an LSTM's "
        "outputs, where nothing takes the others."
    )


@pytest.mark.parametrize("start", [-1, 2])
def test_the_last_step_by_slice(start, tmp_path):
    behind = (
        helper.make_node("Squeeze", ["s", "one"], ["q"]),
        helper.make_node("Slice", ["q", "start", "stop", "zero"], ["l"]),
        helper.make_node("Squeeze", ["l", "zero"], ["y"]),
    )
    constants = {"one": np.array([1]), "zero": np.array([0]), "start": np.array([start]), "stop": np.array([9])}
    path = lstm(tmp_path / "net.onnx", ("s",), constants, behind=behind, axes=2)
    X = np.random.default_rng(1).normal(size=(3, 5, 4)).astype(np.float32)
    (own,) = onnxruntime.InferenceSession(path).run(None, {"x": X})
    found = cr.from_onnx(path).predict(X.transpose(1, 0, 2))
    np.testing.assert_allclose(found, own, rtol=1e-5, atol=1e-6)


def test_a_step_in_the_middle(tmp_path):
    path = lstm(tmp_path / "net.onnx", ("s",), {"one": np.array([1]), "end": np.array(1)}, behind=LAST, axes=2)
    assert refused(path) == (
        "The operator Gather (node 'y') cannot be read: of a value it may only take the last step of an LSTM's "
        "outputs, where nothing takes the others."
    )


def test_codes_that_may_count_from_the_end(tmp_path):
    """As Keras writes an embedding: what changes codes below 0 changes none that there are."""
    cast = [helper.make_node("Cast", ["x"], ["c"], to=TensorProto.INT64)]
    steps = [("Less", "c zero", "l"), ("Add", "c seven", "s"), ("Where", "l s c", "k"), ("Gather", "table k", "y")]
    operators = cast + [helper.make_node(kind, names.split(), [out]) for kind, names, out in steps]
    constants = {"zero": np.array(0), "seven": np.array(7), "table": np.arange(21, dtype="f").reshape(7, 3)}
    given = [helper.make_tensor_value_info("x", TensorProto.INT32, ["n"])]
    gives = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])]
    arrays = [numpy_helper.from_array(each, name) for name, each in constants.items()]
    graph = helper.make_graph(operators, "codes", given, gives, arrays)
    path = tmp_path / "net.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)
    assert cr.from_onnx(path).predict(np.array([6, 0])).tolist() == [[18.0, 19.0, 20.0], [0.0, 1.0, 2.0]]


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
    np.testing.assert_allclose(cr.from_onnx(path).predict(X.transpose(0, 2, 3, 1)), own, rtol=1e-5, atol=1e-6)


PICTURE = {"w": np.ones((2, 2, 2, 2), "f")}
ONE = dict.fromkeys(("s", "b", "m", "v"), np.ones(2, "f"))
OPERATORS = {
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
    "the network computes the picture's numbers in another order": (
        *(one("ReduceMean", "x axes"), (2, 3, 4)),
        {"axes": np.array([2, 3])},
    ),
}


@pytest.mark.parametrize("reason", OPERATORS)
def test_why_an_operator_is_refused(reason, tmp_path):
    assert why(tmp_path, *OPERATORS[reason]) == f"{reason}."
