"""The package as a whole: what importing it costs, which way imports point, and that the documents' code runs."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import chainrule

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "chainrule"
ORDER = (
    ("format", "_typing"),
    ("errors",),
    ("config", "registry"),
    ("ops",),
    ("activations", "losses", "layers"),
    ("network", "plain", "data"),
    ("optimizers",),
    ("training", "drawing"),
    ("explain",),
    ("runs",),
    ("tasks",),
    ("report", "interop", "estimators"),
    ("cli",),
)
"""Left to right; imports never point to the right. Names in one place are on one level."""
RANK = {name: rank for rank, level in enumerate(ORDER) for name in level}


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_pulls_in_nothing_heavy():
    heavy = [
        "jax",
        "sklearn",
        "matplotlib",
        "polars",
        "pandas",
        "fastapi",
        "uvicorn",
        "starlette",
        "rich",
        "typer",
        "torch",
        "sympy",
        "xlsxwriter",
        "onnx",
        "skl2onnx",
        "tensorboard",
    ]
    loaded = run(f"import sys, chainrule; print([name for name in {heavy!r} if name in sys.modules])")
    assert loaded.strip() == "[]"


def test_numpy_engine_needs_neither_jax_nor_sklearn_nor_polars():
    loaded = run(
        "import sys, chainrule as cr\n"
        "run = cr.fit(cr.Network([cr.Dense(2, 'tanh'), cr.Dense(1)]), [[0.0], [1.0]], [0.0, 1.0], epochs=3,"
        " engine='numpy', progress=False)\n"
        "run.trace([[0.5]], [1.0]).worksheet()\n"
        "print([name for name in ('jax', 'sklearn', 'polars') if name in sys.modules])"
    )
    assert loaded.strip() == "[]"


def test_everything_but_xla_works_where_jax_is_not_installed(tmp_path):
    """JAX is hidden: finding or importing it fails, as where it was never installed."""
    code = f"""
import sys
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("jax", "jaxlib"):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hide())
import importlib.util
whole = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "jax" else whole(name, package)
import chainrule as cr
run = cr.fit_table({str(ROOT / "examples" / "penguins.csv")!r}, "species", epochs=5, progress=False)
assert run.engine == "numpy" and "jax is not installed" in run.training["engine_reason"]
run = cr.load(run.save({str(tmp_path / "run")!r}))
cr.write_report(run, {str(tmp_path / "report.html")!r})
net = cr.Network([cr.Dense(1)]).set({{"dense1.weight": [[2.0]], "dense1.bias": [1.0]}})
print(net.trace([[3.0]], [6.0]).worksheet())
try:
    cr.fit(net, [[1.0]], [1.0], engine="xla")
except cr.ChainruleError as error:
    print(error)
"""
    assert "engine='xla' needs the package jax, which is not installed" in run(code)


def test_imports_point_one_way():
    wrong = []
    for file in SOURCE.rglob("*.py"):
        part = file.relative_to(SOURCE).parts[0].removesuffix(".py")
        if part not in RANK:
            continue
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chainrule."):
                wanted = (node.module or "").split(".")[1]
                if RANK[wanted] > RANK[part]:
                    wrong.append(f"{file.relative_to(SOURCE)} imports chainrule.{wanted}")
    assert wrong == []


def test_every_part_has_its_place():
    parts = {
        path.name.removesuffix(".py")
        for path in SOURCE.iterdir()
        if path.name[0] not in "._" or path.name == "_typing.py"
    }
    assert parts - {"py.typed"} == set(RANK)


def test_every_source_file_has_a_test_file_of_its_name():
    """What src/chainrule/layers/dense.py does is tested by tests/layers/test_dense.py."""
    missing = []
    for file in SOURCE.rglob("*.py"):
        if file.name not in ("__init__.py", "__main__.py"):
            own = file.relative_to(SOURCE)
            wanted = Path("tests") / own.parent / f"test_{own.name.removeprefix('_')}"
            if not (ROOT / wanted).exists():
                missing.append(f"{file.relative_to(ROOT)} has no {wanted}")
    assert missing == []


def test_public_names_exist_and_are_documented():
    for name in chainrule.__all__:
        thing = getattr(chainrule, name)
        if name != "__version__":
            assert (thing.__doc__ or "").strip(), name
    with pytest.raises(AttributeError, match="module 'chainrule' has no attribute 'Dens'"):
        _ = chainrule.Dens


def blocks(document: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", document.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_the_readme_tour_runs(tmp_path, monkeypatch, capsys):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    tour = blocks(ROOT / "README.md", "python")
    assert len(tour) >= 4
    names: dict[str, object] = {}
    for block in tour:
        exec(compile(block, "README.md", "exec"), names)
    assert capsys.readouterr().out


def toml(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def brought(extra: str) -> set[str]:
    """Every package that installing an extra brings, on whatever system, as uv.lock has it."""
    packages = {package["name"]: package for package in toml("uv.lock")["package"]}
    own = packages["chainrule"]
    waiting, found = [*own["dependencies"], *own["optional-dependencies"][extra]], set[str]()
    while waiting:
        name = waiting.pop()["name"]
        if name not in found:
            found.add(name)
            waiting += packages[name].get("dependencies", [])
    return found


def test_the_extra_for_tests_does_not_bring_pytorch():
    """Its default wheel brings gigabytes; the extra peers is for those who ask for it."""
    asked = {
        re.split(r"[^\w-]", each)[0] for each in toml("pyproject.toml")["project"]["optional-dependencies"]["test"]
    }
    found = brought("test")
    assert asked - {"chainrule"} < found  # the lock is not older than what is asked for
    assert [name for name in found if name.startswith(("torch", "nvidia", "cuda", "tensorflow", "keras"))] == []
    assert {"torch", "keras"} < brought("peers")


def test_the_readme_commands_are_those_of_ci():
    readme = "\n".join(blocks(ROOT / "README.md", "sh"))
    assert "pip install . && chainrule fit examples/penguins.csv --target species" in readme
    assert "pip install '.[test]' && pytest" in readme
