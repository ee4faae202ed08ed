"""The picture has the path where the numbers say, and contours at the losses' quantiles."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.landscape_picture import characters, levels, picture

SVG = "{http://www.w3.org/2000/svg}"
X, Y = np.array([[0.0], [0.5], [1.0]]), np.array([0.0, 1.0, 0.0])


@pytest.fixture(scope="module")
def run():
    network = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], loss="ssr")
    return cr.fit(network, X, Y, optimizer=cr.SGD(0.05), epochs=12, dtype="float64", progress=False)


def _titles(svg):
    return [title.text for title in ET.fromstring(svg).iter(f"{SVG}title")]


def test_levels_are_quantiles():
    losses = np.arange(1001.0)
    assert levels(losses).tolist() == [20, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 970]
    assert levels(np.ones(9)).tolist() == []
    assert levels(np.array([np.nan, np.inf])).tolist() == []


def test_contours_path_and_scale(run):
    found = run.landscape("dense2.bias[0]", "dense1.bias[0]", points=21)
    svg = picture(found)
    parsed = ET.fromstring(svg)
    kinds = [each.attrib.get("class") for each in parsed.iter()]
    assert kinds.count("contour") == 12
    titles = _titles(svg)
    assert len(titles) == 13
    assert titles[-2].startswith("start: loss ")
    assert titles[-1].startswith("end, after step 12: loss ")
    texts = [text.text for text in parsed.iter(f"{SVG}text")]
    assert {"ssr", "dense2.bias[0]", "dense1.bias[0]", "start", "end"} <= set(texts)
    dots = list(parsed.iter(f"{SVG}circle"))
    share = [(float(dot.attrib["cx"]) - 62) / (460 - 62 - 14) for dot in dots]
    low, high = found.places[0][0], found.places[0][-1]
    order = [*range(1, 12), 0, 12]
    # Pixels are written to a tenth.
    assert share == pytest.approx(((found.path.places[order, 0] - low) / (high - low)).tolist(), abs=2e-4)


def test_a_curve_with_its_path(run):
    found = run.landscape("dense2.bias[0]", points=21)
    parsed = ET.fromstring(picture(found))
    lines = {line.attrib["class"]: line.attrib["points"].split() for line in parsed.iter(f"{SVG}polyline")}
    assert (len(lines["line c1"]), len(lines["line path"])) == (21, 13)


def test_characters_show_start_and_end(run):
    for found in (run.landscape(points=21), run.landscape("dense2.bias[0]", points=21)):
        text = characters(found)
        body = [line for line in text.splitlines() if line.startswith("│")]
        assert len(body) == 16
        assert {len(line) for line in body} == {58}
        assert sum(line.count("S") for line in body) == sum(line.count("E") for line in body) == 1


def test_darker_is_higher():
    network = cr.Network([cr.Dense(1)], loss="ssr").set({"dense1.weight": [[0.0]], "dense1.bias": [0.0]})
    run = cr.fit(network, [[1.0]], [0.0], epochs=0, progress=False)  # the loss is (weight + bias)²
    lines = characters(run.landscape("dense1.weight[0, 0]", "dense1.bias[0]")).splitlines()
    top, bottom = lines[2], lines[-3]
    assert (top[1], top[-2], bottom[1], bottom[-2]) == (" ", "█", "█", " ")


def test_what_of_the_path_is_not_in_sight_is_not_drawn(run):
    end = float(run.params["dense2.bias"][0])
    found = run.landscape("dense2.bias[0]", span=(end + 1, end + 2), points=21)
    body = "".join(line for line in characters(found).splitlines() if line.startswith("│"))
    assert not set("SE·") & set(body)
    assert "•" in body
