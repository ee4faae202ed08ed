import chainrule as cr
from chainrule.explain.diagnosis.settings import at_rate, decaying, optimizer_with, usual_rate
from chainrule.explain.digits import said
from chainrule.optimizers import Optimizer
from chainrule.plain import from_plain
from explain.diagnosis.illnesses import fit, friedman


def look(optimizer):
    return fit([cr.Dense(1)], friedman(40), optimizer=optimizer, epochs=1).look()


def test_one_number_is_changed_and_the_others_stay():
    changed = from_plain(optimizer_with(look(cr.SGD(0.1, 0.9)), clip_norm=1.0), Optimizer)
    assert changed == cr.SGD(0.1, 0.9, clip_norm=1.0)


def test_the_usual_rate_is_the_optimizers_own():
    assert usual_rate(look(cr.Adam(0.03))) == cr.Adam().learning_rate
    assert usual_rate(look(cr.SGD(0.5, 0.9))) == cr.SGD().learning_rate


def test_a_rate_is_told_beside_the_one_that_was():
    words, changes = at_rate(look(cr.Adam(0.03)), 0.1)
    assert said(words) == "lower the learning rate: 0.003 instead of 0.03."
    assert from_plain(changes["optimizer"], Optimizer) == cr.Adam(0.003)


def test_adams_rate_is_kept_and_that_of_gradient_descent_is_not():
    assert from_plain(decaying(look(cr.Adam(0.03))), Optimizer) == cr.AdamW(0.03, weight_decay=0.3)
    assert from_plain(decaying(look(cr.SGD(0.5))), Optimizer) == cr.AdamW(1e-3, weight_decay=0.3)
