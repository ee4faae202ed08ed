"""Runs as files for PyTorch: what they compute without chainrule, what they say, and what is refused."""

import datetime as dt
import json
import subprocess
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import FileError, InputError, MissingPackageError

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.peers

RNG = np.random.default_rng(0)
NETWORKS = {
    "chain": (cr.Network([cr.Dense(4, "softplus"), cr.BatchNorm(), cr.Dense(3, "softmax")]), (5,)),
    "pictures": (
        cr.Network(
            [
                cr.Conv2D(2, 3, cr.LeakyRelu(0.2), padding="same"),
                cr.Residual([cr.Conv2D(2, 1)]),
                cr.MaxPool2D(2),
                cr.Flatten(),
                cr.Dense(2),
            ]
        ),
        (4, 4, 1),
    ),
    "steps": (cr.Network([cr.LSTM(3, return_sequences=True), cr.LSTM(2), cr.Dense(1, cr.Elu(0.5))]), (6, 2)),
}
WITHOUT_CHAINRULE = """
import importlib, json, sys
from pathlib import Path
sys.modules["chainrule"] = None
import numpy as np, torch
for name in sys.argv[1:]:
    network = importlib.import_module(name).load()
    rows = [torch.from_numpy(each) for each in np.load(f"{name}.npz").values()]
    with torch.no_grad():
        np.save(f"{name}.npy", network(*rows).numpy())
shop = importlib.import_module("shop")
rows = json.loads(Path("rows.json").read_text())
known = {"allow_unknown": True}
np.savez("answers.npz", *shop.encode(rows, **known), answers=shop.predict(rows, **known))
"""


def table(rows=80):
    """Every kind of column: a wide category (an embedding), a gap, a name that would be code, and two classes."""
    return {
        "city": [f"city {place % 40}" for place in range(rows)],
        "age": [None, *RNG.normal(40, 9, rows - 1).tolist()],
        '"""\nraise SystemExit("read as code")\n"""': RNG.normal(size=rows).tolist(),
        "since": [dt.date(2024, 1 + place % 12, 1 + place % 28) for place in range(rows)],
        "buys": ["yes" if place % 3 else 'no"""' for place in range(rows)],
    }


def test_they_compute_without_chainrule_what_the_run_computes(tmp_path):
    wanted = {}
    for name, (network, shape) in NETWORKS.items():
        dtype = "float64" if name == "chain" else "float32"
        x = RNG.normal(size=(8, *shape)).astype(dtype)
        y = RNG.integers(0, 3, 8) if name == "chain" else RNG.normal(size=(8, 2 if name == "pictures" else 1))
        network = network.with_loss("cross_entropy") if name == "chain" else network
        run = cr.fit(network, x, y, epochs=2, engine="numpy", progress=False, dtype=dtype)
        wanted[name] = run.predict(x)
        assert run.to_torch(tmp_path / f"{name}.py") == tmp_path / f"{name}.py"
        np.savez(tmp_path / f"{name}.npz", x=np.moveaxis(x, -1, 1) if name == "pictures" else x)
    frame = table()
    run = cr.fit_table(frame, "buys", epochs=1, engine="numpy", baselines=False, progress=False)
    inputs = run.encode(run.read(frame), allow_unknown=True).inputs
    assert set(inputs) == {"features", "city"}
    wanted["shop"] = run.predict_arrays(inputs)
    run.to_torch(tmp_path / "shop.py")
    typed = {
        name: inputs[name].astype(np.float32 if name == "features" else np.int64) for name in run.network.input_shapes
    }
    np.savez(tmp_path / "shop.npz", **typed)
    rows = [dict(zip(frame, row, strict=True)) for row in zip(*frame.values(), strict=True)]
    (tmp_path / "rows.json").write_text(json.dumps(rows, default=str))

    code = [sys.executable, "-c", WITHOUT_CHAINRULE, *wanted]
    done = subprocess.run(code, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    for name, own in wanted.items():
        found = np.load(tmp_path / f"{name}.npy")
        assert found.dtype == own.dtype
        np.testing.assert_allclose(found, own, rtol=1e-6, atol=1e-6)
    found = np.load(tmp_path / "answers.npz")
    for place, own in enumerate(inputs.values()):
        np.testing.assert_allclose(found[f"arr_{place}"], own, rtol=1e-6, atol=1e-6)
    assert found["answers"].tolist() == run.predict(frame, allow_unknown=True).tolist()


def test_the_file_says_how_to_use_it_and_what_goes_in(tmp_path):
    run = cr.fit_table(table(), "buys", epochs=1, engine="numpy", baselines=False, progress=False)
    text = run.to_torch(tmp_path / "shop.py").read_text()
    assert text.startswith(
        '"""shop: a neural network that chainrule trained, for PyTorch. It needs torch and safetensors.\n\n'
        "    from shop import load\n"
        "    network = load()  # with the weights in shop.safetensors, beside this file\n\n"
        "    from shop import predict\n"
        "    predict(rows)  # rows of raw columns, each a dict: the answers\n"
        '"""\n\n# It takes, in this order:\n'
        f"#     features (n, {len(run.table.feature_names)})\n#     city (n,)\n# and gives (n, 1).\n\nimport math\n"
    )
    age = run.table.column("age")
    assert f"*number(row, 'age', mean={age.mean!r}, scale={age.scale!r}, had_gaps=True),\n" in text
    assert "    # buys; the output is the probability of the second label\n" in text


@pytest.fixture(scope="module")
def line():
    network = cr.Network([cr.Dense(1)]).set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})
    return cr.fit(network, [[0.0], [1.0]], [1.0, 3.0], epochs=0, progress=False)


@pytest.mark.parametrize("there", ["line.py", "line.safetensors"])
def test_files_that_are_there_stay(line, there, tmp_path):
    (tmp_path / there).write_text("mine")
    with pytest.raises(FileError) as caught:
        line.to_torch(tmp_path / "line.py")
    assert str(caught.value) == (
        f"{tmp_path / there} is there already and is left as it is. Choose another name, or pass overwrite=True."
    )
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [(there, "mine")]
    line.to_torch(tmp_path / "line.py", overwrite=True)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("my-line.py", "my_line"),
        ("line.pt", "line"),
        ("2.py", "run_2"),
        ("x².py", "x_"),
        ("class.py", "run_class"),
        ("torch.py", "run_torch"),
        ("random.py", "run_random"),
    ],
)
def test_a_name_that_python_cannot_import_is_refused(line, name, better, tmp_path):
    with pytest.raises(FileError) as caught:
        line.to_torch(tmp_path / name)
    assert str(caught.value) == (
        f"{tmp_path / name}: Python imports a file by its name: letters, digits and underscores that are no word or "
        f"module of its own, and .py at the end. Call it {better}.py."
    )
    assert list(tmp_path.iterdir()) == []


def test_what_pytorch_does_not_have_is_named_and_nothing_is_written(tmp_path):
    mine = cr.register_activation("cube_for_files", lambda ops, z: z * z * z, lambda ops, z: 3 * z * z)
    run = cr.fit(cr.Network([cr.Dense(1, mine)]), [[0.0], [1.0]], [1.0, 3.0], epochs=0, progress=False)
    with pytest.raises(InputError, match="'dense1' has the activation 'cube_for_files', which PyTorch does not have"):
        run.to_torch(tmp_path / "cube.py")
    assert not list(tmp_path.iterdir())


def test_without_pytorch_it_says_what_to_install(line, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPackageError) as caught:
        line.to_torch(tmp_path / "line.py")
    assert str(caught.value) == "PyTorch's modules need the package torch: pip install 'chainrule[torch]'."
