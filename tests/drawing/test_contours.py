"""Bands and borders lie where the function says."""

import re

import numpy as np
import pytest

from chainrule.drawing.contours import contour


def _polygons(path):
    return [
        np.array([[float(part) for part in point.split()] for point in piece.split("L")])
        for piece in re.findall(r"M([^MZ]+)", path)
    ]


def _area(polygon):
    x, y = polygon.T
    return 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def test_the_area_above_a_level_and_the_length_of_its_border():
    x = y = np.linspace(0, 200, 81)
    height = np.hypot(x[:, None] - 100, y[None, :] - 100)
    area, border = contour(height, 60, x, y)
    areas = [_area(polygon) for polygon in _polygons(area)]
    assert min(areas) >= 0  # all turn one way, so that they join without seams
    # Chords of cells of 2.5 px, written to 0.1 px, are off by less than 1 in 1,000.
    assert sum(areas) == pytest.approx(200**2 - np.pi * 60**2, rel=1e-3)
    lengths = [float(np.hypot(*(end - start))) for start, end in _polygons(border)]
    assert sum(lengths) == pytest.approx(2 * np.pi * 60, rel=3e-3)


def test_the_border_is_interpolated():
    area, border = contour(np.array([[0.0, 0.0], [4.0, 4.0]]), 1, np.array([0.0, 100.0]), np.array([50.0, 0.0]))
    assert border in ("M25.0 50.0L25.0 0.0", "M25.0 0.0L25.0 50.0")
    assert _area(_polygons(area)[0]) == -75 * 50  # pixels count downwards


@pytest.mark.parametrize(("level", "pieces"), [(0.4, 1), (0.6, 2)])
def test_a_saddle_is_joined_where_its_middle_is_high(level, pieces):
    x = np.array([0.0, 10.0])
    area, border = contour(np.array([[1.0, 0.0], [0.0, 1.0]]), level, x, x)
    assert (area.count("M"), border.count("M")) == (pieces, 2)
    corner = (1 - level) * 10
    expected = 100 - 2 * (10 - corner) ** 2 / 2 if pieces == 1 else 2 * corner**2 / 2
    assert sum(map(_area, _polygons(area))) == pytest.approx(expected)


def test_all_and_nothing():
    x = np.arange(3.0)
    assert contour(np.ones((3, 3)), 2, x, x) == ("", "")
    area, border = contour(np.ones((3, 3)), 1, x, x)
    assert (sum(map(_area, _polygons(area))), border) == (4, "")
