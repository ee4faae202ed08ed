"""Scatter, errors and misses show what they are given."""

import re
from dataclasses import replace

import numpy as np

from chainrule.report.charts_numbers import error_figure, number_figures
from chainrule.report.material import Answers, Material


def unnamed(html: str) -> str:
    """Cells without the names that they have on narrow screens."""
    return re.sub(' data-name="[^"]*"', "", html)


def _material(n: int, judged: int | None = None) -> Material:
    truth = np.arange(n, dtype=float)
    said = truth + np.where(np.arange(n) == 3, 100.0, 1.0)
    answers = Answers((np.arange(n) + 1).tolist(), truth.tolist(), said.tolist(), None)
    return Material("regression", "<price>", "test rows", judged or n, {}, {}, answers=answers)


def test_figures():
    scatter, errors, misses = number_figures(_material(50))
    assert "<title>row 4: truth 3, predicted 103</title>" in scatter
    assert "50 test rows. On the dashed line, a prediction is exact." in scatter
    assert "&lt;price&gt;, truth" in scatter
    assert "<price>" not in scatter
    assert "Half of the predictions are off by 1 or less, nine in ten by 1 or less." in errors
    assert '<th scope="row">4</th><td>3</td><td>103</td><td>100</td>' in unnamed(misses)
    assert misses.count("<tr>") == 9


def test_the_largest_misses_show_what_stands_in_their_rows():
    material = _material(5)
    cells = {4: {"<shop>": "<A>", "size": 2.5, "a": 1, "b": 2, "c": 3, "d": None, "e": 5}, 1: {"<shop>": "B"}}
    misses = number_figures(replace(material, answers=replace(material.answers, cells=cells)))[-1]
    assert "&lt;shop&gt;" in misses
    first = '<th scope="row">4</th><td>3</td><td>103</td><td>100</td><td>&lt;A&gt;</td><td>2.5</td><td>1</td>'
    assert first in unnamed(misses)
    assert "1 more column is not listed." in misses


def test_thinned_rows_are_said():
    assert "50 rows, evenly chosen from 900 test rows" in number_figures(_material(50, 900))[0]


def test_few_rows_have_no_histogram():
    assert len(number_figures(_material(4))) == 2


def test_bars_count_every_row():
    errors = np.random.default_rng(0).normal(size=137)
    counts = re.findall(r"<title>([\d,]+) rows? off by", error_figure(errors))
    assert sum(map(int, counts)) == 137


def test_equal_errors():
    assert "off by 2 or less" in error_figure(np.full(20, 2.0))
