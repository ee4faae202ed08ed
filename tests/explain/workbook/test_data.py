"""The sheet of the data: names for everything that may be changed, and what each number is."""

import numpy as np

import chainrule as cr
from chainrule.explain.tracing import trace_network
from explain.workbook.reading import begun, read


def line(**options):
    return cr.Network([cr.Dense(1)], **options).set({"dense1.weight": [[2.0], [3.0]], "dense1.bias": [1.0]})


def test_inputs_targets_and_counts_have_their_names():
    trace = trace_network(line(loss="mse"), [[1.0, 2.0], [3.0, 4.0]], [5.0, 6.0], weight=[1.0, 0.5])
    sheets = begun(trace, columns={"input": ["price", "size"]})
    cells, _ = read(sheets.book)
    assert cells["input"].tolist() == [[1, 2], [3, 4]]
    assert cells["target"].tolist() == [[5], [6]]
    assert cells["counts"].tolist() == [[1], [0.5]]
    heads = [cell.value for cell in cells.book["Data"][sheets.given["input"].top]]
    assert heads[1:3] == ["price", "size"]


def test_every_row_counts_once_where_nothing_is_said():
    cells, _ = read(begun(line(loss="mse").trace([[1.0, 2.0]] * 3, [5.0] * 3)).book)
    assert cells["counts"].tolist() == [[1], [1], [1]]


def test_without_targets_nothing_counts():
    cells, _ = read(begun(line().trace([[1.0, 2.0]])).book)
    assert {"counts", "target"}.isdisjoint(cells.book.defined_names)


def test_names_for_other_columns_are_not_used():
    sheets = begun(line().trace([[1.0, 2.0]]), columns={"input": ["price"]})
    heads = [cell.value for cell in read(sheets.book)[0].book["Data"][sheets.given["input"].top]]
    assert heads[1:3] == ["[0]", "[1]"]


def test_what_is_left_out_is_said():
    cells, _ = read(begun(line().trace([[1.0, 2.0]] * 30)).book)
    assert cells.book["Data"]["A4"].value == "20 of 30 rows: the loss is theirs alone."


def test_steps_that_are_real_are_ones():
    X = cr.Masked(np.array([[[5.0], [6.0]], [[7.0], [0.0]]]), np.array([[True, True], [True, False]]))
    network = cr.Network([cr.Flatten(), cr.Dense(1)]).set({"dense1.weight": [[1.0], [1.0]], "dense1.bias": [0.0]})
    cells, _ = read(begun(network.trace(X)).book)
    assert cells["input_real"].tolist() == [[1, 1], [1, 0]]
    assert cells["input"].tolist() == [[5], [6], [7], [0]]


def test_codes_of_classes_are_called_so():
    network = cr.Network([cr.Dense(2, "softmax")], loss="cross_entropy")
    network = network.set({"dense1.weight": [[1.0, 0.0]], "dense1.bias": [0.0, 0.0]})
    sheets = begun(network.trace([[1.0], [2.0]], [1, 0]))
    sheet = read(sheets.book)[0].book["Data"]
    symbol = sheets.cells["target"].top - 1
    assert [cell.value for cell in sheet[symbol]][:2] == ["target", "the code of each row's class, from 0"]
