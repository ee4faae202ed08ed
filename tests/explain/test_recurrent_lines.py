"""What a worksheet shows of an LSTM is what the layer computed, step by step, and adds up to its gradients."""

import numpy as np
import pytest

from chainrule.network import LSTM, Dense, Flatten, Masked, Network
from explain.arithmetic import ready
from explain.networks import STEPS, traced

GATES = {"i": "input_gate", "f": "forget_gate", "g": "candidate", "o": "output_gate"}


def test_gates_are_those_of_the_layer_at_every_real_step():
    trace = traced("lstm")
    saved = trace.forward.nodes["lstm1"].saved
    worksheet = trace.worksheet(0, open="all")
    for step, unit in np.ndindex(2, 2):
        for gate, field in GATES.items():
            line = worksheet.line(f"lstm1.{gate}[{step}, {unit}]")
            assert line.result == getattr(saved, field)[step, 0, unit]
        cell, output = (worksheet.line(f"lstm1.{letter}[{step}, {unit}]") for letter in "ch")
        assert output.terms[0].factors == (saved.output_gate[step, 0, unit], saved.tanh_c[step, 0, unit])
        assert np.tanh(cell.result) == pytest.approx(saved.tanh_c[step, 0, unit], rel=1e-14)
    names = [line.name for line in worksheet.sections[2].lines]
    assert "lstm1.h[2, 0]" not in names  # padding
    assert worksheet.line("lstm1.z[1]").formula == "h[1, 1]"
    assert worksheet.line("lstm1.z[1]").result == worksheet.line("lstm1.h[1, 1]").result


def test_every_sum_adds_up_where_large_terms_give_a_small_gate():
    """The candidate of 0.0029 is of terms of order 1, whose rounding it has."""
    for case in ("lstm", "lstms"):
        for row in range(2):
            worksheet = traced(case).worksheet(row, open="all")
            assert worksheet.agrees, worksheet.verdict


def test_a_gate_s_sum_is_of_the_inputs_and_the_outputs_before():
    line = traced("lstms").worksheet(1, open="all").line("lstm1.zf[2, 1]")
    assert line.formula == "Σ_i x[2, i]·weight[i, 4] + Σ_j h′[2, j]·recurrent[j, 4] + bias[4]"
    assert [term.names for term in line.terms] == [
        *((f"input[2, {i}]", f"weight[{i}, 4]") for i in range(3)),
        *((f"h′[2, {j}]", f"recurrent[{j}, 4]") for j in range(3)),
        ("bias[4]",),
    ]
    before = traced("lstms").worksheet(1, open="all").line("lstm1.h[1, 2]").result
    assert line.terms[5].factors[0] == before


def test_deltas_go_back_through_the_gates_to_the_inputs_of_every_step():
    trace = traced("lstms")
    worksheet = trace.worksheet(0, open="all")
    line = worksheet.line("lstm2.dh[3, 1]")
    assert (line.formula, line.result) == ("dz[1]", trace.deltas["lstm2"].dz[0, 1])
    assert worksheet.line("lstm2.dh[1, 1]").formula == "Σ_k dz[2, k]·recurrent[1, k]"
    assert worksheet.line("lstm1.dh[1, 1]").formula == "dz[1, 1] + Σ_k dz[2, k]·recurrent[1, k]"
    back = worksheet.line("lstm1.dz[2, 0]")
    assert back.formula == "Σ_k lstm2.dz[2, k]·lstm2.weight[0, k]"
    assert [term.names[0] for term in back.terms[:3]] == ["lstm2.dzi[2, 0]", "lstm2.dzi[2, 1]", "lstm2.dzf[2, 0]"]
    assert back.result == trace.deltas["lstm2"].dx[0, 2, 0]
    assert back.terms[3].factors == (
        worksheet.line("lstm2.dzf[2, 1]").result,
        trace.params["lstm2.weight"][0, 3],
    )


@pytest.mark.parametrize("row", [0, 1])
@pytest.mark.parametrize("sequences", [False, True])
def test_gradients_of_one_row_are_sums_over_its_steps(row, sequences):
    after = [Flatten()] if sequences else []
    network = ready(Network([LSTM(2, return_sequences=sequences), *after, Dense(1)], loss="mse"), STEPS)
    one = Masked(STEPS.values[row : row + 1], STEPS.mask[row : row + 1])
    trace = network.trace(one, [[0.5]])
    worksheet = trace.worksheet(open="all")
    assert worksheet.agrees, worksheet.verdict
    real = np.flatnonzero(STEPS.mask[row]).tolist()
    for name in ("weight[1, 5]", "recurrent[0, 3]", "bias[6]"):
        line = worksheet.line(f"lstm1.{name}")
        assert [term.label for term in line.terms] == [f"step {step}" for step in real]
        assert sum(term.value for term in line.terms) == pytest.approx(trace.gradient(f"lstm1.{name}"), rel=1e-12)
    assert worksheet.line("lstm1.weight[1, 5]").formula == "Σ_t x[t, 1]·dz[t, 5]"
    assert worksheet.line("lstm1.recurrent[0, 3]").terms[1].names == ("h′[1, 0]", "dzf[1, 1]")


def test_a_long_sequence_is_folded_and_can_be_opened():
    X = np.random.default_rng(0).normal(size=(1, 30, 4))
    trace = ready(Network([LSTM(8), Dense(1)], loss="mse"), X).trace(X, [[1.0]])
    lines = trace.worksheet().sections[1].lines
    shown = [line for line in lines if line.symbol.startswith("h[")]
    assert len(shown) == 4
    rest = next(line.rest for line in lines if line.rest is not None)
    assert rest.count == 30 * 8 - 4
    assert [line.symbol[0] for line in rest.first(1)[0]] == ["c", "h"]
    size = abs(rest.first(1)[0][1].result)
    assert size <= min(abs(line.result) for line in shown)
    whole = trace.worksheet(open="lstm1").sections[1].lines
    assert sum(line.symbol.startswith("h[") for line in whole) == 30 * 8


def test_rounded_as_one_goes_it_agrees_as_far_as_its_digits():
    """What stands inside an LSTM is rounded for show alone: sums of rounded numbers are a few last digits off."""
    for case in ("lstm", "lstms"):
        worksheet = traced(case).worksheet(1, rounding=3, open="all")
        assert worksheet.agrees, worksheet.verdict
