import numpy as np

import chainrule as cr
from chainrule.explain.diagnosis.leak import leaking_column
from explain.diagnosis.illnesses import arrays, fit, fit_table, frame, leaking, leaking_arrays, leaking_category


def test_the_leaking_column_is_named_and_left_out():
    (finding,) = leaking_column(leaking(0).look())
    assert finding.where == "'risk'"
    assert finding.evidence["explained alone"]["risk"] > 0.95
    assert finding.evidence["explained by all others together"] < 0.7
    assert finding.evidence["judged on"] == "88 test rows"
    assert finding.remedy.changes == {"drop": ["risk"]}


def test_a_category_may_leak():
    (finding,) = leaking_column(leaking_category(0).look())
    assert finding.remedy.changes == {"drop": ["code"]}


def test_arrays_have_columns_by_number():
    (finding,) = leaking_column(leaking_arrays(0).look())
    assert finding.remedy.changes == {"drop": ["input[10]"]}


def test_two_columns_that_know_the_answer_are_both_told():
    table = frame("diabetes")
    table["a"], table["b"] = table["target"] * 2, table["target"] - 7
    (finding,) = leaking_column(fit_table(table, "target", epochs=3).look())
    assert sorted(finding.remedy.changes["drop"]) == ["a", "b"]


def test_columns_that_are_good_together_do_not_leak():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    run = fit([cr.Dense(8, "relu"), cr.Dense(1)], (X, X.sum(axis=1)), epochs=2)
    assert not list(leaking_column(run.look()))


def test_a_strong_column_of_an_honest_table_does_not_leak():
    """With this split, the length of petals alone explains 96 % of the 30 rows that judge, and the others only 79 %."""
    run = fit([cr.Dense(3, "softmax")], arrays("iris"), "cross_entropy", epochs=1, seed=1)
    assert not list(leaking_column(run.look()))


def test_one_column_alone_is_what_there_is_and_no_leak():
    X = np.linspace(-1, 1, 200)[:, None]
    assert not list(leaking_column(fit([cr.Dense(1)], (X, 3 * X[:, 0]), epochs=2).look()))
