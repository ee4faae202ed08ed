"""The landscape's numbers are those of the functions that trained."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr

LINE_X, LINE_Y = np.array([[0.5], [2.3], [2.9]]), np.array([1.4, 1.9, 3.2])
RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2]


@pytest.fixture(scope="module")
def line_run():
    """The lecture's line with its slope fixed."""
    line = cr.Network([cr.Dense(1)], loss="ssr").set({"dense1.weight": [[0.64]], "dense1.bias": [0.0]})
    return cr.fit(
        line.freeze("dense1.weight"), LINE_X, LINE_Y, optimizer=cr.SGD(0.1), epochs=30, dtype="float64", progress=False
    )


@pytest.fixture(scope="module")
def run():
    network = cr.Network([cr.Dense(4, "tanh"), cr.Dense(1)])
    return cr.fit(network, X, Y, optimizer=cr.Adam(0.01), batch_size=16, epochs=20, dtype="float64", progress=False)


def test_the_lecture_line(line_run):
    found = line_run.landscape("dense1.bias[0]", span=(0, 2), points=9)
    bias = found.places[0]
    expected = [((LINE_Y - 0.64 * LINE_X[:, 0] - b) ** 2).sum() for b in bias]
    assert found.losses == pytest.approx(expected, rel=1e-12)
    assert found.path.places[:6, 0].round(4).tolist() == [0, 0.5704, 0.7986, 0.8898, 0.9263, 0.9409]
    assert found.path.losses[:3].round(4).tolist() == [3.1559, 0.8784, 0.5140]
    assert found.path.share == pytest.approx(1)
    assert found.path.losses[:-1] == pytest.approx(line_run.history.step_losses, rel=1e-12)


def test_over_two_parameters(run):
    found = run.landscape("dense1.weight[2, 1]", "dense2.bias[0]", points=5)
    assert found.losses.shape == (5, 5)
    for i, j in ((0, 3), (4, 1)):
        weight = np.array(run.params["dense1.weight"])
        weight[2, 1] = found.places[0][i]
        moved = run.network.set({"dense1.weight": weight, "dense2.bias": [found.places[1][j]]})
        assert found.losses[i, j] == pytest.approx(moved.trace(X, Y).loss, rel=1e-12)
    path = found.path.places
    assert path[-1].tolist() == pytest.approx([run.params["dense1.weight[2, 1]"], run.params["dense2.bias[0]"]])
    for along, places in enumerate(found.places):
        assert places[0] < path[:, along].min() < path[:, along].max() < places[-1]


@pytest.mark.parametrize("directions", ["principal", "random"])
@pytest.mark.parametrize("dimensions", [1, 2])
def test_other_directions_go_through_the_end(run, directions, dimensions):
    found = run.landscape(directions=directions, dimensions=dimensions, points=5, span=(-1, 1))
    assert found.losses.shape == (5,) * dimensions
    assert found.losses[(2,) * dimensions] == pytest.approx(run.evaluate(X, Y)["loss"], rel=1e-12)
    assert found.path.places[-1].tolist() == [0.0] * dimensions
    moved = {name: run.params[name] + sum(-1 * axis.arrays[name] for axis in found.axes) for name in run.params}
    assert found.losses[(0,) * dimensions] == pytest.approx(run.network.set(moved).trace(X, Y).loss, rel=1e-12)
    assert 0 < found.path.share <= 1


def test_principal_directions_hold_more_of_the_path_than_random_ones(run):
    principal, random = run.landscape(points=3), run.landscape(directions="random", points=3)
    assert sum(axis.share for axis in principal.axes) > 0.9
    assert principal.path.share > 0.9 > random.path.share
    assert random.places[0].tolist() == [-1, 0, 1]


def test_the_document_shows_the_picture_the_path_and_the_losses(run):
    found = run.landscape(points=5)
    text = found.to_text()
    assert "S start, E end" in text
    assert "they hold" in text
    data = found.to_dict()
    assert len(data["sections"][2]["lines"][0]["rows"]) == 25
    assert f"Lowest of the points: {found.lowest[1]:.6f}".rstrip("0") in text
    assert "<svg" in found.to_html()


