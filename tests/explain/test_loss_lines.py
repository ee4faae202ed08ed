import numpy as np
import pytest

from chainrule.explain import trace_state
from chainrule.losses import Huber, loss_names
from chainrule.network import LSTM, Activation, Dense, Masked, Network
from explain.arithmetic import evaluate, ready
from explain.networks import CODES, X, traced


@pytest.mark.parametrize("weight", [None, np.array([1.0, 0.0, 2.0, 0.5, 1.0])])
@pytest.mark.parametrize("loss", loss_names())
def test_losses_are_written_as_they_are_computed(loss, weight):
    classes, positive = loss.startswith("cross"), loss in ("binary_cross_entropy", "cross_entropy", "poisson")
    output = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid", "poisson": "softplus"}.get(loss)
    network = ready(Network([Dense(3 if classes else 2, output)], loss=loss), X)
    target = CODES if classes else np.abs(np.sin(X[:, :2])) if positive or "entropy" in loss else np.abs(X[:, :2])
    params, stats, inputs = network.ready(X)
    trace = trace_state(network.nodes, network.loss, params, stats, inputs, target, weight)
    for row in range(len(X)):
        worksheet = trace.worksheet(row, decimals=17)
        assert worksheet.agrees
        names = [f"loss.rows[{row}]", "dense1.dz[0]", "dense1.dz[1]"]
        names += ["dense1.da[0]", "dense1.da[1]"] if output else []
        for name in names:
            line = worksheet.line(name)
            assert evaluate(line.numbers(17)) == pytest.approx(line.result, rel=1e-11, abs=1e-15), name
        assert worksheet.line("loss").result == trace.loss


def test_a_target_of_probabilities_is_written_out():
    network = ready(Network([Dense(3, "softmax")], loss="cross_entropy"), X)
    target = np.array([[0.2, 0.3, 0.5]] * 5)
    params, stats, inputs = network.ready(X)
    trace = trace_state(network.nodes, network.loss, params, stats, inputs, target)
    line = trace.worksheet(decimals=17).line("loss.rows[0]")
    assert line.formula == "share·((−y[0]·log(ŷ[0])) + (−y[1]·log(ŷ[1])) + (−y[2]·log(ŷ[2])))"
    assert evaluate(line.numbers(17)) == pytest.approx(line.result, rel=1e-12)


def test_the_numbers_of_a_loss_stand_under_its_letters():
    network = ready(Network([Dense(1)], loss=Huber(0.01)), X)
    worksheet = network.trace(X, X[:, 0]).worksheet(decimals=17)
    line = worksheet.line("loss.rows[0]")
    assert line.values["δ"] == 0.01
    assert evaluate(line.numbers(17)) == pytest.approx(line.result, rel=1e-13)


def test_many_outputs_stay_in_symbols():
    network = ready(Network([Dense(20)], loss="mse"), X)
    line = network.trace(X, np.ones((5, 20))).worksheet().line("loss.rows[0]")
    assert line.formula == "share·Σ_k (y − ŷ)²"
    assert line.numbers() == ""


def test_penalties_are_added():
    trace = traced("penalties")
    line = trace.worksheet().line("loss")
    assert line.formula == "data loss + penalty"
    assert [term.value for term in line.terms] == [float(trace.measured.data_loss), float(trace.measured.penalty)]
    assert line.result == trace.loss


def test_the_target_is_shown():
    classes = traced("classes").worksheet(1).line("target")
    assert (classes.result, classes.note) == (2, "the code of the class")
    assert traced("unfused").worksheet(1).line("target").answer() == "0, 0, 1"


def test_letters_are_explained():
    notes = {s.title: s.note for case in ("classes", "penalties") for s in traced(case).worksheet().sections}
    assert notes["Loss: cross_entropy"].endswith(
        "; p is ŷ, computed from z itself; share is what each value counts for in the mean"
    )
    assert notes["Loss: mse"].endswith("; the penalty is that of the weights' sizes (l1, l2)")


@pytest.mark.parametrize("loss", ["mse", "ssr", "cross_entropy"])
@pytest.mark.parametrize("weight", [None, np.array([1.0, 3.0])], ids=["all alike", "weights"])
def test_padding_is_not_written_out(loss, weight):
    mask = np.array([[True, True, True], [True, False, False]])
    steps = Masked(np.random.default_rng(0).normal(size=(2, 3, 2)), mask)
    classes = loss == "cross_entropy"
    parts = [LSTM(2, return_sequences=True), *([Activation("softmax")] if classes else [])]
    network = ready(Network(parts, loss=loss), steps)
    params, stats, inputs = network.ready(steps)
    target = np.array([[0, 1, 1], [1, 0, 0]]) if classes else np.cos(np.arange(12.0)).reshape(2, 3, 2)
    trace = trace_state(network.nodes, network.loss, params, stats, inputs, target, weight)
    last = network.nodes[-1].name
    for row, real in ((0, 3), (1, 1)):
        worksheet = trace.worksheet(row, decimals=17, terms=12, open="all")
        assert worksheet.agrees
        line = worksheet.line(f"loss.rows[{row}]")
        assert evaluate(line.numbers(17)) == pytest.approx(line.result, rel=1e-11)
        assert line.formula.count("ŷ") == real * (1 if classes else 2)
        slope = worksheet.line(f"{last}.dz[0, 1]")
        assert evaluate(slope.numbers(17)) == pytest.approx(slope.result, rel=1e-11, abs=1e-15)
