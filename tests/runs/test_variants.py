"""Combinations of settings: their order, and where each value goes."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.runs.variants import variants

NET = cr.Network([cr.Dense(2, "tanh"), cr.Dropout(0.5), cr.Dense(1)])


def test_the_last_name_runs_fastest_and_every_value_is_in_its_place():
    vary = {"learning_rate": np.array([0.1, 0.2]), "batch_size": [4, 8]}
    found = variants(NET, vary, cr.SGD(0.5, momentum=0.9), 16)
    assert [(each.optimizer.learning_rate, each.batch_size) for each in found] == [
        (0.1, 4), (0.1, 8), (0.2, 4), (0.2, 8),
    ]  # fmt: skip
    assert {each.optimizer.momentum for each in found} == {0.9}
    assert [dict(each.settings) for each in found][1] == {"learning_rate": 0.1, "batch_size": 8}
    assert all(type(value) in (float, int) for each in found for value in each.settings.values())


def test_settings_of_one_node_leave_the_others():
    vary = {"dense1.units": [3], "dense1.activation": ["relu"], "dropout1.rate": [0.25], "dense1.l2": [0.1]}
    [only] = variants(NET, vary, "sgd", 16)
    first, dropout, last = only.network.nodes
    assert (first.layer.units, first.activation.name, first.l2) == (3, "relu", 0.1)
    assert (dropout.layer.rate, last, only.batch_size) == (0.25, NET.nodes[2], 16)
    assert NET.nodes[0].layer.units == 2


def test_a_functions_arguments_come_before_the_optimizers():
    def build(units, learning_rate=5):
        return cr.Network([cr.Dense(units * learning_rate)])

    [only] = variants(build, {"units": [2], "learning_rate": [3]}, cr.SGD(0.5), 16)
    assert (only.network.nodes[0].layer.units, only.optimizer.learning_rate) == (6, 0.5)


@pytest.mark.parametrize("given", [True, float("nan"), None])
def test_what_is_no_number(given):
    with pytest.raises(InputError) as caught:
        variants(NET, {"learning_rate": [given]}, "sgd", 16)
    assert str(caught.value) == f"vary needs a list of finite numbers for 'learning_rate'; got [{given!r}]."
