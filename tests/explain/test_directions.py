"""Directions: filter-normalised, principal, and what of a path lies on them."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.directions import along_parameter, at_random, principal, project, track_of
from chainrule.network.parameters import ParameterName

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 3))
Y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2]


@pytest.fixture(scope="module")
def trainer():
    network = cr.Network([cr.Dense(4, "tanh"), cr.Dense(1)]).freeze("dense2.bias")
    trainer = cr.Trainer(network, X, Y, optimizer=cr.Adam(0.01), batch_size=8, engine="numpy", dtype="float64")
    trainer.step(60)
    return trainer


def test_the_track_is_every_step_of_a_short_training(trainer):
    track = track_of(trainer)
    assert track.steps.tolist() == list(range(61))
    assert "dense2.bias" not in track.names
    states = [made.before for made in trainer.replay(0, 60)]
    for step in (0, 17, 59):
        assert np.array_equal(track.states[step].params["dense1"].weight, states[step].params["dense1"].weight)
    moved = track.take_apart(track.offsets[17])["dense1.weight"]
    end = trainer.params["dense1.weight"]
    assert np.array_equal(moved, states[17].params["dense1"].weight - end)
    assert np.array_equal(track.put_together(track.take_apart(track.offsets[17])), track.offsets[17])


def test_random_directions_move_each_unit_by_as_much_as_it_is_large(trainer):
    track = track_of(trainer)
    first, second = at_random(track, 0, 2)
    for direction in (first, second):
        assert set(direction.arrays) == {"dense1.weight", "dense1.bias", "dense2.weight"}
        for name, array in direction.arrays.items():
            end = trainer.params[name]
            axes = 0 if end.ndim > 1 else None
            assert np.linalg.norm(array, axis=axes) == pytest.approx(np.linalg.norm(end, axis=axes), rel=1e-12)
    assert not np.allclose(first.arrays["dense1.weight"], second.arrays["dense1.weight"])
    again = at_random(track, 0, 2)[0]
    assert np.array_equal(again.arrays["dense1.weight"], first.arrays["dense1.weight"])
    assert not np.array_equal(at_random(track, 1, 1)[0].arrays["dense1.weight"], first.arrays["dense1.weight"])


def test_what_is_zero_does_not_move():
    network = cr.Network([cr.Dense(2)], input_shape=1).set({"dense1.weight": [[3.0, 0.0]], "dense1.bias": [0.0, 0.0]})
    trainer = cr.Trainer(network, [[1.0]], [[0.0, 0.0]], engine="numpy")
    (direction,) = at_random(track_of(trainer), 0, 1)
    assert np.abs(direction.arrays["dense1.weight"]).tolist() == [[3.0, 0.0]]
    assert direction.arrays["dense1.bias"].tolist() == [0.0, 0.0]


def test_principal_directions_are_those_of_the_path(trainer):
    track = track_of(trainer)
    found = principal(track, 2)
    centred = track.offsets - track.offsets.mean(axis=0)
    _, sizes, rows = np.linalg.svd(centred, full_matrices=False)
    for place, direction in enumerate(found):
        row = track.put_together(direction.arrays)
        assert abs(row @ rows[place]) == pytest.approx(1, abs=1e-9)
        assert direction.share == pytest.approx(sizes[place] ** 2 / (sizes**2).sum(), rel=1e-9)
        assert row @ track.offsets[0] >= 0  # it points to the start


def test_a_path_along_one_number_has_one_direction():
    line = cr.Network([cr.Dense(1)], loss="ssr").set({"dense1.weight": [[0.64]], "dense1.bias": [0.0]})
    trainer = cr.Trainer(
        line.freeze("dense1.weight"), [[0.5], [2.3]], [1.4, 1.9], optimizer=cr.SGD(0.1), engine="numpy", dtype="float64"
    )
    trainer.step(5)
    (direction,) = principal(track_of(trainer), 2)
    assert direction.share == pytest.approx(1)
    assert direction.arrays["dense1.bias"].tolist() == pytest.approx([-1])


def test_the_nearest_points_of_a_plane_that_is_not_square(trainer):
    track = track_of(trainer)
    directions = at_random(track, 3, 2)
    places, share = project(track, directions)
    rows = np.stack([track.put_together(direction.arrays) for direction in directions])
    left = track.offsets - places @ rows
    assert np.abs(left @ rows.T).max() < 1e-12  # what is left stands upright on the plane
    assert share == pytest.approx(1 - (left**2).sum() / (track.offsets**2).sum())


def test_along_a_parameter_the_place_is_its_value(trainer):
    track = track_of(trainer)
    direction = along_parameter(track, ParameterName("dense1", "weight", (2, 1)))
    places, _ = project(track, [direction])
    assert direction.label == "dense1.weight[2, 1]"
    assert direction.end + places[-1, 0] == trainer.params["dense1.weight[2, 1]"]
    assert direction.end + places[0, 0] == pytest.approx(track.states[0].params["dense1"].weight[2, 1], rel=1e-14)


def test_of_large_networks_fewer_states_are_looked_at(trainer, monkeypatch):
    size = sum(array.nbytes for array in trainer.params.values())
    monkeypatch.setattr("chainrule.explain.directions._BYTES", 5 * size)
    assert track_of(trainer).steps.tolist() == [0, 15, 30, 45, 60]
