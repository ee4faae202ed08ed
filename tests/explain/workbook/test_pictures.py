"""Windows of pictures as formulas: what lies in each, and what each brings back."""

import numpy as np

import chainrule as cr
from chainrule.explain.workbook.backward import write_backward
from chainrule.explain.workbook.forward import write_forward
from chainrule.explain.workbook.loss import write_loss
from explain.workbook.reading import begun, formulas, place, read

X = np.array([[[[3.0], [1.0], [2.0]], [[4.0], [5.0], [5.0]]]])
"""One picture, two high and three wide."""


def written(layer, y, values=None, X=X):
    """The workbook of one layer, measured by the sum of squares."""
    network = cr.Network([layer], loss="ssr", input_shape=X.shape[1:])
    network = network.set(values) if values else network.trained(*network.init(0, np.float64))
    sheets = begun(network.trace(X, y))
    write_forward(sheets)
    write_loss(sheets)
    write_backward(sheets)
    return sheets, *read(sheets.book)


def pixels(sheets):
    """The cell of each place of the picture."""
    return [[sheets.given["input"].cell(3 * row + column, 0) for column in range(3)] for row in range(2)]


def cells_of(text, name):
    """The cells of a name, one by one."""
    ((sheet, _),) = text.book.defined_names[name].destinations
    found = text.book[sheet][place(text, name).replace("$", "")]
    return [cell.coordinate for row in found for cell in row] if isinstance(found, tuple) else [found.coordinate]


def test_a_convolution_is_a_product_of_windows():
    """Windows 1 wide and 2 high: 3 and 4, 1 and 5, 2 and 5; weights 1 and 2."""
    values = {"conv1.weight": np.array([1.0, 2.0]).reshape(2, 1, 1, 1), "conv1.bias": [0.5]}
    sheets, cells, text = written(cr.Conv2D(1, (2, 1)), [[[[11.5], [11.5], [12.5]]]], values)
    px = pixels(sheets)
    assert formulas(text, "conv1_windows") == [[f"={px[0][k]}", f"={px[1][k]}"] for k in range(3)]
    assert formulas(text, "conv1_z")[0] == ["=MMULT(conv1_windows,conv1_weight)+conv1_bias"]
    assert cells["conv1_windows"].tolist() == [[3, 4], [1, 5], [2, 5]]
    assert cells["conv1_z"].tolist() == [[11.5], [11.5], [12.5]]


def test_padding_is_nought_and_strides_leave_places_out():
    """Windows of three by three around the corners of as large a picture of 1 to 9."""
    values = {"conv1.weight": np.ones((3, 3, 1, 1)), "conv1.bias": [0.0]}
    picture = np.arange(1.0, 10).reshape(1, 3, 3, 1)
    sheets, cells, text = written(cr.Conv2D(1, 3, padding="same", strides=2), np.zeros((1, 2, 2, 1)), values, picture)
    by_hand = [
        [0, 0, 0, 0, 1, 2, 0, 4, 5],
        [0, 0, 0, 2, 3, 0, 5, 6, 0],
        [0, 4, 5, 0, 7, 8, 0, 0, 0],
        [5, 6, 0, 8, 9, 0, 0, 0, 0],
    ]
    assert cells["conv1_windows"].tolist() == by_hand
    x = sheets.given["input"]
    expected = [["=" + (x.cell(number - 1, 0) if number else "0") for number in row] for row in by_hand]
    assert formulas(text, "conv1_windows") == expected


def test_channels_lie_side_by_side_and_a_place_in_no_window_gets_nothing():
    """Two places of two channels are in the one window, the third is not; z = 1 + 2 + 3 + 4, a half too high."""
    values = {"conv1.weight": np.arange(1.0, 5).reshape(1, 2, 2, 1), "conv1.bias": [0.0]}
    _, cells, text = written(cr.Conv2D(1, (1, 2), strides=2), [[[[9.5]]]], values, np.ones((1, 1, 3, 2)))
    assert cells["conv1_dx"].tolist() == [[1, 2], [3, 4], [0, 0]]
    columns = [[formula[1] for formula in row] for row in formulas(text, "conv1_dx")]
    assert columns == [["B", "C"], ["D", "E"], ["0", "0"]]


def test_a_place_gets_what_all_of_its_windows_bring_back():
    """Two by two windows: z = 13 and 13, each 1 too high, so dz = 2: the middle column is in both."""
    values = {"conv1.weight": np.ones((2, 2, 1, 1)), "conv1.bias": [0.0]}
    _, cells, text = written(cr.Conv2D(1, 2), [[[[12.0], [12.0]]]], values)
    assert cells["conv1_z"].tolist() == [[13], [13]]
    assert cells["conv1_dx"].tolist() == [[2], [4], [2], [2], [4], [2]]
    back = [row[0].count("+") + 1 for row in formulas(text, "conv1_dx")]
    assert back == [1, 2, 1, 1, 2, 1]
    assert cells["conv1_weight_gradient"].tolist() == [[2 * 4], [2 * 3], [2 * 9], [2 * 10]]
    assert cells["conv1_bias_gradient"].tolist() == [[4]]
    assert formulas(text, "conv1_weight_gradient")[0][0].startswith("=MMULT(TRANSPOSE(conv1_windows),")


def test_the_largest_of_a_window_gets_its_delta_the_first_of_equals():
    """The windows have 5 and 5 as their largest; of the two in the second the left one counts, which both share."""
    sheets, cells, text = written(cr.MaxPool2D(2, strides=1), [[[[4.0], [3.0]]]])
    px = pixels(sheets)
    first, second = cells_of(text, "prediction")
    assert formulas(text, "prediction") == [
        [f"=MAX({px[0][k]},{px[0][k + 1]},{px[1][k]},{px[1][k + 1]})"] for k in (0, 1)
    ]
    assert cells["maxpool1_dx"].tolist() == [[0], [0], [0], [0], [2 + 4], [0]]
    dz = cells_of(text, "maxpool1_da")
    own = formulas(text, "maxpool1_dx")
    z = [f"Forward!{cell}" for cell in (first, second)]
    assert own[0] == [f"=IF(AND({px[0][0]}={z[0]}),{dz[0]},0)"]
    assert own[5] == [f"=IF(AND({px[1][2]}={z[1]},{px[0][1]}<>{z[1]},{px[0][2]}<>{z[1]},{px[1][1]}<>{z[1]}),{dz[1]},0)"]


def test_a_place_in_no_window_gets_nothing():
    _, cells, text = written(cr.MaxPool2D((2, 2)), [[[[4.0]]]])
    assert [row[0] for row in formulas(text, "maxpool1_dx")][2::3] == ["=0", "=0"]
    assert cells["maxpool1_dx"].tolist() == [[0], [0], [0], [0], [2], [0]]


def test_a_mean_gives_every_place_its_part():
    """Two pictures of two channels; the first is off by 3."""
    pictures = np.arange(16.0).reshape(2, 2, 2, 2)
    sheets, cells, text = written(cr.GlobalAveragePool2D(), [[0.0, 4.0], [11.0, 12.0]], X=pictures)
    x = sheets.given["input"]
    assert cells["prediction"].tolist() == [[3, 4], [11, 12]]
    assert formulas(text, "prediction")[1][1] == f"=AVERAGE({x.range(4, 1, 7, 1)})"
    (dz, *_) = cells_of(text, "average1_da")
    assert formulas(text, "average1_dx")[3] == [f"={dz}/4", f"={dz.replace('B', 'C')}/4"]
    assert cells["average1_dx"].tolist() == [[1.5, 0]] * 4 + [[0, 0]] * 4
