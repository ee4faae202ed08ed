"""The sheet of the parameters: each under its name, with its new value beside it."""

import numpy as np

import chainrule as cr
from chainrule.explain.workbook import make
from chainrule.explain.workbook.book import Book
from chainrule.explain.workbook.data import write_data
from chainrule.explain.workbook.frame import Sheets
from chainrule.explain.workbook.parameters import write_new, write_parameters
from explain.workbook.reading import begun, formulas, place, read


def test_a_vector_is_a_row_and_running_statistics_stand_beside():
    network = cr.Network([cr.Dense(2), cr.BatchNorm()], input_shape=1)
    params, stats = network.init(0, np.float64)
    norm = stats["batchnorm1"]
    stats = dict(stats) | {"batchnorm1": norm._replace(mean=np.array([0.5, -0.5]), variance=np.array([4.0, 9.0]))}
    network = network.trained(params, stats).set({"dense1.weight": [[1.0, 2.0]], "dense1.bias": [3.0, 4.0]})
    sheets = begun(network.trace([[1.0]]))
    cells, _ = read(sheets.book)
    assert cells["dense1_weight"].tolist() == [[1, 2]]
    assert cells["dense1_bias"].tolist() == [[3, 4]]
    assert cells["batchnorm1_mean"].tolist() == [[0.5, -0.5]]
    assert cells["batchnorm1_variance"].tolist() == [[4, 9]]
    assert list(sheets.params) == [
        "dense1.weight",
        "dense1.bias",
        "batchnorm1.scale",
        "batchnorm1.shift",
        "batchnorm1.mean",
        "batchnorm1.variance",
    ]
    labels = [cell.value for (cell,) in cells.book["Parameters"].iter_rows(max_col=1)]
    assert {"[0]", "bias", "mean", "variance"} <= set(labels)


def test_rows_of_a_weight_are_called_by_all_but_the_last_place():
    network = cr.Network([cr.Conv2D(1, (1, 2))], input_shape=(1, 2, 1))
    sheets = begun(network.trained(*network.init(0, np.float64)).trace(np.zeros((1, 1, 2, 1))))
    labels = [cell.value for (cell,) in read(sheets.book)[0].book["Parameters"].iter_rows(max_col=1)]
    assert labels[6:8] == ["[0, 0, 0]", "[0, 1, 0]"]


def test_what_a_parameter_is_after_the_step_stands_beside_it():
    """Predicted 3 and 5 of 2 and 3, by the sum of squares: dz = 2 and 4, and the inputs are 1 and 2."""
    network = cr.Network([cr.Dense(2)], loss="ssr").set({"dense1.weight": [[1.0, 1], [1, 2]], "dense1.bias": [0.0, 0]})
    sheets = Sheets(Book(""), make(network.trace([[1.0, 2.0]], [[2.0, 3.0]]), optimizer=cr.SGD(0.25)))
    write_data(sheets)
    weight = [f"Step!G{row}" for row in (7, 8, 9, 10)]
    write_new(sheets, write_parameters(sheets), {"dense1.weight": weight, "dense1.bias": ["Step!G11", "Step!G12"]})
    cells, written = read(sheets.book)
    assert formulas(written, "dense1_weight_new") == [["=Step!G7", "=Step!G8"], ["=Step!G9", "=Step!G10"]]
    assert formulas(written, "dense1_bias_new") == [["=Step!G11", "=Step!G12"]]
    assert cells["dense1_weight_new"].tolist() == [[0.5, 0], [0, 0]]
    assert cells["dense1_bias_new"].tolist() == [[-0.5, -1]]
    assert place(written, "dense1_weight_new") == "$E$7:$F$8"
