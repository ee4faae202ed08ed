"""Restarts that learned the same function reached the same minimum."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.runs.restarting import group_minima

X, Y = np.array([[0.0], [0.5], [1.0]]), np.array([0.0, 1.0, 0.0])
BAGS = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], loss="ssr")


@pytest.fixture(scope="module")
def found():
    return cr.restarts(BAGS, X, Y, 12, optimizer=cr.Adam(0.05), epochs=1500)


def test_networks_that_differ_in_which_unit_does_what_are_one_minimum():
    weight, bias, out = np.array([[-34.4, -2.52]]), np.array([2.14, 1.29]), np.array([[-1.3], [2.28]])
    one = BAGS.set({"dense1.weight": weight, "dense1.bias": bias, "dense2.weight": out, "dense2.bias": [-0.58]})
    other = BAGS.set(
        {
            "dense1.weight": weight[:, ::-1],
            "dense1.bias": bias[::-1],
            "dense2.weight": out[::-1],
            "dense2.bias": [-0.58],
        }
    )
    mean = np.full((3, 1), 1 / 3)
    predictions = np.stack([one.predict(X), mean, other.predict(X)])
    (first, second) = group_minima(predictions, np.array([0.001, 0.667, 0.001]), 0.05)
    assert (first.places, second.places) == ((0, 2), (1,))
    assert first.distance == pytest.approx(0, abs=1e-12)


def test_minima_are_in_the_order_of_their_losses_and_hold_what_is_near_their_best():
    predictions = np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 1.04], [0.0, 1.08], [9.0, 9.0]])
    found = group_minima(predictions, np.array([0.5, 0.1, 0.6, 0.7, np.nan]), 0.1)
    # The values of the first minimum, (0, 2), vary by 1; those of the second, (0, 1), by 0.5.
    assert [minimum.places for minimum in found] == [(1,), (0, 2), (3,)]
    assert found[1].distance == pytest.approx(np.sqrt(0.04**2 / 2) / 0.5)
    assert [minimum.loss for minimum in found] == [0.1, 0.5, 0.7]
    assert group_minima(predictions, np.full(5, np.nan), 0.1) == ()


def test_each_restart_is_what_fit_makes_of_its_seed():
    options = {"optimizer": cr.Adam(0.05), "epochs": 20, "dtype": "float64", "engine": "numpy"}
    found = cr.restarts(BAGS, X, Y, 3, seed=5, **options)
    assert found.seeds.tolist() == [5, 6, 7]
    run = cr.fit(BAGS, X, Y, seed=6, progress=False, **options)
    assert found.losses[1] == pytest.approx(run.history["loss"], rel=1e-12)
    assert found.trained(1).predict(X) == pytest.approx(run.predict(X), rel=1e-9)


def test_the_lecture_network_has_a_good_and_a_bad_minimum(found):
    assert sum(len(minimum.places) for minimum in found.minima) == 12
    assert found.reached[found.best] == 0
    assert found.final[found.best] == found.final.min() < 1e-4
    bad = found.minima[-1]
    # A constant third for all three rows: the loss is 2/3.
    assert bad.loss == pytest.approx(2 / 3, rel=1e-4)
    assert found.trained(bad.places[0]).predict(X) == pytest.approx(1 / 3, abs=0.02)


def test_what_is_shown(found):
    text = found.to_text()
    assert f"{len(found.minima[0].places)} of 12 restarts reached the lowest minimum, with loss" in text
    assert "so it does not matter which unit does what" in " ".join(text.split())
    data = found.to_dict()
    assert len(data["sections"][2]["lines"][0]["rows"]) == 12
    svg = found.document().sections[0].lines[0].svg
    assert svg.count("<polyline") == 12


def test_restarts_that_diverge_are_counted():
    found = cr.restarts(BAGS, X, Y, 3, optimizer=cr.SGD(1e6), epochs=20, engine="numpy")
    assert (found.minima, found.best, found.reached.tolist()) == ((), None, [-1, -1, -1])
    assert found.to_text().endswith("No restart ended with a finite loss.")


def _message(network=BAGS, n=3, **options):
    with pytest.raises(cr.ChainruleError) as caught:
        cr.restarts(network, X, Y, n, **options)
    return str(caught.value)


def test_mistakes_are_named():
    assert _message(n=1) == "n must be a whole number of at least 2; got 1."
    assert _message(n=2.5) == "n must be a whole number of at least 2; got 2.5."
    assert _message(n="20") == "n must be a whole number of at least 2; got '20'."
    assert _message(tolerance="0.1") == "tolerance must be a number between 0 and 1; got '0.1'."
    assert _message(tolerance=0) == "tolerance must be a number between 0 and 1; got 0."
    line = cr.Network([cr.Dense(1)]).set({"dense1.weight": [[1.0]], "dense1.bias": [0.0]})
    assert _message(line) == (
        "Every parameter of the network is set, so every restart would begin with the same weights. Build the network "
        "without those that are to be drawn anew."
    )


def test_what_is_still_falling_is_said():
    """One epoch at a small rate: no restart has reached a minimum, whatever group it is in."""
    found = cr.restarts(cr.Network([cr.Dense(1)]), [[1.0], [2.0]], [0.0, 1.0], 2, optimizer=cr.SGD(0.01), epochs=1)
    assert found.outcomes == ("still falling", "still falling")
    text = " ".join(found.to_text().split())
    assert text.endswith("2 were still falling at the end, and may reach another one with more epochs.")
    assert text.count("still falling") == 3
    svg = found.document().sections[0].lines[0].svg
    assert f">minimum 1: {len(found.minima[0].places)} restart" in svg
