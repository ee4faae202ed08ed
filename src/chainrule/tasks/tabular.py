"""A table and a target column become a trained run: read, understood, split, encoded, trained, and judged.

The rows go three ways. Test rows are set aside first and only judge the result. Of the others, some are set aside as
validation rows and decide how long to train; then, where rows are few, all of them train for as long. Encoders and
weights never see a row that judges them.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import narwhals as nw
import numpy as np

from chainrule.data import fit_encoder
from chainrule.data.cells import key
from chainrule.data.encode import TableEncoder, nothing_to_learn
from chainrule.data.fingerprint import fingerprint
from chainrule.data.schema import Kind
from chainrule.data.split import Split
from chainrule.errors import InputError, NonFiniteError, did_you_mean, list_some
from chainrule.format import count as counted
from chainrule.optimizers import AdamW, Optimizer
from chainrule.runs.again import repeatable
from chainrule.runs.fitting import fit
from chainrule.runs.metrics import probabilities_of
from chainrule.runs.run import Run
from chainrule.tasks.arguments import check_arguments
from chainrule.tasks.baselines import BASELINES, baselines_for
from chainrule.tasks.build import Design, Head, build_network, head_for
from chainrule.tasks.facts import encoded, facts_of
from chainrule.tasks.importance import importance_of
from chainrule.tasks.split import SplitKind, split_table, split_training
from chainrule.tasks.table import Table, understand
from chainrule.training.progress import working

DEFAULT_OPTIMIZER = AdamW(1e-3, weight_decay=0.3)
"""Chosen, as the first weights and the refit were, on data sets that no benchmark uses (docs/log.md)."""
REFIT_BELOW = 10_000
"""Training rows below which validation rows train too, once they have decided how long to train."""


@repeatable
def fit_table(
    source: Any,
    target: str,
    *,
    kinds: Mapping[str, Kind] | None = None,
    task: Literal["regression", "classification"] | None = None,
    drop: Sequence[str] = (),
    drop_rows: Sequence[int] = (),
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
    epochs: int = 200,
    batch_size: int = 32,
    early_stopping: int | None = 20,
    refit: bool | None = None,
    class_weight: Any = None,
    seed: int = 0,
    engine: str = "auto",
    dtype: str = "float32",
    baselines: bool = True,
    diagnose: bool = False,
    checkpoint: str | Path | None = None,
    progress: bool | None = None,
) -> Run:
    """Train a network on a table and judge it on rows it has not seen, beside honest baselines.

    >>> from chainrule.tasks import fit_table
    >>> table = {"x": [float(i) for i in range(50)], "y": [2.0 * i for i in range(50)]}
    >>> run = fit_table(table, "y", epochs=5, baselines=False)
    >>> run.facts["task"]
    'regression'

    Args:
        source: a file (CSV, Excel, Parquet, JSON, ``file.db::table``) or a table in memory.
        target: the column to predict.
        kinds: kinds of columns where they should not be inferred: ``{"zip": "category"}``.
        task: ``"regression"`` or ``"classification"`` where it should not be inferred.
        drop: columns to leave out.
        missing: words that stand for a missing cell in texts, beside those that are known (NA, -, ? and the like):
            ``["k.A.", "unknown"]``.
        drop_rows: numbers of rows to leave out, from 1; all others train or judge as they would with them.
        sheet: which sheet of a workbook.
        test: share of the rows that judge the result, or the numbers of these rows, from 1.
        split: ``"random"``, ``"stratified"`` (the default for classes), ``"grouped"`` or ``"time"``.
        by: the column of groups or of time, for the last two; a column of groups is no input.
        hidden_layers: units of each hidden layer, or a number for one.
        activation: activation of the hidden layers.
        dropout: dropout after each hidden layer, or None.
        loss: the loss; by default mean squared error, or cross-entropy for classes.
        optimizer: an optimizer or its name; by default AdamW at a learning rate of 0.001 and a weight decay of 0.3.
        epochs: the most epochs.
        batch_size: rows a step.
        early_stopping: epochs without a lower validation loss after which to stop, or None for no validation rows.
        refit: whether to train once more, on training and validation rows, for as many epochs as were best; by default
            with fewer than 10,000 rows, of which validation rows are dear.
        class_weight: ``"balanced"`` or a mapping from class to weight.
        seed: decides splits, first weights and orders.
        engine: ``"auto"``, ``"numpy"`` or ``"xla"``.
        dtype: ``"float32"`` or ``"float64"``.
        baselines: whether to train and judge baselines too.
        diagnose: whether to look for what ails the training, too (``Run.diagnose``), so that the report tells it.
        checkpoint: a folder to keep the state of the training in, such as ``runs/prices/checkpoints``; the same call
            goes on from it after a stop.
        progress: show a progress bar; by default where standard error is a terminal.

    Raises:
        DataError: the table cannot be used.
        NonFiniteError: training met NaN or infinity; ``error.run`` has the best weights so far.
    """
    began = time.perf_counter()
    drop = (drop,) if isinstance(drop, str) else drop
    missing = (missing,) if isinstance(missing, str) else tuple(missing)
    check_arguments(
        target=target, kinds=kinds, task=task, test=test, hidden_layers=hidden_layers, early_stopping=early_stopping
    )
    digest = fingerprint(source)
    with working("reading the table", shown=progress):
        table = understand(source, target, kinds=kinds, task=task, drop=drop, missing=missing, sheet=sheet)
    table, parts = split_table(table, test, split, by, seed, drop_rows)
    if not table.schema.inputs:
        raise nothing_to_learn(table.schema, table.notes)
    design = Design(hidden_layers, activation, dropout)
    settings: dict[str, Any] = {
        "optimizer": DEFAULT_OPTIMIZER if optimizer is None else optimizer,
        "epochs": epochs,
        "batch_size": batch_size,
        "seed": seed,
        "engine": engine,
        "dtype": dtype,
        "checkpoint": checkpoint,
        "progress": progress,
    }
    prepared = time.perf_counter()
    search: Run | None = None
    learned = parts.train
    try:
        if early_stopping is None or epochs == 0:
            run = _train(table, learned, None, design, loss, class_weight, settings)
        else:
            inner = split_training(table, table.frame[parts.train.tolist()], parts, split, by, seed)
            learned, watched = parts.train[inner.train], parts.train[inner.test]
            run = _train(
                table, learned, watched, design, loss, class_weight, settings | {"early_stopping": early_stopping}
            )
            again = len(parts.train) < REFIT_BELOW if refit is None else refit
            if again and not run.training["interrupted"]:
                search, learned = run, parts.train
                settings |= {"until": search.epochs_kept}
                if checkpoint is not None:
                    settings["checkpoint"] = Path(checkpoint) / "refit"
                run = _train(table, learned, None, design, loss, class_weight, settings)
                if not run.training["interrupted"]:
                    epochs_made = counted(search.epochs_kept, "epoch")
                    shown = f"{len(watched):,} held back at first showed how many"
                    run = replace(run, stopped=f"trained {epochs_made} on all {len(learned):,} rows; {shown}")
        failure = None
    except NonFiniteError as error:
        if not isinstance(error.run, Run):
            raise
        run, failure = error.run, error
    trained = time.perf_counter()
    encoder = cast("TableEncoder", run.table)
    compared = _baselines(table, encoder, parts, seed, progress) if baselines else {}
    facts = facts_of(table, encoder, parts, split, by, run, search, learned, compared)
    facts["importance"] = importance_of(run, encoder, *encoded(encoder, table, parts.test), seed)
    facts["kinds"] = dict(kinds or {})
    facts["forms"] = dict(table.forms)
    facts["reading"] = {"sha256": digest, "sheet": table.reading.sheet, "missing": list(missing)}
    facts["seconds"] = {"training": trained - prepared, "total": time.perf_counter() - began}
    run = replace(run, facts=facts, reading=table.reading)
    if diagnose:
        run = replace(run, facts={**facts, "diagnosis": run.diagnose(progress=progress).to_plain()})
    if failure is not None:
        failure.run = run
        raise failure
    return run


def _baselines(
    table: Table, encoder: TableEncoder, parts: Split, seed: int, progress: bool | None
) -> dict[str, dict[str, float]]:
    """What simpler models make of the same rows."""
    with working("training baselines", steps=BASELINES, shown=progress) as work:
        learned, judged = encoded(encoder, table, parts.train), encoded(encoder, table, parts.test)
        return baselines_for(encoder, *learned, *judged, seed, work)


def _train(
    table: Table,
    rows: np.ndarray,
    watched: np.ndarray | None,
    design: Design,
    loss: str | None,
    class_weight: Any,
    settings: Mapping[str, Any],
) -> Run:
    """Fit encoders and a network to some rows of a table, watching others; rows by their place."""
    with table.naming(rows):
        encoder = fit_encoder(table.frame[rows.tolist()], table.schema)
    X, y = encoded(encoder, table, rows)
    try:
        run = fit(
            build_network(encoder.input_shapes, encoder.wide, design, head_of(encoder, loss)),
            X,
            y,
            class_weight=weights_by_code(class_weight, encoder),
            validation=None if watched is None else encoded(encoder, table, watched),
            row_numbers=table.numbers[rows],
            **settings,
        )
    except NonFiniteError as error:
        if isinstance(error.run, Run):
            error.run = replace(error.run, table=encoder)
        raise
    return replace(run, table=encoder)


class Predictions(NamedTuple):
    """A table with the predictions beside its columns."""

    frame: nw.DataFrame[Any]
    added: tuple[str, ...]
    """Names of the columns that were added: the prediction and, for classes, the probability of each."""
    notes: tuple[str, ...]
    """Cells that training did not prepare for and what was done with them, numbers far from those of the training
    rows, and names that were taken."""

    def __repr__(self) -> str:
        return "\n".join([repr(self.frame.to_native()), *self.notes])


def predict_table(run: Run, source: Any, *, sheet: str | None = None, allow_unknown: bool = False) -> Predictions:
    """Predict every row of a table.

    Adds ``prediction`` and, for classes, ``probability of <label>`` for each label; where the table has a column of
    that name, that one stays, and the new one is called ``prediction 2``.

    Args:
        run: a run that was trained on a table.
        source: the rows: a path, a table in memory, or what ``run.read`` gave.
        sheet: which sheet of a workbook.
        allow_unknown: predict rows with categories that no training row held, too.

    Raises:
        InputError: the run was trained on arrays.
        DataError: the table cannot be used; the message says which file, row and column.
    """
    if run.table is None:
        raise InputError("This run was trained on arrays, not on a table; use run.predict(X) with arrays.")
    reading = run.read(source, sheet=sheet)
    frame, found = reading.frame, run.encode(reading, allow_unknown=allow_unknown)
    output = run.predict_arrays(found.inputs)
    target = run.table.target
    columns: dict[str, Any] = {}
    if target.kind == "number":
        columns["prediction"] = target.decode(output[:, 0])
    else:
        probabilities = probabilities_of(np.asarray(output, dtype=np.float64))
        columns["prediction"] = target.decode(probabilities)
        for place, label in enumerate(target.labels):
            columns[f"probability of {key(label)}"] = probabilities[:, place]
    backend = nw.get_native_namespace(frame)
    names = {name: _free(name, frame.columns) for name in columns}
    series = [nw.new_series(names[name], values, backend=backend) for name, values in columns.items()]
    taken = [
        f"The table has a column '{old}'; the new one is called '{new}'." for old, new in names.items() if old != new
    ]
    notes = (*reading.notes, *(note.say(reading.locate) for note in found.notes), *taken)
    return Predictions(frame.with_columns(*series), tuple(names.values()), notes)


def _free(name: str, taken: Sequence[str]) -> str:
    """A name that no column has."""
    numbered = (name if number == 1 else f"{name} {number}" for number in count(1))
    return next(each for each in numbered if each not in taken)


def head_of(encoder: TableEncoder, loss: str | None) -> Head:
    """The end of the network for an encoder's target."""
    target = encoder.target
    count = 1 if target.kind == "number" else len(target.labels)
    return head_for(target.kind, count, loss, target.name)


def weights_by_code(given: Any, encoder: TableEncoder) -> Any:
    """Class weights by code instead of by label."""
    if given is None:
        return None
    if encoder.target.kind != "class":
        raise InputError(f"class_weight needs a target of classes; '{encoder.target.name}' is a number.")
    if isinstance(given, str):
        return given
    labels = {key(label): code for code, label in enumerate(encoder.target.labels)}
    for label in given:
        if key(label) not in labels:
            raise InputError(
                f"class_weight names '{label}', which is no class of '{encoder.target.name}'; there are "
                f"{list_some(labels)}.{did_you_mean(key(label), labels)}"
            )
    return {labels[key(label)]: float(weight) for label, weight in given.items()}
