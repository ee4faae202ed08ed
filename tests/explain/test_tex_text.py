from chainrule.explain.tex_text import tex


def test_marks_with_a_meaning_lose_it():
    assert tex(r"50 % & a_b #1 $2 {x} \n ~ ^") == (
        r"50 \% \& a\_b \#1 \$2 \{x\} \textbackslash{}n \textasciitilde{} \textasciicircum{}"
    )


def test_signs_of_formulas_are_set_as_such():
    assert (
        tex("−1 · ∂L → √2")
        == r"\ensuremath{-}1 \ensuremath{\cdot} \ensuremath{\partial}L \ensuremath{\to} \ensuremath{\surd}2"
    )


def test_letters_that_have_no_font_are_shown_by_their_number():
    assert tex("naïve ŷ") == "naïve ŷ"
    assert tex("数") == r"\anyletter{数}{6570}"
    assert tex("\u017f") == r"\anyletter{ſ}{017F}"


def test_marks_are_not_drawn_together():
    assert tex("a--b") == "a-{}-{}b"
    assert tex("''") == "'{}'{}"


def test_control_characters_are_not_passed_on():
    assert tex("a\x1bb\nc") == "a?b c"
