"""How long predictions take: ours beside scikit-learn, PyTorch and onnxruntime, all with the same weights.

    python bench/predicting.py [--case NAME] [--rows N] [--contender NAME] [--rounds N] [--json FILE]

Each contender is a process of its own, started once; they take turns, so that a machine that slows down slows them all.
Everybody is given a NumPy array in single precision and gives one back. ``run.predict``, PyTorch and
onnxruntime check little more than shapes; estimators, ours and scikit-learn's, look for gaps and infinities, too. Ours
also scales, as "its pipeline" of scikit-learn's scaler and MLP does. Outputs are compared before anything is timed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training import environment, machine

PACKAGES = ("numpy", "onnxruntime", "torch", "scikit-learn", "onnx", "jax")
ROWS = (1, 32, 1_000, 50_000)
SECONDS = 0.03
"""How long one measurement lasts at least, where one call does not take longer."""
PAUSE = 0.25
"""Seconds before each, so that the threads of whoever came before have stopped looking for more work."""
AGREE = 1e-4
"""How far outputs may be apart, of a largest that is about 1."""


@dataclass(frozen=True)
class Case:
    """One network."""

    name: str
    sizes: tuple[int, ...]
    hidden: str = "relu"
    last: str | None = None
    table: bool = False
    """Whether rows are those of a table with texts and gaps; then only some contenders take them."""


CASES = {
    case.name: case
    for case in (
        Case("lecture", (1, 2, 1), "softplus"),
        Case("small", (20, 64, 64, 1)),
        Case("classes", (20, 64, 64, 3), last="softmax"),
        Case("wide", (100, 256, 256, 1)),
        Case("images", (784, 128, 10), last="softmax"),
        Case("penguins", (13, 64, 64, 3), last="softmax", table=True),
    )
}
Predict = Callable[[Any], Any]


def rows_of(case: Case, count: int) -> Any:
    """Rows to predict."""
    import numpy as np

    if case.table:
        return penguins().iloc[np.arange(count) % len(penguins())].drop(columns="species")
    return np.random.default_rng(7).normal(size=(count, case.sizes[0])).astype(np.float32)


def penguins() -> Any:
    """The table, as pandas has it."""
    import pandas as pd

    return pd.read_csv(Path(__file__).parents[1] / "examples" / "penguins.csv")


# -- the contenders: from a case to a function of rows


def our_run(case: Case) -> Any:
    """A run of the network with its first weights, which depend on the seed alone."""
    import numpy as np

    import chainrule as cr

    layers = [cr.Dense(units, case.hidden) for units in case.sizes[1:-1]]
    loss = "cross_entropy" if case.last else "mse"
    network = cr.Network([*layers, cr.Dense(case.sizes[-1], case.last)], loss=loss)
    target = np.array([0, 1]) if case.last else np.array([0.0, 1.0])
    return cr.fit(network, rows_of(case, 2), target, epochs=0, seed=0, progress=False)


def ours(case: Case) -> Predict:
    """``run.predict``."""
    import chainrule as cr

    if case.table:
        settings = {"hidden_layers": case.sizes[1:-1], "epochs": 1, "baselines": False, "progress": False}
        return cr.fit_table(penguins(), "species", **settings).predict
    return our_run(case).predict


def our_estimator(case: Case) -> Predict:
    """``NetworkRegressor.predict`` or ``NetworkClassifier.predict_proba``, with the same layers, fitted for a step."""
    import numpy as np

    import chainrule as cr

    settings = {"hidden_layers": case.sizes[1:-1], "activation": case.hidden, "epochs": 1, "progress": False}
    rows = rows_of(case, 344 if case.table else 64)
    if case.table:
        return cr.NetworkClassifier(**settings).fit(rows, penguins()["species"]).predict
    if case.last:
        return cr.NetworkClassifier(**settings).fit(rows, np.arange(64) % case.sizes[-1]).predict_proba
    return cr.NetworkRegressor(**settings).fit(rows, rows[:, 0]).predict


def mlp(case: Case) -> Any:
    """The MLP of scikit-learn with our weights. It has no softplus; logistic stands in."""
    import numpy as np
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    warnings.simplefilter("ignore", ConvergenceWarning)
    run, rows = our_run(case), rows_of(case, 64)
    activation = "logistic" if case.hidden == "softplus" else case.hidden
    settings = {"hidden_layer_sizes": case.sizes[1:-1], "activation": activation, "max_iter": 1}
    if case.last:
        model = MLPClassifier(**settings).fit(rows, np.arange(64) % case.sizes[-1])
    else:
        model = MLPRegressor(**settings).fit(rows, rows[:, 0])
    layers = range(1, len(case.sizes))
    model.coefs_ = [np.array(run.params[f"dense{place}.weight"]) for place in layers]
    model.intercepts_ = [np.array(run.params[f"dense{place}.bias"]) for place in layers]
    return model


def sklearn(case: Case) -> Predict:
    """The MLP of scikit-learn alone."""
    model = mlp(case)
    return model.predict_proba if case.last else lambda X: model.predict(X)[:, None]


def sklearn_scaled(case: Case) -> Predict:
    """A pipeline of scikit-learn's that does what our estimator does: scales, encodes, fills gaps, predicts."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    if not case.table:
        pipeline = make_pipeline(StandardScaler().fit(rows_of(case, 64)), mlp(case))
        return pipeline.predict_proba if case.last else pipeline.predict
    warnings.simplefilter("ignore")
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), make_column_selector(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), make_column_selector(dtype_exclude="number")),
    )
    model = make_pipeline(columns, MLPClassifier(hidden_layer_sizes=case.sizes[1:-1], max_iter=1))
    return model.fit(rows_of(case, 344), penguins()["species"]).predict


