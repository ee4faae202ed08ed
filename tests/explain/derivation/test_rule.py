"""A factor's rule in plain text, and names in LaTeX."""

from chainrule.explain.derivation.rule import Rule, symbol


def test_names_in_latex():
    assert symbol("price") == r"\mathrm{price}"
    assert symbol("floor_area") == r"\mathrm{floor\_area}"
    assert symbol("a & b[3]") == r"\mathrm{a \& b}_{3}"


def test_formulas_in_plain_text():
    assert Rule("in words").formula == ""
    assert Rule("kept", r"\frac{1}{1 - r}", {"r": 0.5}).formula == "1/(1 − r)"
    name = "dense1.weight[0, 1]"
    assert Rule("the weight", symbol(name), {name: 2.0}).formula == name
