"""Small trainings that the tests of training share."""

from typing import Any

import numpy as np

from chainrule.network import Dense, Dropout, Network


def table(rows: int = 37, columns: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows that a small network can learn; 37 is no multiple of any batch size used."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns))
    return X, np.sin(X[:, 0]) + 0.5 * X[:, 1]


def small_network(**options: Any) -> Network:
    """One hidden layer."""
    return Network([Dense(5, "tanh"), Dense(1)], loss="mse", **options)


def dropout_network() -> Network:
    """A layer that draws random numbers while training."""
    return Network([Dense(8, "relu"), Dropout(0.4), Dense(1)], loss="mse")


def wide_table() -> tuple[np.ndarray, np.ndarray]:
    """Rows for :func:`wide_network`, two batches of 256."""
    return table(512, 100)


def wide_network() -> Network:
    """Products that two threads share, with other last bits than one thread gives them: in batches of 256."""
    return Network([Dense(256, "relu"), Dense(256, "relu"), Dense(1)], loss="mse")


def same(a: Any, b: Any) -> bool:
    """Whether two sets of parameters are equal bit by bit."""
    return set(a) == set(b) and all(np.array_equal(a[name], b[name]) for name in a)
