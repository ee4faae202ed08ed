"""Runs made to have an illness, and healthy ones; small, on the NumPy engine, and made once for all tests."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import datasets

import chainrule as cr
from chainrule.explain.diagnosis import Diagnosis
from chainrule.network.parameters import flatten

EXAMPLES = Path(__file__).parents[3] / "examples"
SEEDS = (0, 1, 2)


def friedman(rows: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Ten columns, five of which matter; all scaled."""
    X, y = datasets.make_friedman1(rows, noise=0.5, random_state=seed)
    return scaled(X), scaled(y)


def moons(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return datasets.make_moons(400, noise=0.2, random_state=seed)


def scaled(values: np.ndarray) -> np.ndarray:
    return (values - values.mean(axis=0)) / values.std(axis=0)


def arrays(name: str) -> tuple[np.ndarray, np.ndarray]:
    """One of scikit-learn's tables, scaled."""
    table = getattr(datasets, f"load_{name}")()
    return scaled(table.data), scaled(table.target) if name == "diabetes" else table.target


def frame(name: str) -> pd.DataFrame:
    """One of scikit-learn's tables, as it is; classes have names."""
    table = getattr(datasets, f"load_{name}")(as_frame=True).frame
    if name != "diabetes":
        table["target"] = table["target"].map(lambda code: f"class {code}")
    return table


def fit(parts: list[Any], rows: tuple[np.ndarray, np.ndarray], loss: str = "mse", **settings: Any) -> cr.Run:
    given = {"epochs": 30, "validation": 0.2, "engine": "numpy", "progress": False} | settings
    return cr.fit(cr.Network(parts, loss=loss), *rows, **given)


def fit_table(table: Any, target: str, **settings: Any) -> cr.Run:
    given = {"baselines": False, "engine": "numpy", "progress": False} | settings
    return cr.fit_table(table, target, **given)


def started(parts: list[Any], columns: int, seed: int, times: float = 1.0, bias: float = 0.0) -> cr.Network:
    """A network whose first hidden weights are ``times`` too large, and whose biases are ``bias``."""
    network = cr.Network(parts, input_shape=columns)
    values = flatten(network.init(seed)[0])
    last = network.nodes[-1].name
    return network.set(
        {
            name: value * times if value.ndim > 1 else value + bias
            for name, value in values.items()
            if not name.startswith(last)
        }
    )


@cache
def diagnosed(make: Callable[[int], cr.Run], seed: int) -> Diagnosis:
    """The diagnosis of such a run."""
    return make(seed).diagnose()


@cache
def dead(seed: int) -> cr.Run:
    """Biases of −4: hardly a row reaches a unit."""
    X, y = friedman(seed=seed)
    network = started([cr.Dense(16, "relu"), cr.Dense(16, "relu"), cr.Dense(1)], 10, seed, bias=-4.0)
    return cr.fit(network, X, y, epochs=10, validation=0.2, engine="numpy", seed=seed)


@cache
def killed(seed: int) -> cr.Run:
    """A rate so high that units die in the first steps."""
    X, y = friedman(600, seed)
    parts = [cr.Dense(32, "relu"), cr.Dense(32, "relu"), cr.Dense(1)]
    return fit(parts, (X, 3 * y), optimizer=cr.SGD(0.12), seed=seed)


@cache
def saturated(seed: int) -> cr.Run:
    """First weights 15 times too large."""
    X, y = friedman(seed=seed)
    network = started([cr.Dense(16, "tanh"), cr.Dense(1)], 10, seed, times=15.0)
    return cr.fit(network, X, y, epochs=10, validation=0.2, engine="numpy", seed=seed)


@cache
def vanishing(seed: int) -> cr.Run:
    """Ten layers of sigmoids."""
    parts = [*(cr.Dense(16, "sigmoid", weights="glorot") for _ in range(10)), cr.Dense(1)]
    return fit(parts, friedman(seed=seed), epochs=5, seed=seed)


@cache
def vanishing_tanh(seed: int) -> cr.Run:
    """Eight layers whose first weights are five times too small."""
    X, y = friedman(seed=seed)
    network = started([*(cr.Dense(16, "tanh") for _ in range(8)), cr.Dense(1)], 10, seed, times=0.2)
    return cr.fit(network, X, y, optimizer=cr.SGD(0.01), epochs=5, validation=0.2, engine="numpy", seed=seed)


@cache
def exploding(seed: int) -> cr.Run:
    """Eight layers whose first weights are four times too large."""
    X, y = friedman(seed=seed)
    network = started([*(cr.Dense(16, "relu") for _ in range(8)), cr.Dense(1)], 10, seed, times=4.0)
    return cr.fit(network, X, y, epochs=5, validation=0.2, engine="numpy", seed=seed)


@cache
def stuck(seed: int) -> cr.Run:
    """Five layers of sigmoids under plain gradient descent: the loss stays that of a constant."""
    parts = [*(cr.Dense(16, "sigmoid", weights="glorot") for _ in range(5)), cr.Dense(1)]
    return fit(parts, friedman(seed=seed), optimizer=cr.SGD(0.05), epochs=25, seed=seed)


@cache
def paused(seed: int) -> cr.Run:
    """First weights so small that plain gradient descent takes many epochs to leave the saddle at 0."""
    X, y = friedman(seed=seed)
    network = started([*(cr.Dense(16, "tanh") for _ in range(5)), cr.Dense(1)], 10, seed, times=0.2)
    return cr.fit(network, X, y, optimizer=cr.SGD(0.01), epochs=150, validation=0.2, engine="numpy", seed=seed)


@cache
def diverged(seed: int) -> cr.Run:
    """A rate of 5, until the loss is infinite."""
    X, y = friedman(seed=seed)
    with pytest.raises(cr.NonFiniteError) as caught:
        fit([cr.Dense(16, "tanh"), cr.Dense(1)], (X, 10 * y), optimizer=cr.SGD(5.0), seed=seed)
    return caught.value.run


@cache
def too_fast(seed: int) -> cr.Run:
    """Adam at 0.5."""
    parts = [cr.Dense(32, "tanh"), cr.Dense(1)]
    return fit(parts, friedman(seed=seed), optimizer=cr.Adam(0.5), epochs=20, seed=seed)


@cache
def too_fast_rms(seed: int) -> cr.Run:
    """RMSProp at 0.1."""
    parts = [cr.Dense(32, "tanh"), cr.Dense(1)]
    return fit(parts, friedman(seed=seed), optimizer=cr.RMSProp(0.1), epochs=20, seed=seed)


@cache
def too_slow(seed: int) -> cr.Run:
    """Adam at 0.00001."""
    parts = [cr.Dense(32, "tanh"), cr.Dense(1)]
    return fit(parts, friedman(seed=seed), optimizer=cr.Adam(1e-5), epochs=12, seed=seed)


@cache
def too_slow_descent(seed: int) -> cr.Run:
    """Gradient descent at 0.0001."""
    parts = [cr.Dense(32, "relu"), cr.Dense(1)]
    return fit(parts, friedman(seed=seed), optimizer=cr.SGD(1e-4), epochs=12, seed=seed)


@cache
def unscaled(seed: int) -> cr.Run:
    """Wine as it is: proline is 747 ± 314."""
    table = datasets.load_wine()
    parts = [cr.Dense(16, "relu"), cr.Dense(3, "softmax")]
    return fit(parts, (table.data, table.target), "cross_entropy", seed=seed)


@cache
def unscaled_tanh(seed: int) -> cr.Run:
    """Breast cancer as it is: areas up to 4,254."""
    table = datasets.load_breast_cancer()
    parts = [cr.Dense(16, "tanh"), cr.Dense(1, "sigmoid")]
    return fit(parts, (table.data, table.target), "binary_cross_entropy", epochs=15, seed=seed)


@cache
def overfit(seed: int) -> cr.Run:
    """Diabetes, 80 epochs of a network with 5,000 parameters."""
    parts = [cr.Dense(64, "relu"), cr.Dense(64, "relu"), cr.Dense(1)]
    return fit(parts, arrays("diabetes"), validation=0.3, batch_size=64, epochs=80, seed=seed)


@cache
def memorised(seed: int) -> cr.Run:
    """48 rows of thirty columns, twenty of which are noise."""
    X, y = friedman(80, seed)
    noise = np.random.default_rng(seed).normal(size=(80, 20))
    parts = [cr.Dense(64, "relu"), cr.Dense(64, "relu"), cr.Dense(1)]
    return fit(parts, (np.hstack([X, noise]), y), validation=0.4, epochs=100, seed=seed)


@cache
def underfit(seed: int) -> cr.Run:
    """Two moons, told apart by a straight line."""
    return fit(
        [cr.Dense(1, "sigmoid")], moons(seed), "binary_cross_entropy", optimizer=cr.Adam(0.05), epochs=12, seed=seed
    )


@cache
def underfit_parabola(seed: int) -> cr.Run:
    """A parabola, for a network that is linear."""
    X = np.random.default_rng(seed).uniform(-2, 2, (400, 2))
    rows = X, X[:, 0] + X[:, 0] ** 2 + X[:, 1]
    return fit([cr.Dense(1)], rows, optimizer=cr.Adam(0.05), epochs=12, seed=seed)


@cache
def leaking(seed: int) -> cr.Run:
    """Diabetes with a column that is twice the target, and a little noise."""
    table = frame("diabetes")
    table["risk"] = 2 * table["target"] + np.random.default_rng(seed).normal(0, 3, len(table))
    return fit_table(table, "target", epochs=8, early_stopping=None, seed=seed)


@cache
def leaking_category(seed: int) -> cr.Run:
    """Penguins with a code for the sex that is to be told."""
    table = pl.read_csv(EXAMPLES / "penguins.csv", null_values="NA").drop_nulls("sex")
    code = pl.when(pl.col("sex") == "male").then(pl.lit("A7")).otherwise(pl.lit("B2"))
    return fit_table(table.with_columns(code=code), "sex", epochs=8, early_stopping=None, seed=seed)


@cache
def leaking_arrays(seed: int) -> cr.Run:
    """The same on arrays: the eleventh column is the target."""
    X, y = friedman(seed=seed)
    noise = np.random.default_rng(seed).normal(0, 0.01, len(y))
    return fit([cr.Dense(16, "relu"), cr.Dense(1)], (np.column_stack([X, y + noise]), y), epochs=30, seed=seed)


@cache
def imbalanced(seed: int) -> cr.Run:
    """4 % of the rows are of the one class, and hard to tell."""
    X, y = datasets.make_classification(
        1000, 8, n_informative=4, weights=[0.96], class_sep=0.7, flip_y=0.02, random_state=seed
    )
    table = pd.DataFrame(X, columns=[f"x{place}" for place in range(8)])
    table["y"] = ["yes" if code else "no" for code in y]
    return fit_table(table, "y", epochs=8, early_stopping=None, hidden_layers=(16,), seed=seed)


@cache
def duplicated(seed: int) -> cr.Run:
    """Diabetes with 120 of its rows a second time."""
    table = frame("diabetes")
    table = pd.concat([table, table.sample(120, random_state=seed)], ignore_index=True)
    return fit_table(table, "target", epochs=8, early_stopping=None, seed=seed)


@cache
def doubled(seed: int) -> cr.Run:
    """Wine with every row twice."""
    table = frame("wine")
    return fit_table(pd.concat([table, table], ignore_index=True), "target", epochs=8, early_stopping=None, seed=seed)


ILL = {
    "dead units": (dead, killed),
    "saturation": (saturated, unscaled_tanh),
    "vanishing gradients": (vanishing, vanishing_tanh),
    "exploding gradients": (exploding,),
    "plateau": (stuck, paused),
    "divergence": (diverged,),
    "learning rate too high": (too_fast, too_fast_rms),
    "learning rate too low": (too_slow, too_slow_descent),
    "unscaled input": (unscaled, unscaled_tanh),
    "overfitting": (overfit, memorised),
    "underfitting": (underfit, underfit_parabola),
    "leaking column": (leaking, leaking_category, leaking_arrays),
    "class imbalance": (imbalanced,),
    "duplicated rows": (duplicated, doubled),
}


@cache
def healthy_linear(seed: int) -> cr.Run:
    return fit([cr.Dense(1)], arrays("diabetes"), optimizer=cr.SGD(0.01), epochs=40, seed=seed)


@cache
def healthy_tanh(seed: int) -> cr.Run:
    parts = [cr.Dense(8, "tanh"), cr.Dense(3, "softmax")]
    return fit(parts, arrays("iris"), "cross_entropy", optimizer=cr.SGD(0.1), epochs=100, seed=seed)


@cache
def healthy_sigmoid(seed: int) -> cr.Run:
    parts = [cr.Dense(16, "sigmoid"), cr.Dense(1, "sigmoid")]
    return fit(parts, arrays("breast_cancer"), "binary_cross_entropy", optimizer=cr.Adam(0.01), seed=seed)


@cache
def healthy_momentum(seed: int) -> cr.Run:
    parts = [cr.Dense(32, "relu"), cr.Dense(32, "relu"), cr.Dense(1, "sigmoid")]
    return fit(parts, moons(seed), "binary_cross_entropy", optimizer=cr.SGD(0.05, 0.9), epochs=60, seed=seed)


@cache
def healthy_full_batch(seed: int) -> cr.Run:
    rows = moons(seed)
    settings = {"optimizer": cr.SGD(0.5), "batch_size": 400, "epochs": 1500, "validation": None, "seed": seed}
    return fit([cr.Dense(8, "tanh"), cr.Dense(1)], rows, "binary_cross_entropy_from_logits", **settings)


@cache
def healthy_elu(seed: int) -> cr.Run:
    parts = [cr.Dense(32, "elu"), cr.Dense(32, "elu"), cr.Dense(1)]
    return fit(parts, friedman(500, seed), optimizer=cr.RMSProp(0.001), epochs=60, early_stopping=15, seed=seed)


@cache
def healthy_dropout(seed: int) -> cr.Run:
    parts = [cr.Dense(32, "gelu"), cr.Dropout(0.1), cr.Dense(16, "gelu"), cr.Dense(1)]
    settings = {"optimizer": cr.AdamW(0.003), "epochs": 50, "early_stopping": 10}
    return fit(parts, friedman(800, seed), "huber", seed=seed, **settings)


@cache
def healthy_batch_norm(seed: int) -> cr.Run:
    block = [cr.Dense(32), cr.BatchNorm(), cr.Activation("relu")]
    return fit([*block, *block, cr.Dense(1)], friedman(600, seed), epochs=40, early_stopping=10, seed=seed)


@cache
def healthy_deep(seed: int) -> cr.Run:
    parts = [*(cr.Dense(24, "tanh", weights="glorot") for _ in range(6)), cr.Dense(3, "softmax")]
    return fit(parts, arrays("wine"), "cross_entropy", epochs=20, early_stopping=5, seed=seed)


@cache
def healthy_digits(seed: int) -> cr.Run:
    table = datasets.load_digits()
    parts = [cr.Dense(32, "relu"), cr.Dense(10, "softmax")]
    settings = {"epochs": 20, "early_stopping": 8, "optimizer": cr.Adam(0.003), "seed": seed}
    return fit(parts, (table.data / 16, table.target), "cross_entropy", **settings)


@cache
def healthy_iris(seed: int) -> cr.Run:
    return fit_table(frame("iris"), "target", epochs=80, seed=seed)


@cache
def healthy_wine(seed: int) -> cr.Run:
    return fit_table(frame("wine"), "target", hidden_layers=(32,), activation="leaky_relu", epochs=60, seed=seed)


@cache
def healthy_cancer(seed: int) -> cr.Run:
    return fit_table(frame("breast_cancer"), "target", hidden_layers=(16, 16), activation="tanh", epochs=40, seed=seed)


@cache
def healthy_diabetes(seed: int) -> cr.Run:
    return fit_table(frame("diabetes"), "target", seed=seed)


@cache
def healthy_species(seed: int) -> cr.Run:
    return fit_table(EXAMPLES / "penguins.csv", "species", epochs=60, seed=seed)


@cache
def healthy_mass(seed: int) -> cr.Run:
    return fit_table(EXAMPLES / "penguins.csv", "body_mass_g", loss="mae", seed=seed)


@cache
def healthy_investment(seed: int) -> cr.Run:
    return fit_table(EXAMPLES / "investment.csv", "invest", epochs=80, seed=seed)


@cache
def healthy_titanic(seed: int) -> cr.Run:
    """A table of three categories, in which most rows are equal by chance."""
    rng = np.random.default_rng(seed)
    kind, sex, old = rng.integers(0, 3, 600), rng.integers(0, 2, 600), rng.integers(0, 2, 600)
    alive = rng.random(600) < 0.15 + 0.2 * kind + 0.3 * sex
    table = {"class": [f"c{each}" for each in kind], "sex": [f"s{each}" for each in sex], "age": [f"a{o}" for o in old]}
    return fit_table(table | {"alive": ["yes" if each else "no" for each in alive]}, "alive", epochs=15, seed=seed)


HEALTHY = (
    healthy_linear,
    healthy_tanh,
    healthy_sigmoid,
    healthy_momentum,
    healthy_full_batch,
    healthy_elu,
    healthy_dropout,
    healthy_batch_norm,
    healthy_deep,
    healthy_digits,
    healthy_iris,
    healthy_wine,
    healthy_cancer,
    healthy_diabetes,
    healthy_species,
    healthy_mass,
    healthy_investment,
    healthy_titanic,
)
