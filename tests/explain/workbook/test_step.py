"""The step's columns, worked out by hand for a parameter of 1 whose slope is 2, at the learning rate 0.1."""

import math

import pytest

import chainrule as cr
from chainrule.explain.workbook.backward import write_backward
from chainrule.explain.workbook.forward import write_forward
from chainrule.explain.workbook.loss import write_loss
from chainrule.explain.workbook.material import first_step
from chainrule.explain.workbook.step import columns_of, fill_in, write_step
from explain.workbook.reading import begun, read, worked


def columns(optimizer, **before):
    """Every column by its key; ``before`` is what the optimizer remembers."""
    numbers = {"old": 1.0, "gradient": 2.0, "count": 2.0, **optimizer.numbers(), **before}
    for column in columns_of(optimizer):
        if column.formula:
            formula = fill_in(column.formula, {key: key.replace(".", "_") for key in numbers})
            numbers[column.key] = float(worked(formula, numbers | {k.replace(".", "_"): v for k, v in numbers.items()}))
        else:
            assert column.key in before
    return numbers


BY_HAND = {
    "sgd": (cr.SGD(0.1), {}, 0.2),
    "momentum": (cr.SGD(0.1, 0.5), {"before.velocity": 3.0}, 0.1 * 3.5),
    "nesterov": (cr.SGD(0.1, 0.5, nesterov=True), {"before.velocity": 3.0}, 0.1 * (2 + 0.5 * 3.5)),
    "adagrad": (cr.Adagrad(0.1, epsilon=0.5), {"before.squares": 12.0}, 0.1 / (4 + 0.5) * 2),
    "rmsprop": (cr.RMSProp(0.1, decay=0.75, epsilon=0.5), {"before.squares": 4.0}, 0.1 / (2 + 0.5) * 2),
    # m = 0.5 · 1 + 0.5 · 2, v = 0.75 · 5 + 0.25 · 4; corrected by 1 − 0.5² and 1 − 0.75².
    "adam": (
        cr.Adam(0.1, beta1=0.5, beta2=0.75, epsilon=0.5),
        {"before.m": 1.0, "before.v": 5.0},
        0.1 / (math.sqrt(4.75 / 0.4375) + 0.5) * 2,
    ),
    "adamw": (
        cr.AdamW(0.1, beta1=0.5, beta2=0.75, epsilon=0.5, weight_decay=0.25),
        {"before.m": 1.0, "before.v": 5.0},
        0.1 / (math.sqrt(4.75 / 0.4375) + 0.5) * 2 + 0.1 * 0.25 * 1,
    ),
    "lion": (cr.Lion(0.1, beta1=0.75), {"before.m": -1.0}, -0.1),
    "lion with decay": (cr.Lion(0.1, beta1=0.75, weight_decay=0.25), {"before.m": -1.0}, -0.1 + 0.025),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_step_sizes_are_those_by_hand(name):
    optimizer, before, expected = BY_HAND[name]
    assert columns(optimizer, **before)["step_size"] == pytest.approx(expected, rel=1e-14)


def stepped(network, optimizer, **options):
    """The sheet of the step of one row, x = 1, whose target is 1."""
    sheets = begun(network.trace([[1.0]], [1.0]), optimizer=optimizer, **options)
    write_forward(sheets)
    write_loss(sheets)
    write_backward(sheets)
    sheet, cells = write_step(sheets)
    return sheets, sheet, cells


def line():
    """Predicts 3 of 1: the slope is 4 for both."""
    return cr.Network([cr.Dense(1)], loss="mse").set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})


def test_each_parameter_has_a_row_of_formulas():
    sheets, _, new = stepped(line(), cr.SGD(0.25))
    cells, written = read(sheets.book)
    assert list(new) == ["dense1.weight", "dense1.bias"]
    place = new["dense1.weight"][0].removeprefix("Step!")
    row = int(place.lstrip("ABCDEFGHIJ"))
    page = written.book["Step"]
    assert [cell.value for cell in page[row - 1]] == ["parameter", "old", "slope", "learning rate", "step size", "new"]
    slope = sheets.gradients["dense1.weight"].cell(0, 0)
    assert [cell.value for cell in page[row]] == [
        "dense1.weight[0, 0]",
        f"={sheets.params['dense1.weight'].cell(0, 0)}",
        f"={slope}",
        "=learning_rate",
        f"=C{row}*D{row}",
        f"=B{row}-E{row}",
    ]
    assert [cell.value for cell in cells.book["Step"][row]][1:] == [2, 4, 0.25, 1, 1]
    assert place == f"F{row}"
    assert new["dense1.bias"] == [f"Step!F{row + 1}"]


def test_what_is_clipped_comes_before_all_else():
    """Slopes 4 and 4 are √32 long, allowed are 2; then each is cut to 1."""
    sheets, _, _ = stepped(line(), cr.SGD(0.25, clip_norm=2.0, clip_value=1.0))
    cells, written = read(sheets.book)
    assert float(cells["gradient_norm"][0, 0]) == pytest.approx(math.sqrt(32), rel=1e-15)
    assert float(cells["clip_scale"][0, 0]) == pytest.approx(2 / math.sqrt(32), rel=1e-15)
    assert written["clip_scale"][0, 0] == "=optimizer_clip_norm/MAX(gradient_norm,optimizer_clip_norm)"
    rows = [[cell.value for cell in row] for row in written.book["Step"].iter_rows()]
    last = len(rows)
    assert written["gradient_norm"][0, 0] == f"=SQRT(SUMSQ($C${last - 1}:$C${last}))"
    assert rows[-1][2:6] == [
        f"={sheets.gradients['dense1.bias'].cell(0, 0)}",
        f"=MAX(-optimizer_clip_value,MIN(optimizer_clip_value,C{last}*clip_scale))",
        "=learning_rate",
        f"=D{last}*E{last}",
    ]
    assert float(cells.book["Step"].cell(last, 4).value) == 1


def test_frozen_parameters_are_said_to_stay():
    sheets, _, new = stepped(line(), "sgd", step=lambda taken: first_step(taken, "sgd", ["dense1.weight"]))
    _, written = read(sheets.book)
    assert list(new) == ["dense1.bias"]
    told = [cell.value for (cell,) in written.book["Step"].iter_rows(max_col=1)]
    assert "Frozen, and left as they are: dense1.weight." in told
    assert "dense1.weight[0, 0]" not in told


def test_the_number_of_the_step_corrects_adams_means():
    sheets, _, _ = stepped(line(), "adam")
    cells, written = read(sheets.book)
    assert cells["step_number"].tolist() == [[1]]
    assert "/(1-optimizer_beta1^step_number)" in str([[cell.value for cell in row] for row in written.book["Step"]])
