"""One step by hand: forward, loss, backward, update, in this order and once each."""

import numpy as np

from chainrule.network import BatchNorm, Dense, Network
from chainrule.ops import eager_ops
from chainrule.optimizers import SGD
from chainrule.training.step import Rows, State, loss_of, training_step
from chainrule.training.trainer import Trainer

X, Y = [[1.0], [2.0]], [1.0, 5.0]


def made(network, weight=None):
    trainer = Trainer(network, X, Y, optimizer=SGD(0.1), sample_weight=weight, dtype="float64", engine="numpy")
    plan = trainer.plan
    return trainer, training_step(
        eager_ops(),
        plan.network.nodes,
        plan.network.loss,
        plan.optimizer.at_rate(0.1),
        plan.network.frozen_names(),
        trainer.state,
        trainer.rows,
        None,
        np.float64(1),
    )


def line(loss="ssr") -> Network:
    return Network([Dense(1)], loss=loss).set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})


def test_a_step_by_hand():
    _, (after, record) = made(line())
    # predictions 3 and 5, residuals 2 and 0; d/dw = 2 · 2 · 1, d/db = 2 · 2
    assert record.loss.loss == 4.0
    assert record.backward.gradients["dense1"].weight.tolist() == [[4.0]]
    assert record.backward.gradients["dense1"].bias.tolist() == [4.0]
    np.testing.assert_allclose(after.params["dense1"].weight, [[1.6]], rtol=1e-15)
    np.testing.assert_allclose(after.params["dense1"].bias, [0.6], rtol=1e-15)


def test_weights_of_rows_reach_the_loss():
    _, (after, record) = made(line(), weight=[0.5, 1.0])
    assert record.loss.loss == 2.0
    np.testing.assert_allclose(after.params["dense1"].weight, [[1.8]], rtol=1e-15)


def test_frozen_parameters_have_a_gradient_but_no_update():
    _, (after, record) = made(line().freeze("dense1.weight"))
    assert record.backward.gradients["dense1"].weight.tolist() == [[4.0]]
    assert after.params["dense1"].weight.tolist() == [[2.0]]
    assert set(record.update.parameters) == {"dense1.bias"}
    assert set(after.slots) == {"dense1.bias"}


def test_clipping_looks_at_what_is_trained_alone():
    """The gradient is (4, 4); with the weight frozen what is left has length 4, and is shortened to 1."""
    trainer = Trainer(
        line().freeze("dense1.weight"), X, Y, optimizer=SGD(0.1, clip_norm=1.0), dtype="float64", engine="numpy"
    )
    trainer.step()
    np.testing.assert_allclose(trainer.params["dense1.bias"], [0.9], rtol=1e-15)


def test_what_a_step_starts_from_stays_as_it_is():
    trainer, _ = made(line())
    assert trainer.params["dense1.weight"].tolist() == [[2.0]]


def test_running_statistics_move_in_training_and_only_there():
    trainer, (after, _) = made(Network([BatchNorm(name="norm", epsilon=1e-12), Dense(1, name="line")], loss="mse"))
    ops, plan, before = eager_ops(), trainer.plan, trainer.state
    assert before.stats["norm"].mean.tolist() == [0.0]
    assert after.stats["norm"].mean.tolist() != [0.0]
    loss = loss_of(ops, plan.network.nodes, plan.network.loss, before, trainer.rows)
    # the first running statistics are mean 0 and variance 1: the layer passes its input on
    np.testing.assert_allclose(
        loss, np.mean((np.array(X) @ before.params["line"].weight - np.array(Y)[:, None]) ** 2), rtol=1e-11
    )


def test_the_loss_of_rows_is_that_of_the_forward_pass():
    trainer, (_, record) = made(line("mse"))
    ops, plan = eager_ops(), trainer.plan
    rows: Rows = trainer.rows
    state: State = trainer.state
    assert loss_of(ops, plan.network.nodes, plan.network.loss, state, rows) == record.loss.loss == 2.0
