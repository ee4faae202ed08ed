"""Axes, marks and thinning."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from chainrule.drawing.plot import Axis, Plot, axis_for, legend, thinned

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("axis", "ticks"),
    [
        (Axis("", 0, 1.02), [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (Axis("", -3, 12), [0, 5, 10]),
        (Axis("", 0, 2, whole=True), [0, 1, 2]),
        (Axis("", 0.001, 100, log=True), [0.001, 0.01, 0.1, 1, 10, 100]),
        (Axis("", 2, 3, log=True), [2, 3]),
    ],
)
def test_ticks(axis, ticks):
    assert axis.ticks() == pytest.approx(ticks)


def test_places():
    assert Axis("", 10, 20).place([10, 15, 20]).tolist() == [0, 0.5, 1]
    assert Axis("", 1, 100, log=True).place([1, 10, 100]).tolist() == pytest.approx([0, 0.5, 1])


def test_axes_hold_all_finite_values_even_one():
    axis = axis_for("", np.array([5.0, np.nan, np.inf]))
    assert axis.low < 5 < axis.high
    assert axis_for("", np.zeros(3)).low < 0 < axis_for("", np.zeros(3)).high
    assert axis_for("", np.array([3.0, 9.0]), zero=True).low == 0
    assert axis_for("", np.array([0.0, 0.1, 10.0]), log=True).low == pytest.approx(0.1 / 1.15)


def test_marks_are_where_the_numbers_are():
    plot = Plot("<t>", Axis("<x>", 0, 1), Axis("y", 0, 1))
    plot.line(np.array([0.0, np.nan, 1.0]), np.array([0.0, 0.5, 1.0]), "c1")
    plot.points(np.array([1.0]), np.array([0.0]), ["<row>"])
    plot.bar(0, 0.5, 1, "bar")
    parsed = ET.fromstring(plot.svg())
    assert parsed.attrib["aria-label"] == "<t>"
    assert parsed.find(f"{SVG}polyline").attrib["points"] == "62.0,282.0 446.0,30.0"
    circle = parsed.find(f"{SVG}circle")
    assert (circle.attrib["cx"], circle.attrib["cy"], circle[0].text) == ("446.0", "282.0", "<row>")
    assert parsed.find(f"{SVG}rect").attrib["height"] == "252.0"


def test_many_points_are_one_path():
    plot = Plot("", Axis("", 0, 1), Axis("", 0, 1))
    plot.points(np.zeros(5000), np.zeros(5000), ["row"] * 5000)
    assert len(plot.marks) == 1
    assert plot.marks[0].count("M") == 5000


def test_thinning_keeps_ends_and_peaks():
    y = np.sin(np.arange(100_000) / 7_000)
    y[[777, 54_321]] = 9, -9
    x, kept = thinned(np.arange(100_000), y)
    assert len(x) <= 600
    assert (x[0], x[-1], kept.max(), kept.min()) == (0, 99_999, 9, -9)
    assert np.array_equal(kept, y[x])


def test_legend_is_escaped():
    assert "&lt;b&gt;" in legend([("<b>", "c1")])
