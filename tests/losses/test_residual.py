import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.losses import MAE, MSE, SSR, Huber, LogCosh, Quantile
from oracles import ENGINES

# Residuals prediction − target: row 1: 1, −3; row 2: 0, 0.5.
PREDICTION = np.array([[2.0, 1.0], [5.0, 0.5]])
TARGET = np.array([[1.0, 4.0], [5.0, 0.0]])
WEIGHT = np.array([1.0, 3.0])

BY_HAND = [
    (SSR(), None, 10.25, [10, 0.25], [[2, -6], [0, 1]]),
    (SSR(), WEIGHT, 10.75, [10, 0.75], [[2, -6], [0, 3]]),
    (MSE(), None, 10.25 / 4, [2.5, 0.0625], [[0.5, -1.5], [0, 0.25]]),
    (MSE(), WEIGHT, 10.75 / 8, [1.25, 0.09375], [[0.25, -0.75], [0, 0.375]]),
    (MAE(), None, 4.5 / 4, [1, 0.125], [[0.25, -0.25], [0, 0.25]]),
    (Huber(), None, (0.5 + 2.5 + 0.125) / 4, [0.75, 0.03125], [[0.25, -0.25], [0, 0.125]]),
    (Huber(2.0), None, (0.5 + 4 + 0.125) / 4, [1.125, 0.03125], [[0.25, -0.5], [0, 0.125]]),
    # Too high costs 0.2 a unit, too low 0.8: 0.2 + 2.4 + 0 + 0.1.
    (Quantile(0.8), None, 2.7 / 4, [0.65, 0.025], [[0.05, -0.2], [0, 0.05]]),
]


@ENGINES
@pytest.mark.parametrize(("loss", "weight", "value", "rows", "delta"), BY_HAND, ids=lambda given: repr(given)[:20])
def test_by_hand(engine, loss, weight, value, rows, delta):
    found, saved = engine.run(loss.forward, PREDICTION, TARGET, weight)
    assert found == pytest.approx(value, rel=1e-15)
    np.testing.assert_allclose(saved.rows, rows, rtol=2e-15)
    np.testing.assert_allclose(engine.run(loss.backward, saved), delta, rtol=1e-15, atol=1e-16)


def test_saved_shows_the_residuals():
    from oracles import eager

    saved = MSE().forward(eager(), PREDICTION, TARGET, None)[1]
    np.testing.assert_array_equal(saved.difference, [[1, -3], [0, 0.5]])
    assert saved.share == 1 / 4


@ENGINES
def test_log_cosh_by_hand(engine):
    # cosh(log 2) = (2 + 1/2) / 2 = 5/4, tanh(log 2) = (2 - 1/2) / (2 + 1/2) = 3/5.
    prediction, target = np.array([[np.log(2.0)], [0.0]]), np.zeros((2, 1))
    value, saved = engine.run(LogCosh().forward, prediction, target, None)
    assert value == pytest.approx(np.log(5 / 4) / 2, rel=1e-15)
    np.testing.assert_allclose(engine.run(LogCosh().backward, saved), [[0.3], [0]], rtol=1e-15)


@ENGINES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_log_cosh_keeps_its_digits(engine, dtype):
    d = np.array([1e-6, 1e-3, 0.999, 1.001, 30.0, 1e4], dtype=dtype)
    expected = [  # mpmath, 40 digits
        *(4.999999999999166e-13, 4.999999166666889e-07, 0.4330194464208848, 0.43454263451956293),
        *(30 - np.log(2.0), 1e4 - np.log(2.0)),
    ]
    value = [engine.run(LogCosh().forward, d[i : i + 1], np.zeros(1, dtype), None)[0] for i in range(len(d))]
    np.testing.assert_allclose(value, expected, rtol=4e-7 if dtype == np.float32 else 4e-15)


@ENGINES
@pytest.mark.parametrize("loss", [SSR(), MSE(), MAE(), Huber(), LogCosh(), Quantile(0.9)], ids=repr)
def test_far_out_in_float32(engine, loss):
    prediction, target = np.array([1e4, -1e4, 0.0], np.float32), np.zeros(3, np.float32)
    value, saved = engine.run(loss.forward, prediction, target, None)
    each = {
        "ssr": (2e8, 2e4, -2e4),
        "mse": (2e8 / 3, 2e4 / 3, -2e4 / 3),
        "mae": (2e4 / 3, 1 / 3, -1 / 3),
        "huber": ((2e4 - 1) / 3, 1 / 3, -1 / 3),
        "log_cosh": ((2e4 - 2 * np.log(2)) / 3, 1 / 3, -1 / 3),
        "quantile": (1e4 / 3, 0.1 / 3, -0.9 / 3),
    }[loss.name]
    assert value == pytest.approx(each[0], rel=2e-7)
    np.testing.assert_allclose(engine.run(loss.backward, saved), [each[1], each[2], 0], rtol=2e-7)


@ENGINES
def test_huber_at_delta_is_both_of_its_pieces(engine):
    prediction, target = np.array([0.5, -0.5]), np.zeros(2)
    value, saved = engine.run(Huber(0.5).forward, prediction, target, None)
    assert value == 0.125
    np.testing.assert_array_equal(engine.run(Huber(0.5).backward, saved), [0.25, -0.25])


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_quantile_is_least_at_the_quantile(quantile):
    from oracles import eager

    target = np.arange(1.0, 101.0)
    places = np.arange(0.5, 101.0)
    values = [Quantile(quantile).forward(eager(), np.full(100, place), target, None)[0] for place in places]
    least = places[np.isclose(values, min(values), rtol=1e-12)]
    assert np.abs(least - 100 * quantile).min() <= 0.5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Huber(0.0), "Huber: delta must be above 0; got 0.0."),
        (lambda: Quantile(1.0), "Quantile: quantile must be between 0 and 1, both left out; got 1.0."),
        (lambda: Quantile(0), "Quantile: quantile must be between 0 and 1, both left out; got 0.0."),
    ],
)
def test_parameters_out_of_range(make, message):
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value) == message
