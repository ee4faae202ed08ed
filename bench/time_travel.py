"""How long any step of a long training takes to open: live, and saved and loaded again.

    python bench/time_travel.py [--steps 100000] [--looks 200] [--budget BYTES] [--case NAME] [--engine NAME]

Opening is what a person waits for: the weights after a random step, one of them by name, and every value of one row's
pass through the network as it was. Nothing was logged: the steps since the snapshot before are made again. Two
networks: 2,000 x 20, 64-64, batch 32, Adam; and the lecture's 1-2-1 on three rows. ``first`` is the first look of all,
which is not counted in the others. A loaded run imports JAX and compiles when it is loaded ``with its rows``.
``processor`` is the time that the process itself was at work, which others on the machine do not lengthen.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from cases import CASES, write
from contenders import _network, _optimizer
from training import environment, machine

NAMES = ("small", "lecture")
ENGINES = ("xla", "numpy")


def opened(run, step: int, row) -> tuple[float, float]:
    """Seconds from asking for a step to every value of a row, by the clock and of the processor."""
    began, worked = time.perf_counter(), time.process_time()
    then = run.at(step)
    float(then.params["dense1.weight[0, 0]"])
    then.trace(row).value("dense1.a")
    return time.perf_counter() - began, time.process_time() - worked


def looks(run, steps: int, count: int, row) -> list[tuple[float, float]]:
    """The first look, and then many at random."""
    rng = np.random.default_rng(1)
    return [opened(run, int(step), row) for step in rng.integers(0, steps + 1, count + 1)]


def show(what: str, seconds: list[tuple[float, float]]) -> None:
    """One line of the table."""
    first, *rest = ([1000 * each for each in look] for look in seconds)
    clock, processor = zip(*rest, strict=True)
    print(
        f"  {what:<8}median {statistics.median(clock):6.1f} ms   worst {max(clock):6.1f} ms   first {first[0]:6.1f} ms"
        f"   processor: median {statistics.median(processor):6.1f} ms   worst {max(processor):6.1f} ms"
    )


def child(name: str, engine: str, steps: int, count: int, budget: int | None, folder: str) -> None:
    """Train, look, save."""
    import chainrule as cr

    case = CASES[name]
    X, y = (np.load(Path(folder) / f"{part}.npy") for part in "Xy")
    epochs = -(-steps // case.steps)
    settings = {"optimizer": _optimizer(cr, case), "batch_size": case.batch, "epochs": epochs, "engine": engine}
    began = time.perf_counter()
    run = cr.fit(_network(cr, case), X, y, record=budget or True, progress=False, **settings)
    seconds = time.perf_counter() - began
    made = run.training["steps"]
    kept = sum(1 for _ in run.trainer.recording.steps)
    print(f"\n{name}, {engine}: {made:,} steps in {seconds:.1f} s, {kept:,} snapshots")
    show("live", looks(run, made, count, X[:1]))
    path = run.save(Path(folder) / "run")
    size = (path / "recording.safetensors").stat().st_size
    began = time.perf_counter()
    run.save(Path(folder) / "again")
    print(f"  saved {size / 2**20:.1f} MiB beside it, in {time.perf_counter() - began:.2f} s", flush=True)


def loaded(count: int, folder: str) -> None:
    """Look at the saved run, in a process of its own."""
    import chainrule as cr

    X, y = (np.load(Path(folder) / f"{part}.npy") for part in "Xy")
    began = time.perf_counter()
    run = cr.load(Path(folder) / "run").with_data(X, y)
    print(f"  loaded, with its rows, in {time.perf_counter() - began:.2f} s")
    show("loaded", looks(run, run.training["steps"], count, X[:1]))


def main() -> None:
    """Every network on every engine, each in processes of its own."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--looks", type=int, default=200)
    parser.add_argument("--budget", type=int, help="bytes of snapshots; by default the library's")
    parser.add_argument("--case", action="append", choices=NAMES)
    parser.add_argument("--engine", action="append", choices=ENGINES)
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        mode, name, engine, folder = given.child
        if mode == "live":
            child(name, engine, given.steps, given.looks, given.budget, folder)
        else:
            loaded(given.looks, folder)
        return
    about = machine(0)
    print(", ".join(f"{key} {value}" for key, value in about.items() if key not in ("versions", "threads")))
    same = ["--steps", str(given.steps), "--looks", str(given.looks)]
    same += ["--budget", str(given.budget)] if given.budget else []
    for name in given.case or NAMES:
        for engine in given.engine or ENGINES:
            with tempfile.TemporaryDirectory() as folder:
                write(CASES[name], Path(folder))
                for mode in ("live", "loaded"):
                    command = [sys.executable, __file__, *same, "--child", mode, name, engine, folder]
                    subprocess.run(command, check=True, env=environment("chainrule", int(about["cores"]), folder))


if __name__ == "__main__":
    main()
