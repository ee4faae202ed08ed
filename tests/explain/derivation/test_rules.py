"""Where factors come from: words, formula and the values that belong to it."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.derivation.graph import Graph
from chainrule.explain.derivation.rules import own_rule, rule
from chainrule.explain.derivation.units import Unit
from chainrule.network.parameters import parse_name
from explain.derivation.networks import bags, traced


def unit(name: str, kind: str, *index: int) -> Unit:
    return Unit(name, kind, 1, index)


def test_layers_and_activations():
    graph = Graph(bags())
    weight = rule(graph, unit("dense2", "z", 0), unit("dense1", "a", 1), 2.28)
    assert (weight.where, dict(weight.values)) == ("the weight between them", {"dense2.weight[1, 0]": 2.28})
    plain = rule(graph, unit("dense2", "a", 0), unit("dense2", "z", 0), 1.0)
    assert (plain.where, plain.latex) == ("no activation: a = z", "1")
    softplus = rule(graph, unit("dense1", "a", 0), unit("dense1", "z", 0), 0.0)
    assert softplus.values["z"] == pytest.approx(-34.4 * 0.5 + 2.14)
    assert softplus.values["a"] == pytest.approx(np.log1p(np.exp(-34.4 * 0.5 + 2.14)))
    assert softplus.where.endswith("z is dense1.z[0]")


def test_a_parameter_of_the_layer_itself():
    graph = Graph(bags())
    bias = own_rule(graph, unit("dense1", "z", 0), parse_name("dense1.bias[0]", graph.trace.params), 1.0)
    assert (bias.where, bias.latex) == ("a bias is added as it is", "1")
    first = own_rule(graph, unit("dense1", "z", 0), parse_name("dense1.weight[0, 0]", graph.trace.params), 0.5)
    assert (first.where, dict(first.values)) == ("what it is multiplied by", {"input[0]": 0.5})
    second = own_rule(graph, unit("dense2", "z", 0), parse_name("dense2.weight[1, 0]", graph.trace.params), 0.7)
    assert dict(second.values) == {"dense1.a[1]": 0.7}


def test_dropout_says_whether_it_drops():
    parts = [cr.Dense(3), cr.Dropout(0.25), cr.Dense(1)]
    rules = [
        rule(Graph(traced(parts, "mse", np.ones((2, 2)), np.ones(2), training=training)),
             unit("dropout1", "z", 0), unit("dense1", "a", 0), 1.0)
        for training in (True, False)
    ]  # fmt: skip
    assert (rules[0].latex, rules[0].values) == (r"\frac{1}{1 - r}", {"r": 0.25})
    assert rules[1].where == "dropout passes on what it gets"


def test_a_mean_divides_by_its_places():
    parts = [cr.Conv2D(1, 2), cr.GlobalAveragePool2D(), cr.Dense(1)]
    graph = Graph(traced(parts, "mse", np.ones((2, 3, 4, 1)), np.ones(2)))
    found = rule(graph, unit("average1", "z", 0), unit("conv1", "a", 0, 0, 0), 1 / 6)
    assert (found.where, found.values) == ("a mean of 6 places", {"m": 6.0})
    kernel = rule(graph, unit("conv1", "z", 1, 1, 0), unit("input", "input", 2, 1, 0), 0.5)
    assert dict(kernel.values) == {"conv1.weight[1, 0, 0, 0]": 0.5}
