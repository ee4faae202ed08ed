"""Many trainings and many points at once: sweeps, restarts and landscapes, beside the same one after the other.

    python bench/many.py [--rounds N]

``at once`` is what ``cr.sweep``, ``cr.restarts`` and ``run.landscape`` take on XLA when their program is compiled, and
``first`` when it is not; ``one by one`` is ``cr.fit`` on XLA for each of the same trainings, its program compiled, and
for landscapes NumPy's forward pass at each point. Medians over the rounds.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import numpy as np

import chainrule as cr
from chainrule.explain.directions import principal, track_of
from chainrule.training.points import Place, losses_at
from training import machine


class Times(NamedTuple):
    """Seconds of one case."""

    what: str
    first: float
    at_once: float
    one_by_one: float


def timed(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Seconds of the first call, and the median of the others."""
    seconds: list[float] = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return seconds[0], statistics.median(seconds[1:])


def data(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows with something in them to learn."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, columns))
    return X, np.sin(X[:, 0]) + X[:, 1 % columns] ** 2


def dense(units: int, layers: int = 2) -> cr.Network:
    """A network of so many hidden layers."""
    return cr.Network([*[cr.Dense(units, "relu")] * layers, cr.Dense(1)])


def rates(rounds: int) -> Times:
    """Other numbers alone."""
    X, y = data(2_000, 20)
    grid = np.geomspace(1e-4, 1e-1, 32)
    same = {"epochs": 5, "batch_size": 32, "engine": "xla"}
    first, again = timed(lambda: cr.sweep(dense(64), X, y, vary={"learning_rate": grid}, **same), rounds)

    def alone() -> None:
        for rate in grid:
            cr.fit(dense(64), X, y, optimizer=cr.Adam(float(rate)), record=False, progress=False, **same)

    return Times("32 learning rates, 2,000 × 20, 64-64, batch 32, 5 epochs", first, again, timed(alone, rounds)[1])


def folds(rounds: int) -> Times:
    """Widths, numbers, folds and seeds."""
    X, y = data(500, 10)
    vary = {"units": [8, 32], "learning_rate": [1e-3, 1e-2, 1e-1]}
    same = {"epochs": 20, "batch_size": 32, "engine": "xla"}
    first, again = timed(lambda: cr.sweep(dense, X, y, vary=vary, folds=5, restarts=3, **same), rounds)
    splits = list(cr.data.folds(len(y), 5))

    def alone() -> None:
        for units, rate, split, seed in product(*vary.values(), splits, range(3)):
            optimizer = cr.Adam(rate)
            train = X[split.train], y[split.train]
            cr.fit(dense(units), *train, optimizer=optimizer, seed=seed, record=False, progress=False, **same)

    return Times("2 widths × 3 rates × 5 folds × 3 seeds, 500 × 10, 20 epochs", first, again, timed(alone, rounds)[1])


def seeds(rounds: int) -> Times:
    """Restarts of a tiny network."""
    X, y = np.array([[0.0], [0.5], [1.0]]), np.array([0.0, 1.0, 0.0])
    network = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], loss="ssr")
    same = {"optimizer": cr.Adam(0.05), "epochs": 1_000, "engine": "xla"}
    first, again = timed(lambda: cr.restarts(network, X, y, 100, **same), rounds)

    def alone() -> None:
        for seed in range(100):
            cr.fit(network, X, y, seed=seed, record=False, progress=False, **same)

    return Times("100 restarts of 1-2-1 on 3 rows, 1,000 epochs", first, again, timed(alone, rounds)[1])


def points(rows: int, columns: int, units: int, rounds: int) -> Times:
    """A landscape."""
    X, y = data(rows, columns)
    run = cr.fit(dense(units), X, y, epochs=2, progress=False)
    track = track_of(run.trainer)
    place = Place(track.end, [axis.arrays for axis in principal(track, 2)])
    side = np.linspace(-1, 1, 41)
    grid = np.stack([each.ravel() for each in np.meshgrid(side, side)], axis=1)
    args = (run.network, run.network.numbers(), place, grid, run.trainer.rows, np.dtype("float32"))
    first, again = timed(lambda: losses_at(*args, engine="xla"), rounds)
    alone = timed(lambda: losses_at(*args, engine="numpy"), 1)[1]
    return Times(f"1,681 points, {columns}-{units}-{units}-1 on {rows:,} rows", first, again, alone)


def main() -> None:
    """Every case, as the table in the README."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    print(machine(0, ("numpy", "jax")))
    print("\n| what | at once | first | one by one |\n|---|---|---|---|")
    cases = (rates, folds, seeds, lambda n: points(500, 10, 64, n), lambda n: points(5_000, 10, 64, n))
    for case in cases:
        found = case(rounds)
        times = found.one_by_one / found.at_once
        print(
            f"| {found.what} | {found.at_once:.2f} s | {found.first:.2f} s | {found.one_by_one:.2f} s ({times:.1f}×) |",
            flush=True,
        )


if __name__ == "__main__":
    main()
