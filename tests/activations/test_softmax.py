import numpy as np
import pytest

from chainrule.activations import LogSoftmax, Softmax
from oracles import ENGINES, eager

LOGS = np.log([[1.0, 2.0, 5.0], [1.0, 1.0, 2.0]])


@ENGINES
def test_softmax_by_hand(engine):
    a = engine.run(Softmax().forward, LOGS)
    np.testing.assert_allclose(a, [[1 / 8, 2 / 8, 5 / 8], [1 / 4, 1 / 4, 2 / 4]], rtol=1e-15)
    da = np.array([[8.0, 0.0, 0.0], [0.0, 0.0, 4.0]])
    # Row 1: sum da a = 1; dz = a (da - 1) = 7/8, -2/8, -5/8. Row 2: sum = 2; dz = -2/4, -2/4, 2/4 * 2.
    expected = [[7 / 8, -2 / 8, -5 / 8], [-0.5, -0.5, 1.0]]
    np.testing.assert_allclose(engine.run(Softmax().backward, LOGS, a, da), expected, rtol=1e-15)


@ENGINES
def test_log_softmax_by_hand(engine):
    a = engine.run(LogSoftmax().forward, LOGS)
    np.testing.assert_allclose(a, np.log([[1 / 8, 2 / 8, 5 / 8], [1 / 4, 1 / 4, 2 / 4]]), rtol=1e-15)
    da = np.array([[8.0, 0.0, 0.0], [0.0, 0.0, 4.0]])
    expected = [[7.0, -2.0, -5.0], [-1.0, -1.0, 2.0]]  # da - a * sum(da)
    np.testing.assert_allclose(engine.run(LogSoftmax().backward, LOGS, a, da), expected, rtol=2e-15)


@ENGINES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_limits_at_ten_thousand(engine, dtype):
    z = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [1e4, 1e4, -1e4]], dtype=dtype)
    a = engine.run(Softmax().forward, z)
    expected = np.array([[1, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0.5, 0.5, 0]], dtype=dtype)
    np.testing.assert_allclose(a, expected, rtol=2 * np.finfo(dtype).eps, atol=0)
    logs = engine.run(LogSoftmax().forward, z)
    log3, log2 = np.log(3.0), np.log(2.0)
    expected = [[0, -2e4, -1e4], [-log3, -log3, -log3], [-log2, -log2, -2e4 - log2]]
    np.testing.assert_allclose(logs, expected, rtol=2 * np.finfo(dtype).eps, atol=0)
    for activation, values in ((Softmax(), a), (LogSoftmax(), logs)):
        assert np.isfinite(engine.run(activation.backward, z, values, np.ones_like(z))).all()


@ENGINES
def test_a_shift_changes_nothing_and_shares_sum_to_1(engine):
    z = np.random.default_rng(0).normal(size=(2, 3, 5))
    a = engine.run(Softmax().forward, z)
    np.testing.assert_allclose(a.sum(axis=-1), 1, rtol=1e-15)
    np.testing.assert_allclose(engine.run(Softmax().forward, z + 1000), a, rtol=1e-12)  # z + 1000 rounds at 1e-13
    np.testing.assert_allclose(np.exp(engine.run(LogSoftmax().forward, z)), a, rtol=1e-14)


def test_a_single_class_is_certain_and_passes_no_delta():
    z = np.array([[3.0], [-2.0]])
    a = Softmax().forward(eager(), z)
    np.testing.assert_array_equal(a, 1.0)
    np.testing.assert_array_equal(Softmax().backward(eager(), z, a, z), 0.0)


@pytest.mark.parametrize("activation", [Softmax(), LogSoftmax()], ids=repr)
def test_there_is_no_slope_element_by_element(activation):
    assert not activation.elementwise
    with pytest.raises(NotImplementedError):
        activation.slope(eager(), LOGS, LOGS)
