import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.diagnosis.curvature import steepest

X = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0], [2.0, -1.0]])
Y = np.array([1.0, 2.0, 0.0, 1.0])


def _run(optimizer: cr.SGD, loss: str = "mse", **settings) -> cr.Run:
    network = cr.Network([cr.Dense(1)], loss=loss)
    return cr.fit(network, X, Y, optimizer=optimizer, epochs=3, engine="numpy", batch_size=4, **settings)


def _hessian_of_mse() -> float:
    wide = np.column_stack([X, np.ones(4)])
    return float(np.linalg.eigvalsh(2 * wide.T @ wide / 4).max())


def test_it_is_the_largest_eigenvalue_of_the_hessian():
    look = _run(cr.SGD(0.01)).look()
    found = steepest(look, look.state)
    assert found is not None
    assert found.value == pytest.approx(_hessian_of_mse(), rel=1e-4)  # a power iteration of thirty steps
    assert found.limit == 2 / found.value


def test_a_sum_over_a_batch_is_that_batchs():
    look = _run(cr.SGD(0.001), "ssr").look()
    assert steepest(look, look.state).value == pytest.approx(4 * _hessian_of_mse(), rel=1e-4)


def test_momentum_widens_the_limit():
    look = _run(cr.SGD(0.01, 0.9)).look()
    found = steepest(look, look.state)
    assert found.limit == pytest.approx(2 * 1.9 / found.value)


def test_at_the_limit_gradient_descent_stops_converging():
    limit = 2 / _hessian_of_mse()
    below, above = (
        cr.fit(
            cr.Network([cr.Dense(1)]), X, Y, optimizer=cr.SGD(times * limit), epochs=400, batch_size=4, dtype="float64"
        )
        for times in (0.95, 1.05)
    )
    assert below.history["loss"][-1] < below.history["loss"][0]
    assert above.history["loss"][-1] > 100 * above.history["loss"][0]


def test_other_optimizers_have_no_such_limit():
    look = cr.fit(cr.Network([cr.Dense(1)]), X, Y, optimizer=cr.Adam(0.01), epochs=1, engine="numpy").look()
    assert steepest(look, look.state) is None


def test_frozen_parameters_do_not_count():
    network = cr.Network([cr.Dense(1)], input_shape=2).freeze("dense1.weight")
    look = cr.fit(network, X, Y, optimizer=cr.SGD(0.01), epochs=1, engine="numpy", batch_size=4).look()
    assert steepest(look, look.state).value == pytest.approx(2.0, rel=1e-6)
