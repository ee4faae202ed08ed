"""A sweep over a table: in each fold encoders, too, learn from its training rows alone."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from chainrule.data import fit_encoder
from chainrule.data.encode import nothing_to_learn
from chainrule.data.schema import Kind
from chainrule.data.split import folds as split_folds
from chainrule.network import Network
from chainrule.optimizers import Optimizer
from chainrule.runs.metrics import table_metrics
from chainrule.runs.sweep_parts import How, Part, plan_variant, train_parts
from chainrule.runs.sweeping import check_counts
from chainrule.runs.swept import Sweep
from chainrule.runs.variants import Variant, variants
from chainrule.tasks.arguments import check_arguments, check_hidden_layers
from chainrule.tasks.build import Design, build_network
from chainrule.tasks.facts import encoded
from chainrule.tasks.split import SplitKind, split_how, split_kind, split_table
from chainrule.tasks.table import understand
from chainrule.tasks.tabular import DEFAULT_OPTIMIZER, head_of, weights_by_code
from chainrule.training.progress import working
from chainrule.training.together import Settings

METRIC_OF = {"regression": "r2", "classification": "log_loss"}
"""What a sweep over a table scores by, where nothing else is said: the loss in units that people know."""


def sweep_table(
    source: Any,
    target: str,
    *,
    vary: Mapping[str, Any],
    metric: str | None = None,
    folds: int = 5,
    restarts: int = 1,
    kinds: Mapping[str, Kind] | None = None,
    task: Literal["regression", "classification"] | None = None,
    drop: Sequence[str] = (),
    missing: Sequence[str] = (),
    sheet: str | None = None,
    test: float | Sequence[int] = 0.2,
    split: SplitKind | None = None,
    by: str | None = None,
    hidden_layers: int | Sequence[int] = (64, 64),
    activation: str = "relu",
    dropout: float | None = None,
    loss: str | None = None,
    optimizer: str | Optimizer | None = None,
    epochs: int = 100,
    batch_size: int = 32,
    class_weight: Any = None,
    seed: int = 0,
    engine: str = "auto",
    dtype: str = "float32",
    progress: bool | None = None,
) -> Sweep:
    """Train with every combination of some settings on a table, and say which is best and how sure that is.

    The rows that :func:`fit_table` would hold out with the same arguments are left alone, so that they can judge the
    best settings afterwards; the others are split into folds. ``fit_table`` with the best settings, as many ``epochs``
    and ``early_stopping=None`` makes the same training on all of these.

    >>> table = {"x": [float(i) for i in range(50)], "y": [2.0 * i for i in range(50)]}
    >>> found = sweep_table(table, "y", vary={"learning_rate": [1e-4, 1e-1]}, folds=2, hidden_layers=(4,), epochs=3)
    >>> found.best_settings, found.metric
    ({'learning_rate': 0.1}, 'r2')

    Args:
        source: as :func:`fit_table` takes it, like all that is not told here.
        target: the column to predict.
        vary: lists of values by name: ``"hidden_layers"``, ``"activation"``, ``"dropout"``, ``"batch_size"``, or a
            number of the optimizer, such as ``"learning_rate"``, ``"weight_decay"`` and ``"clip_norm"``.
        metric: what to score by: ``"r2"`` (the default for numbers), ``"rmse"`` or ``"mae"``, in the target's own
            units; for classes ``"log_loss"`` (the default), ``"accuracy"`` or ``"auc"``.
        folds: into how many folds the rows are split; each class, group or time as ``split`` says.
        restarts: how many seeds each is trained from, from ``seed`` on.
        kinds: see :func:`fit_table`.
        task: see :func:`fit_table`.
        drop: columns to leave out.
        missing: see :func:`fit_table`.
        sheet: which sheet of a workbook.
        test: which rows are left alone.
        split: how rows are split.
        by: the column of groups or of time.
        hidden_layers: units of each hidden layer, where they are not varied.
        activation: of the hidden layers.
        dropout: after each hidden layer.
        loss: the loss.
        optimizer: an optimizer or its name.
        epochs: how often every row is visited; no training stops before.
        batch_size: rows a step.
        class_weight: ``"balanced"`` or a mapping from class to weight.
        seed: decides splits, first weights and orders.
        engine: ``"auto"``, ``"numpy"`` or ``"xla"``.
        dtype: ``"float32"`` or ``"float64"``.
        progress: show a progress bar; by default where standard error is a terminal.

    Raises:
        DataError: the table cannot be used.
        InputError: there is no such name to vary, or something passed in cannot be used.
        KeyboardInterrupt: Ctrl-C was pressed before any training was done.
    """
    drop = (drop,) if isinstance(drop, str) else drop
    missing = (missing,) if isinstance(missing, str) else tuple(missing)
    check_arguments(target=target, kinds=kinds, task=task, test=test, hidden_layers=hidden_layers, early_stopping=None)
    check_counts(folds, restarts)
    with working("reading the table", shown=progress):
        table = understand(source, target, kinds=kinds, task=task, drop=drop, missing=missing, sheet=sheet)
    table, parts = split_table(table, test, split, by, seed)
    if not table.schema.inputs:
        raise nothing_to_learn(table.schema, table.notes)
    rule = DEFAULT_OPTIMIZER if optimizer is None else optimizer
    ways = split_how(table, table.frame[parts.train.tolist()], split_kind(table, split, by), by)

    def part_of(train: np.ndarray, held_out: np.ndarray) -> tuple[list[Variant], Part]:
        """A fold, by places among the rows that are not left alone."""
        learned = parts.train[train]
        with table.naming(learned):
            encoder = fit_encoder(table.frame[learned.tolist()], table.schema)
        X, y = encoded(encoder, table, parts.train)

        def build(hidden_layers: Any = hidden_layers, activation: Any = activation, dropout: Any = dropout) -> Network:
            check_hidden_layers(hidden_layers)
            design = Design(hidden_layers, activation, dropout)
            return build_network(encoder.input_shapes, encoder.wide, design, head_of(encoder, loss))

        found = variants(build, vary, rule, batch_size)
        weights = weights_by_code(class_weight, encoder)
        settings = Settings(rule, epochs, batch_size, True, seed, None, weights, engine, dtype)
        plan, rows = settings.begin(found[0].network, X, y)

        def judged(places: np.ndarray, output: np.ndarray) -> Mapping[str, float]:
            return table_metrics(encoder, y[places], output)

        return found, Part([plan_variant(plan, each, rows) for each in found], rows, train, held_out, judged)

    made = [part_of(*each) for each in split_folds(len(parts.train), folds, seed=seed, **ways)]
    how = How(epochs, seed + np.arange(restarts), engine, metric or METRIC_OF[str(table.schema.task)], folds)
    return train_parts([each.settings for each in made[0][0]], [part for _, part in made], how, progress=progress)
