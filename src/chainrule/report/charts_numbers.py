"""Figures of a regression: predictions against the truth, how far they are off, and the largest misses."""

import math

import numpy as np

from chainrule.drawing.plot import Axis, Plot, axis_for
from chainrule.format import clip, count, short
from chainrule.report.cells import row_cells
from chainrule.report.markup import figure, table
from chainrule.report.material import Answers, Material

MOST_MISSES = 8
LEAST_ERRORS = 10
"""Of fewer rows there is no picture of how the errors are spread."""


def number_figures(material: Material) -> list[str]:
    """All figures that the material allows."""
    if material.answers is None or not len(material.answers.truth):
        return []
    truth = np.asarray(material.answers.truth, dtype=float)
    said = np.asarray(material.answers.prediction, dtype=float)
    found = [scatter_figure(truth, said, material), misses_figure(truth, said, material.answers)]
    return [found[0], error_figure(said - truth), found[1]] if len(truth) >= LEAST_ERRORS else found


def scatter_figure(truth: np.ndarray, said: np.ndarray, material: Material) -> str:
    """Each row's prediction against its truth."""
    name = clip(material.target, 32)
    both = axis_for("", truth, said)
    plot = Plot(
        f"Predicted against true {material.target}",
        Axis(f"{name}, truth", both.low, both.high),
        Axis(f"{name}, predicted", both.low, both.high),
    )
    plot.segment(both.low, both.low, both.high, both.high, "chance")
    rows = material.answers.rows if material.answers is not None else ()
    titles = [
        f"row {row:,}: truth {short(t)}, predicted {short(p)}"
        for row, t, p in zip(rows, truth.tolist(), said.tolist(), strict=True)
    ]
    plot.points(truth, said, titles, "c1")
    shown = f"{count(len(truth), 'row')}"
    if len(truth) < material.judged_rows:
        shown += f", evenly chosen from {material.judged_rows:,} {material.judged}"
    else:
        shown = f"{material.judged_rows:,} {material.judged}"
    return figure("Predicted against true", plot.svg(), f"{shown}. On the dashed line, a prediction is exact.")


def error_figure(errors: np.ndarray) -> str:
    """How many rows are off by how much."""
    bins = min(30, max(5, math.ceil(2 * len(errors) ** (1 / 3))))
    low, high = float(errors.min()), float(errors.max())
    room = (high - low) * 0.02 or abs(high) * 0.1 or 1.0
    counts, edges = np.histogram(errors, bins=bins, range=(low - room, high + room))
    x = Axis("predicted − truth", float(edges[0]), float(edges[-1]))
    plot = Plot("Errors", x, axis_for("rows", counts, zero=True, whole=True))
    for left, right, each in zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True):
        plot.bar(left, right, each, f"{count(each, 'row')} off by {short(left)} to {short(right)}")
    if edges[0] < 0 < edges[-1]:
        plot.segment(0, 0, 0, plot.y.high, "chance")
    middle, most = short(float(np.median(np.abs(errors)))), short(float(np.quantile(np.abs(errors), 0.9)))
    note = f"Half of the predictions are off by {middle} or less, nine in ten by {most} or less."
    return figure("How far it is off", plot.svg(), note)


def misses_figure(truth: np.ndarray, said: np.ndarray, answers: Answers) -> str:
    """The rows that it missed by the most."""
    worst = np.argsort(-np.abs(said - truth), kind="stable")[:MOST_MISSES].tolist()
    heads, cells, left = row_cells(answers, worst)
    rows = [
        [f"{answers.rows[i]:,}", short(truth[i]), short(said[i]), short(said[i] - truth[i]), *inputs]
        for i, inputs in zip(worst, cells, strict=True)
    ]
    grid = table(
        ["row", "truth", "predicted", "off by", *heads],
        rows,
        label="Largest misses",
        kind="plain numbers",
        stacked=True,
    )
    note = f"Rows are counted from 1; a header does not count.{left}"
    return figure("Its largest misses", grid, note, wide=bool(heads))
