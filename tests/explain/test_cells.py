from dataclasses import replace

import numpy as np
import pytest

from chainrule.explain import trace_state
from chainrule.layers.dense import DenseLayer
from chainrule.network import BatchNorm, Dense, Dropout, Network
from explain.arithmetic import evaluate, ready
from explain.networks import TABLE, X, traced


def test_dropout_in_training_is_written_out():
    network = ready(Network([Dropout(0.5), Dense(1)], loss="mse"), X)
    params, stats, inputs = network.ready(X)
    key = np.asarray([0, 1], dtype=np.uint32)
    trace = trace_state(network.nodes, network.loss, params, stats, inputs, X[:, :1], training=True, key=key)
    kept = trace.value("dropout1.kept")
    assert kept.any()
    assert not kept.all()
    for row, unit in np.ndindex(kept.shape):
        line = trace.worksheet(row).line(f"dropout1.z[{unit}]")
        if kept[row, unit]:
            assert line.numbers(17).endswith("/(1 − 0.5)")
            assert evaluate(line.numbers(17)) == line.result
        else:
            assert line.result == 0
            assert line.note == f"input[{unit}] was dropped"


def test_a_dense_layer_is_a_weighted_sum():
    trace = traced("deep")
    line = trace.worksheet(3).line("dense1.z[2]")
    assert line.formula == "input[0]·weight[0, 2] + input[1]·weight[1, 2] + input[2]·weight[2, 2] + bias[2]"
    assert [term.factors for term in line.terms[:3]] == [
        (X[3, i], trace.params["dense1.weight"][i, 2]) for i in range(3)
    ]


def test_an_embedding_is_a_weight_of_its_code():
    line = traced("table").worksheet(2).line("embedding1.z[1]")
    assert line.formula == f"weight[{TABLE['city'][2]}, 1]"


def test_concatenated_values_come_from_their_input():
    worksheet = traced("table").worksheet(1)
    sources = [worksheet.line(f"concatenate1.z[{i}]").formula for i in range(4)]
    assert sources == ["features[0]", "features[1]", "embedding1.z[0]", "embedding1.z[1]"]


def test_normalised_values_are_scaled_and_shifted():
    network = Network([BatchNorm(), Dense(1)], loss="mse")
    network = ready(network, X).set({"batchnorm1.scale": [2.0, 3.0, 4.0], "batchnorm1.shift": [0.1, 0.2, 0.3]})
    line = network.trace(X).worksheet(decimals=17).line("batchnorm1.z[1]")
    assert line.formula == "scale[1]·normal[1] + shift[1]"
    assert line.terms[0].factors[0] == 3.0
    assert evaluate(line.numbers(17)) == pytest.approx(3.0 * X[0, 1] / np.sqrt(1 + 1e-5) + 0.2, rel=1e-14)


def test_a_convolution_is_a_weighted_sum_over_its_window():
    trace = traced("strides")
    line = trace.worksheet(1, open="all").line("conv1.z[1, 0, 1]")
    assert line.terms[0].names == ("x[2, 0, 0]", "weight[0, 0, 0, 1]")
    assert line.terms[-2].names == ("x[3, 1, 1]", "weight[1, 1, 1, 1]")
    assert line.terms[-2].factors == (trace.value("input")[1, 3, 1, 1], trace.params["conv1.weight"][1, 1, 1, 1])


def test_a_layer_that_is_not_known_shows_its_values():
    class Other(DenseLayer):
        kind = "other"

    trace = traced("line")
    other = replace(trace, nodes=(replace(trace.nodes[0], layer=Other(1)),))
    line = other.worksheet(1).line("dense1.z[0]")
    assert (line.formula, line.terms, line.result) == ("", (), trace.prediction[1, 0])


@pytest.mark.parametrize("case", ["normalised", "residual", "steps"])
def test_a_normalised_value_is_of_the_input_its_mean_and_its_variance(case):
    trace = traced(case)
    node = next(node for node in trace.nodes if "norm" in node.name)
    saved = trace.forward.nodes[node.name].saved
    worksheet = trace.worksheet(1, open="all")
    lines = [line for section in worksheet.sections for line in section.lines if line.symbol.startswith("normal[")]
    assert [line.result for line in lines] == saved.normal[1].ravel().tolist()
    for line in lines:
        assert line.formula == "(x − mean)/√(variance + epsilon)"
        assert evaluate(line.numbers(17)) == pytest.approx(line.result, rel=1e-12)
    assert worksheet.agrees


def test_in_training_a_normalised_value_is_of_the_batch():
    network = ready(Network([BatchNorm(), Dense(1)], loss="mse"), X)
    params, stats, inputs = network.ready(X)
    trace = trace_state(network.nodes, network.loss, params, stats, inputs, X[:, :1], training=True)
    line = trace.worksheet(2).line("batchnorm1.normal[1]")
    assert line.values["mean"] == pytest.approx(X[:, 1].mean(), rel=1e-14)
    assert line.values["variance"] == pytest.approx(X[:, 1].var(), rel=1e-14)
    assert evaluate(line.numbers(17)) == pytest.approx(line.result, rel=1e-12)
