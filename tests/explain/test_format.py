import math

import pytest

from chainrule.explain.format import factor, number, substitute


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (-15.06, 6, "−15.06"),
        (2.14, 6, "2.14"),
        (1.0, 6, "1"),
        (1200.0, 6, "1200"),
        (0.1 + 0.2, 6, "0.3"),
        (2.8809e-07, 6, "2.8809e−07"),
        (-9.7647e-15, 3, "−9.76e−15"),
        (0.001, 6, "0.001"),
        (0.000999, 6, "9.99e−04"),
        (-1e-300, 6, "−1e−300"),
        (-0.0, 6, "0"),
        (2.5e15, 6, "2.5e15"),
        (123456789.25, 6, "123456789.25"),
        (math.nan, 6, "NaN"),
        (-math.inf, 6, "−∞"),
        (math.inf, 6, "∞"),
        (3.7, 0, "4"),
        (1000.0, 0, "1000"),
        (0.25, 1, "0.2"),
        (0.05, 1, "5e−02"),
    ],
)
def test_numbers(value, decimals, text):
    assert number(value, decimals) == text


def test_nothing_but_zero_is_written_as_zero():
    values = [sign * digit * 10.0**-power for power in range(20) for digit in (1, 4.9999, 9.99999) for sign in (-1, 1)]
    for decimals in (1, 2, 6):
        assert all(float(number(value, decimals).replace("−", "-")) != 0 for value in values)


def test_negative_factors_stand_in_parentheses():
    assert factor(-0.5) == "(−0.5)"
    assert factor(-1e-9) == "(−1e−09)"
    assert factor(0.5) == "0.5"


@pytest.mark.parametrize(
    ("formula", "values", "text"),
    [
        ("log(1 + e^z)", {"z": 0.5}, "log(1 + e^0.5)"),
        ("log(1 + e^z)", {"z": -0.5}, "log(1 + e^(−0.5))"),
        ("1/(1 + e^(−z))", {"z": -0.5}, "1/(1 + e^(−(−0.5)))"),
        ("e^z", {"z": 1e-9}, "e^(1e−09)"),
        ("z²", {"z": -2}, "(−2)²"),
        ("z²", {"z": 1e-9}, "(1e−09)²"),
        ("max(0, z)", {"z": -2}, "max(0, −2)"),
        ("(y − ŷ)²", {"y": 1, "ŷ": -2}, "(1 − (−2))²"),
        ("(y − ŷ)²", {"y": -1, "ŷ": 2}, "(−1 − 2)²"),
        ("z if z > 0 else α·z", {"z": -2, "α": 0.01}, "−2 if (−2) > 0 else 0.01·(−2)"),
        ("a[0]·(da[0] − a[1])", {"a[0]": 0.1, "da[0]": -0.2, "a[1]": 0.3}, "0.1·(−0.2 − 0.3)"),
        ("z·σ(z), φ", {"z": 2}, "2·σ(2), φ"),
        ("tanh(z)", {"t": 1, "z": 2}, "tanh(2)"),
    ],
)
def test_numbers_are_put_in(formula, values, text):
    assert substitute(formula, values) == text
