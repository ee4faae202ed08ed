"""Runs to report on: small, trained once, with names and cells that would break a page which does not escape them."""

from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr

NASTY = "<script>alert('x')</script>"


def _rows(n: int = 120) -> dict[str, list]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    return {
        NASTY: x.tolist(),
        'a & "b"': rng.choice(["<i>", "</table>", "c'"], n).tolist(),
        "row id": [f"r{place}" for place in range(n)],
        "noise": rng.normal(size=n).tolist(),
    }


@pytest.fixture(scope="session")
def classes_run() -> cr.Run:
    """Two classes with nasty labels; its baselines are made up: one better by log loss, none by accuracy."""
    table = _rows()
    table["<b>bought</b>"] = ["<yes>" if x > 0 else "no & no" for x in table[NASTY]]
    run = cr.fit_table(table, "<b>bought</b>", epochs=4, hidden_layers=(5,), baselines=False, engine="numpy")
    facts = dict(run.facts)
    facts["metrics"] = {
        "train": {"accuracy": 0.96875, "log_loss": 0.1234567, "auc": 0.98765},
        "test": {"accuracy": 0.875, "log_loss": 0.3141592, "auc": 0.9271828},
    }
    facts["baselines"] = {
        "majority": {"accuracy": 0.5416667, "log_loss": 0.6931472, "auc": 0.5},
        "logistic <regression>": {"accuracy": 0.875, "log_loss": 0.2718281, "auc": 0.9171828},
    }
    facts["notes"] = [*facts["notes"], "a note with <angle> brackets"]
    return replace(run, facts=facts)


@pytest.fixture(scope="session")
def numbers_run() -> cr.Run:
    """A regression."""
    table = _rows()
    table["price"] = [3000 + 250 * x for x in table[NASTY]]
    run = cr.fit_table(table, "price", epochs=4, hidden_layers=(20, 20), baselines=False, engine="numpy")
    return replace(run, facts=dict(run.facts) | {"baselines": {"mean": {"r2": 0.0, "rmse": 250.0, "mae": 200.5}}})


def bags(**training: object) -> cr.Run:
    """The lecture's 1-2-1 network, trained on arrays."""
    network = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], loss="ssr").set(
        {
            "dense1.weight": [[-34.4, -2.52]],
            "dense1.bias": [2.14, 1.29],
            "dense2.weight": [[-1.3], [2.28]],
            "dense2.bias": [-0.58],
        }
    )
    settings = {"epochs": 0, "dtype": "float64", "optimizer": cr.SGD(0.001), "engine": "numpy"} | training
    return cr.fit(network, [[0.0], [0.5], [1.0]], [0.0, 1.0, 0.0], **settings)


@pytest.fixture(scope="session")
def bags_run() -> cr.Run:
    """As the lecture gives it, untrained."""
    return bags()
