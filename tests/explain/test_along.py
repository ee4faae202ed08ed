"""A number's mean gradient along a straight way of the parameters times the way is what it changed by."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.along import Followed
from chainrule.explain.tracing import trace_network
from chainrule.network.parameters import flatten, unflatten
from chainrule.ops import eager_ops

ROW = np.array([[0.7, -1.2, 0.4]])


def states(*layers, row):
    """A followed prediction and two sets of parameters, a tenth of the way from one start to another apart."""
    network = cr.Network(list(layers), loss="mse", input_shape=row.shape[1:])
    (before, stats), (other, _) = network.init(0, np.dtype("float64")), network.init(1, np.dtype("float64"))
    old, new = flatten(before), flatten(other)
    after = unflatten({name: old[name] + (new[name] - old[name]) / 10 for name in old}, before)
    filled = network.trained(before, stats)
    return Followed.of(trace_network(filled, row), "prediction"), before, after, stats


def along(followed, *states):
    return followed.number.along(eager_ops(), *states, followed.inputs)


@pytest.mark.parametrize("activation", ["tanh", "softplus", None])
def test_the_way_and_its_gradient_are_the_change(activation):
    """Up to what five places miss of a curve: nothing of polynomials, which two linear layers are."""
    followed, before, after, stats = states(cr.Dense(4, activation), cr.Dense(1), row=ROW)
    moved = along(followed, before, after, stats, stats)
    old, new = flatten(before), flatten(after)
    way = sum(np.sum(slope * (new[name] - old[name])) for name, slope in moved.gradient.items())
    assert moved.arrived - moved.before == pytest.approx(way, rel=1e-12)
    assert (moved.before, moved.arrived) == (followed.value(before, stats), followed.value(after, stats))
    assert moved.after == moved.arrived


def test_penalties_are_of_the_loss_and_not_of_the_prediction():
    plain, before, _, stats = states(cr.Dense(4, "tanh"), cr.Dense(1), row=ROW)
    penalised, *_ = states(cr.Dense(4, "tanh", l1=0.1, l2=0.1), cr.Dense(1), row=ROW)
    slopes = penalised.number.gradient(eager_ops(), before, stats, penalised.inputs)
    for name, slope in plain.number.gradient(eager_ops(), before, stats, plain.inputs).items():
        np.testing.assert_array_equal(slopes[name], slope)


def test_running_statistics_move_it_after_the_parameters():
    followed, before, after, stats = states(cr.Dense(3), cr.BatchNorm(), cr.Dense(1), row=ROW[:, :2])
    moved_stats = {name: type(each)(each.mean + 0.5, each.variance * 2) for name, each in stats.items()}
    moved = along(followed, before, after, stats, moved_stats)
    assert moved.after == followed.value(after, moved_stats) != moved.arrived == followed.value(after, stats)


def test_either_of_two_chances():
    run = cr.fit_table("examples/penguins.csv", "sex", epochs=1, baselines=False, progress=False)
    trace = run.trace(run.read("examples/penguins.csv").row(3).frame)
    first, second = (Followed.of(trace, f"P({label})") for label in run.table.target.labels)
    params, stats, _ = run.network.ready(trace.inputs, np.float64)
    assert second.value(params, stats) == pytest.approx(float(trace.prediction[0, 0]), rel=1e-5)
    assert first.value(params, stats) == pytest.approx(1 - second.value(params, stats), abs=1e-15)
    assert first.number == second.number
    assert (first.slope, second.slope) == (-1.0, 1.0)
