import pytest

import chainrule as cr
from chainrule.explain.diagnosis.underfitting import underfitting
from explain.diagnosis.illnesses import fit, friedman, moons, underfit, underfit_parabola


def test_the_skill_is_r2_of_the_training_rows():
    run = underfit_parabola(0)
    (finding,) = underfitting(run.look())
    rows = run.trainer.rows
    assert finding.evidence["skill on training rows"] == pytest.approx(run.evaluate(rows.inputs, rows.target)["r2"])
    assert finding.evidence["skill of a linear model on training rows"] >= finding.evidence["skill on training rows"]
    assert finding.remedy.changes["hidden_layers"] == [64, 64]


def test_classes_have_a_skill_too():
    (finding,) = underfitting(underfit(0).look())
    assert finding.evidence["skill of a forest on unseen rows"] > finding.evidence["skill on training rows"] + 0.1


def test_weighted_rows_are_not_compared():
    rows = moons(0)
    run = fit([cr.Dense(1, "sigmoid")], rows, "binary_cross_entropy", optimizer=cr.Adam(0.05), class_weight="balanced")
    assert not list(underfitting(run.look()))


def test_where_training_was_too_short_it_is_made_longer_and_nothing_larger():
    run = fit([cr.Dense(4, "relu"), cr.Dense(1)], friedman(100), optimizer=cr.Adam(1e-3), epochs=4)
    (finding,) = underfitting(run.look())
    assert finding.evidence["weights moved by this share of their size"] == pytest.approx(0.0209, abs=5e-5)
    assert finding.sentence.endswith("there is more to learn; its weights moved by 2.09 % of their size.")
    assert finding.remedy.sentence == "train longer: 100 epochs instead of 4."
    assert finding.remedy.changes == {"epochs": 100}
