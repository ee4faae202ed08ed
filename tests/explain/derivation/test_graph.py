"""The numbers of a trace as a graph: neighbours, with the partial derivatives between them by hand."""

import math

import numpy as np
import pytest

from chainrule.explain.derivation.graph import Graph, nonzero, one
from chainrule.explain.derivation.units import Place, Unit
from chainrule.network.parameters import parse_name
from explain.derivation.networks import NETWORKS, bags


def test_what_is_not_zero():
    values = np.array([[0.0, 2.0], [3.0, 0.0]])
    whole = nonzero(("dense1", "z"), values)
    assert whole.units() == [(Unit("dense1", "z", 0, (1,)), 2.0), (Unit("dense1", "z", 1, (0,)), 3.0)]
    assert nonzero(("dense1", "z"), values, 1).units() == [(Unit("dense1", "z", 1, (0,)), 3.0)]
    assert one(values, Unit("dense1", "z", 1, (0,)), 1).tolist() == [[0, 0], [1, 0]]
    assert one(values, Unit("dense1", "z", 1, (0,)), None).tolist() == [[1, 0], [1, 0]]


def test_neighbours_of_a_small_network():
    """Weights between layers; softplus′(1.29) = 1/(1 + e^-1.29) at an input of 0."""
    graph = Graph(bags())
    [weights] = graph.neighbours(Unit("dense2", "z", 1, (0,)))
    assert [(unit.name, value) for unit, value in weights.units() if unit.row == 1] == [
        ("dense1.a[0]", pytest.approx(-1.3)),
        ("dense1.a[1]", pytest.approx(2.28)),
    ]
    [slopes] = graph.neighbours(Unit("dense1", "a", 0, (1,)))
    found = {(unit.name, unit.row): value for unit, value in slopes.units()}
    assert found["dense1.z[1]", 0] == pytest.approx(1 / (1 + math.exp(-1.29)))
    assert all(name == "dense1.z[1]" for name, _ in found)
    assert graph.own(Unit("dense1", "z", 1, (0,)), parse_name("dense1.weight[0, 0]", graph.trace.params)) == 0.5
    assert graph.neighbours(Unit("input", "input", 0, (0,))) == []


def test_arrays_between_two():
    graph = Graph(bags())
    start = Place("dense2", "z", (0,))
    assert graph.between(start, Place("dense1", "a", (0,))) == {("dense2", "z"), ("dense1", "a")}
    assert graph.between(None, Place("dense2", "a", (0,))) == {("dense2", "a")}
    assert graph.between(Place("dense1", "z", (0,)), Place("dense2", "a", (0,))) == set()
    assert graph.shown(("dense2", "a")) == ("dense2", "z")
    assert graph.shown(("dense1", "a")) == ("dense1", "a")


def test_only_batch_normalisation_in_training_mixes_rows():
    assert Graph(NETWORKS["normalising"]()).mixing == {"batchnorm1"}
    assert Graph(NETWORKS["parallel"]()).mixing == set()
