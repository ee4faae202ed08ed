"""Facts about this machine, and a short measurement of each engine."""

import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGES = (
    "numpy", "jax", "narwhals", "polars", "fastexcel", "scikit-learn", "threadpoolctl", "safetensors", "pydantic",
    "typer", "rich", "sympy", "xlsxwriter",
)  # fmt: skip
"""What chainrule depends on; a test compares it with the package's own list."""
_SECONDS = 0.5
_FOREVER = 10**9


def look() -> dict[str, Any]:
    """Python, system, cores, memory, packages and the cache."""
    from chainrule import __version__

    return {
        "chainrule": __version__,
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "cores": cores(),
        "memory_bytes": memory(),
        "packages": {name: installed(name) for name in PACKAGES},
        "cache": cache(),
    }


def engines() -> dict[str, dict[str, Any]]:
    """Each engine: its devices, how long until it was ready, and how long a step takes; or why it does not run."""
    found = {"numpy": _measured("numpy", [f"CPU ({cores()} cores)"])}
    if find_spec("jax") is None:
        return found | {"xla": _failed("jax is not installed")}
    try:
        import jax

        devices = [f"{device.platform.upper()} ({device.device_kind})" for device in jax.devices()]
    except Exception as error:  # a broken installation fails in many ways, and doctor is there to say so
        return found | {"xla": _failed(f"jax: {error}")}
    return found | {"xla": _measured("xla", devices)}


def installed(package: str) -> str | None:
    """The version of a package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Windows and macOS
        return os.cpu_count() or 1


def memory() -> int | None:
    """Bytes of memory that this process may use, where that can be known."""
    try:
        held = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None
    try:
        return min(held, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    except (OSError, ValueError):  # no container, or one without a limit
        return held


def cache() -> dict[str, Any]:
    """Where compiled programs are kept, and how much there is."""
    from chainrule.ops.compiled import cache_folder

    folder = cache_folder()
    files = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    return {"folder": folder, "files": len(files), "bytes": sum(files)}


def _measured(engine: str, devices: list[str]) -> dict[str, Any]:
    import numpy as np

    from chainrule.network import Dense, Network
    from chainrule.training import Trainer

    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(2000, 20)), rng.normal(size=2000)
    network = Network([Dense(64, "relu"), Dense(64, "relu"), Dense(1)], loss="mse")
    try:
        began = time.perf_counter()
        trainer = Trainer(network, X, y, optimizer="adam", engine=engine, record=False)
        trainer.step()
        ready = time.perf_counter() - began
        began, first = time.perf_counter(), trainer.steps_done
        while time.perf_counter() - began < _SECONDS:
            trainer.advance(_FOREVER)
        seconds = (time.perf_counter() - began) / (trainer.steps_done - first)
    except Exception as error:  # see above
        return _failed(f"{type(error).__name__}: {error}")
    return {"devices": devices, "ready_seconds": ready, "step_microseconds": seconds * 1e6, "error": None}


def _failed(error: str) -> dict[str, Any]:
    return {"devices": [], "ready_seconds": None, "step_microseconds": None, "error": error}
