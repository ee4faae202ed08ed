import re

import numpy as np
import pytest

from chainrule.explain.digits import said
from chainrule.network import Dense, Network, Residual
from explain.arithmetic import ready
from explain.networks import CASES, X, traced


def gradient_names(trace):
    for name, array in trace.gradients.items():
        for index in np.ndindex(array.shape):
            yield f"{name}[{', '.join(map(str, index))}]"


@pytest.mark.parametrize("case", CASES)
def test_every_gradient_is_shown_and_is_the_sum_of_its_terms(case):
    trace = traced(case)
    worksheet = trace.worksheet(open="all")
    for name in gradient_names(trace):
        line = worksheet.line(name)
        assert line.result == trace.gradient(name)
        size = sum(abs(term.value) for term in line.terms)
        assert sum(term.value for term in line.terms) == pytest.approx(line.result, rel=0, abs=1e-15 * (1 + size))
        rows = [term.value for term in line.terms if term.label.startswith("row")]
        assert rows == trace.terms(name).tolist()


def test_loss_and_activation_taken_as_one_agree_with_the_chain_that_is_taught():
    for case in ("classes", "yes or no"):
        trace = traced(case)
        last = trace.nodes[-1].name
        for row in range(trace.rows):
            sections = [s for s in trace.worksheet(row, open="all").sections if s.title == f"{last}: backward"]
            lines = [line for line in sections[0].lines if line.name.startswith(f"{last}.dz")]
            for by_steps, joint in zip(lines[::2], lines[1::2], strict=True):
                assert by_steps.name == joint.name
                assert joint.result == trace.deltas[last].dz[row][int(re.findall(r"\[(\d+)\]", joint.name)[0])]
                assert by_steps.result == pytest.approx(joint.result, rel=1e-13, abs=1e-16)
                assert joint.note.endswith("taken as one: this number was used")


def test_digits_lost_by_the_chain_that_is_taught_are_said():
    network = Network([Dense(1, "sigmoid")], loss="binary_cross_entropy")
    network = network.set({"dense1.weight": [[1.0]], "dense1.bias": [0.0]})
    line = network.trace([[60.0]], [0.0]).worksheet().line("dense1.dz[0]")
    assert line.result == 1.0
    assert said(line.note) == (
        "the same, binary_cross_entropy and sigmoid taken as one: this number was used; 1 apart, because sigmoid is so "
        "close to its limit that digits are lost"
    )


def test_what_nothing_uses_has_no_gradient_and_that_is_said():
    network = ready(Network([Dense(2, name="left"), Dense(1, name="out", inputs=["input"])], loss="mse"), X)
    sections = network.trace(X, X[:, 0]).worksheet().sections
    left = next(section for section in sections if section.title == "left: backward")
    assert left.note == "Nothing after it uses it, so the loss does not change with it."
    assert all(line.result == 0 for line in left.lines if line.symbol)


def test_a_value_used_twice_has_the_deltas_of_both_uses():
    network = ready(Network([Dense(3, "tanh"), Residual([Dense(3)]), Dense(1)], loss="mse"), X)
    trace = network.trace(X, X[:, 0])
    line = trace.worksheet(2).line("dense1.da[1]")
    assert line.formula == (
        "dense2.dz[0]·dense2.weight[1, 0] + dense2.dz[1]·dense2.weight[1, 1] + dense2.dz[2]·dense2.weight[1, 2] + "
        "add1.dx2[1]"
    )
    assert line.terms[-1].value == trace.value("add1.dx2")[2, 1]
    assert line.result == trace.value("dense1.da")[2, 1]


def test_penalties_stand_in_the_gradients_of_weights_alone():
    worksheet = traced("penalties").worksheet(open="all")
    assert worksheet.line("dense1.weight[0, 0]").terms[-1].formula == "penalty"
    assert worksheet.line("dense1.weight[0, 0]").formula == "Σ_rows input[0]·dz[0] + penalty"
    assert all(term.formula != "penalty" for term in worksheet.line("dense1.bias[0]").terms)


def test_the_slope_of_an_activation_is_said_in_symbols():
    notes = {section.title: section.note for section in traced("deep").worksheet().sections}
    assert notes["dense1: backward"] == "f′(z) = 1 if z > 0 else 0"
    assert notes["dense3: backward"] == ""
