"""Which columns a network's answers rest on: how much worse it does on test rows where one column is shuffled."""

from typing import Any

import numpy as np

from chainrule.data.columns import WideEncoder
from chainrule.data.encode import TableEncoder
from chainrule.ops import Rng
from chainrule.runs.metrics import log_loss, normal, probabilities_of, rmse
from chainrule.runs.run import Run

MOST_ROWS = 1_000
"""So many of the test rows are enough."""
MOST_COLUMNS = 200
REPEATS = 5
"""Each column is shuffled so often; the mean is kept."""


def importance_of(
    run: Run, encoder: TableEncoder, X: dict[str, np.ndarray], y: np.ndarray, seed: int
) -> dict[str, Any] | None:
    """How much each column's shuffling costs, the largest first (Breiman 2001, section 10); None of very wide tables.

    A column is shuffled among the rows as it was encoded, all of its features together; the network then predicts as
    it always does. Of numbers the root mean squared error rises, in the target's units, of classes the log loss.

    Args:
        run: the run.
        encoder: its encoder.
        X: encoded test rows.
        y: their encoded target.
        seed: decides which rows are taken, and the shuffles.
    """
    if len(encoder.columns) > MOST_COLUMNS or len(y) < 2:
        return None
    rng = Rng(seed).child("importance")
    kept = np.sort(rng.permutation(len(y))[:MOST_ROWS])
    some, truth = {name: array[kept] for name, array in X.items()}, y[kept]
    metric = "rmse" if encoder.target.kind == "number" else "log_loss"

    def score(inputs: dict[str, np.ndarray]) -> float:
        return error_of(encoder, truth, run.predict_arrays(inputs))

    whole, places = score(some), encoder.places
    costs: dict[str, float] = {}
    for column in encoder.columns:
        scores: list[float] = []
        for repeat in range(REPEATS):
            order = rng.child(f"{column.name} {repeat}").permutation(len(truth))
            if isinstance(column, WideEncoder):
                shuffled = some | {column.input: some[column.input][order]}
            else:
                features, place = some["features"].copy(), places[column.name]
                features[:, place] = features[order, place]
                shuffled = some | {"features": features}
            scores.append(score(shuffled))
        costs[column.name] = float(np.mean(scores)) - whole
    ordered = sorted(costs, key=lambda name: -costs[name])
    return {"metric": metric, "rows": len(truth), "repeats": REPEATS, "costs": {name: costs[name] for name in ordered}}


def error_of(encoder: TableEncoder, encoded: np.ndarray, output: np.ndarray) -> float:
    """Root mean squared error in the target's units, or the log loss: one of the metrics of a table's answers."""
    if encoder.target.kind == "number":
        return rmse(encoder.target.decode(encoded), encoder.target.decode(output[:, 0]))
    return log_loss(encoded, normal(probabilities_of(output)))
