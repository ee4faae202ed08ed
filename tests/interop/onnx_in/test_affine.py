"""What is scaled and shifted by a constant: part of the sum before, of the dense layer behind, or a normalisation."""

import numpy as np
import onnxruntime
import pytest
from onnx import helper

import chainrule as cr
from chainrule.interop.onnx_in.affine import by_feature
from chainrule.interop.onnx_in.graph import Value, channels_last
from interop.onnx_in.files import nodes, write

PICTURE, TURNED = (2, 5, 4), (5, 4, 2)
FIRST, LAST = (1, 3, 1, 1), (1, 1, 1, 3)
CONV = nodes(("Conv", "x w", "z"))
TENSORFLOW = [
    helper.make_node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
    helper.make_node("Conv", ["t", "w"], ["c"]),
    helper.make_node("Transpose", ["c"], ["z"], perm=[0, 2, 3, 1]),
]
CASES = {
    "a bias of channels first": (PICTURE, [*CONV, *nodes(("Add", "b z", "y"))], {"b": FIRST}, "conv"),
    "a bias without the rows' axis": (PICTURE, [*CONV, *nodes(("Add", "z b", "y"))], {"b": FIRST[1:]}, "conv"),
    "a bias behind a transpose": (
        *(TURNED, [*TENSORFLOW, *nodes(("Add", "z b", "s"), ("Relu", "s", "y"))], {"b": (3,)}),
        "conv relu",
    ),
    "a bias behind casts, as Keras writes it": (
        TURNED,
        [
            *TENSORFLOW,
            helper.make_node("Cast", ["z"], ["k"], to=1),
            *nodes(("Add", "k b", "s"), ("Identity", "s", "y")),
        ],
        *({"b": LAST}, "conv"),
    ),
    "normalised before the activation": (
        *(PICTURE, [*CONV, *nodes(("Sub", "z m", "d"), ("Mul", "d s", "e"), ("Add", "e b", "f"), ("Relu", "f", "y"))]),
        *({"m": FIRST, "s": FIRST, "b": FIRST}, "conv relu"),
    ),
    "normalised behind the activation": (
        PICTURE,
        [*CONV, *nodes(("Relu", "z", "a"), ("Sub", "a m", "d"), ("Mul", "d s", "e"), ("Add", "e b", "y"))],
        *({"m": FIRST, "s": FIRST, "b": FIRST}, "conv relu, batchnorm"),
    ),
    "standardised inputs": (
        *((3,), nodes(("Sub", "x m", "d"), ("Div", "d s", "e"), ("MatMul", "e v", "y"))),
        *({"m": (3,), "s": (1, 3)}, "dense"),
    ),
    "single numbers": (
        *((3,), nodes(("Sub", "x half", "d"), ("Mul", "d half", "e"), ("MatMul", "e v", "f"), ("Mul", "f half", "y"))),
        *({}, "dense"),
    ),
    "taken from a constant": (
        *((3,), nodes(("MatMul", "x v", "z"), ("Sub", "m z", "s"), ("Tanh", "s", "y"))),
        *({"m": (3,)}, "dense tanh"),
    ),
    "what others take, too": (
        *((3,), nodes(("MatMul", "x v", "z"), ("Mul", "z m", "s"), ("Add", "s z", "y"))),
        *({"m": (3,)}, "dense, batchnorm, add"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_onnxruntime_agrees(case, tmp_path):
    row, operators, shapes, kinds = CASES[case]
    rng = np.random.default_rng(0)
    drawn = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    drawn |= {"w": rng.normal(size=(3, 2, 2, 2)).astype(np.float32), "v": rng.normal(size=(3, 3)).astype(np.float32)}
    path = write(
        tmp_path / "net.onnx", operators, drawn | {"half": np.float32(0.5)}, row, axes=4 if len(row) > 1 else 2
    )
    X = rng.normal(size=(6, *row)).astype(np.float32)
    (own,) = onnxruntime.InferenceSession(path).run(None, {"x": X})
    network = cr.from_onnx(path)
    first = row == PICTURE
    found = network.predict(np.moveaxis(X, 1, -1) if first else X)
    np.testing.assert_allclose(found, np.moveaxis(own, 1, -1) if first else own, rtol=1e-5, atol=1e-6)
    placed = [f"{node.layer.kind} {node.activation.name if node.activation else ''}".strip() for node in network.nodes]
    assert ", ".join(placed) == kinds


@pytest.mark.parametrize("shape", [(2, 3, 2), (3, 1), (4, 1, 1), (2, 2, 1, 1)])
def test_constants_that_are_no_numbers_of_features(shape):
    value = Value("x", (3, 2, 2), channels_last((2, 3, 2)))
    assert by_feature(value, np.arange(np.prod(shape), dtype=float).reshape(shape)) is None
