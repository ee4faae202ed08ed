"""Set up before chainrule is imported: shape checks, the CPU, a folder for compiled programs, few drawn examples."""

import atexit
import os
import shutil
import tempfile
from importlib.util import find_spec

import pytest

os.environ["CHAINRULE_CHECK_SHAPES"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"
if "CHAINRULE_CACHE" not in os.environ or "PYTEST_XDIST_WORKER" in os.environ:  # workers must not share a folder
    os.environ["CHAINRULE_CACHE"] = tempfile.mkdtemp(prefix="chainrule-tests-")
    atexit.register(shutil.rmtree, os.environ["CHAINRULE_CACHE"], ignore_errors=True)

from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

MATHS = {
    "layers": [""],
    "activations": [".base", ".linear", ".squashing", ".rectifying", ".gated", ".softmax"],
    "losses": [".base", ".residual", ".count", ".binary", ".classes"],
    "network": [".passes"],
    "optimizers": [""],
}
"""Where annotations are enforced: in the maths, not where users' mistakes get messages of their own."""

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without PyTorch the comparisons with it cannot run; CI installs it and skips nothing."""
    if find_spec("torch") is None:
        for item in items:
            if item.get_closest_marker("peers"):
                item.add_marker(pytest.mark.skip(reason="PyTorch is not installed: pip install '.[test,peers]'"))
