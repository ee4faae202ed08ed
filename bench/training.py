"""How fast networks are trained: ours beside scikit-learn, PyTorch, and JAX with optax written by hand.

    python bench/training.py [--case NAME] [--rounds N] [--contender NAME] [--json FILE]

Every measurement is a process of its own; each round goes through all contenders, so that a machine that slows down
slows them all. Printed are medians with the lowest and highest, and how many times ours each peer takes. ``first`` is
a process from its start to fitted with nothing compiled before; ``again`` is a second one that finds the programs
the first one kept on disk (ours does that unasked; JAX is told to). ``others`` is how many cores other processes kept
busy in the worst measurement: figures count where it is near 0. This file imports nothing heavy: a child process
begins with the memory its parent has.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

from cases import CASES, Case, source

HERE = Path(__file__).parent
NAMES = ("chainrule", "chainrule-xla", "scikit-learn", "pytorch", "jax+optax")
COMPILED = ("chainrule", "chainrule-xla", "jax+optax")
PACKAGES = ("numpy", "jax", "jaxlib", "optax", "torch", "scikit-learn")


def environment(name: str, threads: int, cache: str | None) -> dict[str, str]:
    """A child's environment: the same threads for everyone, and where compiled programs are kept, if anywhere."""
    count = str(threads)
    own = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), count)
    own |= {"JAX_PLATFORMS": "cpu", "PYTHONPATH": os.pathsep.join([str(HERE.parent / "src"), *_path()])}
    if cache and name == "jax+optax":
        own |= {
            "JAX_COMPILATION_CACHE_DIR": cache,
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        }
    elif cache:
        own |= {"CHAINRULE_CACHE": cache}
    return os.environ | own


def _path() -> list[str]:
    given = os.environ.get("PYTHONPATH")
    return [given] if given else []


def measure(mode: str, name: str, case: Case, folder: str, threads: int, cache: str | None) -> dict[str, object]:
    """One measurement in a process of its own."""
    command = [sys.executable, str(HERE / "child.py"), mode, name, case.name, folder]
    before, busy = time.monotonic(), _busy_seconds()
    own = _child_seconds()
    done = subprocess.run(
        [*command, repr(time.monotonic())], env=environment(name, threads, cache), capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{name} failed on {case.name}:\n{done.stderr}")
    others = (_busy_seconds() - busy) - (_child_seconds() - own)
    return json.loads(done.stdout.splitlines()[-1]) | {"others": max(others, 0.0) / (time.monotonic() - before)}


def _busy_seconds() -> float:
    """Processor time that everything on the machine has used (Linux; elsewhere 0, and others are not seen)."""
    counters = Path("/proc/stat")
    if not counters.exists():
        return 0.0
    ticks = [int(value) for value in counters.read_text().split("\n", 1)[0].split()[1:]]
    return (sum(ticks[:3]) + sum(ticks[5:8])) / os.sysconf("SC_CLK_TCK")


def _child_seconds() -> float:
    """Processor time that our own finished children have used."""
    used = os.times()
    return used.children_user + used.children_system


def one_round(
    case: Case, names: list[str], folder: str, threads: int, found: dict[str, dict[str, list[float]]]
) -> None:
    """Measure every contender once; they take turns."""
    for name in names:
        if sys.stderr.isatty():
            print(f"\r{case.name}: {name:<16}\r", end="", file=sys.stderr, flush=True)
        mine = found.setdefault(
            name, {key: [] for key in ("step_seconds", "first", "again", "peak_bytes", "score", "others")}
        )
        with tempfile.TemporaryDirectory() as cache:
            for start in ("first", "again") if name in COMPILED else ("first",):
                result = measure("whole", name, case, folder, threads, cache)
                mine[start].append(result["seconds"])
                mine["peak_bytes"].append(result["peak_bytes"])
                mine["score"].append(result["score"])
                mine["others"].append(result["others"])
            result = measure("steady", name, case, folder, threads, cache)
            mine["step_seconds"] += result["step_seconds"]
            mine["others"].append(result["others"])


def show(case: Case, found: dict[str, dict[str, list[float]]]) -> None:
    """Print one case's table; steps are compared with our fastest, processes and memory with ``chainrule``."""
    shape = "-".join(str(units) for units in (*case.hidden, case.outputs))
    print(f"\n{case.name}: {case.rows:,} x {case.columns}, {shape}, batch {case.batch}, {case.optimizer};", end=" ")
    print(f"{case.epochs:,} epochs, {case.epochs * case.steps:,} steps; {source(case)}")
    head = f"  {'':<14}{'us a step':>28}{'x ours':>8}{'first, s':>24}{'x ours':>8}{'again, s':>24}{'x ours':>8}"
    print(f"{head}{'peak MB':>9}{'x ours':>8}{'score':>8}{'others':>8}")
    for name, mine in found.items():
        row = f"  {name:<14}{_spread(mine['step_seconds'], 1e6):>28}{_times(found, name, 'step_seconds'):>8}"
        row += f"{_spread(mine['first'], 1):>24}{_times(found, name, 'first'):>8}"
        row += f"{_spread(mine['again'], 1):>24}{_times(found, name, 'again'):>8}"
        row += f"{max(mine['peak_bytes']) / 1e6:>9.0f}{_times(found, name, 'peak_bytes'):>8}"
        print(f"{row}{_median(mine['score']):>8.3f}{max(mine['others']):>8.2f}", flush=True)


def _times(found: dict[str, dict[str, list[float]]], name: str, key: str) -> str:
    """How many times ours a figure is; a peer that compiles nothing is as fast the second time as the first."""
    measured = {
        who: max(mine[key]) if key == "peak_bytes" else _median(mine[key] or mine["first"])
        for who, mine in found.items()
    }
    ours = [value for who, value in measured.items() if who.startswith("chainrule")]
    if not ours:
        return ""
    base = min(ours) if key == "step_seconds" else measured.get("chainrule", min(ours))
    return f"{measured[name] / base:.2f}"


def _median(values: list[float]) -> float:
    return statistics.median(values)


def _spread(values: list[float], scale: float) -> str:
    if not values:
        return ""
    return f"{_median(values) * scale:.4g} ({min(values) * scale:.4g}..{max(values) * scale:.4g})"


def machine(threads: int, packages: tuple[str, ...] = PACKAGES) -> dict[str, object]:
    """What the figures were measured on, and with."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": threads,
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "versions": {package: _version(package) for package in packages},
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--case", action="append", choices=list(CASES), help="one case; repeatable; default all")
    parser.add_argument("--contender", action="append", choices=NAMES, help="one contender; repeatable; default all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, help="threads of everyone; default all cores")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single figure here")
    given = parser.parse_args()
    threads = given.threads or machine(0)["cores"]
    about = machine(threads)
    print(", ".join(f"{key} {value}" for key, value in about.items() if key != "versions"))
    print(", ".join(f"{package} {version}" for package, version in about["versions"].items()))
    results: dict[str, object] = {}
    for name in given.case or CASES:
        case, found = CASES[name], {}
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, str(HERE / "cases.py"), name, folder], check=True)
            for _ in range(given.rounds):
                one_round(case, given.contender or list(NAMES), folder, threads, found)
        show(case, found)
        results[name] = {"data": source(case), "contenders": found}
    if given.json:
        given.json.write_text(json.dumps({"machine": about, "rounds": given.rounds, "cases": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
