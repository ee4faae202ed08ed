"""The pass of a blackboard against the same work done by hand with rounded numbers."""

import numpy as np
import pytest

from chainrule.explain.rounding import round_half_up, rounded_trace
from explain.arithmetic import BOUGHT, PRICES, bags
from explain.networks import CASES, traced


def test_halves_are_rounded_away_from_zero():
    values = [0.0025, -0.0025, 2.675, 1.005, 0.5, 1.5, 2.5, 0.0, -0.0004]
    assert round_half_up(values, 3).tolist()[:2] == [0.003, -0.003]
    assert round_half_up([2.675, 1.005], 2).tolist() == [2.68, 1.01]
    assert round_half_up([0.5, 1.5, 2.5, -0.5], 0).tolist() == [1, 2, 3, -1]
    assert str(round_half_up(-0.0004, 3)) == "0.0"


def test_what_is_no_decimal_number_stays():
    assert round_half_up([3, 4], 0).dtype.kind == "i"
    np.testing.assert_array_equal(round_half_up([np.nan, np.inf], 2), [np.nan, np.inf])


def test_the_lecture_on_a_blackboard():
    """With three digits: 0.708·2.28 = 1.614, so 1.614 − 0.58 = 1.034; and 0.256·2.28 = 0.584, so 0.004."""
    trace = bags().trace(PRICES, BOUGHT)
    taught = rounded_trace(trace, 3)
    assert taught.value("dense1.a").tolist() == [[2.251, 1.533], [0.0, 0.708], [0.0, 0.256]]
    assert taught.prediction[:, 0].tolist() == [-0.011, 1.034, 0.004]
    assert taught.loss == 0.001
    assert taught.gradient("dense2.weight[0, 0]") == pytest.approx(-0.05)  # 2.251·(−0.022) = −0.050, and 0 twice
    assert taught.gradient("dense1.weight[0, 1]") == pytest.approx(0.044)  # 0.155·0.508 = 0.079, half of it 0.040


def test_the_lecture_rounded_at_the_end():
    """1.035 and 0.005, as the lecture prints them."""
    assert round_half_up(bags().trace(PRICES).prediction[:, 0], 3).tolist() == [-0.011, 1.035, 0.005]


@pytest.mark.parametrize("case", CASES)
def test_with_many_digits_it_is_the_pass_that_trains(case):
    trace = traced(case)
    taught = rounded_trace(trace, 13)
    np.testing.assert_allclose(taught.prediction, trace.prediction, rtol=0, atol=1e-10)
    assert taught.loss == pytest.approx(trace.loss, abs=1e-10)
    for name, gradient in trace.gradients.items():
        np.testing.assert_allclose(taught.gradients[name], gradient, rtol=0, atol=1e-9)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("decimals", [1, 3])
def test_every_number_is_one_of_so_many_digits(case, decimals):
    taught = rounded_trace(traced(case), decimals)
    for name in taught.values:
        scaled = np.asarray(taught.value(name), dtype=np.float64) * 10**decimals
        np.testing.assert_allclose(scaled, np.round(scaled), rtol=0, atol=1e-6)


def test_products_of_a_weighted_sum_are_rounded_one_by_one():
    """0.004 is nothing in two digits, however often; a sum that is rounded afterwards has 0.02."""
    from chainrule.network import Dense, Network

    network = Network([Dense(1)], loss="ssr").set({"dense1.weight": [[0.04]] * 5, "dense1.bias": [0.0]})
    trace = network.trace([[0.1] * 5], [0.0])
    assert trace.prediction == pytest.approx(0.02)
    assert rounded_trace(trace, 2).prediction == 0


def test_the_trace_itself_stays_as_it_was():
    trace = bags().trace(PRICES, BOUGHT)
    before = trace.prediction.copy()
    rounded_trace(trace, 1)
    np.testing.assert_array_equal(trace.prediction, before)
