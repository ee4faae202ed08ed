"""A leaking column: one input that knows the answer, such as a sum that was booked after the fact."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from chainrule._typing import Array, Float
from chainrule.explain.diagnosis.finding import Finding, Remedy, are, short, some
from chainrule.explain.diagnosis.look import Look
from chainrule.explain.diagnosis.sample import columns_of, spread
from chainrule.explain.diagnosis.skill import explained, truth_of
from chainrule.format import listed
from chainrule.training.rows import select
from chainrule.training.step import Rows

PERFECT = 0.95
"""Share of the variance of unseen rows that a column by itself explains where it may leak."""
TIMES = 5.0
"""How many times as much all other columns together leave unexplained; strong columns of honest tables (iris' petals, a
diamond's weight) have others that know as much."""
LEFT = 0.1
"""What all other columns together leave unexplained at least."""
MOST_COLUMNS = 200
MOST_ROWS = 2_000
"""Training rows that trees learn from."""
_LEAF = 2
_TREES = 60
_FOLDS = 4


class Sides(NamedTuple):
    """Rows to learn from and rows to judge by."""

    learn: Mapping[str, Float[Array, "n k"]]
    """Columns by name."""
    learn_truth: Float[Array, "n o"]
    judge: Mapping[str, Float[Array, "m k"]]
    judge_truth: Float[Array, "m o"]


def leaking_column(look: Look) -> Iterator[Finding]:
    """Columns of which a tree by itself tells unseen rows nearly perfectly, while all others together do not.

    Unseen rows are often few, so that both must hold on the training rows in turn, too.
    """
    sides = _sides(look)
    if sides is None or not 2 <= len(sides.learn) <= MOST_COLUMNS:
        return
    alone = {name: _skill(sides, [name], 1) for name in sides.learn}
    leaking = [name for name, skill in alone.items() if skill >= PERFECT and _folded(sides, [name], 1) >= PERFECT]
    others = [name for name in sides.learn if name not in leaking]
    if not leaking or not others:
        return
    together = max(_skill(sides, others, _TREES), _folded(sides, others, _TREES))
    worst = max(1 - alone[name] for name in leaking)
    if 1 - together < max(TIMES * worst, LEFT):
        return
    judged = look.held.what if look.held is not None else "training rows set aside"
    named = listed([f"'{name}'" for name in leaking])
    ranked = sorted(alone.items(), key=lambda pair: -pair[1])
    yield Finding(
        "leaking column",
        "serious",
        some([f"'{name}'" for name in leaking]),
        (
            f"{f'Each of {named}' if len(leaking) > 1 else named} by itself explains ",
            "at least " if len(leaking) > 1 else "",
            short(100 * min(alone[name] for name in leaking)),
            f" % of the variance of the target over {len(sides.judge_truth):,} {judged}, and all other columns "
            "together explain ",
            short(100 * max(together, 0.0)),
            " %: such a column often holds the answer itself, and will not be known when it counts.",
        ),
        {
            "explained alone": dict(ranked[:10]),
            "explained by all others together": together,
            "judged on": f"{len(sides.judge_truth):,} {judged}",
        },
        Remedy(
            f"find out when {named} {are(len(leaking))} known; if only with the answer, leave "
            f"{'it' if len(leaking) == 1 else 'them'} out.",
            {"drop": leaking},
        ),
    )


def _sides(look: Look) -> Sides | None:
    """Training rows to learn from and unseen ones to judge by; without these, every fourth training row judges."""
    rows, held = look.rows, look.held_rows
    places = spread(len(rows.target), MOST_ROWS)
    if held is None:
        judging = places % 4 == 3
        rows, held = select(look.rows, places[~judging]), select(look.rows, places[judging])
    else:
        rows = select(rows, places)
    learn, judge = columns_of(look.table, rows), columns_of(look.table, held)
    learn_truth, judge_truth = _truth(look, rows), _truth(look, held)
    if learn is None or judge is None or learn_truth is None or judge_truth is None or len(judge_truth) < 8:
        return None
    return Sides(learn, learn_truth, judge, judge_truth)


def _truth(look: Look, rows: Rows) -> np.ndarray | None:
    output = np.empty((len(rows.target), *look.trace.prediction.shape[1:]))
    return truth_of(look.loss, rows, output)


def _skill(sides: Sides, names: list[str], trees: int) -> float:
    """Skill on the judging rows of a tree, or of a forest, that learned from some columns."""
    X, judge = (np.hstack([side[name] for name in names]) for side in (sides.learn, sides.judge))
    return explained(sides.judge_truth, _answers(X, sides.learn_truth, judge, trees))


def _folded(sides: Sides, names: list[str], trees: int) -> float:
    """The same on the learning rows, each judged by a model that learned from the other three quarters of them."""
    X, truth = np.hstack([sides.learn[name] for name in names]), sides.learn_truth
    answers = np.empty_like(truth, dtype=np.float64)
    fold = np.arange(len(truth)) % _FOLDS
    for place in range(_FOLDS):
        seen = fold != place
        answers[~seen] = _answers(X[seen], truth[seen], X[~seen], trees)
    return explained(truth, answers)


def _answers(X: np.ndarray, truth: np.ndarray, judge: np.ndarray, trees: int) -> np.ndarray:
    """What a tree, or a forest, that learned from rows says of others."""
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.tree import DecisionTreeRegressor

    kind: Any = DecisionTreeRegressor if trees == 1 else RandomForestRegressor
    options: dict[str, Any] = {} if trees == 1 else {"n_estimators": trees}
    model = kind(min_samples_leaf=_LEAF, random_state=0, **options).fit(
        X, truth[:, 0] if truth.shape[1] == 1 else truth
    )
    return np.asarray(model.predict(judge)).reshape(len(judge), truth.shape[1])
