from chainrule.explain.digits import Digits
from chainrule.explain.document import Line, Term
from chainrule.explain.equation import equation

SUM = Line(
    "z",
    "z",
    " + ".join(f"x[{i}]·weight[{i}, 0]" for i in range(9)),
    4.5,
    tuple(Term((f"x[{i}]", f"weight[{i}, 0]"), (0.5, 1.0), 0.5) for i in range(9)),
)


def test_a_short_line_is_one_row():
    line = Line("y", "ŷ", "dense2.z[0]", 1.5)
    assert equation(line, Digits()) == (r"\hat{y}", [r"= \text{dense2}.z_{0} = 1.5"])


def test_a_long_line_breaks_between_summands():
    _, rows = equation(SUM, Digits())
    assert rows[1].startswith(r"\quad +")
    assert "".join(rows).count(r"\text{weight}") == 9
    assert rows[-1] == "= 4.5"


def test_nothing_is_said_twice():
    assert equation(Line("a", "a", "b", 1.0, values={"b": 1.0}), Digits()).rows == ["= b = 1"]


def test_digits_and_comma():
    line = Line("a", "a", "b·c", 0.125, values={"b": 0.25, "c": 0.5})
    assert equation(line, Digits(2, comma=True)).rows == [r"= b\cdot c = 0{,}25\cdot 0{,}5 = 0{,}12"]


def test_words_stand_as_words():
    assert equation(Line("species", "species", "the most probable", "Adelie"), Digits()).rows == [
        r"= \text{the most probable} = \text{Adelie}"
    ]
