"""Class imbalance: a rare class that the network hardly ever names."""

from collections.abc import Iterator

import numpy as np

from chainrule.explain.diagnosis.finding import Finding, Remedy, are, short, some
from chainrule.explain.diagnosis.look import Look
from chainrule.explain.diagnosis.skill import answers_of
from chainrule.explain.trace import Trace
from chainrule.training.step import Rows

RARE = 0.2
"""Rows of a class, as a share of the rows of the largest one, below which it is rare."""
MISSED = 0.5
"""Share of a rare class's rows that must be found for it to count as learned."""
FOUND = 0.9
"""The same for the largest class where the network leans to it."""
FEWEST = 5
"""Rows of a class below which a share of them says nothing."""


def shares_found(look: Look, rows: Rows, trace: Trace) -> dict[int, float]:
    """Of each class's rows, the share that the network takes for it, by its code; empty where there are no classes."""
    answers = answers_of(look.loss, trace.prediction)
    target = np.asarray(rows.target)
    if look.loss.target_kind == "number" or answers is None or (target.dtype.kind == "f" and answers.shape[1] > 1):
        return {}
    truth = target.reshape(-1).astype(int)
    named = (answers[:, 0] > 0.5).astype(int) if answers.shape[1] == 1 else answers.argmax(axis=1)
    return {int(code): float((named[truth == code] == code).mean()) for code in np.unique(truth)}


def class_imbalance(look: Look) -> Iterator[Finding]:
    """Rare classes whose rows are mostly taken for others; judged on unseen rows where there are any."""
    if look.rows.weight is not None or not look.steps:
        return
    rows, trace, what = look.rows, look.trace, "training rows"
    if look.held is not None and look.held_rows is not None and look.held_trace is not None:
        rows, trace, what = look.held_rows, look.held_trace, look.held.what
    found = shares_found(look, rows, trace)
    if not found:
        return
    counts = np.bincount(np.asarray(look.rows.target).reshape(-1).astype(int))
    judging = np.bincount(np.asarray(rows.target).reshape(-1).astype(int), minlength=len(counts))
    largest = int(counts.argmax())
    rare = np.flatnonzero((counts > 0) & (counts < RARE * counts[largest])).tolist()
    few = [code for code in rare if judging[code] < FEWEST and found.get(code, 1.0) < 1]
    if few:
        yield _too_few(look, few, counts, judging, found, what)
    recalls = {code: found[code] for code in rare if judging[code] >= FEWEST and found[code] < MISSED}
    if not recalls or found.get(largest, 0.0) < FOUND:
        return
    labels = {code: look.label(code) for code in (*recalls, largest)}
    rarest = min(recalls, key=lambda code: counts[code])
    yield Finding(
        "class imbalance",
        "serious" if min(recalls.values()) < MISSED / 2 else "mild",
        some([f"'{labels[code]}'" for code in recalls]),
        (
            int(counts[rarest]),
            f" of the {counts.sum():,} training rows {are(counts[rarest])} '{labels[rarest]}' and ",
            int(counts[largest]),
            f" are '{labels[largest]}'; of the '{labels[rarest]}' among the {what} the network finds ",
            short(100 * recalls[rarest]),
            " %.",
        ),
        {
            "training rows": {look.label(code): int(counts[code]) for code in np.flatnonzero(counts).tolist()},
            f"share found among {what}": {labels[code]: found for code, found in recalls.items()},
            f"share found of '{labels[largest]}'": found[largest],
        },
        Remedy(
            "let every class count the same (class_weight='balanced'): more of the rare class are found, and more "
            "of the others are taken for it.",
            {"class_weight": "balanced"},
        ),
    )


def _too_few(
    look: Look, few: list[int], counts: np.ndarray, judging: np.ndarray, found: dict[int, float], what: str
) -> Finding:
    """Classes of which there are too few rows to judge by, and some of these are missed."""
    code = min(few, key=lambda each: judging[each])
    right = round(found[code] * judging[code])
    return Finding(
        "class imbalance",
        "mild",
        some([f"'{look.label(each)}'" for each in few]),
        (
            "Only ",
            int(judging[code]),
            f" of the {judging.sum():,} {what} {are(judging[code])} '{look.label(code)}', and ",
            right,
            f" of them {'was' if right == 1 else 'were'} found: too few to say how well that class is found, and the "
            "share of right answers hardly tells.",
        ),
        {
            "training rows": {look.label(each): int(counts[each]) for each in np.flatnonzero(counts).tolist()},
            what: {look.label(each): int(judging[each]) for each in np.flatnonzero(counts).tolist()},
            f"found among the {what}": {look.label(each): round(found[each] * judging[each]) for each in few},
        },
        Remedy(
            "collect more rows of that class; until then let every class count the same (class_weight='balanced').",
            {"class_weight": "balanced"},
        ),
    )
