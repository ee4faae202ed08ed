import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.diagnosis.units import dead_units, saturation
from explain.diagnosis.illnesses import dead, fit, friedman, killed, saturated


def _z(run: cr.Run, step: int, unit: int) -> np.ndarray:
    """Pre-activations of a unit of dense2 after some steps, by the network itself."""
    trainer = run.trainer
    trainer.seek(step)
    z = trainer.network.trace(trainer.rows.inputs["input"], dtype="float32").value("dense2.z")[:, unit]
    trainer.seek(run.training["steps"])
    return z


def test_a_dead_unit_was_alive_the_step_before_it_is_said_to_have_died():
    run = killed(0)
    (finding,) = dead_units(run.look())
    assert finding.where == "dense2"
    z = run.trace(run.trainer.rows.inputs).value("dense2.z")
    assert finding.evidence["dead units"] == np.flatnonzero((z <= 0).all(axis=0)).tolist()
    since = finding.evidence["dead since step"]
    assert list(since) == [f"unit {unit}" for unit in finding.evidence["dead units"][:3]]
    for unit, step in since.items():
        place = int(unit.removeprefix("unit "))
        assert (_z(run, step, place) <= 0).all()
        assert (_z(run, step - 1, place) > 0).any()


def test_the_sentence_says_which_rows_and_since_when():
    (finding,) = dead_units(killed(0).look())
    since, count = finding.evidence["dead since step"], len(finding.evidence["dead units"])
    told = ", ".join(f"{unit} since step {step}" for unit, step in since.items())
    assert finding.sentence == (
        f"{count} of 32 units are dead ({told} and {count - 3} more): z ≤ 0 on all 480 training rows, so that the "
        "slope is 0 and no step moves their weights."
    )


def test_all_layers_with_dead_units_are_treated_at_once():
    """One that stays dead lets nothing through to the others."""
    for finding in dead_units(dead(0).look()):
        assert finding.remedy.changes == {"activation": {"dense1": "leaky_relu", "dense2": "leaky_relu"}}
        assert finding.remedy.sentence.startswith("give dense1 and dense2 leaky_relu, whose slope is never 0")


@pytest.mark.parametrize("activation", ["leaky_relu", "softplus", "elu", "tanh"])
def test_units_whose_slope_is_never_exactly_0_are_not_dead(activation):
    network = cr.Network([cr.Dense(2, activation), cr.Dense(1)], input_shape=1).set(
        {"dense1.weight": [[0.1, 0.1]], "dense1.bias": [-9.0, -9.0]}
    )
    run = cr.fit(network, [[0.0], [1.0]], [0.0, 1.0], epochs=2, engine="numpy")
    assert not list(dead_units(run.look()))


def test_a_softplus_that_is_off_is_saturated():
    network = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], input_shape=1).set(
        {"dense1.weight": [[0.1, 0.1]], "dense1.bias": [-9.0, -9.0]}
    )
    run = cr.fit(network, [[0.0], [1.0]], [0.0, 1.0], epochs=2, engine="numpy")
    (finding,) = saturation(run.look())
    assert finding.evidence["saturated share"] == 1.0
    assert "100 % of its units are off on all 2 training rows: there the slope of softplus is" in finding.sentence


def test_the_saturated_share_is_that_of_the_slopes():
    run = saturated(0)
    (finding,) = saturation(run.look())
    a = run.trace(run.trainer.rows.inputs).value("dense1.a")
    assert finding.evidence["saturated share"] == pytest.approx((1 - a**2 <= 0.05).mean(), abs=0.002)  # float32 edges
    assert finding.evidence["mean slope"] == pytest.approx((1 - a**2).mean(), rel=1e-3)


def test_the_output_is_never_saturated():
    X, y = friedman(80)
    run = fit([cr.Dense(1, "sigmoid")], (X, y > 0), "binary_cross_entropy", optimizer=cr.SGD(50.0), epochs=5)
    assert not list(saturation(run.look()))


def test_an_activation_that_is_a_layer_of_its_own_is_looked_at_where_it_is_flat():
    network = cr.Network([cr.Dense(2), cr.Activation("relu"), cr.Dense(1)], input_shape=1).set(
        {"dense1.weight": [[1.0, 1.0]], "dense1.bias": [-9.0, 9.0]}
    )
    run = cr.fit(network, [[0.0], [1.0]], [0.0, 1.0], epochs=2, engine="numpy", optimizer=cr.SGD(1e-6))
    (finding,) = dead_units(run.look())
    assert (finding.where, finding.evidence["dead units"]) == ("activation1", [0])
    assert finding.evidence["largest z of the first"] == pytest.approx(-8.0)
    assert finding.sentence == (
        "1 of 2 units is dead from the first weights on: z ≤ 0 on all 2 training rows, so that the slope is 0 and no "
        "step moves its weights."
    )


def test_dropout_does_not_make_a_unit_dead():
    X, y = friedman(100)
    run = fit([cr.Dense(8, "relu"), cr.Dropout(0.9), cr.Dense(1)], (X, y), epochs=2)
    assert not list(dead_units(run.look()))
