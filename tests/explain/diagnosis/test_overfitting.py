import pytest

import chainrule as cr
from chainrule.explain.diagnosis.overfitting import overfitting
from explain.diagnosis.illnesses import arrays, fit, memorised, overfit


def test_the_losses_are_the_networks_own():
    run = overfit(0)
    (finding,) = overfitting(run.look())
    validation = run.trainer.validation
    assert finding.evidence["loss of validation rows"] == pytest.approx(
        run.evaluate(validation.inputs, validation.target)["loss"], rel=1e-6
    )
    lowest = next(value for name, value in finding.evidence.items() if name.startswith("their lowest loss"))
    assert lowest < finding.evidence["loss of validation rows"]


def test_rows_that_were_memorised_are_told_by_the_gap():
    (finding,) = overfitting(memorised(0).look())
    assert finding.evidence["loss of validation rows"] > 20 * finding.evidence["loss of the training rows"]
    assert finding.evidence["rows"] == {"validation rows": 32, "training rows": 48}


def test_a_training_that_stopped_in_time_is_let_be():
    parts = [cr.Dense(64, "relu"), cr.Dense(64, "relu"), cr.Dense(1)]
    run = fit(parts, arrays("diabetes"), validation=0.3, epochs=120, early_stopping=10)
    assert not list(overfitting(run.look()))


def test_without_unseen_rows_nothing_is_said():
    run = fit([cr.Dense(4, "relu"), cr.Dense(1)], arrays("diabetes"), validation=None, epochs=2)
    assert not list(overfitting(run.look()))
