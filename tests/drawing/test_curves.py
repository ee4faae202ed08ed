"""Many loss curves in one picture."""

import xml.etree.ElementTree as ET

import numpy as np

from chainrule.drawing.curves import loss_curves

SVG = "{http://www.w3.org/2000/svg}"


def _lines(svg):
    return [(line.attrib["class"], line[0].text) for line in ET.fromstring(svg).iter(f"{SVG}polyline")]


def test_faint_curves_lie_below_and_what_is_not_finite_is_left_out():
    curves = np.array([[1.0, 0.5, 0.1], [1.0, np.nan, np.nan], [np.nan] * 3, [2.0, 1.0, 0.4]])
    svg = loss_curves("losses", "mse", curves, ["c1", "faint", "faint", "faint"], ["<a>", "b", "c", "d"], 2.0)
    assert _lines(svg) == [("line faint", "b"), ("line faint", "d"), ("line c1", "<a>")]


def test_a_curve_that_climbs_does_not_flatten_the_others():
    curves = np.array([[1.0, 0.9, 0.8], [1.0, 1e6, 1e12]])
    svg = loss_curves("losses", "mse", curves, ["c1", "c2"], ["a", "b"], 1.0)
    own = next(line for line in ET.fromstring(svg).iter(f"{SVG}polyline") if line.attrib["class"] == "line c1")
    heights = [float(point.split(",")[1]) for point in own.attrib["points"].split()]
    assert max(heights) - min(heights) > 200


def test_nothing_finite_is_an_empty_picture():
    svg = loss_curves("losses", "mse", np.full((2, 3), np.nan), ["c1", "c2"], ["a", "b"], float("nan"))
    assert _lines(svg) == []
