"""Figures of a classification: confusion matrix, ROC curves, calibration, and the mistakes it was surest of."""

from collections.abc import Sequence

import numpy as np

from chainrule.drawing.plot import Axis, Plot, legend
from chainrule.format import clip, count, esc, percent, short
from chainrule.report.cells import row_cells
from chainrule.report.curves import calibration, roc
from chainrule.report.markup import figure, table
from chainrule.report.material import Answers, Material

MOST_CLASSES = 12
SIDE_BY_SIDE = 5
"""A confusion matrix of more classes takes the whole width."""
MOST_CURVES = 5
MOST_MISTAKES = 8


def class_figures(material: Material) -> list[str]:
    """All figures that the material allows."""
    found: list[str] = []
    if material.confusion is not None:
        found.append(confusion_figure(material.confusion, material.labels, material.judged))
    answers = material.answers
    if answers is not None and answers.probabilities is not None and len(answers.truth):
        place = {label: code for code, label in enumerate(material.labels)}
        codes = np.array([place.get(str(truth), -1) for truth in answers.truth])
        curves = [
            roc_figure(codes, answers.probabilities, material.labels),
            calibration_figure(codes, answers.probabilities, material.labels),
        ]
        mistakes = mistakes_figure(codes, answers.probabilities, answers, material.judged)
        found += [*curves, mistakes] if len(material.labels) > SIDE_BY_SIDE or answers.cells else [mistakes, *curves]
    return [each for each in found if each]


def confusion_figure(confusion: np.ndarray, labels: Sequence[str], judged: str) -> str:
    """Counts of truth by prediction; of many classes those with the most mistakes, and the rest together."""
    shown, names, note = confusion, [clip(label, 18) for label in labels], ""
    right = np.diag(confusion)
    if len(confusion) > MOST_CLASSES:
        wrong = confusion.sum(axis=0) + confusion.sum(axis=1) - 2 * np.diag(confusion)
        kept = np.sort(np.argsort(-wrong, kind="stable")[: MOST_CLASSES - 1])
        group = np.full(len(confusion), len(kept))
        group[kept] = np.arange(len(kept))
        shown = np.zeros((len(kept) + 1,) * 2, dtype=int)
        np.add.at(shown, (group[:, None], group[None, :]), confusion)
        left = len(confusion) - len(kept)
        names = [*(names[place] for place in kept), f"{left:,} others"]
        right = np.append(right[kept], -1)
        note = f" The {len(kept)} classes with the most mistakes of {len(confusion):,} are shown, the others as one."
    rows: list[list[str]] = []
    for place, name in enumerate(names):
        total = int(shown[place].sum())
        cells = [_heat(int(each), total, place != column, right[place] < 0) for column, each in enumerate(shown[place])]
        recall = "" if right[place] < 0 else percent(int(right[place]) / total) if total else "–"
        rows.append([esc(name), *cells, f'<td class="margin">{recall}</td>'])
    said = shown.sum(axis=0)
    precision = ["" if r < 0 else percent(int(r) / int(n)) if n else "–" for r, n in zip(right, said, strict=True)]
    rows.append(
        ["right when said", *(f'<td class="margin">{each}</td>' for each in precision), '<td class="margin"></td>']
    )
    head = ["truth ↓ &nbsp; said →", *(esc(name) for name in names), "found"]
    grid = table(head, rows, label="Confusion matrix", kind="confusion")
    note = f"Counts of {judged}; the diagonal is right.{note}"
    return figure("What it said, for each truth", grid, note, wide=len(names) > SIDE_BY_SIDE)


def _heat(each: int, total: int, off: bool, others: bool) -> str:
    """One count, coloured by its share of the truth's rows; not where neither right nor wrong can be told."""
    share = each / total if total and (off or not others) else 0.0
    kind = "miss" if off else "hit"
    return f'<td class="{kind}{" none" if not each else ""}" style="--share:{share:.3f}">{each:,}</td>'


