"""How long one prediction takes to be worked out: the trace of the 1-2-1 network, forward and back, and its worksheet.

    python bench/tracing.py [--rounds N] [--json FILE]

Medians of many short rounds, with the fastest, and the processor's own time, which other processes on the machine
disturb less. For comparison: TorchLens needed 49 ms for one forward trace of the same network in PyTorch, without the
arithmetic and without the way back.
"""

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

TARGET = 2e-3
"""Seconds that a trace with its worksheet may take."""
CALLS = 20


def rounds_of(call: Callable[[], object], rounds: int) -> dict[str, list[float]]:
    """Seconds a call, one figure a round: by the clock, and of the processor."""
    call()
    found: dict[str, list[float]] = {"clock": [], "processor": []}
    for _ in range(rounds):
        began = time.perf_counter(), time.process_time()
        for _ in range(CALLS):
            call()
        found["clock"].append((time.perf_counter() - began[0]) / CALLS)
        found["processor"].append((time.process_time() - began[1]) / CALLS)
    return found


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single figure here")
    given = parser.parse_args()

    import numpy as np

    import chainrule as cr

    network = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], loss="ssr").set(
        {
            "dense1.weight": [[-34.4, -2.52]],
            "dense1.bias": [2.14, 1.29],
            "dense2.weight": [[-1.3], [2.28]],
            "dense2.bias": [-0.58],
        }
    )
    x, y = np.array([[0.5]]), np.array([1.0])
    what = {
        "forward": lambda: network.trace(x),
        "forward and backward": lambda: network.trace(x, y),
        "with its worksheet": lambda: network.trace(x, y).worksheet(),
        "with its worksheet as text": lambda: network.trace(x, y).worksheet().to_text(),
    }
    print(
        f"chainrule {cr.__version__}, Python {platform.python_version()}, NumPy {np.__version__}, {platform.platform()}"
    )
    print(f"  {'trace of the 1-2-1 network':<28}{'median, ms':>12}{'lowest, ms':>12}{'processor, ms':>15}")
    results = {name: rounds_of(call, given.rounds) for name, call in what.items()}
    for name, found in results.items():
        clock, processor = found["clock"], found["processor"]
        middle, lowest, own = statistics.median(clock), min(clock), statistics.median(processor)
        print(f"  {name:<28}{middle * 1e3:>12.3f}{lowest * 1e3:>12.3f}{own * 1e3:>15.3f}")
    median = statistics.median(results["with its worksheet"]["clock"])
    verdict = "reached" if median < TARGET else "missed"
    print(f"  a trace with its worksheet in under {TARGET * 1e3:g} ms: {verdict} ({median / TARGET:.2f} times that)")
    if given.json:
        given.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
