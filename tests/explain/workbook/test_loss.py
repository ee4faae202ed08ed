"""The loss as formulas: each worked out by hand, its slope by differences, and the shares of rows."""

import math
from functools import cache

import pytest

import chainrule as cr
from chainrule.explain.tracing import trace_network
from chainrule.explain.workbook.forward import write_forward
from chainrule.explain.workbook.frame import Sheets
from chainrule.explain.workbook.loss import loss_formula, measured_block, measured_loss, write_loss
from chainrule.losses import loss_names
from explain.workbook.reading import begun, formulas, read, worked


def begun_with(loss, activation=None, y=(1.0,), X=((1.0,),), outputs=1, weight=None, **options) -> Sheets:
    """A workbook up to the forward pass, in which every output is its input."""
    network = cr.Network([cr.Dense(outputs, activation, **options)], loss=loss)
    network = network.set({"dense1.weight": [[1.0] * outputs], "dense1.bias": [0.0] * outputs})
    sheets = begun(trace_network(network, X, y, weight=weight))
    write_forward(sheets)
    return sheets


BY_HAND = {
    "ssr": (3.0, 1.0, 4.0),
    "mse": (3.0, 1.0, 4.0),
    "mae": (-3.0, 1.0, 4.0),
    "huber": (3.0, 0.5, 1.0 * (2.5 - 0.5)),
    "log_cosh": (1.5, 1.0, math.log(math.cosh(0.5))),
    "quantile": (3.0, 1.0, 0.5 * 2),
    "poisson": (2.0, 3.0, 2 - 3 * math.log(2)),
    "poisson_from_log": (2.0, 3.0, math.exp(2) - 3 * 2),
    "binary_cross_entropy": (0.25, 1.0, math.log(4)),
    "binary_cross_entropy_from_logits": (math.log(3), 0.0, math.log(4)),
    "cross_entropy": (0.25, 1.0, math.log(4)),
    "cross_entropy_from_logits": (math.log(0.25), 1.0, math.log(4)),
}
"""A prediction (of the last the logarithm of a probability), its target, and what it adds."""


@cache
def taken(name: str) -> Sheets:
    """A workbook whose loss this is."""
    y, outputs = ((1,), 2) if name.startswith("cross") else ((1.0,), 1)
    last = {"cross_entropy": "hard_sigmoid", "binary_cross_entropy": "hard_sigmoid"}.get(name)
    sheets = begun_with(name, last, y, ((0.5,),), outputs)
    write_loss(sheets)
    return sheets


def formula(name: str, *, slope: bool = False) -> str:
    return loss_formula(taken(name), "P1", "Y1", slope=slope)


NUMBERS = {"loss_delta": 1.0, "loss_quantile": 0.5}


def test_every_loss_has_a_formula():
    assert sorted(BY_HAND) == sorted(loss_names())


@pytest.mark.parametrize("name", BY_HAND)
def test_terms_and_slopes_are_those_by_hand(name):
    p, y, expected = BY_HAND[name]
    term, slope = formula(name), formula(name, slope=True)
    at = {here: float(worked(term, NUMBERS | {"P1": p + here, "Y1": y})) for here in (-1e-5, 0.0, 1e-5)}
    assert at[0.0] == pytest.approx(expected, rel=1e-14)
    if name == "cross_entropy_from_logits":  # its slope is by the logit: probability less target
        assert worked(slope, {"P1": p, "Y1": y}) == pytest.approx(0.25 - 1, rel=1e-14)
        return
    found = float(worked(slope, NUMBERS | {"P1": p, "Y1": y}))
    assert found == pytest.approx((at[1e-5] - at[-1e-5]) / 2e-5, abs=1e-8)  # −log p at ¼: h²/6 · 2/p³ = 2e-9


