import numpy as np
import pytest

from chainrule.activations import LeakyRelu, activation_names, register_activation
from chainrule.network import Dense, Network
from explain.arithmetic import evaluate, ready
from explain.networks import X


@pytest.mark.parametrize("activation", activation_names())
def test_activations_are_written_as_they_are_computed(activation):
    network = ready(Network([Dense(4, activation), Dense(1)], loss="mse"), X)
    trace = network.trace(X, X[:, 0])
    for row in range(3):
        worksheet = trace.worksheet(row, decimals=17)
        assert worksheet.agrees
        for unit in range(4):
            line = worksheet.line(f"dense1.a[{unit}]")
            text = line.numbers(17)
            if activation == "gelu_tanh":  # written with u, which is said beside it
                z = line.values["z"]
                text = text.replace("tanh u", f"tanh({(2 / np.pi) ** 0.5 * (z + 0.044715 * z**3)})".replace("-", "−"))
            if text:
                assert evaluate(text) == pytest.approx(line.result, rel=1e-12)
            else:
                assert activation == "linear"


def test_the_numbers_of_an_activation_stand_under_its_letters():
    network = ready(Network([Dense(1, LeakyRelu(0.2))], loss="mse"), X)
    line = network.trace(X).worksheet(decimals=17).line("dense1.a[0]")
    assert line.formula == "z if z > 0 else α·z"
    assert line.values["α"] == 0.2
    assert evaluate(line.numbers(17)) == pytest.approx(line.result, rel=1e-12)


def test_an_activation_of_one_s_own_shows_its_formula():
    square = register_activation("square", lambda ops, z: z * z, lambda ops, z: 2 * z, formula="z^2")
    network = ready(Network([Dense(1, square)], loss="mse"), X)
    worksheet = network.trace(X, X[:, 0]).worksheet(decimals=17)
    line = worksheet.line("dense1.a[0]")
    assert line.formula == "z²"
    assert evaluate(line.numbers(17)) == pytest.approx(line.result, rel=1e-15)
    assert worksheet.agrees


def test_a_softmax_over_many_classes_stays_in_symbols():
    network = ready(Network([Dense(20, "softmax")], loss="cross_entropy"), X)
    line = network.trace(X).worksheet(terms=5, open="dense1.z[3]").line("dense1.a[3]")
    assert line.formula == "e^z[3]/(Σ_j e^z[j])"
    assert set(line.values) == {"z[3]"}
