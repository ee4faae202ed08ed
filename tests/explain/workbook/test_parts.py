"""What layers' writers share: outputs, derivatives and gradients under their names, penalties, padding."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.workbook.block import Block
from chainrule.explain.workbook.parts import penalised, put_delta, put_gradient, put_output, where_real
from explain.workbook.reading import begun, formulas, read


@pytest.fixture
def sheets():
    """One row, x = 1, predicted 2·1 + 1 and 3·3 + 1 = 10 of 1; the weights are penalised."""
    network = cr.Network([cr.Dense(1), cr.Dense(1, l1=0.5, l2=0.25)], loss="mse").set(
        {"dense1.weight": [[2.0]], "dense1.bias": [1.0], "dense2.weight": [[3.0]], "dense2.bias": [1.0]}
    )
    sheets = begun(network.trace([[1.0]], [1.0]))
    page = sheets.book.sheet("Here", "", "")
    for kind in ("l1", "l2"):
        sheets.cells[f"dense2.{kind}"] = page.value(kind, 0.5, name=f"dense2.{kind}")
    return sheets, page


def test_penalties_fall_on_a_nodes_own_weights(sheets):
    sheets, _ = sheets
    own = [name for name in sheets.params if penalised(sheets, "dense2", name)]
    assert own == ["dense2.weight"]
    assert not penalised(sheets, "dense2", "dense2.mean")


def test_a_gradient_has_what_its_penalties_add(sheets):
    sheets, page = sheets
    first, second = sheets.material.trace.nodes
    put_gradient(sheets, page, first, "weight", "X", "as it is")
    put_gradient(sheets, page, second, "weight", lambda i, j: f"X{i}{j}", "as it is")
    put_gradient(sheets, page, second, "bias", lambda i, j: "SUM(X)", "as it is")
    cells, written = read(sheets.book)
    own = sheets.params["dense2.weight"].cell(0, 0)
    assert formulas(written, "dense1_weight_gradient") == [["=X"]]
    assert formulas(written, "dense2_weight_gradient") == [[f"=X00+dense2_l1*SIGN({own})+dense2_l2*2*{own}"]]
    assert formulas(written, "dense2_bias_gradient") == [["=SUM(X)"]]
    # dz = 2 · (10 − 1) = 18: 18 · 3 + 0.5 + 0.25 · 2 · 3, and 18.
    assert cells["dense2_weight_gradient"].tolist() == [[56]]
    assert cells["dense2_bias_gradient"].tolist() == [[18]]
    notes = [cell.value for cell in cells.book["Here"][sheets.gradients["dense2.weight"].top - 1]]
    assert notes[:2] == ["slope of weight", "as it is + l1 · sign of the weight + l2 · 2 · weight"]


def test_a_formula_for_the_whole_gets_penalties_on_the_whole(sheets):
    sheets, page = sheets
    put_gradient(sheets, page, sheets.material.trace.nodes[1], "weight", "MMULT(a,b)", "")
    expected = "=MMULT(a,b)+dense2_l1*SIGN(dense2_weight)+dense2_l2*2*dense2_weight"
    assert formulas(read(sheets.book)[1], "dense2_weight_gradient") == [[expected]]


def test_the_last_output_is_a_result(sheets):
    sheets, page = sheets
    for node in sheets.material.trace.nodes:
        put_output(sheets, page, node, sheets.material.trace.value(f"{node.name}.z"), "X", "")
    put_delta(sheets, page, sheets.material.trace.nodes[1], "dx", "Y", "")
    cells, _ = read(sheets.book)
    assert [cells[name].tolist() for name in ("dense1_z", "dense2_z", "dense2_dx")] == [[[3]], [[10]], [[54]]]
    bold = []
    for name in ("dense1_z", "dense2_z", "dense2_dx"):
        ((sheet, place),) = cells.book.defined_names[name].destinations
        bold.append(cells.book[sheet][place.replace("$", "")].font.bold)
    assert bold == [False, True, False]


def test_padding_is_nought():
    """Rows of two steps of three values: the mask has a cell for each step."""
    mask = Block("Data", 4, 1, np.ones((2, 2)))
    assert where_real(None, 7, 6, "X", "Data") == "X"
    assert [where_real(mask, place, 6, "X", "Data") for place in (0, 1, 2)] == ["IF(B5=1,X,0)"] * 3
    assert where_real(mask, 3, 6, "X", "Data") == "IF(C5=1,X,0)"
    assert where_real(mask, 6, 6, "X", "Loss") == "IF(Data!B6=1,X,0)"
