"""Tables whose right effects are known to statsmodels, and networks without hidden layers that learned them."""

from functools import cache
from typing import Any

import numpy as np
import polars as pl

import chainrule as cr

ROWS = 120


@cache
def shops() -> dict[str, Any]:
    """Sales of shops, and whether customers come back, by price, temperature, city and promotion."""
    rng = np.random.default_rng(0)
    price, temperature = rng.uniform(1, 3, ROWS), rng.normal(20, 5, ROWS)
    city, promotion = rng.choice(["Bonn", "Kiel", "Ulm"], ROWS), rng.choice(["no", "yes"], ROWS)
    z = 1 - 1.2 * price + 0.1 * temperature + 0.5 * (city == "Ulm") + 1.1 * (promotion == "yes")
    return {
        "price": price,
        "temperature": temperature,
        "city": city.tolist(),
        "promotion": promotion.tolist(),
        "sales": 20 + 3 * z + rng.normal(0, 1, ROWS),
        "back": np.where(rng.random(ROWS) < 1 / (1 + np.exp(1 - z)), "yes", "no").tolist(),
        "form": np.where(
            z + rng.normal(0, 1, ROWS) > 1, "card", np.where(rng.random(ROWS) < 0.5, "app", "cash")
        ).tolist(),
    }


def shop_run(target: str, epochs: int, learning_rate: float, **options: Any) -> cr.Run:
    """A run on the shops; without hidden layers, by gradient descent on all rows at once."""
    inputs = ("price", "temperature", "city", "promotion")
    settings: dict[str, Any] = {
        "test": [1],
        "hidden_layers": (),
        "optimizer": cr.SGD(learning_rate),
        "batch_size": ROWS,
        "epochs": epochs,
        "early_stopping": None,
        "baselines": False,
        "dtype": "float64",
        "engine": "numpy",
        "progress": False,
    }
    return cr.fit_table({name: shops()[name] for name in (*inputs, target)}, target, **(settings | options))


@cache
def linear_run() -> cr.Run:
    """Linear regression."""
    return shop_run("sales", 1000, 0.2)


@cache
def logistic_run() -> cr.Run:
    """Logistic regression."""
    return shop_run("back", 6000, 1.0)


@cache
def deep_run() -> cr.Run:
    """A network with hidden layers, on sales."""
    return shop_run("sales", 60, 0.05, hidden_layers=(6, 4), activation="tanh")


@cache
def class_run() -> cr.Run:
    """A network with a hidden layer, on three classes."""
    return shop_run("form", 60, 0.2, hidden_layers=(5,), activation="softplus")


def design() -> np.ndarray:
    """The training rows as a regression takes them: a constant, numbers, and levels against the first."""
    table = {name: np.asarray(values) for name, values in shops().items()}
    columns = [np.ones(ROWS), table["price"], table["temperature"]]
    columns += [table["city"] == "Kiel", table["city"] == "Ulm", table["promotion"] == "yes"]
    return np.column_stack(columns)[1:].astype(float)


def learned(run: cr.Run) -> pl.DataFrame:
    """The rows that a run on a table in memory was trained on."""
    assert run.reading is not None
    assert run.trainer is not None
    return run.reading.frame.to_native()[(run.trainer.row_numbers - 1).tolist()]
