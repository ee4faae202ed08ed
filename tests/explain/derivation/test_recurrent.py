"""An LSTM's factors: SymPy's derivative of the recurrence is the sum that is stated, with the layer's own deltas."""

import numpy as np
import pytest
import sympy

import chainrule as cr
from chainrule.explain.derivation.recurrent import GATES
from chainrule.explain.symbols import evaluate
from chainrule.layers import LSTMLayer
from chainrule.ops import eager_ops
from explain.derivation.networks import NETWORKS, traced

X = np.array([[[0.5, -0.3], [0.9, 0.2], [-0.4, 0.7]]])
MASK = np.array([[False, True, True]])
DATA = {"whole": X[:, 1:], "masked": cr.Masked(X, MASK)}
"""The same two real steps of one unit."""


def trace_of(data):
    return traced([cr.LSTM(1), cr.Dense(1)], "mse", DATA[data], np.zeros(1))


class Sigmoid(sympy.Function):
    """Kept whole: written out, SymPy takes half a minute to look at its arguments."""

    def fdiff(self, argindex=1):
        return self * (1 - self)


class Tanh(sympy.Function):
    def fdiff(self, argindex=1):
        return 1 - self**2


NUMPY = {"Sigmoid": lambda z: 1 / (1 + np.exp(-z)), "Tanh": np.tanh}


def by_sympy(trace, name):
    """The last output's derivative, from the recurrence as the layer states it: one number a symbol, others numbers."""
    wanted = sympy.Symbol(name)
    values = {"x": X[0]} | trace.tree["lstm1"]._asdict()

    def given(field):
        array = values[field].astype(object)
        for place in np.ndindex(array.shape):
            if f"{field}{list(place)}" == name:
                array[place] = wanted
        return array

    x, weight, recurrent, bias = map(given, ("x", "weight", "recurrent", "bias"))
    h = c = 0
    for step in np.flatnonzero(MASK[0]):
        z = x[step] @ weight + h * recurrent[0] + bias
        i, f, o = (Sigmoid(z[place]) for place in (0, 1, 3))
        c = f * c + i * Tanh(z[2])
        h = o * Tanh(c)
    array, index = name[:-1].split("[")
    at = values[array][tuple(map(int, index.split(",")))]
    return sympy.lambdify(wanted, h.diff(wanted), [NUMPY, "numpy"])(at)


def factor_of(trace, wrt):
    """The factor of the layer itself, on the way from its first output."""
    (path,) = trace.derivation(wrt, "lstm1.z[0]", row=0).paths
    return path.factors[-1]


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("parameter", ["weight[1, {}]", "recurrent[0, {}]", "bias[{}]"])
def test_a_weight_of_each_gate(data, gate, parameter):
    trace = trace_of(data)
    name = parameter.format(GATES.index(gate))
    factor = factor_of(trace, f"lstm1.{name}")
    derived = by_sympy(trace, name)
    assert factor.value == pytest.approx(derived, rel=1e-12)
    assert evaluate(factor.formula, factor.values) == pytest.approx(derived, rel=1e-12)
    assert sum(term.value for term in factor.origin.terms) == pytest.approx(derived, rel=1e-12)
    assert len(factor.origin.terms) == 2


@pytest.mark.parametrize("place", [(1, 0), (2, 1)])
def test_an_input_of_each_step(place):
    trace = trace_of("masked")
    factor = factor_of(trace, f"input[{place[0]}, {place[1]}]")
    derived = by_sympy(trace, f"x{list(place)}")
    assert factor.value == pytest.approx(derived, rel=1e-12)
    assert evaluate(factor.formula, factor.values) == pytest.approx(derived, rel=1e-12)
    assert sum(term.value for term in factor.origin.terms) == pytest.approx(derived, rel=1e-12)


def test_the_terms_are_products_of_the_numbers_that_they_name():
    for term in factor_of(trace_of("whole"), "lstm1.recurrent[0, 1]").origin.terms:
        assert np.prod(term.factors) == pytest.approx(term.value, rel=1e-15)
        assert len(term.names) == len(term.factors)
    assert term.names == ("h′[1, 0]", "C[1, 0]", "c′[1, 0]", "f[1, 0]", "(1 − f[1, 0])")
    assert term.label == "step 1"


def test_what_a_person_reads():
    text = str(NETWORKS["sequence"]().derivation("lstm1.weight[0, 1]", "lstm1.z[1]", row=0))
    assert "∂lstm1.z[1]/∂lstm1.weight[0, 1] = Σ_t x_t·C_t·g_t·i_t·(1 − i_t)" in text
    assert "lstm, input gate: the sum over the steps t; C and H are what lstm1.z[1] moves with" in text


def test_the_deltas_shown_are_those_that_trained():
    trace = trace_of("whole")
    values, layer = trace.forward.nodes["lstm1"], trace.nodes[0].layer
    assert isinstance(layer, LSTMLayer)
    dy = np.array([[0.3]])
    deltas = layer.deltas(eager_ops(), trace.tree["lstm1"], values.saved, dy)
    _, gradient = layer.backward(eager_ops(), trace.tree["lstm1"], values.saved, dy)
    np.testing.assert_array_equal(deltas.z.sum(axis=(0, 1)), gradient.bias)
