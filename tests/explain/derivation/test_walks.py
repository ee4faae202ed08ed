"""Paths with their factors are found when they are asked for: by their weight, or by the numbers they run through."""

import math

import pytest

from chainrule.errors import InputError
from explain.derivation.networks import NETWORKS, bags


def test_a_path_has_the_factors_from_the_loss_to_the_weight():
    """Row 1 of the lecture's network, x = 0.5 and y = 1: the second unit's sum is −2.52 · 0.5 + 1.29."""
    trace = bags()
    found = trace.derivation("dense1.weight[0, 1]")
    (path,) = found.walks.all(1)
    slope = 1 / (1 + math.exp(-(-2.52 * 0.5 + 1.29)))
    expected = {
        ("loss", "dense2.a[0]"): 2 * (float(trace.prediction[1, 0]) - 1),
        ("dense2.a[0]", "dense2.z[0]"): 1,
        ("dense2.z[0]", "dense1.a[1]"): 2.28,
        ("dense1.a[1]", "dense1.z[1]"): slope,
        ("dense1.z[1]", "dense1.weight[0, 1]"): 0.5,
    }
    assert {(factor.of, factor.wrt): factor.value for factor in path.factors} == pytest.approx(expected, rel=1e-12)
    assert (path.row, path.value) == (1, pytest.approx(math.prod(expected.values()), rel=1e-12))


def test_a_number_that_paths_start_from_is_no_factor():
    (path,) = bags().derivation("dense1.z[1]", "prediction[0]", row=1).walks.all(1)
    assert [(factor.of, factor.wrt) for factor in path.factors] == [
        ("dense2.a[0]", "dense2.z[0]"),
        ("dense2.z[0]", "dense1.a[1]"),
        ("dense1.a[1]", "dense1.z[1]"),
    ]


def residual(most=1):
    """A derivation whose paths are not listed, or all of them."""
    return NETWORKS["residual"]().derivation("dense1.weight[0, 1]", most=most)


def test_the_largest_paths_are_the_largest():
    found = residual()
    assert found.paths is None
    by_size = sorted((abs(path.value) for path in residual(10_000).paths), reverse=True)
    assert [abs(path.value) for path in found.largest(len(by_size))] == pytest.approx(by_size, rel=1e-12)
    assert [abs(path.value) for path in found.largest(2)] == pytest.approx(by_size[:2], rel=1e-12)


def test_a_path_opens_by_the_numbers_it_runs_through():
    through = ("dense2.a[2]", "dense3.z[1]", "layernorm1.z[0]")
    path = residual().path(*through, row=2)
    assert set(through) < set(path.through)
    same = [each for each in residual(10_000).paths if each.row == 2 and each.through == path.through]
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
        residual().path(*through, row=row)
    assert str(caught.value) == message
