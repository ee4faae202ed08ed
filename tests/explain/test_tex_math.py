import pytest

from chainrule.explain.tex_math import math, pieces, words
from explain.networks import CASES, traced


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("z[0]", "z_{0}"),
        ("dense1.weight[0, 1]", r"\text{dense1}.\text{weight}_{0,1}"),
        ("dz[0]·w", r"\mathrm{d}z_{0}\cdot w"),
        ("step_size", r"\text{step}\_\text{size}"),
        ("y_nk − ŷ_nk", r"y_{nk} - \hat{y}_{nk}"),
        ("1 − a²", "1 - a^{2}"),
        ("(y − ŷ)²", r"(y - \hat{y})^{2}"),
        ("e^(−z²/2)", r"e^{-\frac{z^{2}}{2}}"),
        ("(x − m) / s", r"\frac{x - m}{s}"),
        ("2π·x", r"2\pi\cdot x"),
        ("a·b/c·d", r"a\cdot \frac{b}{c}\cdot d"),
        ("(1/2)·x", r"\left(\frac{1}{2}\right)\cdot x"),
        ("√(1 + x)", r"\sqrt{1 + x}"),
        ("z/(1 + |z|)", r"\frac{z}{1 + \left|z\right|}"),
        ("f′(z[0])", "f'(z_{0})"),
        ("f[0, 1]·c′[0, 1] + h′", r"f_{0,1}\cdot c'_{0,1} + h'"),
        ("x[2·p + 1, q]·w", r"x_{2\cdot p+1,q}\cdot w"),
        ("log cosh(d)", r"\log \cosh(d)"),
        ("max(0; −15,06)", r"\max(0; -15{,}06)"),
        ("Σ_rows a·b + penalty", r"\sum_{\text{rows}} a\cdot b + \text{penalty}"),
        ("∂L/∂bias[0]", r"\frac{\partial L}{\partial \text{bias}_{0}}"),
        ("2.5e−07·(−1.3)", r"2.5\cdot 10^{-7}\cdot (-1.3)"),
        ("1 + (1,234 more: −2e−09)", r"1 + (\text{1,234 more: } -2\cdot 10^{-9})"),
        ("z if z > 0 else α·z", r"z \text{ if } z > 0 \text{ else } \alpha\cdot z"),
        ("−∞", r"-\infty"),
    ],
)
def test_arithmetic(text, latex):
    assert math(text) == latex


@pytest.mark.parametrize(
    "text", ["1 if city is Bonn, else 0", "the most probable", "2·", "((", "x[0", "|a", "(" * 5000]
)
def test_what_is_no_arithmetic_stands_as_words(text):
    assert math(text) == words(text)


def test_odd_names_are_names_as_a_whole():
    assert math("(a & b_c)·dz[0]", ["(a & b_c)"]) == r"\text{(a }\&\text{ b}\_\text{c)}\cdot \mathrm{d}z_{0}"


def test_the_letters_of_words_are_up_to_the_format():
    assert math("(größer als)", ["(größer als)"], str.upper) == r"\text{(GRÖSSER ALS)}"


def test_a_sum_comes_in_its_summands():
    assert [piece.latex for piece in pieces("a·b − c + d")] == [r"a\cdot b", " - c", " + d"]
    assert [piece.width for piece in pieces("a·b−c")] == [3, 2]


@pytest.mark.parametrize("case", CASES)
def test_all_arithmetic_of_worksheets_is_mathematics(case):
    for section in traced(case).worksheet(1).sections:
        for line in section.lines:
            for text in (line.formula, line.numbers()):
                names = [*line.values, *(name for term in line.terms for name in term.names)]
                latex = math(text, names)
                assert not text or latex != words(text) or text.replace("_", "").isalnum(), text
                assert latex.count("{") == latex.count("}")


def test_a_stroke_before_an_index_is_no_name_of_its_own():
    assert math("c′[0, 1]", ["c′[0, 1]"]) == "c'_{0,1}"
    assert math("dense1.h′[t, 0]·2") == r"\text{dense1}.h'_{t,0}\cdot 2"
    assert math("c′[last: 1]") == words("c′[last: 1]")
