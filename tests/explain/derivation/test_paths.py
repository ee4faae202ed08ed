"""Paths are counted exactly without being listed, opened by name, and found by their weight."""

from itertools import product

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from explain.derivation.networks import NETWORKS, bags, traced


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


def test_the_largest_paths_are_the_largest():
    trace = NETWORKS["residual"]()
    found = trace.derivation("dense1.weight[0, 1]", most=10_000)
    by_size = sorted((abs(path.value) for path in found.paths), reverse=True)
    assert [abs(path.value) for path in found.largest(len(by_size))] == pytest.approx(by_size, rel=1e-12)
    assert [abs(path.value) for path in found.largest(2)] == pytest.approx(by_size[:2], rel=1e-12)


def test_a_path_opens_by_the_numbers_it_runs_through():
    trace = NETWORKS["residual"]()
    found = trace.derivation("dense1.weight[0, 1]", most=1)
    assert found.paths is None
    whole = trace.derivation("dense1.weight[0, 1]", most=10_000)
    through = ("dense2.a[2]", "dense3.z[1]", "layernorm1.z[0]")
    path = found.path(*through, row=2)
    assert set(through) < set(path.through)
    same = [each for each in whole.paths if each.row == 2 and each.through == path.through]
    assert [each.value for each in same] == [path.value]


@pytest.mark.parametrize(
    ("through", "row", "message"),
    [
        (
            ("dense1.a[1]",),
            0,
            "24 paths of ∂loss/∂dense1.weight[0, 1] run through 'dense1.a[1]' on row 1. Name one number more, of "
            "'dense2.z', 'dense2.a', 'add1.z', 'add1.a', 'layernorm1.z', 'layernorm1.a', 'dense3.z'; "
            ".largest() has those that weigh most.",
        ),
        (
            ("dense2.a[9]",),
            0,
            "No path of ∂loss/∂dense1.weight[0, 1] on row 1 runs through 'dense2.a[9]'; they run through "
            "'dense1.z[1]', 'dense1.a[1]', 'dense2.z[2]', 'dense2.z[1]', 'dense2.z[0]', 'dense2.a[2]', "
            "'dense2.a[1]', 'dense2.a[0]', 'add1.z[2]', 'add1.z[1]', 'add1.z[0]', 'add1.a[2]' and 10 more. "
            "Did you mean 'dense2.a[2]'?",
        ),
        (
            ("dense2.a[0]", "dense2.a[1]"),
            0,
            "No path of ∂loss/∂dense1.weight[0, 1] on row 1 runs through 'dense2.a[0]' and 'dense2.a[1]' together.",
        ),
        ((), 7, "The derivation has no row=7; it has row=0 to row=2."),
    ],
)
def test_paths_that_cannot_be_opened(through, row, message):
    with pytest.raises(InputError) as caught:
        NETWORKS["residual"]().derivation("dense1.weight[0, 1]", most=1).path(*through, row=row)
    assert str(caught.value) == message


def test_factors_of_several_paths():
    with pytest.raises(InputError) as caught:
        _ = bags().derivation("dense2.bias[0]").factors
    assert str(caught.value) == (
        "∂loss/∂dense2.bias[0] has 3 paths; see .paths (a row= makes them fewer), or .stages, by layers."
    )
