"""Axes, marks and thinning."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from chainrule.drawing.plot import Axis, Plot, axis_for, legend, loss_axis, thinned

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


def test_losses_that_span_many_powers_have_an_axis_of_powers_even_where_one_is_zero():
    axis = loss_axis("", np.array([0.0, 1e-3, 1.0, np.nan]))
    assert axis.log
    assert axis.low == pytest.approx(1e-8 / 1.15)
    assert not loss_axis("", np.array([-1.0, 100.0])).log
    assert not loss_axis("", np.array([10.0, 100.0])).log
    assert not loss_axis("", np.array([np.nan])).log


def test_a_long_number_at_the_end_of_an_axis_stays_in_the_picture():
    parsed = ET.fromstring(Plot("", Axis("", 0, 3000), Axis("", 0, 1)).svg())
    last = next(text for text in parsed.iter(f"{SVG}text") if text.text == "3,000")
    assert (last.attrib["text-anchor"], float(last.attrib["x"])) == ("end", 459)


def test_what_lies_outside_can_be_cut_off_and_a_scale_stands_beside():
    plot = Plot("", Axis("", 0, 1), Axis("", 0, 1), beside=50, crop=True)
    plot.line(np.array([0.0, 9.0]), np.array([0.0, 9.0]), "c1", "far")
    plot.label(1, 1, "<end>")
    plot.band("M0 0Z", "M0 0L1 1")
    plot.scale("loss", [0.0, 0.5, 1.0])
    parsed = ET.fromstring(plot.svg())
    assert parsed.attrib["viewBox"] == "0 0 510 330"
    inner = parsed.find(f"{SVG}svg")
    assert inner.attrib["viewBox"] == "62 30 384 252"
    assert [line[0].text for line in inner.iter(f"{SVG}polyline")] == ["far"]
    assert [text.attrib["text-anchor"] for text in inner.iter(f"{SVG}text")] == ["end"]
    assert [text.text for text in parsed.findall(f"{SVG}text")][-4:] == ["0", "0.5", "1", "loss"]
