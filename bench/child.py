"""One measurement of one contender, in a process of its own; prints one line of JSON.

``python child.py steady|whole CONTENDER CASE FOLDER STARTED``: STARTED is when the process was asked for, by the
monotonic clock, which all processes of a machine share.
"""

import json
import sys
import time
from pathlib import Path


def main(mode: str, name: str, case_name: str, folder: str, started: float) -> dict[str, object]:
    """Measure, and return what to print."""
    import numpy as np

    from cases import CASES

    case = CASES[case_name]
    X, y = (np.load(Path(folder) / f"{part}.npy") for part in "Xy")
    return whole(name, case, X, y, started) if mode == "whole" else steady(name, case, X, y)


def whole(name, case, X, y, started):
    """From start to fitted, everything included; then how good the fit is, on at most 10,000 of its own rows."""
    from contenders import fit

    predict = fit(name, case, X, y)
    seconds, peak = time.monotonic() - started, peak_bytes()
    X, y = X[:10_000], y[:10_000]
    predicted = predict(X)
    score = (predicted == y).mean() if case.classes else 1 - ((predicted - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    return {"seconds": seconds, "peak_bytes": peak, "score": float(score)}


def peak_bytes():
    """Most memory that this process has had; NaN on Windows, where Python's own library does not say."""
    if sys.platform == "win32":
        return float("nan")
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def steady(name, case, X, y):
    """Seconds a step once everything is imported, compiled and warm: three times, over whole epochs."""
    from contenders import CONTENDERS

    run, _ = CONTENDERS[name](case, X, y)
    steps = case.timed * case.steps
    if name == "scikit-learn":  # starts afresh every time: the difference between a long and a short training
        run(case.warm)
        return {
            "step_seconds": [(timed(run, case.warm + case.timed) - timed(run, case.warm)) / steps for _ in range(3)]
        }
    run(case.warm)
    return {"step_seconds": [timed(run, case.timed) / steps for _ in range(3)]}


def timed(run, epochs):
    """Seconds that some epochs take."""
    began = time.perf_counter()
    run(epochs)
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:5], float(sys.argv[5]))))
