import pytest

from chainrule.activations import activation_names, get_activation
from chainrule.explain.formula import plain, value_part
from chainrule.losses import get_loss, loss_names


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\frac{z}{1 + |z|}", "z/(1 + |z|)"),
        (r"\frac{1}{(1 + |z|)^2}", "1/(1 + |z|)²"),
        (r"\min(1, \max(-1, z))", "min(1, max(−1, z))"),
        (r"\frac{1}{6} \text{ if } -3 < z < 3 \text{ else } 0", "1/6 if −3 < z < 3 else 0"),
        (r"a (1 - a)", "a·(1 − a)"),
        (r"z\, \sigma(z), \sigma(z) = \frac{1}{1 + e^{-z}}", "z·σ(z), σ(z) = 1/(1 + e^(−z))"),
        (r"\frac{z}{2} (1 - \tanh^2 u)\, u'", "z/2·(1 − tanh² u)·u′"),
        (r"\frac{1}{2} (1 + \mathrm{erf}(\frac{z}{\sqrt{2}}))", "1/2·(1 + erf(z/√(2)))"),
        (r"\lambda \alpha (e^z - 1)", "λ·α·(e^z − 1)"),
        (r"-\frac{1}{n} \sum_n \sum_k y_{nk} \log \hat{y}_{nk}", "−1/n·Σ_n Σ_k y_nk·log ŷ_nk"),
        (r"x \cdot 2.5 \ge 0", "x·2.5 ≥ 0"),
        (r"\hat{z} + z^3 + z^4", "hat(z) + z³ + z^4"),
    ],
)
def test_latex_becomes_one_line(latex, text):
    assert plain(latex) == text


def test_every_formula_there_is_loses_its_latex():
    configs = [get_activation(name) for name in activation_names()] + [get_loss(name) for name in loss_names()]
    formulas = [text for config in configs for text in (config.formula, getattr(config, "derivative", ""))]
    for formula in formulas:
        assert not set(plain(formula)) & set("\\{}"), formula


def test_definitions_behind_a_formula_are_no_part_of_the_value():
    assert value_part("λ·z if z > 0 else 0, λ = 1.0507, α = 1.6733") == "λ·z if z > 0 else 0"
    assert value_part("min(1, z)") == "min(1, z)"
