"""Runs on tables that tests of explanations share."""

from functools import cache

import numpy as np
import polars as pl

import chainrule as cr


def houses(rows: int = 60) -> pl.DataFrame:
    """Prices by size, age (with gaps), district, garden and day of sale."""
    rng = np.random.default_rng(3)
    size, age = rng.uniform(40, 160, rows), rng.uniform(0, 80, rows)
    district = rng.choice(["Harbour", "Hill", "Old town"], rows)
    garden = rng.choice([True, False], rows)
    sold = np.datetime64("2020-01-01") + rng.integers(0, 1500, rows)
    price = 2000 * size - 900 * age + 20_000 * (district == "Hill") + 9_000 * garden + rng.normal(0, 3000, rows)
    return pl.DataFrame(
        {
            "size": size.round(1),
            "age": [None if place % 20 == 7 else round(value) for place, value in enumerate(age)],
            "district": district,
            "garden": garden,
            "sold": pl.Series(sold).cast(pl.Date),
            "price": price.round(),
        }
    )


@cache
def house_run() -> cr.Run:
    """A small network on these, in double precision."""
    return cr.fit_table(
        houses(),
        "price",
        hidden_layers=(4, 3),
        activation="tanh",
        epochs=4,
        early_stopping=None,
        seed=1,
        baselines=False,
        dtype="float64",
        engine="numpy",
        progress=False,
    )
