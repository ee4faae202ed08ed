"""Windows of pictures as arithmetic: what pooling takes, and what comes back through each window."""

import numpy as np
import pytest

from chainrule.network import Conv2D, Dense, Flatten, GlobalAveragePool2D, MaxPool2D, Network
from explain.arithmetic import ready
from explain.networks import PICTURES, traced


def test_the_largest_of_a_window_is_told_with_all_that_are_in_it():
    line = traced("pooled").worksheet(1, open="all").line("maxpool1.z[1, 1, 0]")
    a = traced("pooled").value("conv1.a")[1]
    assert line.formula == "max(conv1.a[1, 1, 0], conv1.a[1, 2, 0], conv1.a[2, 1, 0], conv1.a[2, 2, 0])"
    assert list(line.values.values()) == a[1:3, 1:3, 0].ravel().tolist()
    assert line.result == a[1:3, 1:3, 0].max()


def test_of_a_large_window_the_largest_alone_is_told():
    network = ready(Network([MaxPool2D((5, 4)), Flatten(), Dense(1)], loss="mse"), PICTURES)
    line = network.trace(PICTURES, [[0.0]] * 3).worksheet(2).line("maxpool1.z[0, 0, 1]")
    place = np.unravel_index(PICTURES[2, :, :, 1].argmax(), (5, 4))
    assert line.formula == f"input[{place[0]}, {place[1]}, 1]"
    assert line.result == PICTURES[2, :, :, 1].max()


def test_a_mean_is_a_sum_of_equal_shares():
    network = ready(Network([GlobalAveragePool2D(), Dense(1)], loss="mse"), PICTURES)
    worksheet = network.trace(PICTURES[:1], [[0.0]]).worksheet(open="all")
    line = worksheet.line("average1.z[1]")
    assert line.terms[6].names == ("1/20", "input[1, 2, 1]")
    assert sum(term.value for term in line.terms) == pytest.approx(PICTURES[0, :, :, 1].mean(), rel=1e-14)


def test_deltas_come_back_through_every_window_that_a_place_lies_in():
    trace = traced("pooled")
    worksheet = trace.worksheet(0, open="all")
    a, dz = trace.value("conv1.a")[0], trace.deltas["maxpool1"].dz[0]
    line = worksheet.line("conv1.da[1, 1, 0]")
    won = [
        (p, q)
        for p, q in np.ndindex(dz.shape[:2])
        if p <= 1 <= p + 1 and q <= 1 <= q + 1 and (1 - p, 1 - q) == divmod(int(a[p : p + 2, q : q + 2, 0].argmax()), 2)
    ]
    assert [term.names for term in line.terms] == [(f"maxpool1.dz[{p}, {q}, 0]",) for p, q in reversed(won)]
    assert line.result == sum(dz[p, q, 0] for p, q in won)


@pytest.mark.parametrize(("padding", "strides"), [("valid", 1), ("same", 1), ("valid", 2), ("same", (2, 1))])
def test_a_convolution_s_deltas_and_gradients_are_sums_over_its_windows(padding, strides):
    layers = [Conv2D(2, 1, "tanh"), Conv2D(3, (3, 2), padding=padding, strides=strides), Flatten(), Dense(1)]
    trace = ready(Network(layers, loss="mse"), PICTURES).trace(PICTURES[:1], [[0.5]])
    worksheet = trace.worksheet(open="all")
    assert worksheet.agrees, worksheet.verdict
    layer, dz = trace.nodes[1].layer, trace.deltas["conv2"].dz
    back = worksheet.line("conv1.da[2, 1, 1]")
    assert back.result == trace.deltas["conv2"].dx[0, 2, 1, 1]
    assert back.formula == "Σ_pqo conv2.dz[p, q, o]·conv2.weight[a, b, 1, o]"
    assert len(back.terms) > 1
    line = worksheet.line("conv2.weight[1, 0, 1, 2]")
    assert len(line.terms) == dz[0, ..., 2].size
    assert line.result == trace.gradient("conv2.weight[1, 0, 1, 2]")
    down = layer.strides[0]
    assert line.formula.startswith(f"Σ_pq x[{f'{down}·p' if down > 1 else 'p'} + 1, ")
    bias = worksheet.line("conv2.bias[1]")
    assert [term.value for term in bias.terms] == dz[0, ..., 1].ravel().tolist()


def test_of_equal_values_the_first_gets_the_whole_delta():
    flat = np.zeros((1, 4, 4, 1))
    layers = [Conv2D(1, 1), MaxPool2D(2), Flatten(), Dense(1)]
    trace = ready(Network(layers, loss="mse"), flat).trace(flat, [[0.5]])
    worksheet = trace.worksheet(open="all")
    assert worksheet.agrees
    assert worksheet.line("conv1.dz[2, 0, 0]").formula == "maxpool1.dz[1, 0, 0]"
    assert worksheet.line("conv1.dz[3, 1, 0]").result == 0
