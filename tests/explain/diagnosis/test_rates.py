import pytest

import chainrule as cr
from chainrule.explain.diagnosis.rates import divergence, rate_too_high, rate_too_low
from explain.diagnosis.illnesses import diverged, fit, friedman, too_fast, too_slow


def test_divergence_tells_the_losses_and_a_rate_that_goes_well():
    run = diverged(0)
    (finding,) = divergence(run.look())
    assert finding.evidence["steps made"] == len(run.history.step_losses)
    assert finding.evidence["loss of the first step"] == run.history.step_losses[0]
    assert finding.evidence["highest stable rate"] < 5.0
    assert finding.remedy.changes["optimizer"]["learning_rate"] in (0.5, 0.05, 0.005)


def test_a_rate_that_is_too_high_is_shown_beside_a_tenth_of_it():
    (finding,) = rate_too_high(too_fast(0).look())
    losses = [value for name, value in finding.evidence.items() if "tenth" in name]
    assert min(losses) < finding.evidence["loss where training ended"] / 2
    assert finding.remedy.sentence == "lower the learning rate: 0.05 instead of 0.5."


def test_a_rate_that_is_too_low_is_shown_beside_higher_ones_and_the_best_is_taken():
    look = too_slow(0).look()
    (finding,) = rate_too_low(look)
    assert finding.evidence["loss after 96 steps"] == look.row_losses[-1]
    tries = finding.evidence["loss after 96 steps at a higher rate"]
    assert list(tries) == ["10 times", "100 times", "1000 times"]
    assert look.row_losses[-1] - 0.2 > tries["10 times"] > tries["100 times"] > tries["1000 times"]
    assert finding.remedy.sentence == "raise the learning rate: 0.01 instead of 1e−05."


@pytest.mark.parametrize("optimizer", [cr.SGD(1e-12), cr.SGD(1e-6, 0.9), cr.Adam(1e-6), cr.Adam(1e-20)], ids=str)
def test_a_rate_at_which_weights_hardly_move_is_too_low_however_low(optimizer):
    """Ten times next to nothing is next to nothing: the rate is told by how far the weights came."""
    run = fit([cr.Dense(8, "relu"), cr.Dense(1)], friedman(150), optimizer=optimizer, epochs=12)
    (finding,) = rate_too_low(run.look())
    factor = finding.remedy.changes["optimizer"]["learning_rate"] / optimizer.learning_rate
    assert 1e-4 < factor * optimizer.learning_rate < 1
    assert (
        finding.evidence["loss after 48 steps"] - 0.2
        > finding.evidence["loss after 48 steps at a higher rate"][f"{factor:g} times"]
    )


def test_schedules_are_scaled_as_a_whole():
    X, y = friedman(100)
    run = fit([cr.Dense(16, "tanh"), cr.Dense(1)], (X, y), optimizer=cr.SGD(cr.Cosine(1e-3)), epochs=20)
    (finding,) = rate_too_low(run.look())
    factor = finding.remedy.changes["optimizer"]["learning_rate"]["rate"] / 1e-3
    assert finding.remedy.sentence == f"raise the learning rate: the schedule times {factor:g}."


def test_weights_that_did_not_move_are_told_where_no_experiment_can():
    run = fit([cr.Dense(4, "relu"), cr.Dense(1)], friedman(100), optimizer=cr.Adam(0.0), epochs=4)
    (finding,) = rate_too_low(run.look())
    assert finding.evidence["weights moved by this share of their size"] == 0
    assert finding.remedy.sentence == "raise the learning rate: 0.001 instead of 0. And train longer: 100 epochs."
    assert finding.remedy.changes["optimizer"]["learning_rate"] == 1e-3
    assert finding.remedy.changes["epochs"] == 100
