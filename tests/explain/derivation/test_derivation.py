"""One unit by another, as the lecture's arithmetic has it."""

import math

import pytest

from explain.derivation.networks import NETWORKS, bags


def test_one_unit_by_another():
    trace = NETWORKS["residual"]()
    found = trace.derivation("dense1.a[0]", "add1.z[1]", row=0)
    weight, z = trace.params["dense2.weight"][0, 1], trace.value("dense2.z")[0, 1]
    slope = 0.5 * (1 + math.erf(z / math.sqrt(2))) + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    assert len(found.paths) == 1
    assert [each.of for each in found.factors] == ["add1.z[1]", "dense2.a[1]", "dense2.z[1]"]
    assert found.factors[-1].value == weight
    assert found.value == pytest.approx(weight * slope, rel=1e-12)


def test_one_path_has_factors():
    found = bags().derivation("dense2.bias[0]", "prediction[0]", row=0)
    assert [each.value for each in found.factors] == [1, 1]


def test_a_factor_is_a_formula_too():
    import sympy

    factor = bags().derivation("dense1.weight[0, 1]", row=1).factors[3]
    z = sympy.Symbol("z", real=True)
    assert factor.formula == 1 / (1 + sympy.exp(-z))
    assert factor.values["z"] == pytest.approx(0.03)
    assert factor.rule == "softplus, f(z) = log(1 + e^z), z is dense1.z[1]"
    assert factor.latex == r"\frac{1}{1 + e^{-z}}"


def test_rows_are_counted_from_the_first():
    rows = [row for row, _, paths in bags().derivation("dense1.weight[0, 1]").by_row() if not paths]
    assert rows == [0]
