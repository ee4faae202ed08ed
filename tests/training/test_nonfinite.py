"""The first value that is not finite is found in the order in which a step computes."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError, NonFiniteError
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


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_values_outside_an_activation_s_own_limits_are_not_trained_on(engine):
    cr.register_activation("half", lambda ops, z: 0.5 * z, lambda ops, z: 0 * z + 0.5, limits=(0, 1))
    network = Network([Dense(1, "half")], loss="binary_cross_entropy").set({"dense1.weight": [[1.0]]})
    with pytest.raises(NonFiniteError) as caught:
        cr.fit(network, [[0.5], [3.0]], [0, 1], epochs=1, engine=engine, progress=False)
    assert str(caught.value) == (
        "Training stopped at step 1 (epoch 1): the loss became nan on row 2. Loss 'binary_cross_entropy' takes "
        "probabilities, from 0 to 1, and the last activation gives values outside the limits it was registered with: "
        "take 'sigmoid' for it, or the loss 'binary_cross_entropy_from_logits'."
    )
    for look in (caught.value.run.trace, caught.value.run.evaluate):
        with pytest.raises(InputError) as caught_there:
            look([[0.5], [3.0]], [0, 1])
        assert str(caught_there.value) == (
            "There is no loss: loss 'binary_cross_entropy' takes probabilities, from 0 to 1, and the prediction for "
            "row 2 is 1.5. The last activation gives values outside the limits it was registered with."
        )