def pytorch(case: Case) -> Predict:
    """PyTorch, eager, without gradients."""
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.set_grad_enabled(False)
    module = our_run(case).network.to_torch()
    return lambda X: module(torch.from_numpy(X)).numpy()


def pytorch_traced(case: Case) -> Predict:
    """PyTorch, traced and frozen: its quickest that needs no compiler."""
    import torch

    warnings.simplefilter("ignore", DeprecationWarning)
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.set_grad_enabled(False)
    example = torch.from_numpy(rows_of(case, 2))
    module = torch.jit.freeze(torch.jit.trace(our_run(case).network.to_torch(), example))
    return lambda X: module(torch.from_numpy(X)).numpy()


def onnxruntime(case: Case) -> Predict:
    """Our own file in onnxruntime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
    with tempfile.TemporaryDirectory() as folder:
        file = our_run(case).to_onnx(Path(folder) / "network.onnx")
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return lambda X: session.run(None, {"input": X})[0]


CONTENDERS: dict[str, Callable[[Case], Predict]] = {
    "run.predict": ours,
    "our estimator": our_estimator,
    "scikit-learn": sklearn,
    "its pipeline": sklearn_scaled,
    "PyTorch": pytorch,
    "PyTorch traced": pytorch_traced,
    "onnxruntime": onnxruntime,
}
UNLIKE = {"our estimator": tuple(CASES), "its pipeline": tuple(CASES), "scikit-learn": ("lecture",)}
"""Whose outputs are not those of the others, for which cases."""
TAKE_TABLES = ("run.predict", "our estimator", "its pipeline")


# -- a contender's process


def serve(name: str) -> None:
    """Answer one line of JSON with another: ``["small", 1]`` with the seconds of a call, by the median of some."""
    predicts: dict[str, Predict] = {}
    for line in sys.stdin:
        case, count = json.loads(line)
        if case not in predicts:
            predicts[case] = CONTENDERS[name](CASES[case])
        predict, rows = predicts[case], rows_of(CASES[case], count)
        first = predict(rows)
        print(json.dumps([seconds_of(predict, rows), first[:3].tolist()]), flush=True)


def seconds_of(predict: Predict, rows: Any) -> float:
    """Seconds of a call, the mean of so many as fill a short while."""
    calls, spent = 1, 0.0
    while True:
        began = time.perf_counter()
        for _ in range(calls):
            predict(rows)
        spent = time.perf_counter() - began
        if spent >= SECONDS:
            return spent / calls
        calls = max(2 * calls, int(1.2 * calls * SECONDS / max(spent, 1e-9)))


class Contender:
    """A process that predicts when it is told to."""

    def __init__(self, name: str, threads: int) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve", name],
            env=environment(name, threads, None),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def measure(self, case: str, count: int) -> tuple[float, list[Any]]:
        """Seconds of a call, and the first rows that came out."""
        time.sleep(PAUSE)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([case, count]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} failed on {case}")
        seconds, output = json.loads(line)
        return seconds, output


def compare(case: str, outputs: dict[str, list[Any]]) -> None:
    """Stop where two contenders do not predict the same."""
    alike = {name: output for name, output in outputs.items() if case not in UNLIKE.get(name, ())}
    flat = {name: [number for row in output for number in row] for name, output in alike.items()}
    first = next(iter(flat), None)
    for name, numbers in flat.items():
        if max(abs(a - b) for a, b in zip(flat[first], numbers, strict=True)) > AGREE:
            raise SystemExit(f"{case}: {first} and {name} do not predict the same: {alike[first]} {alike[name]}")


def show(case: Case, count: int, found: dict[str, list[float]]) -> None:
    """Print what one case and number of rows took."""
    shape = "-".join(map(str, case.sizes))
    print(f"\n{case.name}: {shape}, {count:,} row{'s' if count > 1 else ''}")
    base = statistics.median(found.get("run.predict") or next(iter(found.values())))
    for name, seconds in found.items():
        middle = statistics.median(seconds)
        spread = f"{middle * 1e6:.4g} ({min(seconds) * 1e6:.4g}..{max(seconds) * 1e6:.4g})"
        print(f"  {name:<16}{spread:>32} us{count / middle:>14,.0f} rows/s{middle / base:>8.2f} x run.predict")


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--case", action="append", choices=list(CASES), help="one case; repeatable; default all")
    parser.add_argument("--contender", action="append", choices=list(CONTENDERS), help="one contender; repeatable")
    parser.add_argument("--rows", action="append", type=int, help="how many rows at once; repeatable")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, help="threads of everyone; default all cores")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single figure here")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    threads = given.threads or machine(0)["cores"]
    about = machine(threads, PACKAGES)
    print(", ".join(f"{key} {value}" for key, value in about.items() if key != "versions"))
    print(", ".join(f"{package} {version}" for package, version in about["versions"].items()))
    contenders = [Contender(name, threads) for name in given.contender or CONTENDERS]
    results: list[dict[str, Any]] = []
    for name in given.case or CASES:
        for count in given.rows or ROWS:
            taking = [each for each in contenders if not CASES[name].table or each.name in TAKE_TABLES]
            outputs = {each.name: each.measure(name, count)[1] for each in taking}
            if not CASES[name].table:
                compare(name, outputs)
            found: dict[str, list[float]] = {each.name: [] for each in taking}
            for _ in range(given.rounds):
                for each in taking:
                    found[each.name].append(each.measure(name, count)[0])
            show(CASES[name], count, found)
            results.append({"case": name, "rows": count, "seconds": found})
    for each in contenders:
        each.process.communicate()
    if given.json:
        given.json.write_text(json.dumps({"machine": about, "results": results}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