def roc_figure(codes: np.ndarray, probabilities: np.ndarray, labels: Sequence[str]) -> str:
    """One curve a class against the rest; of two classes the second's."""
    classes = [1] if len(labels) == 2 else list(range(len(labels)))
    curves = {
        code: roc(codes == code, probabilities[:, code])
        for code in classes
        if (codes == code).any() and (codes != code).any()
    }
    if not curves:
        return ""
    kept = sorted(sorted(curves, key=lambda code: curves[code].area)[:MOST_CURVES])
    plot = Plot(
        "ROC: " + ", ".join(f"{labels[code]} {short(curves[code].area)}" for code in kept),
        Axis("share of the others that is taken for it", 0, 1),
        Axis("share of its own that is found", 0, 1.02),
    )
    plot.segment(0, 0, 1, 1, "chance")
    for place, code in enumerate(kept):
        plot.line(curves[code].false, curves[code].true, f"c{place + 1}")
    names = [(f"{clip(labels[code], 24)}: {short(curves[code].area)}", f"c{i + 1}") for i, code in enumerate(kept)]
    note = "One class against the rest, with the area under each curve; the dashed line is guessing."
    if len(kept) < len(curves):
        note += f" Of {len(curves):,} classes, the {len(kept)} with the smallest area."
    return figure("Finding each class (ROC)", legend(names) + plot.svg(), note)


def calibration_figure(codes: np.ndarray, probabilities: np.ndarray, labels: Sequence[str]) -> str:
    """How often it was so, against how probable the network said it was."""
    if len(labels) == 2:
        said, so, label = probabilities[:, 1], codes == 1, f"probability of {clip(labels[1], 20)}, as predicted"
    else:
        said, so = probabilities.max(axis=1), probabilities.argmax(axis=1) == codes
        label = "probability of the class named, as predicted"
    bins = calibration(said, so)
    plot = Plot("Calibration", Axis(label, 0, 1), Axis("share of rows where it was so", 0, 1.02))
    plot.segment(0, 0, 1, 1, "chance")
    most = max(each.rows for each in bins)
    for each in bins:
        plot.segment(each.said, each.low, each.said, each.high, "whisker")
        title = f"{count(each.rows, 'row')}: predicted {percent(each.said)}, was so in {percent(each.happened)}"
        plot.dot(each.said, each.happened, 3 + 6 * (each.rows / most) ** 0.5, title, "c1")
    note = (
        "On the dashed line, probabilities mean what they say. Larger dots are more rows; bars are 95\u202f% intervals."
    )
    return figure("Can its probabilities be trusted? (calibration)", plot.svg(), note)


def mistakes_figure(codes: np.ndarray, probabilities: np.ndarray, answers: Answers, judged: str) -> str:
    """The wrong answers that were given the highest probability."""
    named = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(named != codes)
    if not len(wrong):
        return ""
    sure = probabilities[np.arange(len(codes)), named]
    worst = wrong[np.argsort(-sure[wrong], kind="stable")][:MOST_MISTAKES]
    heads, cells, left = row_cells(answers, worst.tolist())
    rows = [
        [
            f"{answers.rows[i]:,}",
            esc(clip(answers.truth[i], 28)),
            esc(clip(answers.prediction[i], 28)),
            percent(float(sure[i])),
            *inputs,
        ]
        for i, inputs in zip(worst.tolist(), cells, strict=True)
    ]
    grid = table(
        ["row", "truth", "said", "how sure", *heads], rows, label="Mistakes", kind="plain mistakes", stacked=True
    )
    some = f"The surest {len(worst)} of {len(wrong):,} mistakes" if len(worst) < len(wrong) else "All mistakes"
    some = "The only mistake" if len(wrong) == 1 else some
    these = f"these {len(codes):,} {judged}" if len(codes) > 1 else f"this {judged.removesuffix('s')}"
    return figure("Where it was wrong", grid, f"{some} in {these}.{left}", wide=bool(heads))
