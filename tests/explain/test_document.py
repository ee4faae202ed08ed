import math

from chainrule.explain.document import Check, Line, Section, Term, joined


def test_a_term_is_a_product_of_its_factors():
    term = Term(("x[0]", "weight[0, 1]"), (-0.5, -34.4), 17.2)
    assert term.formula == "x[0]·weight[0, 1]"
    assert term.numbers() == "−0.5·(−34.4)"


def test_a_term_of_one_factor_is_its_value():
    assert Term(("bias[0]",), (-0.58,), -0.58).numbers() == "−0.58"


def test_terms_taken_together_say_how_many_they_are():
    rest = Term((), (), -0.25, "", 1234)
    assert rest.formula == "1,234 more"
    assert rest.numbers() == "(1,234 more: −0.25)"


def test_a_line_of_terms_is_their_sum():
    terms = (Term(("a", "b"), (0.5, -2.0), -1.0), Term(("c", "d"), (-3.0, 2.0), -6.0), Term(("e",), (-7.0,), -7.0))
    line = Line("z", "z", "a·b + c·d + e", -14.0, terms)
    assert line.numbers() == "0.5·(−2) − 3·2 − 7"
    assert not line.folded


def test_a_line_that_is_one_value_does_not_say_it_twice():
    assert Line("z", "z", "x", 2.0, (Term(("x",), (2.0,), 2.0),)).numbers() == ""
    assert Line("z", "z", "ŷ", 2.0, values={"ŷ": 2.0}).numbers() == ""
    assert Line("z", "z", "max(0, z)", 2.0).numbers() == ""


def test_a_line_rounds_when_it_is_written_and_keeps_every_digit():
    line = Line("a", "a", "log(1 + e^z)", math.pi, values={"z": math.e})
    assert line.numbers(2) == "log(1 + e^2.72)"
    assert line.answer(2) == "3.14"
    assert line.result == math.pi


def test_answers_may_be_words_or_missing():
    assert Line("species", "species", "", "Adelie").answer() == "Adelie"
    assert Line("", "", note="4 more").answer() == ""


def test_a_line_with_terms_taken_together_is_folded():
    assert Line("z", "z", "", 1.0, (Term((), (), 1.0, "", 2),)).folded


def test_a_negative_summand_takes_its_sign_outside():
    assert joined("−0.5·2") == " − 0.5·2"
    assert joined("(3 more: −2)") == " + (3 more: −2)"


def test_a_check_agrees_as_far_as_rounding_goes():
    assert Check("z", 1.0, 1.0 + 1e-16, 2e-16).agrees
    assert not Check("z", 1.0, 1.1, 2e-16).agrees
    assert Check("z", math.inf, math.inf, math.nan).agrees
    assert Check("z", math.nan, math.nan, math.nan).agrees
    assert not Check("z", math.nan, 1.0, 1e9).agrees
    assert Check("z", 1.0, 1.5, 0.0).difference == 0.5


def test_a_section_is_plain_data():
    section = Section("row", "The row", (Line("x", "x", "", 1.0),))
    assert section == Section("row", "The row", (Line("x", "x", "", 1.0),), "")
