"""Set up before chainrule is imported: shape checks, the CPU, a folder for compiled programs, few drawn examples."""

import atexit
import copy
import os
import shutil
import tempfile
from importlib.util import find_spec

import pytest

os.environ["CHAINRULE_CHECK_SHAPES"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ.setdefault("OMP_NUM_THREADS", "1")  # beside other workers, scikit-learn's threads wait for each other
if "CHAINRULE_CACHE" not in os.environ or "PYTEST_XDIST_WORKER" in os.environ:  # workers must not share a folder
    os.environ["CHAINRULE_CACHE"] = tempfile.mkdtemp(prefix="chainrule-tests-")
    atexit.register(shutil.rmtree, os.environ["CHAINRULE_CACHE"], ignore_errors=True)

import numpy as np
from hypothesis import HealthCheck, settings
from jaxtyping import config, install_import_hook

MATHS = {
    "layers": [""],
    "activations": [".base", ".linear", ".squashing", ".rectifying", ".gated", ".softmax"],
    "losses": [".base", ".residual", ".count", ".binary", ".classes"],
    "network": [".passes"],
    "optimizers": [""],
}
"""Where annotations are enforced: in the maths, not where users' mistakes get messages of their own."""

TRAINED = frozenset({"cli", "diagnosis", "estimators", "report", "runs", "tasks"})
"""Folders of tests that train whole networks, step after step by maths that other tests check: unchecked, they take a
quarter of the time."""

install_import_hook([f"chainrule.{part}{name}" for part, names in MATHS.items() for name in names], "typecheck.checked")

settings.register_profile(
    "chainrule",
    deadline=None,
    derandomize=True,
    max_examples=12,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("chainrule")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Check annotations where the maths is tested, before any fixture runs."""
    config.update("jaxtyping_disable", not TRAINED.isdisjoint(item.path.parts))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Leave annotations checked for docstrings, which lie outside of this folder and run without its hooks."""
    config.update("jaxtyping_disable", False)


PROGRAMS = {"latex": "pdflatex", "browser": "chromium", "office": "soffice"}
"""What tests with a marker need beside Python."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what cannot run where PyTorch or a program is not installed; CI installs all of them and skips nothing."""
    missing = {} if find_spec("torch") else {"peers": "PyTorch is not installed: pip install '.[test,peers]'"}
    for marker, program in PROGRAMS.items():
        if shutil.which(program) is None:
            missing[marker] = f"{program} is not installed"
    for item in items:
        for marker, reason in missing.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


_RANDOM: dict[str, np.random.Generator] = {}
"""Each module's random numbers as they stood when all modules had been read."""


def pytest_collection_finish(session: pytest.Session) -> None:
    """Remember the random numbers of every module."""
    for module in {item.module for item in session.items if isinstance(item, pytest.Function)}:
        if isinstance(numbers := getattr(module, "RNG", None), np.random.Generator):
            _RANDOM[module.__name__] = copy.deepcopy(numbers)


@pytest.fixture(autouse=True)
def whichever_tests_ran_before(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test draws the same random numbers, and knows the built-in activations alone.

    Docstrings stand outside of this folder and run without it: what they register stays, but no test sees it.
    """
    from chainrule.activations import registry

    monkeypatch.setattr(registry, "_BY_NAME", {entry.name: entry for entry in registry._BUILT_IN})
    if request.module.__name__ in _RANDOM:
        request.module.RNG = copy.deepcopy(_RANDOM[request.module.__name__])
