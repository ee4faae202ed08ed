"""Pipelines that skl2onnx writes: onnxruntime gives what the pipeline gives, to 1e-5."""

import subprocess
import sys

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import skl2onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import chainrule as cr
from chainrule.errors import InputError, MissingPackageError

RNG = np.random.default_rng(0)
X = RNG.normal(loc=3, scale=2, size=(40, 4)).astype(np.float32)
NAMES = np.array(["low", "mid", "tall"])[RNG.integers(0, 3, 40)]
GAPS = np.where(RNG.random(X.shape) < 0.1, np.float32(np.nan), X)
TABLE = pd.DataFrame(
    {"age": X[:, 0], "city": np.array(["Bonn", "Rome", ""])[RNG.integers(0, 3, 40)], "size": X[:, 1].astype(np.float64)}
)
TYPES = [
    ("age", FloatTensorType([None, 1])),
    ("city", StringTensorType([None, 1])),
    ("size", DoubleTensorType([None, 1])),
]
FEED = {"age": X[:, :1], "city": TABLE[["city"]].to_numpy(object), "size": TABLE[["size"]].to_numpy()}
SETTINGS = {"hidden_layers": (8,), "epochs": 3, "engine": "numpy", "random_state": 0}


@pytest.fixture(autouse=True, scope="module")
def registered():
    cr.register_skl2onnx()


def answers(model, feed, **settings):
    """What the file gives: an array an output."""
    if "initial_types" in settings:
        written = skl2onnx.convert_sklearn(model, **settings)
    else:
        written = skl2onnx.to_onnx(model, next(iter(feed.values()))[:1], **settings)
    return onnxruntime.InferenceSession(written.SerializeToString()).run(None, feed)


def agree(found, wanted, dtype=np.float32):
    assert found.dtype == dtype
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("y", [NAMES, np.arange(40) % 3, X[:, 0] > 3], ids=["texts", "whole numbers", "truths"])
def test_a_classifier_behind_a_scaler(y):
    model = make_pipeline(StandardScaler(), cr.NetworkClassifier(**SETTINGS)).fit(X, y)
    label, probabilities = answers(model, {"X": X}, options={id(model): {"zipmap": False}})
    np.testing.assert_array_equal(label, model.predict(X))
    agree(probabilities, model.predict_proba(X))


def test_by_default_probabilities_are_named_as_everywhere_in_skl2onnx():
    model = cr.NetworkClassifier(**SETTINGS).fit(X, NAMES)
    _, named = answers(model, {"X": X})
    assert list(named[0]) == ["low", "mid", "tall"]
    assert named[0]["mid"] == pytest.approx(model.predict_proba(X)[0, 1], abs=1e-5)
    label, _ = answers(model, {"X": X}, options={id(model): {"zipmap": False, "nocl": True}})
    np.testing.assert_array_equal(np.array(["low", "mid", "tall"])[label], model.predict(X))


def test_several_labels():
    y = np.stack([X[:, 0] > 3, X[:, 1] > 3, X[:, 2] > 4], axis=1).astype(int)
    model = cr.NetworkClassifier(**SETTINGS).fit(X, y)
    label, probabilities = answers(model, {"X": X}, options={id(model): {"zipmap": False}})
    np.testing.assert_array_equal(label, model.predict(X))
    agree(probabilities, model.predict_proba(X))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("y", [X[:, 0] * 100 + 5000, X[:, :2]], ids=["one", "several"])
def test_a_regressor_with_gaps_in_its_input(y, dtype):
    rows = GAPS.astype(dtype)
    model = cr.NetworkRegressor(**SETTINGS).fit(rows, y)
    (found,) = answers(model, {"X": rows})
    agree(found, model.predict(rows).reshape(40, -1), dtype)


def test_a_column_transformer():
    columns = [("numbers", StandardScaler(), ["age", "size"]), ("texts", OneHotEncoder(sparse_output=False), ["city"])]
    model = make_pipeline(ColumnTransformer(columns), cr.NetworkClassifier(**SETTINGS)).fit(TABLE, NAMES)
    types = [*TYPES[:2], ("size", FloatTensorType([None, 1]))]  # skl2onnx joins numbers of one type only
    feed = {**FEED, "size": FEED["size"].astype(np.float32)}
    label, probabilities = answers(model, feed, initial_types=types, options={id(model): {"zipmap": False}})
    np.testing.assert_array_equal(label, model.predict(TABLE))
    agree(probabilities, model.predict_proba(TABLE))


def test_a_table_with_texts_that_the_estimator_encodes_itself():
    model = cr.NetworkRegressor(**SETTINGS).fit(TABLE, X[:, 2])
    (found,) = answers(model, FEED, initial_types=TYPES)
    agree(found[:, 0], model.predict(TABLE), np.float64)
    with pytest.raises(InputError) as caught:
        answers(model, FEED, initial_types=[("all", StringTensorType([None, 3]))])
    assert str(caught.value) == (
        "NetworkRegressor takes 3 columns (age, city, size), each as an input of its own; skl2onnx was told of 1. Pass "
        "initial_types=[(name, type), …] with one for each, of shape [None, 1]."
    )


def test_numbers_may_come_column_by_column():
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = cr.NetworkRegressor(**SETTINGS).fit(frame, X[:, 2])
    types = [(name, FloatTensorType([None, 1])) for name in "abcd"]
    (found,) = answers(model, {name: frame[[name]].to_numpy() for name in "abcd"}, initial_types=types)
    agree(found[:, 0], model.predict(frame))


def test_a_transformer_inside_and_networks_twice_in_a_file():
    inner = cr.NetworkTransformer(**{**SETTINGS, "hidden_layers": (6, 2), "activation": "gelu"})
    model = make_pipeline(inner, StandardScaler(), cr.NetworkClassifier(**SETTINGS)).fit(X, NAMES)
    _, probabilities = answers(model, {"X": X}, options={id(model): {"zipmap": False}})
    agree(probabilities, model.predict_proba(X))
    model = make_pipeline(inner, LogisticRegression()).fit(X, NAMES)
    _, probabilities = answers(model, {"X": X}, options={id(model): {"zipmap": False}})
    agree(probabilities, model.predict_proba(X))
    chosen = cr.NetworkTransformer(**SETTINGS, layer="dense2").fit(X)
    (found,) = answers(chosen, {"X": X})
    agree(found, chosen.transform(X))


def test_an_old_opset_is_refused():
    model = cr.NetworkRegressor(**SETTINGS).fit(X, X[:, 0])
    with pytest.raises(InputError) as caught:
        answers(model, {"X": X}, target_opset=17)
    assert str(caught.value) == (
        "Networks are written with ONNX's operators as they are from opset 20 on; skl2onnx was told to write opset 17. "
        "Pass target_opset=20 or more, or leave it out."
    )


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(MissingPackageError) as caught:
        cr.register_skl2onnx()
    assert str(caught.value) == "Pipelines as ONNX files need the package skl2onnx: pip install 'chainrule[onnx]'."


def test_estimators_do_not_import_it():
    code = "import sys, chainrule as cr; cr.NetworkClassifier, cr.register_skl2onnx; print('skl2onnx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
