"""Sweeps: the same training with many settings, with restarts and in folds, those of one shape at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from chainrule.data.split import folds as split_folds
from chainrule.errors import InputError
from chainrule.layers.common import is_whole
from chainrule.network.network import row_shapes
from chainrule.optimizers import Optimizer
from chainrule.runs.swept import Sweep
from chainrule.runs.variants import Networks, Variant, variants
from chainrule.training.plan import Plan
from chainrule.training.progress import working
from chainrule.training.rows import select
from chainrule.training.step import Rows, State
from chainrule.training.together import Settings, losses_of, train_together


def sweep(
    network: Networks,
    X: Any,
    y: Any,
    *,
    vary: Mapping[str, Any],
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
    widths and depths do.

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
        folds: split the rows so many times, and score by the loss of the rows held out; by default all rows train.
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
    """
    if not is_whole(restarts):
        raise InputError(f"restarts must be a whole number of at least 1; got {restarts!r}.")
    found = variants(network, vary, optimizer, batch_size)
    settings = Settings(optimizer, epochs, batch_size, shuffle, seed, sample_weight, class_weight, engine, dtype)
    plan, rows = settings.begin(found[0].network, X, y)
    plans = [_planned(plan, variant, rows) for variant in found]
    seeds = seed + np.arange(restarts)
    parts = _parts(plan, rows, folds, seed)
    shape = (len(found), len(parts), restarts)
    losses = np.empty((*shape, epochs))
    first, final, scores = np.empty(shape), np.empty(shape), np.empty(shape)
    states: dict[tuple[int, int, int], State] = {}
    engines: set[str] = set()
    began = perf_counter()
    groups = _groups(plans)
    with working("sweeping", steps=len(parts) * len(groups), shown=progress) as tick:
        for fold, (train, test) in enumerate(parts):
            own = rows if test is None else select(rows, train)
            for group in groups:
                cells = [(place, fold, number) for place in group for number in range(restarts)]
                each = [_cut(plans[place], len(train), int(seeds[number])) for place, _, number in cells]
                made = train_together(each, own, epochs, engine)
                held_out = made.final if test is None else losses_of(each, made.states, select(rows, test))
                engines.add(made.engine)
                for at, cell in enumerate(cells):
                    losses[cell], first[cell], final[cell] = made.epoch_losses[at], made.first[at], made.final[at]
                    scores[cell], states[cell] = held_out[at], made.states[at]
                tick()
    return Sweep(
        tuple(variant.settings for variant in found),
        folds,
        seeds,
        losses,
        first,
        final,
        scores,
        tuple(each.network for each in plans),
        states,
        " and ".join(sorted(engines)),
        len(groups),
        perf_counter() - began,
    )


def _planned(plan: Plan, variant: Variant, rows: Rows) -> Plan:
    """The plan of one combination."""
    network = variant.network.built(row_shapes(rows.inputs))
    shapes = row_shapes(rows.inputs)
    outputs = [each.shapes(shapes)[each.nodes[-1].name] for each in (plan.network, network)]
    if outputs[0] != outputs[1]:
        raise InputError(
            f"vary changes what the network predicts: rows of shape {outputs[0]} and of shape {outputs[1]}. Leave its "
            "last layer as it is."
        )
    if not is_whole(variant.batch_size):
        raise InputError(f"batch_size must be a whole number of at least 1; got {variant.batch_size!r}.")
    return replace(plan, network=network, optimizer=variant.optimizer, batch_size=variant.batch_size)


def _cut(plan: Plan, rows: int, seed: int) -> Plan:
    """The same plan for fewer rows, from another seed."""
    return replace(plan, rows=rows, batch_size=min(plan.batch_size, rows), seed=seed)


def _groups(plans: Sequence[Plan]) -> list[list[int]]:
    """Places of the plans that can be trained as one program."""
    found: dict[Any, list[int]] = {}
    for place, plan in enumerate(plans):
        found.setdefault(plan.form, []).append(place)
    return list(found.values())


def _parts(plan: Plan, rows: Rows, folds: int | None, seed: int) -> list[tuple[np.ndarray, np.ndarray | None]]:
    """Places of the rows that train and of those held out; the same classes in every fold."""
    if folds is None:
        return [(np.arange(plan.rows), None)]
    target = np.asarray(rows.target)
    kind = plan.network.loss.target_kind
    classes = target.reshape(-1) if kind in ("class", "binary") and target.size == len(target) else None
    return [(split.train, split.test) for split in split_folds(plan.rows, folds, seed=seed, stratify=classes)]
