from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import chainrule as cr
from chainrule.explain.diagnosis import Finding
from chainrule.plain import to_plain
from chainrule.runs.treatment import scores_of
from explain.diagnosis.illnesses import (
    dead,
    diverged,
    duplicated,
    exploding,
    fit,
    friedman,
    imbalanced,
    leaking,
    leaking_arrays,
    overfit,
    too_slow,
    underfit_parabola,
    unscaled,
    vanishing,
)


def found(run: cr.Run, name: str) -> Finding:
    return next(finding for finding in run.diagnose() if finding.name == name)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (dead, "dead units"),
        (vanishing, "vanishing gradients"),
        (exploding, "exploding gradients"),
        (diverged, "divergence"),
        (too_slow, "learning rate too low"),
        (unscaled, "unscaled input"),
        (underfit_parabola, "underfitting"),
        (leaking_arrays, "leaking column"),
        (imbalanced, "class imbalance"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_remedy_cures_what_was_made_ill(make, name):
    treatment = found(make(0), name).apply()
    assert treatment.gone, str(treatment)
    assert "is gone" in treatment.to_text()


def test_scores_stand_side_by_side_and_are_those_of_the_two_runs():
    run = too_slow(0)
    treatment = found(run, "learning rate too low").apply()
    for which, each in enumerate((run, treatment.after)):
        rows = each.trainer.validation
        expected = each.evaluate(rows.inputs, rows.target)
        assert treatment.scores["validation rows: loss"][which] == expected["loss"]
        assert treatment.scores["validation rows: r2"][which] == expected["r2"]
    assert np.array_equal(run.trainer.rows.target, treatment.after.trainer.rows.target)
    assert treatment.scores["validation rows: loss"][1] < treatment.scores["validation rows: loss"][0]


def test_early_stopping_ends_overfitting_for_good():
    treatment = found(overfit(0), "overfitting").apply()
    before, after = treatment.scores["validation rows: loss"]
    assert after < before
    assert treatment.gone


def test_a_leaking_column_of_a_table_is_left_out_on_the_same_test_rows():
    run = leaking(0)
    after = found(run, "leaking column").apply().after
    assert "risk" not in [column.name for column in after.table.columns]
    assert after.facts["test_rows"]["truth"] == run.facts["test_rows"]["truth"]


def test_copies_are_left_out_of_the_training_rows_and_the_same_rows_judge():
    run = duplicated(0)
    finding = found(run, "duplicated rows")
    treatment = finding.apply()
    assert treatment.gone
    judged, before = (sorted(each.facts["test_rows"]["truth"]) for each in (treatment.after, run))
    assert judged == pytest.approx(before, rel=1e-12)  # decoded by another mean and scale
    left_out = len(finding.remedy.changes["drop_rows"])
    assert treatment.after.training["rows"] == run.training["rows"] - left_out


def test_copies_on_arrays_are_left_out_too():
    X, y = friedman(200)
    X, y = np.vstack([X, X[:60]]), np.concatenate([y, y[:60]])
    run = fit([cr.Dense(8, "relu"), cr.Dense(1)], (X, y), epochs=10)
    treatment = found(run, "duplicated rows").apply()
    assert treatment.gone
    assert treatment.after.training["rows"] < run.training["rows"]


def test_a_remedy_that_does_not_help_is_told_so():
    run = too_slow(0)
    finding = found(run, "learning rate too low")
    weak = cr.SGD(2e-5)
    treatment = replace(finding, remedy=replace(finding.remedy, changes={"optimizer": to_plain(weak)})).apply()
    assert not treatment.gone
    assert "is still there" in treatment.to_text()


def test_the_table_of_scores_names_what_was_found_of_each_class():
    table = pd.DataFrame({"x": np.arange(60.0), "y": ["a", "b", "b"] * 20})
    run = cr.fit_table(table, "y", epochs=2, baselines=False, engine="numpy")
    scores = scores_of(run)
    assert {"test rows: share of 'a' found", "training rows: share of 'b' found"} <= set(scores)
