"""What recording costs: the same training with snapshots and without, taking turns in one process.

    python bench/recording.py [--case NAME] [--rounds 9] [--engine xla|numpy]

Each of the core's cases is trained by turns with recording at the default budget and with keeping nothing but the
first weights; which goes first alternates, so that a machine that slows down slows both. Printed are the medians of the
microseconds a step, and the median of the rounds' ratios with its quartiles; ``processor`` is the same of the time that
the process itself was at work (threads that wait for work among it).
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from cases import CASES
from contenders import _network, _optimizer
from training import machine


def measure(name: str, engine: str, rounds: int, seconds: float, folder: str) -> None:
    """One case, in this process."""
    import chainrule as cr

    case = CASES[name]
    X, y = (np.load(Path(folder) / f"{part}.npy") for part in "Xy")
    kept = 0

    def train(record: bool) -> tuple[float, float]:
        """Seconds that the case's training takes, by the clock and of the processor."""
        nonlocal kept
        settings = {"optimizer": _optimizer(cr, case), "batch_size": case.batch, "epochs": case.epochs}
        trainer = cr.Trainer(_network(cr, case), X, y, engine=engine, record=record, **settings)
        began, at_work = time.perf_counter(), time.process_time()
        trainer.run(case.epochs)
        kept = max(kept, len(trainer.recording.steps))
        return time.perf_counter() - began, time.process_time() - at_work

    train(True)
    trainings = max(1, round(seconds / train(False)[0]))
    took: dict[bool, list[float]] = {True: [], False: []}
    worked: dict[bool, list[float]] = {True: [], False: []}
    for place in range(rounds):
        for record in (True, False) if place % 2 else (False, True):
            clock, processor = zip(*(train(record) for _ in range(trainings)), strict=True)
            took[record].append(sum(clock) / (trainings * case.epochs * case.steps))
            worked[record].append(sum(processor))
    low, middle, high = statistics.quantiles(ratios(took), n=4)
    with_, without = (statistics.median(took[record]) * 1e6 for record in (True, False))
    print(
        f"{name:<9}{engine:<7}{without:>10.4g} us a step{with_:>10.4g} recording   {100 * (middle - 1):+.1f} % "
        f"({100 * (low - 1):+.1f} to {100 * (high - 1):+.1f})   "
        f"processor {100 * (statistics.median(ratios(worked)) - 1):+.1f} %"
        f"   {kept:,} snapshots, {rounds} x {trainings:,} trainings",
        flush=True,
    )


def ratios(times: dict[bool, list[float]]) -> list[float]:
    """With recording over without, a round each."""
    return [with_ / without for with_, without in zip(times[True], times[False], strict=True)]


def main() -> None:
    """Every case in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--case", action="append", choices=list(CASES))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one turn")
    parser.add_argument("--engine", action="append", choices=("xla", "numpy"), help="default xla")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        measure(given.child[0], given.child[1], given.rounds, given.seconds, given.child[2])
        return
    print(", ".join(f"{key} {value}" for key, value in machine(0).items() if key not in ("versions", "threads")))
    for name in given.case or CASES:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, str(Path(__file__).parent / "cases.py"), name, folder], check=True)
            for engine in given.engine or ("xla",):
                same = ["--rounds", str(given.rounds), "--seconds", str(given.seconds)]
                subprocess.run([sys.executable, __file__, *same, "--child", name, engine, folder], check=True)


if __name__ == "__main__":
    main()
