"""Numbers and names are written with few digits, and never say more or less than they are."""

import math

import pytest

from chainrule.format import clip, count, esc, factor, listed, number, percent, short, substitute


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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.5869213, "−0.5869"),
        (34.4, "34.4"),
        (1234567.8, "1,234,568"),
        (0.00012345, "0.0001234"),
        (1.5e-7, "1.5e−07"),
        (3e20, "3e20"),
        (float("nan"), "–"),
        (float("inf"), "∞"),
        (None, "–"),
    ],
)
def test_short(value, text):
    assert short(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0"), (1, "100"), (0.9999, "99.99"), (0.00001, "0.001"), (0.985507, "98.6"), (0.25, "25")]
)
def test_percent_is_whole_only_where_the_share_is(share, text):
    assert percent(share) == f"{text}\u202f%"


def test_words():
    assert (count(1, "class", "classes"), count(2, "class", "classes")) == ("1 class", "2 classes")
    assert (listed([]), listed(["a", "b"])) == ("", "a and b")
    assert (clip("abcdef", 6), clip("abcdefg", 6)) == ("abcdef", "abcde…")


def test_what_comes_from_data_cannot_leave_its_place():
    assert esc("<a href=\"x\">'&'") == "&lt;a href=&quot;x&quot;&gt;&#x27;&amp;&#x27;"
    assert esc("bell \x07, tab \t") == "bell \ufffd, tab \t"
    assert esc(3.5) == "3.5"
