"""Confusion, ROC, calibration and mistakes show what they are given."""

import re
import xml.etree.ElementTree as ET

import numpy as np

from chainrule.report.charts_classes import class_figures, confusion_figure, mistakes_figure, roc_figure
from chainrule.report.material import Answers, Material


def _cells(html: str) -> list[list[str]]:
    table = ET.fromstring(re.search(r"<table.*</table>", html, re.S)[0].replace("&nbsp;", " "))
    return [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]


def test_confusion():
    head, *rows = _cells(confusion_figure(np.array([[29, 1], [0, 1400]]), ["<a>", "b"], "test rows"))
    assert head[1:] == ["<a>", "b", "found"]
    assert rows == [
        ["<a>", "29", "1", "96.7\u202f%"],
        ["b", "0", "1,400", "100\u202f%"],
        ["right when said", "100\u202f%", "99.9\u202f%", ""],
    ]


def test_a_class_that_does_not_occur_has_no_share():
    rows = _cells(confusion_figure(np.array([[3, 0], [0, 0]]), ["a", "b"], "test rows"))
    assert rows[2][-1] == "–"
    assert rows[3][2] == "–"


def test_many_classes_are_folded_without_losing_rows():
    confusion = np.diag(np.full(100, 7))
    confusion[40, 60] = 50
    html = confusion_figure(confusion, [f"k{place}" for place in range(100)], "test rows")
    head, *rows = _cells(html)
    assert {"k40", "k60", "89 others"} <= set(head)
    total = sum(int(cell.replace(",", "")) for row in rows[:-1] for cell in row[1:-1])
    assert total == confusion.sum()
    assert rows[-2][-1] == ""  # the others are not right just for being taken for one another
    assert "The 11 classes with the most mistakes of 100 are shown, the others as one." in html


def test_roc_shows_the_worst_of_many():
    rng = np.random.default_rng(0)
    codes = np.arange(200) % 20
    html = roc_figure(codes, rng.random((200, 20)), [f"k{place}" for place in range(20)])
    assert "Of 20 classes, the 5 with the smallest area." in html
    assert html.count("<polyline") == 5


def test_roc_leaves_out_the_best():
    codes = np.arange(60) % 6
    wide = np.full((60, 6), 0.1)
    wide[codes == 2, 2] = 0.5
    html = roc_figure(codes, wide, [f"k{place}" for place in range(6)])
    assert "k2" not in html
    assert all(f"k{place}: 0.5<" in html for place in (0, 1, 3, 4, 5))


def test_roc_needs_both_sides():
    assert roc_figure(np.zeros(4, dtype=int), np.full((4, 2), 0.5), ["a", "b"]) == ""


def test_mistakes_are_sorted_by_how_sure():
    wide = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]])
    answers = Answers([11, 22, 33, 44], ["b", "b", "b", "<a>"], ["<a>", "<a>", "b", "b"], wide)
    html = mistakes_figure(np.array([1, 1, 1, 0]), wide, answers, "test rows")
    assert _cells(html)[1:] == [
        ["11", "b", "<a>", "90\u202f%"],
        ["44", "<a>", "b", "70\u202f%"],
        ["22", "b", "<a>", "60\u202f%"],
    ]
    assert mistakes_figure(np.array([0, 0, 1, 1]), wide, answers, "test rows") == ""


def test_figures_need_answers():
    assert class_figures(Material("classification", "t", "test rows", 3, {}, {})) == []


def test_how_many_mistakes_there_are():
    wide = np.tile([0.9, 0.1], (20, 1))
    answers = Answers(list(range(20)), ["b"] * 20, ["a"] * 20, wide)
    assert "The surest 8 of 20 mistakes in these 20 test rows." in mistakes_figure(
        np.ones(20), wide, answers, "test rows"
    )
    answers = Answers([1], ["b"], ["a"], wide[:1])
    assert "The only mistake in this test row." in mistakes_figure(np.ones(1), wide[:1], answers, "test rows")


def test_cells_are_coloured_by_their_share_of_the_truth():
    html = confusion_figure(np.array([[3, 1], [0, 0]]), ["a", "b"], "test rows")
    assert '<td class="hit" style="--share:0.750">3</td><td class="miss" style="--share:0.250">1</td>' in html
    folded = confusion_figure(np.diag(np.full(40, 2)), [f"k{place}" for place in range(40)], "test rows")
    assert '<td class="hit" style="--share:0.000">58</td>' in folded  # the others, of which it cannot be told
