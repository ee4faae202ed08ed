"""Sweeps: the same training with many settings, with restarts and in folds, those of one shape at once."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.data.split import folds as split_folds
from chainrule.errors import InputError
from chainrule.layers.common import is_whole
from chainrule.optimizers import Optimizer
from chainrule.runs.metrics import metrics_for
from chainrule.runs.sweep_parts import How, Part, plan_variant, train_parts
from chainrule.runs.swept import Sweep
from chainrule.runs.variants import Networks, variants
from chainrule.training.plan import Plan
from chainrule.training.step import Rows
from chainrule.training.together import Settings


def sweep(
    network: Networks,
    X: Any,
    y: Any,
    *,
    vary: Mapping[str, Any],
    metric: str = "loss",
    folds: int | None = None,
    restarts: int = 1,
    optimizer: str | Optimizer = "adam",
    epochs: int = 100,
    batch_size: int = 32,
    shuffle: bool = True,
    seed: int = 0,
    sample_weight: Any = None,
    class_weight: Any = None,
    engine: str = "auto",
    dtype: str = "float32",
    progress: bool | None = None,
) -> Sweep:
    """Train with every combination of some settings, and say which diverge, which get anywhere and which is best.

    All start from the same seeds and take the same rows in the same order. On XLA those of one shape are one compiled
    program, mapped over them: other numbers (learning rates, dropout, weight decay) and seeds compile nothing; other
    widths and depths do. Networks so large that each fills the processor are trained one after the other.

    Ctrl-C ends a sweep early: the folds that are done are kept or, where none is, the settings of the first one.

    >>> import chainrule as cr
    >>> square = cr.Network([cr.Dense(1)], loss="ssr").set({"dense1.weight": [[1.99]], "dense1.bias": [0.0]})
    >>> rates = {"learning_rate": [0.01, 0.1, 0.5, 0.9, 1.0, 1.1]}
    >>> found = cr.sweep(square.freeze("dense1.bias"), [[1.0]], [0.0], vary=rates, optimizer=cr.SGD(), epochs=50)
    >>> found.outcomes
    ('still falling', 'settled', 'settled', 'settled', 'no progress', 'diverged')
    >>> found.best_settings
    {'learning_rate': 0.5}

    Settings of the network by a function that builds it:

    >>> def build(units, layers):
    ...     return cr.Network([cr.Dense(units, "tanh")] * layers + [cr.Dense(1)])
    >>> x = np.linspace(-1, 1, 12)
    >>> found = cr.sweep(build, x[:, None], x**2, vary={"units": [2, 4], "layers": [1, 2]}, folds=3, epochs=2)
    >>> found.scores.shape
    (4, 3, 1)

    Args:
        network: the network (parameters set by hand are where all start), or a function that builds one.
        X: inputs, as :func:`fit` takes them.
        y: targets.
        vary: lists of values by name: a number of the optimizer (``"learning_rate"``, ``"weight_decay"``),
            ``"batch_size"``, a setting of a node (``"dense1.units"``, ``"dropout1.rate"``, ``"dense1.l2"``,
            ``"dense1.activation"``), or an argument of the function that builds the network.
        metric: what to score by: ``"loss"``, ``"r2"``, ``"rmse"`` or ``"mae"``, for classes ``"accuracy"``,
            ``"log_loss"`` or ``"auc"``.
        folds: split the rows so many times, and score the rows held out; by default all rows train and are scored.
        restarts: how many seeds each is trained from, from ``seed`` on.
        optimizer: an optimizer or its name.
        epochs: how often every row is visited.
        batch_size: rows a step.
        shuffle: whether each epoch visits the rows in a new random order.
        seed: decides folds; the first seed for first weights, orders and dropout.
        sample_weight: one number a row, shape (n,).
        class_weight: ``"balanced"`` or a mapping from class to weight, for losses over classes.
        engine: ``"auto"``, ``"numpy"`` or ``"xla"``.
        dtype: ``"float32"`` or ``"float64"``.
        progress: show a progress bar; by default where standard error is a terminal.

    Raises:
        InputError: there is no such name to vary, or something passed in cannot be used.
        KeyboardInterrupt: Ctrl-C was pressed before any training was done.
    """
    check_counts(2 if folds is None else folds, restarts)
    found = variants(network, vary, optimizer, batch_size)
    settings = Settings(optimizer, epochs, batch_size, shuffle, seed, sample_weight, class_weight, engine, dtype)
    plan, rows = settings.begin(found[0].network, X, y)
    plans = [plan_variant(plan, variant, rows) for variant in found]

    def judge(places: np.ndarray, output: np.ndarray) -> dict[str, float]:
        return metrics_for(plan.network.loss, np.asarray(rows.target)[places], output)

    parts = [Part(plans, rows, train, test, judge) for train, test in _parts(plan, rows, folds, seed)]
    how = How(epochs, seed + np.arange(restarts), engine, metric, folds)
    return train_parts([each.settings for each in found], parts, how, progress=progress)


def check_counts(folds: int, restarts: int) -> None:
    """Refuse what is no number of folds or of restarts.

    Raises:
        InputError: says which of them, and what came.
    """
    if not is_whole(folds, 2):
        raise InputError(f"folds must be a whole number of at least 2; got {folds!r}.")
    if not is_whole(restarts):
        raise InputError(f"restarts must be a whole number of at least 1; got {restarts!r}.")


def _parts(plan: Plan, rows: Rows, folds: int | None, seed: int) -> list[tuple[np.ndarray, np.ndarray | None]]:
    """Places of the rows that train and of those held out; the same classes in every fold."""
    if folds is None:
        return [(np.arange(plan.rows), None)]
    target = np.asarray(rows.target)
    kind = plan.network.loss.target_kind
    classes = target.reshape(-1) if kind in ("class", "binary") and target.size == len(target) else None
    return [(split.train, split.test) for split in split_folds(plan.rows, folds, seed=seed, stratify=classes)]
