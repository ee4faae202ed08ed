"""LSTMs as formulas: each step from the one before, and backpropagation through time."""

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.workbook.backward import write_backward
from chainrule.explain.workbook.forward import write_forward
from chainrule.explain.workbook.loss import write_loss
from chainrule.explain.workbook.recurrent import cells_of_lstm
from explain.workbook.reading import begun, formulas, place, read


def written(X, y, **options):
    """One unit whose gates are all half open and whose candidate is tanh(x + h), measured by the sum of squares."""
    network = cr.Network([cr.LSTM(1, **options)], loss="ssr", input_shape=np.shape(getattr(X, "values", X))[1:])
    network = network.set(
        {
            "lstm1.weight": [[0.0, 0.0, 1.0, 0.0]],
            "lstm1.recurrent": [[0.0, 0.0, 1.0, 0.0]],
            "lstm1.bias": [0.0, 0.0, 0.0, 0.0],
        }
    )
    sheets = begun(network.trace(X, y))
    write_forward(sheets)
    write_loss(sheets)
    write_backward(sheets)
    return sheets, *read(sheets.book)


def top(text, name):
    """The first row of a name's cells."""
    return int(place(text, name).replace("$", "").partition(":")[0][1:])


STEPS = np.array([[[1.0], [2.0]]])
C1 = 0.5 * math.tanh(1)
H1 = 0.5 * math.tanh(C1)
G2 = math.tanh(2 + H1)
C2 = 0.5 * C1 + 0.5 * G2
H2 = 0.5 * math.tanh(C2)


def test_a_step_carries_on_from_the_one_before():
    _, cells, text = written(STEPS, [0.0])
    steps = cells.numbers("lstm1_steps", (2, 10))
    np.testing.assert_allclose(steps[0], [0, 0, 1, 0, 0.5, 0.5, math.tanh(1), 0.5, C1, H1], rtol=1e-14)
    np.testing.assert_allclose(steps[1], [0, 0, 2 + H1, 0, 0.5, 0.5, G2, 0.5, C2, H2], rtol=1e-14)
    assert float(cells["prediction"][0, 0]) == pytest.approx(H2, rel=1e-14)
    row = top(text, "lstm1_steps")
    first, second = formulas(text, "lstm1_steps")
    # Columns B to E hold z, F to I the gates (input, forget, candidate, output), J holds c and K holds h.
    assert first[8:] == [f"=G{row}*0+F{row}*H{row}", f"=I{row}*TANH(J{row})"]
    assert second[8:] == [f"=G{row + 1}*J{row}+F{row + 1}*H{row + 1}", f"=I{row + 1}*TANH(J{row + 1})"]
    assert second[6] == f"=TANH(D{row + 1})"
    assert second[5].startswith(f"=IF(C{row + 1}<0,EXP(C{row + 1})")
    recurrent = "Parameters!" + place(text, "lstm1_recurrent").partition(":")[0].replace("$B", "$D")
    assert second[2].partition("+")[2] == f"SUMPRODUCT(MMULT($K${row},{recurrent}))"
    assert "+" not in first[2]


def test_the_whole_sequence_stands_row_by_row():
    """The blocks have the steps first, the output the rows."""
    X = np.array([[[1.0], [2.0]], [[0.0], [0.0]]])
    _, cells, text = written(X, np.zeros((2, 2, 1)), return_sequences=True)
    np.testing.assert_allclose(cells.numbers("prediction", (4,)), [H1, H2, 0, 0], rtol=1e-14, atol=0)
    row = top(text, "lstm1_steps")
    assert [row[0] for row in formulas(text, "prediction")] == [f"=K{row + down}" for down in (0, 2, 1, 3)]
    assert cells["lstm1_x"].tolist() == [[1], [0], [2], [0]]


def test_later_steps_bring_back_to_earlier_ones():
    """By hand: dh₂ = 2 · h₂, and from there through c₂ and its candidate."""
    _, cells, _ = written(STEPS, [0.0])
    dh2 = 2 * H2
    dc2 = dh2 * 0.5 * (1 - math.tanh(C2) ** 2)
    dg2 = dc2 * 0.5 * (1 - G2**2)
    dh1 = dg2
    dc1 = dc2 * 0.5 + dh1 * 0.5 * (1 - math.tanh(C1) ** 2)
    dg1 = dc1 * 0.5 * (1 - math.tanh(1) ** 2)
    deltas = cells.numbers("lstm1_deltas", (2, 6))
    np.testing.assert_allclose(deltas[:, [0, 1, 4]], [[dh1, dc1, dg1], [dh2, dc2, dg2]], rtol=1e-13)
    np.testing.assert_allclose(deltas[1, 2:4], [dc2 * G2 * 0.25, dc2 * C1 * 0.25], rtol=1e-13)
    np.testing.assert_allclose(deltas[1, 5], dh2 * math.tanh(C2) * 0.25, rtol=1e-13)
    slopes = {name: cells.numbers(f"lstm1_{name}_gradient", (4,))[2] for name in ("weight", "recurrent", "bias")}
    assert slopes == pytest.approx({"weight": dg1 + 2 * dg2, "recurrent": H1 * dg2, "bias": dg1 + dg2}, rel=1e-13)


