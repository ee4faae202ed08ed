"""Rows of unequal length elsewhere: ONNX and PyTorch get their masks, wherever padding stands."""

import numpy as np
import onnxruntime
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.interop.masks import masks_at

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 9, (7, 6))
MASK = RNG.random((7, 6)) > 0.4  # padding before, between and after
MASK[2], MASK[3] = False, True
PADDED = np.where(MASK[..., None], RNG.normal(size=(7, 6, 2)), np.nan)
WORDS = [cr.Embedding(9, 4), cr.LSTM(3, return_sequences=True)]
NETWORKS = {
    "last step": ([*WORDS, cr.LayerNorm(), cr.LSTM(2), cr.Dense(1)], CODES),
    "every step": ([cr.LSTM(3, return_sequences=True)], PADDED),
    "flat": ([*WORDS, cr.Flatten(), cr.Dense(2)], CODES),
}
BOTH = [
    cr.Embedding(9, 4, inputs=["words"]),
    cr.Concatenate(inputs=["embedding1", "numbers"]),
    cr.LSTM(3),
    cr.Dense(1),
]


def case(name):
    """A network, its inputs, and what masked says."""
    if name == "two masks":
        net = cr.Network(BOTH, input_shape={"words": (6,), "numbers": (6, 2)})
        X = {"words": cr.Masked(CODES, MASK), "numbers": cr.Masked(np.nan_to_num(PADDED), MASK[::-1].copy())}
    elif name == "one of two":
        net, X = cr.Network(BOTH, input_shape={"words": (6,), "numbers": (6, 2)}), {"words": cr.Masked(CODES, MASK)}
        X["numbers"] = np.nan_to_num(PADDED)
    else:
        parts, values = NETWORKS[name]
        net, X = cr.Network(parts, input_shape=values.shape[1:]), {"input": cr.Masked(values, MASK)}
    return net.trained(*net.init(1, np.float64)), X, [key for key in X if isinstance(X[key], cr.Masked)]


CASES = [*NETWORKS, "two masks", "one of two"]


@pytest.mark.parametrize("name", CASES)
def test_onnx(name, tmp_path):
    net, X, masked = case(name)
    path = net.to_onnx(tmp_path / "net.onnx", masked=masked)
    feed = {key: value.values if key in masked else value for key, value in X.items()}
    feed = {key: value if value.dtype.kind == "i" else value.astype(np.float32) for key, value in feed.items()}
    feed |= {f"{key}.mask": X[key].mask for key in masked}
    session = onnxruntime.InferenceSession(path)
    assert {each.name for each in session.get_inputs()} == set(feed)
    np.testing.assert_allclose(session.run(None, feed)[0], net.predict(X), rtol=0, atol=1e-6)


@pytest.mark.peers
@pytest.mark.parametrize("name", CASES)
def test_pytorch_and_its_gradients(name):
    torch = pytest.importorskip("torch")
    net, X, masked = case(name)
    X = {key: X[key]._replace(values=np.nan_to_num(X[key].values)) if key in masked else X[key] for key in X}
    module = net.to_torch(dtype="float64", masked=masked)
    values = [X[key].values if key in masked else X[key] for key in net.input_names]
    masks = [X[key].mask for key in net.input_names if key in masked]
    found = module(*(torch.tensor(each) for each in (*values, *masks)))
    np.testing.assert_allclose(found.detach().numpy(), net.predict(X), rtol=0, atol=1e-12)
    counted = found[torch.tensor(MASK)] if found.ndim == 3 else found  # padding is no part of the loss
    (counted**2).mean().backward()
    weight = next(each.grad for key, each in module.named_parameters() if key.endswith("weight_hh_l0"))
    own = net.trace(X, np.zeros(found.shape), loss="mse").gradients["lstm1.recurrent"]
    np.testing.assert_allclose(weight.numpy().T, own, rtol=0, atol=1e-12)


def test_a_run_keeps_which_inputs_were_masked(tmp_path):
    parts, values = NETWORKS["last step"]
    X = cr.Masked(values, MASK)
    cr.fit(cr.Network(parts), X, np.ones(7), epochs=1, engine="numpy", progress=False).save(tmp_path / "run")
    run = cr.load(tmp_path / "run")
    assert run.masked == ("input",)
    session = onnxruntime.InferenceSession(run.to_onnx(tmp_path / "run.onnx"))
    found = session.run(None, {"input": values, "input.mask": MASK})[0]
    np.testing.assert_allclose(found, run.predict(X), rtol=0, atol=1e-6)


@pytest.mark.peers
def test_a_run_as_a_file_for_pytorch(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    parts, values = NETWORKS["flat"]
    X = cr.Masked(values, MASK)
    run = cr.fit(cr.Network(parts), X, np.ones((7, 2)), epochs=1, engine="numpy", progress=False)
    text = run.to_torch(tmp_path / "padded_run.py").read_text()
    assert "#     input (n, 6)\n#     input.mask (n, 6), False in padding\n# and gives (n, 2).\n" in text
    monkeypatch.syspath_prepend(tmp_path)
    from importlib import import_module

    network = import_module("padded_run").load()
    found = network(torch.tensor(values), torch.tensor(MASK)).detach().numpy()
    np.testing.assert_allclose(found, run.predict(X), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("masked", "message"),
    [
        (["word"], "masked has 'word', which is no input; there are 'words', 'x'. Did you mean 'words'?"),
        (["x"], "masked has 'x', whose rows are single numbers and have no steps to mask."),
    ],
)
def test_masks_of_nothing(masked, message):
    parts = [
        *(cr.Embedding(9, 4, inputs=["words"]), cr.LSTM(2), cr.Embedding(3, 2, inputs=["x"], name="e")),
        *(cr.Concatenate(inputs=["lstm1", "e"]), cr.Dense(1)),
    ]
    net = cr.Network(parts, input_shape={"words": (6,), "x": ()})
    with pytest.raises(InputError) as caught:
        masks_at(net, masked)
    assert str(caught.value) == message
    assert masks_at(net, ["words"]) == {
        "embedding1": ("words",),
        "lstm1": ("words",),
        **dict.fromkeys(("e", "concatenate1", "dense1"), ()),
    }
