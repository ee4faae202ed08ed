"""Traces of networks and states: what is shown are the numbers that trained, whatever becomes of the rows."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from chainrule.explain.tracing import trace_network, trace_state
from chainrule.network import BatchNorm, Dense, Dropout, Network
from chainrule.network.parameters import flatten
from chainrule.ops import eager_ops
from chainrule.optimizers import SGD
from chainrule.training.step import Rows, State, training_step
from chainrule.training.trainer import Trainer
from explain.arithmetic import BOUGHT, PRICES, bags, purchases, ready
from training.problems import wide_network, wide_table


def test_the_gradients_are_those_of_a_training_step_bit_for_bit():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 1))
    network = ready(Network([Dense(4, "tanh"), Dropout(0.5), BatchNorm(), Dense(1)], loss="mse"), x)
    params, stats, inputs = network.ready(x)
    ops, key = eager_ops(), np.asarray([0, 7], dtype=np.uint32)
    slots = {name: SGD(0.1).init(ops, array) for name, array in flatten(params).items()}
    state = State(params, stats, slots)
    batch = Rows(inputs, y, None)
    _, record = training_step(
        ops, network.nodes, network.loss, SGD(0.1), frozenset(), state, batch, key, np.float64(1.0)
    )
    trace = trace_state(network.nodes, network.loss, params, stats, inputs, y, training=True, key=key)
    assert trace.loss == float(record.loss.loss)
    for name, used in flatten(record.backward.gradients).items():
        np.testing.assert_array_equal(trace.gradients[name], used)
    assert trace.worksheet().agrees


def test_predictions_are_those_of_predict():
    assert (bags().trace(PRICES).prediction == bags().predict(PRICES)).all()


def test_rows_weigh_as_much_as_they_are_told_to():
    twice = trace_network(purchases(0), [[0.0], [0.5], [0.5]], [0.0, 1.0, 1.0])
    weighted = trace_network(purchases(0), [[0.0], [0.5]], [0.0, 1.0], weight=[1.0, 2.0])
    assert weighted.loss == pytest.approx(twice.loss, rel=1e-14)
    assert weighted.gradient("dense1.weight[0, 1]") == pytest.approx(twice.gradient("dense1.weight[0, 1]"), rel=1e-14)
    assert weighted.worksheet().agrees


def test_a_trace_computes_in_the_type_it_is_told_to():
    trace = purchases(0).trace(PRICES, BOUGHT, dtype=np.float32)
    assert trace.prediction.dtype == trace.gradients["dense1.weight"].dtype == np.float32


def test_a_trace_without_targets_has_a_forward_pass_alone():
    trace = purchases(0).trace(PRICES)
    assert trace.loss is None
    assert trace.measured is None
    assert trace.backward is None
    assert "dense1.dz" not in trace.values


@pytest.mark.parametrize("threads", [1, 2])
def test_a_trace_has_the_bits_of_the_training(threads):
    """However many threads products have: what is shown are the numbers that trained."""
    with threadpool_limits(threads, "blas"):
        trainer = Trainer(wide_network(), *wide_table(), batch_size=256, shuffle=False, engine="numpy")
        trainer.seek(3)
        (made,) = trainer.replay(2, 3)
        batch = trainer.batch(2)
        for _ in range(2):
            trace = trace_state(
                trainer.plan.network.nodes,
                trainer.plan.network.loss,
                made.before.params,
                made.before.stats,
                batch.inputs,
                batch.target,
            )
            np.testing.assert_array_equal(trace.prediction, made.record.forward.output)
            gradients = flatten(made.record.backward.gradients)
            assert all(np.array_equal(trace.gradient(name), gradients[name]) for name in gradients)


@pytest.mark.parametrize("y", [None, [1.0, 2.0]], ids=["forward", "backward"])
def test_a_trace_stays_as_it_was_when_the_rows_are_changed(y):
    X = np.array([[0.5], [2.0]])
    trace = bags().trace(X, y)
    X[:] = 9
    assert trace.value("input").tolist() == trace.value("dense1.x").tolist() == [[0.5], [2.0]]
