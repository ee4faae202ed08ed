"""The first value that is not finite is found in the order in which a step computes."""

import numpy as np

from chainrule.network import Dense, Network
from chainrule.optimizers import SGD
from chainrule.training.eager import EagerEngine
from chainrule.training.nonfinite import find_culprit
from chainrule.training.trainer import Trainer


def culprit(weight, rate=0.1, X=((1.0,), (2.0,), (3.0,)), y=(1.0, 2.0, 3.0), loss="mse"):
    network = Network([Dense(1, name="first"), Dense(1, name="last")], loss=loss).set(
        {"first.weight": [[weight]], "first.bias": [0.0], "last.weight": [[1.0]], "last.bias": [0.0]}
    )
    trainer = Trainer(network, X, y, optimizer=SGD(rate), dtype="float64", engine="numpy", batch_size=3)
    return find_culprit(EagerEngine(trainer.plan, trainer.rows, None), trainer.state, trainer.stretch(0, 1))


def test_where_all_is_finite_there_is_none():
    assert culprit(1.0) is None


def test_a_pre_activation_and_its_row():
    found = culprit(1e308)
    assert (found.node, found.what, found.value, found.batch_row) == ("first", "first.z", np.inf, 1)


def test_the_loss_of_a_row():
    found = culprit(1e160, y=(0.0, 0.0, 0.0))
    assert (found.node, found.what, found.batch_row) == ("last", "the loss", 0)


def test_the_loss_alone():
    found = culprit(1.0, X=((0.0,), (0.0,), (0.0,)), y=(1e154, 1e154, 1e154), loss="ssr")
    assert (found.node, found.what, found.batch_row) == ("last", "the loss", None)


def test_a_new_value():
    found = culprit(1.0, rate=1e308, y=(5.0, 6.0, 7.0))
    assert (found.what, found.batch_row) == ("the new value of first.weight", None)


def test_a_gradient():
    found = culprit(0.0, X=((1e200,), (1e200,), (1e200,)), y=(1e150, 1e150, 1e150))
    assert (found.node, found.what, found.batch_row) == ("first", "the gradient of first.weight", None)