def test_rows_are_drawn_where_there_are_many(run):
    found = run.landscape("dense2.bias[0]", rows=10, points=3)
    assert (found.rows, found.rows_trained) == (10, 40)
    assert "The loss of 10 of 40 training rows, drawn at random, at 3 points" in found.to_text(width=200)


def test_places_where_the_loss_is_not_finite_are_counted():
    network = cr.Network([cr.Dense(1, "softplus"), cr.Dense(1)], loss="ssr")
    run = cr.fit(network, LINE_X, LINE_Y, epochs=2, engine="numpy", progress=False)
    found = run.landscape("dense2.weight[0, 0]", span=(-1e30, 1e30), points=3)
    assert np.isinf(found.losses).tolist() == [True, False, True]
    assert "At 2 points it is not finite." in found.to_text(width=200)
    both = run.landscape("dense2.weight[0, 0]", "dense1.bias[0]", span=(-1e30, 1e30), points=3)
    for each in (found, both):
        ET.fromstring(each.document().sections[0].lines[0].svg)


def _message(run, *names, **options):
    with pytest.raises(cr.ChainruleError) as caught:
        run.landscape(*names, **options)
    return str(caught.value)


def test_mistakes_are_named(run, line_run):
    assert _message(run, "dense1.wieght[0, 1]") == (
        "There is no parameter 'dense1.wieght[0, 1]'; there are 'dense1.weight', 'dense1.bias', 'dense2.weight', "
        "'dense2.bias'. Did you mean 'dense1.weight'?"
    )
    assert _message(line_run, "dense1.weight[0, 0]") == "'dense1.weight[0, 0]' is frozen: no step changes it."
    assert _message(run, "a", "b", "c") == "A landscape goes along one parameter or over two; got 3 names."
    assert _message(run, "dense2.bias[0]", "dense2.bias[0]") == (
        "A landscape over two parameters needs two different ones; got 'dense2.bias[0]' twice."
    )
    assert _message(run, directions="randon") == (
        "directions must be 'principal' or 'random'; got 'randon'. To go along parameters, name them: "
        "landscape('dense1.weight[…]'). Did you mean 'random'?"
    )
    assert _message(run, dimensions=3) == "dimensions must be 1 (a line) or 2 (a plane); got 3."
    assert _message(run, points=2) == "points must be a whole number from 3 to 1001, on each axis; got 2."
    assert _message(run, rows=0) == "rows must be a whole number of at least 1, or None for all; got 0."
    assert _message(run, span=(1, 0)) == (
        "span must be a pair (low, high) with low below high, or such a pair for each of the 2 axes; got (1, 0)."
    )


def test_an_untrained_run_has_no_path_but_parameters():
    run = cr.fit(cr.Network([cr.Dense(1)]), LINE_X, LINE_Y, epochs=0, progress=False)
    assert _message(run) == (
        "The run's path has no direction: no step changed its parameters. Name parameters to look along, or pass "
        "directions='random'."
    )
    found = run.landscape("dense1.bias[0]", points=3)
    assert found.places[0].tolist() == [-1, 0, 1]
    assert "No step was made." in found.to_text()


def test_a_run_that_was_loaded_is_the_same(run, tmp_path):
    loaded = cr.load(run.save(tmp_path / "run"))
    assert _message(loaded) == (
        "landscape makes the training again from its rows, and a run that was loaded has none. Pass those it was "
        "trained on: run.with_data(X, y)."
    )
    found, again = run.landscape(points=3), loaded.with_data(X, Y).landscape(points=3)
    assert np.array_equal(found.losses, again.losses)
    assert np.array_equal(found.path.places, again.path.places)


def test_a_run_without_its_training_is_refused(run):
    assert _message(replace(run, trainer=None)) == (
        "landscape makes the training again from what was recorded of it, and this run was saved without a recording. "
        "Train again: runs that are saved now have one."
    )


def test_everything_frozen_leaves_nothing_to_go_along():
    network = cr.Network([cr.Dense(1)]).freeze("dense1")
    run = cr.fit(network, LINE_X, LINE_Y, epochs=0, progress=False)
    assert _message(run) == "Every parameter of the network is frozen: there is nothing for a landscape to go along."