def test_deltas_are_read_from_below():
    """Of each step: dh in B, dc in C, and dz in D to G; forward the gates stand in F to I, c in J."""
    _, _, text = written(STEPS, [0.0])
    first_gates, this = top(text, "lstm1_steps"), top(text, "lstm1_deltas")
    f, g = (f"Forward!{{}}{first_gates + step}".format for step in (0, 1))
    next_ = this + 1
    first, second = formulas(text, "lstm1_deltas")
    recurrent = f"Parameters!{place(text, 'lstm1_recurrent')}"
    assert first[0] == f"=SUMPRODUCT($D${next_}:$G${next_},{recurrent})"
    assert first[1] == f"=C{next_}*{g('G')}+B{this}*{f('I')}*(1-TANH({f('J')})^2)"
    assert second[1] == f"=B{next_}*{g('I')}*(1-TANH({g('J')})^2)"
    assert first[3] == f"=C{this}*0*{f('G')}*(1-{f('G')})"
    assert second[2:] == [
        f"=C{next_}*{g('H')}*{g('F')}*(1-{g('F')})",
        f"=C{next_}*{f('J')}*{g('G')}*(1-{g('G')})",
        f"=C{next_}*{g('F')}*(1-{g('H')}^2)",
        f"=B{next_}*TANH({g('J')})*{g('I')}*(1-{g('I')})",
    ]
    h = f"Forward!$K${first_gates}"
    assert formulas(text, "lstm1_recurrent_gradient")[0][0] == (f"=MMULT(TRANSPOSE({h}),$D${next_}:$G${next_})")
    assert formulas(text, "lstm1_bias_gradient")[0][1] == f"=SUM($E${this}:$E${next_})"
    weight = f"Parameters!{place(text, 'lstm1_weight')}"
    assert formulas(text, "lstm1_dx") == [[f"=SUMPRODUCT($D${row}:$G${row},{weight})"] for row in (this, next_)]


def test_a_sequence_brings_back_at_every_step():
    _, _, text = written(np.array([[[1.0], [2.0]], [[0.0], [0.0]]]), np.zeros((2, 2, 1)), return_sequences=True)
    dz = top(text, "lstm1_da")
    steps = [row[0].rpartition("+")[2].removeprefix("=") for row in formulas(text, "lstm1_deltas")]
    assert steps == [f"B{dz + row}" for row in (0, 2, 1, 3)]


def test_padding_is_carried_through():
    """The second step is padding: c and h stay, and deltas pass it by."""
    X = cr.Masked(STEPS, np.array([[True, False]]))
    sheets, cells, text = written(X, [0.0])
    steps = cells.numbers("lstm1_steps", (2, 10))
    np.testing.assert_allclose(steps[:, 8:], [[C1, H1]] * 2, rtol=1e-14)
    real, row = sheets.masks["input"].cell(0, 1), top(text, "lstm1_steps")
    second = formulas(text, "lstm1_steps")[1]
    assert second[8] == f"=IF({real}=1,G{row + 1}*J{row}+F{row + 1}*H{row + 1},J{row})"
    assert second[9] == f"=IF({real}=1,I{row + 1}*TANH(J{row + 1}),K{row})"
    deltas = cells.numbers("lstm1_deltas", (2, 6))
    assert deltas[0, 0] == deltas[1, 0] == pytest.approx(2 * H1, rel=1e-14)
    assert deltas[1, 2:].tolist() == [0, 0, 0, 0]
    this, first = top(text, "lstm1_deltas"), formulas(text, "lstm1_deltas")[0]
    back = f"SUMPRODUCT($D${this + 1}:$G${this + 1},Parameters!{place(text, 'lstm1_recurrent')})"
    assert first[0] == f"=IF({real}=1,{back},B{this + 1})"
    below = f"IF({real}=1,C{this + 1}*Forward!G{row + 1},C{this + 1})"
    assert first[1].startswith(f"=IF({sheets.masks['input'].cell(0, 0)}=1,{below}+B{this}*Forward!I{row}*")
    assert first[1].endswith(f",{below})")


def test_a_single_step_has_no_slope_of_what_recurs():
    _, cells, text = written(STEPS[:, :1], [0.0])
    assert formulas(text, "lstm1_recurrent_gradient") == [["=0"] * 4]
    assert cells["lstm1_recurrent_gradient"].tolist() == [[0] * 4]


def test_cells_are_counted_by_step():
    """Of a row: 2 steps of 3 inputs, and of 4 units' own parts, z, gates, c, h, and the deltas of h, c and z."""
    network = cr.Network([cr.LSTM(4)], input_shape=(2, 3))
    assert cells_of_lstm(network.nodes[0], 2, 3) == 2 * 3 + 2 * 4 * (4 + 4 + 4 + 1 + 1 + 1 + 1 + 4)
