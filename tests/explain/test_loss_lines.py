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


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.parametrize("z", [40.0, 11.28, -800.0, 0.4])
@pytest.mark.parametrize(
    ("parts", "loss"),
    [
        ([Dense(1, "sigmoid")], "binary_cross_entropy"),
        ([Dense(1, "hard_sigmoid")], "binary_cross_entropy"),
        ([Dense(1)], "binary_cross_entropy_from_logits"),
        ([Dense(2, "softmax")], "cross_entropy"),
        ([Dense(2, "hard_sigmoid")], "cross_entropy"),
        ([Dense(2)], "cross_entropy_from_logits"),
    ],
)
def test_what_is_shown_is_true_where_probabilities_are_nearly_0_or_1(parts, loss, z, code, dtype):
    network = Network(parts, loss=loss)
    wide = parts[0].layer.units
    network = network.set({"dense1.weight": [[z, 0.0][:wide]], "dense1.bias": [0.0] * wide})
    worksheet = network.trace([[1.0]], [code], dtype=dtype).worksheet(decimals=17)
    lines = [line for section in worksheet.sections for line in section.lines if line.name in SHOWN]
    assert len(lines) >= 2
    for line in lines:
        rounding = 3e-3 if dtype == "float32" else 1e-9  # 1e-5 beside 1 or 11; log(1 + e^−40) is 0 in Python
        assert evaluate(line.numbers(17)) == pytest.approx(line.result, rel=rounding, abs=1e-16), line.formula


SHOWN = ("loss.rows[0]", "dense1.dz[0]", "dense1.da[0]")


def test_limits_and_joint_forms_are_shown_where_they_act():
    def shown(part, loss, code, size):
        network = Network([part], loss=loss)
        weight = [[size, 0.0][: part.layer.units]]
        network = network.set({"dense1.weight": weight, "dense1.bias": [0.0] * part.layer.units})
        line = network.trace([[1.0]], [code]).worksheet().line("loss.rows[0]")
        return f"{line.formula} = {line.numbers()} = {line.answer()}"

    assert shown(Dense(1, "sigmoid"), "binary_cross_entropy", 0, 40.0) == (
        "max(z, 0) − y·z + log(1 + e^(−|z|)) = max(40, 0) − 0·40 + log(1 + e^(−|40|)) = 40"
    )
    assert shown(Dense(1, "hard_sigmoid"), "binary_cross_entropy", 1, -40.0) == (
        "−y·log(max(ŷ, ε)) − (1 − y)·log(1 − ŷ) = −1·log(max(0, 2.22507e−308)) − (1 − 1)·log(1 − 0) = 708.396419"
    )
    assert shown(Dense(2, "softmax"), "cross_entropy", 1, 800.0) == (
        "−y[1]·(z[1] − m − log(s)) = −1·(0 − 800 − log(1)) = 800"
    )
    assert shown(Dense(2, "softmax"), "cross_entropy", 0, 11.28) == (
        "−y[0]·log(ŷ[0]) = −1·log(0.9999874) = 1.26228e−05"
    )
