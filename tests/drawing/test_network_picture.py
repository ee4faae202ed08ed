"""The numbers on the picture are the network's."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import chainrule as cr
from chainrule.drawing import network_svg
from chainrule.format import short

BAGS = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], loss="ssr", input_shape=1).set(
    {
        "dense1.weight": [[-34.4, -2.52]],
        "dense1.bias": [2.14, 1.29],
        "dense2.weight": [[-1.3], [2.28]],
        "dense2.bias": [-0.58],
    }
)
SVG = "{http://www.w3.org/2000/svg}"


def _texts(svg: str) -> list[str]:
    return [text.text for text in ET.fromstring(svg).iter(f"{SVG}text")]


def test_the_lecture_network_with_all_its_weights_and_biases():
    texts = _texts(network_svg(BAGS, features={"input": ["price"]}, outputs=["purchase"]))
    for written in ("−34.4", "−2.52", "−1.3", "2.28", "b = 2.14", "b = 1.29", "b = −0.58", "price", "purchase"):
        assert texts.count(written) == 1


def test_edges_by_sign_and_size():
    network = cr.Network([cr.Dense(1)], input_shape=3).set(
        {"dense1.weight": [[2.0], [-1.0], [0.0]], "dense1.bias": [0.5]}
    )
    paths = [path for path in ET.fromstring(network_svg(network)).iter(f"{SVG}path") if len(path)]
    by_title = {path[0].text: path.attrib for path in paths}
    wide = by_title["input[0] → dense1[0]: dense1.weight[0, 0] = 2"]
    thin = by_title["input[1] → dense1[0]: dense1.weight[1, 0] = −1"]
    none = by_title["input[2] → dense1[0]: dense1.weight[2, 0] = 0"]
    assert ("pos" in wide["class"], "neg" in thin["class"]) == (True, True)
    assert [float(each["stroke-width"]) for each in (wide, thin, none)] == [6.0, 3.5, 1.0]


def test_titles_of_a_large_network_are_its_weights():
    network = cr.Network([cr.Dense(40, "relu"), cr.Dense(3, "softmax")], input_shape=20, loss="cross_entropy")
    network = network.trained(*network.init(3))
    svg = network_svg(network, outputs=["a", "b", "c"])
    found = re.findall(r": (dense\d\.weight\[\d+, \d+\]) = ([^<]+)<", svg)
    assert len(found) == 12 * 12 + 12 * 3
    for name, written in found:
        assert written == short(float(network.params[name]), 6)
    assert "… 28 more units" in svg
    assert "… 8 more units" in svg


def test_names_are_escaped_and_long_ones_cut():
    network = cr.Network([cr.Dense(1)], input_shape=2).set({"dense1.weight": [[1.0], [2.0]], "dense1.bias": [0.0]})
    svg = network_svg(network, features={"input": ["<script>", "x" * 300]}, outputs=["</svg>"])
    assert "<script>" in _texts(svg)
    assert "<script>" not in svg
    assert max(map(len, _texts(svg))) <= 30


def test_names_that_do_not_fit_are_not_used():
    texts = _texts(network_svg(BAGS, features={"input": ["a", "b"]}, outputs=["c", "d"]))
    assert {"input", "ŷ"} <= set(texts)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "softmax", "linear", None])
def test_every_activation_can_be_drawn(activation):
    network = cr.Network([cr.Dense(2, activation)], input_shape=1).set(
        {"dense1.weight": np.ones((1, 2)), "dense1.bias": [0, 0]}
    )
    drawn = sum(1 for _ in ET.fromstring(network_svg(network)).iter(f"{SVG}polyline"))
    assert drawn == (0 if activation in ("softmax", None) else 2)


def test_a_network_without_weights_is_drawn_without():
    texts = _texts(network_svg(cr.Network([cr.Dense(2), cr.Dense(1)], input_shape=2)))
    assert not any(text[:1] in "−0123456789b" and "unit" not in text and "input" not in text for text in texts)


def test_an_unknown_shape_is_refused():
    with pytest.raises(cr.ChainruleError) as caught:
        network_svg(cr.Network([cr.Dense(1)]))
    assert str(caught.value) == (
        "The network's input shape is not known yet: pass input_shape= to Network, or train it."
    )
