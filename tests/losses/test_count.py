import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.losses import Poisson, PoissonFromLog
from oracles import ENGINES

LOG2 = np.log(2.0)
RATE = np.array([[1.0, 2.0], [4.0, 0.5]])
COUNT = np.array([[3.0, 0.0], [4.0, 1.0]])


@ENGINES
def test_by_hand(engine):
    # rate − count · log rate: 1, 2, 4 − 8 log 2, 1/2 + log 2.
    value, saved = engine.run(Poisson().forward, RATE, COUNT, None)
    assert value == pytest.approx((7.5 - 7 * LOG2) / 4, rel=1e-15)
    np.testing.assert_allclose(saved.rows, [3 / 4, (4.5 - 7 * LOG2) / 4], rtol=2e-15)
    expected = np.array([[1 - 3, 1], [0, 1 - 2]]) / 4
    np.testing.assert_allclose(engine.run(Poisson().backward, saved), expected, rtol=1e-15)


@ENGINES
def test_from_the_logarithm_it_is_the_same(engine):
    weight = np.array([1.0, 3.0])
    value, saved = engine.run(Poisson().forward, RATE, COUNT, weight)
    logs, logs_saved = engine.run(PoissonFromLog().forward, np.log(RATE), COUNT, weight)
    assert logs == pytest.approx(value, rel=1e-14)
    chained = engine.run(Poisson().backward, saved) * RATE  # d rate / d log rate = rate
    np.testing.assert_allclose(engine.run(PoissonFromLog().backward, logs_saved), chained, rtol=1e-14, atol=1e-16)


@ENGINES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_edges_are_finite(engine, dtype):
    prediction = np.array([0.0, -1e4, 1e4], dtype=dtype)
    count = np.array([0.0, 0.0, 2.0], dtype=dtype)
    value, saved = engine.run(Poisson().forward, prediction, count, None)
    assert value == pytest.approx((0 - 1e4 + 1e4 - 2 * np.log(1e4)) / 3, rel=1e-4)
    np.testing.assert_allclose(engine.run(Poisson().backward, saved), [1 / 3, 1 / 3, (1 - 2e-4) / 3], rtol=1e-6)
    value, saved = engine.run(Poisson().forward, np.zeros(1, dtype), np.ones(1, dtype), None)
    tiny = np.finfo(dtype).smallest_normal
    assert value == pytest.approx(-np.log(np.float64(tiny)), rel=1e-6)
    assert engine.run(Poisson().backward, saved)[0] == pytest.approx(-1 / np.float64(tiny), rel=1e-6)
    low = engine.run(PoissonFromLog().forward, np.full(1, -1e4, dtype), np.zeros(1, dtype), None)
    assert low[0] == 0


@pytest.mark.parametrize("loss", [Poisson(), PoissonFromLog()], ids=repr)
def test_negative_counts(loss):
    with pytest.raises(DataError) as caught:
        loss.check_target((3, 1), np.array([[0.0], [2.0], [-1.0]]))
    assert str(caught.value) == (
        f"Loss '{loss.name}' needs targets that are counts of 0 or more; got -1.0 in row 3. "
        "For targets below 0 use 'mse'."
    )
    assert caught.value.row == 3
