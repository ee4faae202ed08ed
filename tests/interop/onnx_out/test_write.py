"""What writing a file refuses, in full sentences, and that nothing is overwritten."""

import sys

import numpy as np
import onnxruntime
import pytest

import chainrule as cr
from chainrule.errors import FileError, InputError, MissingPackageError

NET = cr.Network([cr.Dense(1)], input_shape=1).set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})


def test_a_file_that_is_there_stays(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_text("mine")
    with pytest.raises(FileError) as caught:
        NET.to_onnx(path)
    assert str(caught.value) == (
        f"{path} is there already and is left as it is. Choose another name, or pass overwrite=True."
    )
    assert path.read_text() == "mine"
    assert NET.to_onnx(path, overwrite=True) == path
    assert (
        onnxruntime.InferenceSession(path).run(None, {"input": np.ones((2, 1), np.float32)})[0].tolist() == [[3.0]] * 2
    )


def test_an_unknown_shape_and_untrained_parameters(tmp_path):
    with pytest.raises(InputError) as caught:
        cr.Network([cr.Dense(1)]).to_onnx(tmp_path / "net.onnx")
    assert str(caught.value) == (
        "The network's input shape is not known yet: pass input_shape= to Network, or train it."
    )
    with pytest.raises(InputError) as caught:
        cr.Network([cr.Dense(1)], input_shape=1).to_onnx(tmp_path / "net.onnx")
    assert str(caught.value) == (
        "The network is not trained and these parameters are not set: 'dense1.weight', 'dense1.bias'. "
        "Train it with fit(), or set them with net.set({...})."
    )
    assert not list(tmp_path.iterdir())


def test_without_the_package_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingPackageError) as caught:
        NET.to_onnx(tmp_path / "net.onnx")
    assert str(caught.value) == "ONNX files need the package onnx: pip install 'chainrule[onnx]'."
    assert caught.value.package == "onnx"


def test_a_run_of_arrays_is_its_network(tmp_path):
    X = np.linspace(-1, 1, 20)[:, None]
    run = cr.fit(cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)]), X, X, epochs=2, progress=False, engine="numpy")
    session = onnxruntime.InferenceSession(run.to_onnx(tmp_path / "new folder" / "run.onnx"))
    found = session.run(["output"], {"input": X.astype(np.float32)})[0]
    np.testing.assert_allclose(found, run.predict(X), rtol=1e-5, atol=1e-6)