@pytest.mark.parametrize(
    ("name", "p", "y", "expected"),
    [
        ("binary_cross_entropy", 0.0, 1.0, 1022 * math.log(2)),
        ("binary_cross_entropy", 1.0, 0.0, 53 * math.log(2)),
        ("binary_cross_entropy_from_logits", -900.0, 1.0, 900.0),
        ("cross_entropy", 0.0, 1.0, 1022 * math.log(2)),
        ("log_cosh", 900.0, 0.0, 900 - math.log(2)),
        ("log_cosh", 1e-5, 0.0, 5e-11),
        ("log_cosh", 0.005, 0.0, math.log(math.cosh(0.005))),
        ("binary_cross_entropy", 1.0, 1.0, 2**-53),
    ],
)
def test_edges_are_held(name, p, y, expected):
    assert worked(formula(name), {"P1": p, "Y1": y}) == pytest.approx(expected, rel=1e-10, abs=0)


def test_a_loss_is_one_with_the_activation_before_it():
    sheets = begun_with("binary_cross_entropy", "sigmoid")
    assert measured_loss(sheets).name == "binary_cross_entropy_from_logits"
    assert measured_block(sheets) is sheets.before["dense1"]
    apart = begun_with("mse", "sigmoid")
    assert measured_loss(apart).name == "mse"
    assert measured_block(apart) is apart.given["dense1"]


def test_rows_have_their_shares_of_a_mean():
    """Two outputs, off by 1 and 3, and by 2 and 2; the second row counts three times: (10 + 3 · 8) / (4 · 2)."""
    sheets = begun_with("mse", y=((0.0, 4.0), (0.0, 0.0)), X=((1.0,), (2.0,)), outputs=2, weight=(1.0, 3.0))
    write_loss(sheets)
    cells, written = read(sheets.book)
    assert float(cells["loss"][0, 0]) == 4.25
    share, counts = sheets.cells["share"], sheets.cells["counts"]
    of_all = f"SUM({counts.column(0)})"
    at = f"B{share.top + 1}"
    assert written.book["Loss"][at].value == f"={counts.cell(0, 0)}/(IF({of_all}=0,1,{of_all})*2)"
    assert [cells.book["Loss"][f"B{share.top + 1 + row}"].value for row in (0, 1)] == [0.125, 0.375]


def test_a_sum_takes_rows_as_often_as_they_count():
    sheets = begun_with("ssr", y=(0.0, 0.0), X=((1.0,), (2.0,)), weight=(1.0, 3.0))
    write_loss(sheets)
    cells, written = read(sheets.book)
    assert float(cells["loss"][0, 0]) == 1 + 3 * 4
    share = sheets.cells["share"]
    assert written.book["Loss"][f"B{share.top + 2}"].value == f"={sheets.cells['counts'].cell(1, 0)}"


def test_penalties_are_added():
    """(1 − 1)² + 0.5 · |1| + 0.25 · 1²."""
    sheets = begun_with("mse", l1=0.5, l2=0.25)
    write_loss(sheets)
    cells, written = read(sheets.book)
    assert [float(cells[name][0, 0]) for name in ("data_loss", "penalty", "loss")] == [0, 0.75, 0.75]
    assert formulas(written, "penalty") == [
        ["=dense1_l1*(SUMPRODUCT(ABS(dense1_weight)))+dense1_l2*(SUMSQ(dense1_weight))"]
    ]
    assert formulas(written, "loss") == [["=data_loss+penalty"]]


def test_without_penalties_there_is_nought():
    sheets = begun_with("mse")
    write_loss(sheets)
    assert formulas(read(sheets.book)[1], "penalty") == [["=0"]]


def test_classes_are_ones_and_noughts():
    """Both logits are 1: each class has probability ½."""
    sheets = begun_with("cross_entropy", "softmax", y=(1, 0), X=((1.0,), (1.0,)), outputs=2)
    write_loss(sheets)
    cells, written = read(sheets.book)
    wanted, logs = sheets.cells["wanted"], sheets.cells["measured"]
    target = sheets.cells["target"]
    page, at = written.book["Loss"], [f"{column}{wanted.top + 1}" for column in "BC"]
    assert [page[place].value for place in at] == [f"=IF({target.cell(0, 0)}={k},1,0)" for k in (0, 1)]
    assert [cells.book["Loss"][place].value for place in at] == [0, 1]
    assert cells.book["Loss"][f"B{logs.top + 1}"].value == pytest.approx(-math.log(2), rel=1e-15)
    assert float(cells["loss"][0, 0]) == pytest.approx(math.log(2), rel=1e-15)
