"""Paths are counted exactly without being listed."""

from itertools import product

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from explain.derivation.networks import bags, traced


def deep(widths=(4, 3, 3, 2), seed=0):
    rng = np.random.default_rng(seed)
    parts = [*(cr.Dense(width, "relu") for width in widths), cr.Dense(1)]
    return traced(parts, "mse", rng.normal(size=(3, 5)), rng.normal(size=3))


def listed(trace, row, start_value):
    """Paths from the prediction to input[0], listed naively over all units: those whose product is not 0."""
    weights = [trace.params[f"dense{k}.weight"] for k in range(1, 6)]
    alive = [trace.value(f"dense{k}.z")[row] > 0 for k in range(1, 5)]
    count = 0
    for units in product(*(range(len(each)) for each in alive)):
        steps = [weights[0][0, units[0]], *(weights[k + 1][units[k], units[k + 1]] for k in range(3))]
        count += all(alive[k][unit] for k, unit in enumerate(units)) and all(steps) and bool(weights[4][units[3], 0])
    return count


@pytest.mark.parametrize("row", [0, 1, 2])
def test_dead_units_carry_no_path(row):
    trace = deep()
    found = trace.derivation("input[0]", "prediction[0]", row=row, most=1)
    assert found.count == listed(trace, row, 1.0)


def test_more_paths_than_anyone_could_list():
    """Eleven layers of 20 units of softplus, where no unit is dead: 20 to the power of 11."""
    trace = traced([*(cr.Dense(20, "softplus") for _ in range(11)), cr.Dense(1)], "mse", np.ones((1, 1)), np.ones(1))
    found = trace.derivation("input[0]", "prediction[0]")
    assert found.paths is None
    assert found.count == 20**11


def test_factors_of_several_paths():
    with pytest.raises(InputError) as caught:
        _ = bags().derivation("dense2.bias[0]").factors
    assert str(caught.value) == (
        "∂loss/∂dense2.bias[0] has 3 paths; see .paths (a row= makes them fewer), or .stages, by layers."
    )
