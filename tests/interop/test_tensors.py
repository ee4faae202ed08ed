"""Parameters from other libraries' safetensors files: nothing is guessed, and every mistake is named."""

import json
import struct

import numpy as np
import pytest
from safetensors.numpy import save_file

import chainrule as cr
from chainrule.errors import FileError, InputError

NAMES = {"0.weight": "dense1.weight", "0.bias": "dense1.bias", "1.running_mean": "batchnorm1.mean"}
TURN = {"0.weight": (1, 0)}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "model.safetensors"
    weight = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=np.float32)
    save_file({"0.weight": weight, "0.bias": np.ones(2), "1.running_mean": np.full(2, 0.5)}, path)
    return path


def net():
    return cr.Network([cr.Dense(2), cr.BatchNorm()], input_shape=3)


def test_parameters_and_statistics(file):
    found = cr.load_safetensors(net(), file, NAMES, transpose=TURN)
    assert found.params["dense1.weight"].tolist() == [[1, 4], [2, 5], [3, 6]]
    assert found.stats["batchnorm1"].mean.tolist() == [0.5, 0.5]
    assert found.stats["batchnorm1"].variance.tolist() == [1, 1]
    whole = found.set({"batchnorm1.scale": [1, 1], "batchnorm1.shift": [0, 0]})
    expected = (np.array([1 + 1 + 2 + 3, 1 + 4 + 5 + 6]) - 0.5) / np.sqrt(1 + 1e-5)
    np.testing.assert_allclose(whole.predict([[1.0, 1.0, 1.0]])[0], expected, rtol=1e-12)


@pytest.mark.peers
def test_a_file_that_pytorch_wrote(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file as save

    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    save(module.state_dict(), tmp_path / "m.safetensors")
    network = cr.Network([cr.Dense(4, "tanh"), cr.Dense(1)], input_shape=3)
    names = {f"{i}.{each}": f"dense{1 + i // 2}.{each}" for i in (0, 2) for each in ("weight", "bias")}
    turn = {"0.weight": (1, 0), "2.weight": (1, 0)}
    found = cr.load_safetensors(network, tmp_path / "m.safetensors", names, transpose=turn)
    x = torch.randn(5, 3)
    np.testing.assert_allclose(found.predict(x.numpy()), module(x).detach().numpy(), atol=1e-6)


def message(file, names, transpose=TURN, error=InputError, network=None):
    with pytest.raises(error) as caught:
        cr.load_safetensors(network or net(), file, names, transpose=transpose)
    return str(caught.value)


def test_mistakes_are_named(file):
    assert message(file, {**NAMES, "0.wieght": "dense1.weight"}) == (
        f"names has '0.wieght', which is not in {file}; there are '0.bias', '0.weight', '1.running_mean'. "
        "Did you mean '0.weight'?"
    )
    assert message(file, NAMES, {"weight": (1, 0)}) == (
        f"transpose has 'weight', which is not in {file}; there are '0.bias', '0.weight', '1.running_mean'. "
        "Did you mean '0.weight'?"
    )
    assert message(file, {"0.weight": "dense1.weight"}) == (
        f"{file} has tensors that names does not: '0.bias', '1.running_mean'. Name a parameter for each, or None to "
        "leave it out."
    )
    assert message(file, {**NAMES, "0.bias": "dense1.bais"}) == (
        "There is no parameter 'dense1.bais' for '0.bias'; there are 'dense1.weight', 'dense1.bias', "
        "'batchnorm1.scale', 'batchnorm1.shift', 'batchnorm1.mean', 'batchnorm1.variance'. "
        "Did you mean 'dense1.bias'?"
    )
    assert message(file, {**NAMES, "1.running_mean": "dense1.bias"}) == (
        "'dense1.bias' is named for two tensors; '1.running_mean' is the second."
    )
    assert message(file, NAMES, None) == (
        "'0.weight' has shape (2, 3); 'dense1.weight' has (3, 2). The axes may stand in another order: "
        "transpose={'0.weight': …}."
    )
    assert message(file, NAMES, {"0.weight": (0, 1)}) == (
        "'0.weight', transposed as (0, 1), has shape (2, 3); 'dense1.weight' has (3, 2)."
    )
    assert message(file, NAMES, {"0.weight": (1, 1)}) == (
        "transpose of '0.weight', (1, 1), must have each of its 2 axes once, counted from 0."
    )
    assert message(file, NAMES, network=cr.Network([cr.Dense(2)])) == (
        "The network's input shape is not known yet: pass input_shape= to Network, or train it."
    )


def test_a_tensor_that_is_not_finite(tmp_path):
    path = tmp_path / "bad.safetensors"
    save_file({"b": np.array([1.0, np.nan])}, path)
    assert message(path, {"b": "dense1.bias"}, None) == "'b' holds numbers that are not finite."


def test_files_that_are_none(tmp_path):
    path = tmp_path / "gone.safetensors"
    assert message(path, {}, None, FileError) == f"{path} cannot be read: No such file or directory."
    path.write_bytes(b"PK\x03\x04 a pickle")
    assert message(path, {}, None, FileError).startswith(f"{path} is no safetensors file: ")


def written(path, kind, content):
    """A file with two numbers of a type, which NumPy need not have."""
    header = json.dumps({"w": {"dtype": kind, "shape": [2, 1], "data_offsets": [0, len(content)]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + content)
    return path


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("BF16", np.array([1.5, -2.0], dtype="<f4").view("<u2")[1::2].tobytes()),
        ("F16", np.array([1.5, -2.0], dtype="<f2").tobytes()),
    ],
)
def test_half_precision(kind, content, tmp_path):
    net = cr.Network([cr.Dense(1)], input_shape=2)
    found = cr.load_safetensors(net, written(tmp_path / "half.safetensors", kind, content), {"w": "dense1.weight"})
    assert found.set({"dense1.bias": [0.0]}).params["dense1.weight"].tolist() == [[1.5], [-2.0]]


def test_numbers_of_a_type_that_cannot_be_read(tmp_path):
    path = written(tmp_path / "eighths.safetensors", "F8_E5M2", bytes(2))
    with pytest.raises(FileError) as caught:
        cr.load_safetensors(cr.Network([cr.Dense(1)], input_shape=2), path, {"w": "dense1.weight"})
    assert str(caught.value) == (
        f"{path}: the tensor 'w' holds numbers of the type F8_E5M2; those that can be read are F64, F32, F16, I64, "
        "I32, I16, I8, U8, BOOL, BF16."
    )


def test_none_leaves_a_tensor_out(file):
    found = cr.load_safetensors(net(), file, {**NAMES, "0.bias": None}, transpose=TURN)
    assert list(found.params) == ["dense1.weight"]
