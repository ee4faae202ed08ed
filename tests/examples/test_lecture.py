"""The lecture's worked numbers, through the public interface, in float64, on both engines.

The tables print four or five digits: 1e-4 is one unit of their last place. The lecture prints softplus(2.14) as
2.2515; it is 2.25123 (log(1 + e^2.14)), and the output it leads to, −0.0110, is right.
"""

import importlib.util
import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import chainrule as cr

FOLDER = Path(__file__).parents[2] / "examples" / "lecture"
ENGINES = ("numpy", "xla")


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def untrained(engine: str, module: ModuleType) -> np.ndarray:
    """Predictions of a run that made no step, on either engine."""
    run = cr.fit(module.network, module.price, module.bought, epochs=0, engine=engine, dtype="float64", progress=False)
    return run.predict(module.price)[:, 0]


def test_case_a_forward_pass(capsys):
    module = example("a_forward_pass")
    trace = module.network.trace(module.price, module.bought)
    np.testing.assert_allclose(trace.value("dense1.z"), [[2.14, 1.29], [-15.06, 0.03], [-32.26, -1.23]], atol=1e-9)
    a = trace.value("dense1.a")
    np.testing.assert_allclose(a[:, 1], [1.5331, 0.70826, 0.25642], atol=1e-4)
    assert a[0, 0] == pytest.approx(math.log(1 + math.e**2.14), rel=1e-12)
    np.testing.assert_allclose(a[1:, 0], [2.8809e-07, 9.7647e-15], rtol=1e-4)
    np.testing.assert_allclose(trace.prediction[:, 0], [-0.0110, 1.0348, 0.0046], atol=1e-4)
    module.main()
    assert "output 1.0348" in capsys.readouterr().out


@pytest.mark.parametrize("engine", ENGINES)
def test_case_a_on_each_engine(engine):
    np.testing.assert_allclose(untrained(engine, example("a_forward_pass")), [-0.0110, 1.0348, 0.0046], atol=1e-4)


@pytest.mark.parametrize("engine", ENGINES)
def test_case_b_backpropagation_of_one_bias(engine, capsys):
    module = example("b_backpropagation")
    table = {
        0.0: ([-2.6037, -1.6090, -2.6149], 20.4236, -15.6551),
        1.0: ([-1.6037, -0.6090, -1.6149], 7.7685, -9.6551),
        2.0: ([-0.6037, 0.3910, -0.6149], 1.1134, -3.6551),
        3.0: ([0.3963, 1.3910, 0.3851], 0.4583, 2.3449),
    }
    for bias, (predictions, ssr, slope) in table.items():
        trace = module.network.set({"dense2.bias": [bias]}).trace(module.price, module.bought)
        np.testing.assert_allclose(trace.prediction[:, 0], predictions, atol=1e-4)
        assert trace.loss == pytest.approx(ssr, abs=1e-4)
        assert trace.gradient("dense2.bias[0]") == pytest.approx(slope, abs=1e-4)
        step = cr.Trainer(
            module.network.set({"dense2.bias": [bias]}),
            module.price,
            module.bought,
            optimizer=cr.SGD(1.0),
            dtype="float64",
            engine=engine,
        )
        step.step()
        assert bias - step.params["dense2.bias[0]"] == pytest.approx(slope, abs=1e-4)
        assert step.history.step_losses[0] == pytest.approx(ssr, abs=1e-4)
    passed = module.main(engine)
    expected = [0, 1.5655, 2.1917, 2.4422, 2.5424, 2.5825, 2.5985, 2.6049]
    np.testing.assert_allclose(passed[:8], expected, atol=1e-4)
    assert passed[-1] == pytest.approx(2.6092, abs=1e-4)
    assert "SSR 1.1134" in capsys.readouterr().out


@pytest.mark.parametrize("engine", ENGINES)
def test_case_c_intercept_of_a_line(engine):
    module = example("c_intercept")
    assert module.network.trace(module.x, module.y).gradient("line.bias[0]") == pytest.approx(-5.704, abs=1e-4)
    intercepts, losses = module.main(engine)
    np.testing.assert_allclose(intercepts[:6], [0, 0.5704, 0.7986, 0.8898, 0.9263, 0.9409], atol=1e-4)
    assert intercepts[-1] == pytest.approx(0.9507, abs=1e-4)
    np.testing.assert_allclose(losses[:3], [3.1559, 0.8784, 0.5140], atol=1e-4)


@pytest.mark.parametrize("engine", ENGINES)
def test_case_d_learning_rate(engine):
    passed = example("d_learning_rate").main(engine)
    expected = [1.99, 1.592, 1.2736, 1.0189, 0.8151, 0.6521, 0.5217, 0.4173, 0.3339, 0.2671]
    np.testing.assert_allclose(passed, expected, atol=1e-4)


def test_case_d_diverges_when_the_rate_is_too_high():
    passed = example("d_learning_rate").main("numpy", learning_rate=1.1)
    assert abs(passed[-1]) > abs(passed[0])


def test_case_e_chain_rule_in_business(capsys):
    module = example("e_chain_rule")
    chain = module.main()
    found = chain.derivative(at={"chicken": 3.0})
    demand, supply = found.factors
    assert (demand.of, demand.wrt, supply.of, supply.wrt) == ("sales", "fried", "fried", "chicken")
    assert found.value == demand.value * supply.value
    assert found.elasticity == demand.elasticity * supply.elasticity
    # What the rows were simulated from; 300 rows with their noise tell slopes to within about 10 %.
    assert supply.value == pytest.approx(1.8, rel=0.1)
    assert demand.elasticity == pytest.approx(-1.3, rel=0.1)
    runs = [model.subject for model in chain.models]
    up, down = (through(runs, 3.0 + h) for h in (1e-5, -1e-5))
    assert found.value == pytest.approx((up - down) / 2e-5, rel=1e-7)
    out = capsys.readouterr().out
    assert "d sales/d chicken = d sales/d fried · d fried/d chicken = −" in out
    assert "(demand side: are consumers price-sensitive?)" in out


def through(subjects: list, chicken: float) -> float:
    """Sales at a chicken price, from one network to the next."""
    value = chicken
    for subject in subjects:
        (column,) = subject.columns
        value = float(subject.predict({"features": column.encode([value])})[0, 0])
    return value
