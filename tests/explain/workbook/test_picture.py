"""The network as a chart: a circle for each unit, a line for each connection, and live numbers on them."""

import numpy as np

import chainrule as cr
from chainrule.explain.workbook.picture import draw
from explain.workbook.reading import begun, read


def drawn(network, X, **options):
    """The hidden sheet's texts and points, and the chart's series."""
    sheets = begun(network.trace(X), **options)
    sheet = sheets.book.sheet("Here", "", "")
    height = draw(sheets, sheet)
    numbers, text = read(sheets.book)
    (chart,) = text.book["Here"]._charts
    page, shown = text.book["Picture"], numbers.book["Picture"]
    labels = {
        cell.value: shown[cell.coordinate].value for (cell,) in page.iter_rows(min_col=4, max_col=4) if cell.value
    }
    return height, labels, chart.series, page


def small():
    return cr.Network([cr.Dense(2, "tanh"), cr.Dense(1)]).set(
        {
            "dense1.weight": [[-2.5, 0.25]],
            "dense1.bias": [1.0, -1.0],
            "dense2.weight": [[0.5], [4.0]],
            "dense2.bias": [0.125],
        }
    )


def test_weights_and_biases_are_live():
    _, labels, _, page = drawn(small(), [[1.0]], columns={"input": ['the "price"']})
    assert labels == {
        '=TEXT(Parameters!B7,"0.00")': "-2.50",
        '=TEXT(Parameters!C7,"0.00")': "0.25",
        '=TEXT(Parameters!B16,"0.00")': "0.50",
        '=TEXT(Parameters!B17,"0.00")': "4.00",
        '="b = "&TEXT(Parameters!B11,"0.00")': "b = 1.00",
        '="b = "&TEXT(Parameters!C11,"0.00")': "b = -1.00",
        '="b = "&TEXT(Parameters!B21,"0.00")': "b = 0.12",
        '="the ""price"""': 'the "price"',
        '="input"': "input",
        '="dense1 · tanh"': "dense1 · tanh",
        '="dense2"': "dense2",
    }
    assert page.sheet_state == "hidden"


def test_lines_go_from_unit_to_unit_in_the_colour_of_their_sign():
    """Inputs stand at 0, hidden units at 1 and half a unit up and down, the output at 2."""
    _, _, series, _ = drawn(small(), [[1.0]])
    found = {}
    for each in series:
        x, y = ([point.v for point in axis.numRef.numCache.pt] for axis in (each.xVal, each.yVal))
        if len(x) == 2:
            line = each.spPr.ln
            found[tuple(zip(x, y, strict=True))] = (line.solidFill.srgbClr, line.w / 12700)
    blue, orange = "2B6CB0", "C8531C"  # as thick as 0.75 points and 2.5 for the largest of the layer, in quarters
    assert found == {
        ((0, -0.5), (1, 0)): (orange, 3.25),
        ((0, -0.5), (1, -1)): (blue, 1.0),
        ((1, 0), (2, -0.5)): (blue, 1.0),
        ((1, -1), (2, -0.5)): (blue, 3.25),
    }


def test_large_networks_have_lines_and_no_numbers():
    network = cr.Network([cr.Dense(20, "relu"), cr.Dense(1)], input_shape=4)
    network = network.trained(*network.init(0, np.float64))
    height, labels, series, _ = drawn(network, np.ones((1, 4)))
    assert not [text for text in labels if "TEXT(" in text]
    assert labels['="dense1 · relu (8 more units)"'] == "dense1 · relu (8 more units)"
    assert labels['="input[3]"'] == "input[3]"
    assert len(series) <= 255
    assert 0 < height <= 620 // 20 + 2


def test_charts_take_so_many_lines():
    network = cr.Network([cr.Dense(12), cr.Dense(12), cr.Dense(12)], input_shape=12)
    network = network.trained(*network.init(0, np.float64))
    _, _, series, _ = drawn(network, np.ones((1, 12)))
    assert len(series) == 200 + 1 + 12 + 4
