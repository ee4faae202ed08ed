"""How long it takes to say where a number comes from: steps and ledgers over whole trainings.

    python bench/ledgers.py [--case NAME] [--engine xla|numpy] [--what steps|ledger|prediction]

Three trainings: the lecture's 1-2-1 network on three rows, 100,000 steps; 2,000 x 20, 64-64, batch 32, Adam, 6,300
steps; and what ``fit`` makes of the penguins by default. ``first`` compiles what was not compiled before, ``second`` is
another number of the same array (for a prediction, of another row). ``processor`` is the process's own time.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cases import CASES, write
from contenders import _network, _optimizer
from training import machine

STEPS = {"lecture": 100_000, "small": 6_300}
PENGUINS = Path(__file__).parents[1] / "examples" / "penguins.csv"
WHAT = ("steps", "ledger", "prediction")


def trained(name: str, engine: str, folder: str):
    """The run, and two rows to predict."""
    import chainrule as cr

    if name == "penguins":
        run = cr.fit_table(PENGUINS, "species", baselines=False, progress=False, engine=engine)
        return run, run.reading.frame[:1], run.reading.frame[1:2]
    case = CASES[name]
    write(case, Path(folder))
    X, y = (np.load(Path(folder) / f"{part}.npy") for part in "Xy")
    settings = {"optimizer": _optimizer(cr, case), "batch_size": case.batch, "engine": engine, "progress": False}
    run = cr.fit(_network(cr, case), X, y, epochs=STEPS[name] // case.steps, **settings)
    return run, X[:1], X[1:2]


def timed(call: Callable[[], object]) -> str:
    """Seconds, by the clock and of the processor."""
    began, worked = time.perf_counter(), time.process_time()
    call()
    return f"{time.perf_counter() - began:7.2f} s (processor {time.process_time() - worked:.2f})"


def child(name: str, engine: str, what: list[str]) -> None:
    """One training, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        run, *rows = trained(name, engine, folder)
    print(f"\n{name}, {run.engine}: {run.training['steps']:,} steps", flush=True)
    for each in what:
        if each == "prediction":
            calls = [lambda row=row: run.prediction_ledger(row, progress=False) for row in rows]
            if name == "penguins":
                calls = [lambda row=row: run.prediction_ledger(row, "P(Adelie)", progress=False) for row in rows]
        else:
            look = getattr(run, each)
            calls = [lambda at=at, look=look: look(f"dense1.weight[0, {at}]", progress=False) for at in (0, 1)]
        first, second = (timed(call) for call in calls)
        print(f"  {each:<12}first {first}   second {second}", flush=True)


def main() -> None:
    """Every training in a process of its own, with nothing compiled before."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--case", action="append", choices=(*STEPS, "penguins"))
    parser.add_argument("--engine", default="xla", choices=("xla", "numpy"))
    parser.add_argument("--what", action="append", choices=WHAT)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child, given.engine, given.what or list(WHAT))
        return
    print(", ".join(f"{key} {value}" for key, value in machine(0).items() if key not in ("versions", "threads")))
    for name in given.case or (*STEPS, "penguins"):
        what = [part for each in given.what or WHAT for part in ("--what", each)]
        with tempfile.TemporaryDirectory() as cache:
            command = [sys.executable, __file__, "--engine", given.engine, *what, "--child", name]
            subprocess.run(command, check=True, env={**os.environ, "CHAINRULE_CACHE": cache})


if __name__ == "__main__":
    main()
