"""A table and a target column become a trained run: read, understood, split, encoded, trained, and judged.

The rows go three ways. Test rows are set aside first and only judge the result; validation rows decide when to stop;
training rows are all that encoders and weights see.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import narwhals as nw
import numpy as np

from chainrule.data import Reading, apply_kinds, fit_encoder, open_table
from chainrule.data.encode import TableEncoder
from chainrule.data.schema import Kind
from chainrule.errors import InputError, NonFiniteError, did_you_mean, list_some
from chainrule.network import Concatenate, Dense, Dropout, Embedding, Network, Node
from chainrule.optimizers import AdamW, Optimizer
from chainrule.runs.fitting import fit
from chainrule.runs.run import Run
from chainrule.tasks.facts import encoded, facts_of, probabilities_of
from chainrule.tasks.table import SplitKind, split_table, split_training, understand


def fit_table(
    source: Any,
    target: str,
    *,
    kinds: Mapping[str, Kind] | None = None,
    task: Literal["regression", "classification"] | None = None,
    drop: Sequence[str] = (),
    sheet: str | None = None,
    test: float = 0.2,
    split: SplitKind | None = None,
    by: str | None = None,
    hidden_layers: Sequence[int] = (64, 64),
    activation: str = "relu",
    dropout: float | None = None,
    loss: str | None = None,
    optimizer: str | Optimizer | None = None,
    epochs: int = 200,
    batch_size: int = 32,
    early_stopping: int | None = 20,
    class_weight: Any = None,
    seed: int = 0,
    engine: str = "auto",
    dtype: str = "float32",
    baselines: bool = True,
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
        source: a file (CSV, Excel, Parquet, JSON lines, ``file.db::table``) or a table in memory.
        target: the column to predict.
        kinds: kinds of columns where they should not be inferred: ``{"zip": "category"}``.
        task: ``"regression"`` or ``"classification"`` where it should not be inferred.
        drop: columns to leave out.
        sheet: which sheet of a workbook.
        test: share of the rows that judge the result.
        split: ``"random"``, ``"stratified"`` (the default for classes), ``"grouped"`` or ``"time"``.
        by: the column of groups or of time, for the last two; a column of groups is no input.
        hidden_layers: units of each hidden layer.
        activation: activation of the hidden layers.
        dropout: dropout after each hidden layer, or None.
        loss: the loss; by default mean squared error, or cross-entropy for classes.
        optimizer: an optimizer or its name; by default AdamW at a learning rate of 0.001.
        epochs: the most epochs.
        batch_size: rows a step.
        early_stopping: epochs without a lower validation loss after which to stop, or None.
        class_weight: ``"balanced"`` or a mapping from class to weight.
        seed: decides splits, first weights and orders.
        engine: ``"auto"``, ``"numpy"`` or ``"xla"``.
        dtype: ``"float32"`` or ``"float64"``.
        baselines: whether to train and judge baselines too.
        checkpoint: a folder to keep the state of the training in, to go on after a stop.
        progress: show a progress bar; by default where standard error is a terminal.

    Raises:
        DataError: the table cannot be used.
        NonFiniteError: training met NaN or infinity; ``error.run`` has the best weights so far.
    """
    began = time.perf_counter()
    table = understand(source, target, kinds=kinds, task=task, drop=drop, sheet=sheet)
    table, parts = split_table(table, test, split, by, seed)
    train_frame, test_frame = table.frame[parts.train.tolist()], table.frame[parts.test.tolist()]
    if early_stopping is not None:
        inner = split_training(table, train_frame, parts, split, by, seed)
        learn, watch = train_frame[inner.train.tolist()], train_frame[inner.test.tolist()]
        numbers = table.numbers[parts.train[inner.train]]
    else:
        learn, watch, numbers = train_frame, None, table.numbers[parts.train]
    encoder = fit_encoder(learn, table.schema)
    network = build_network(encoder, hidden_layers, activation, dropout, loss)
    X, y = encoded(encoder, learn)
    weight = _class_weight(class_weight, encoder)
    validation = None if watch is None else encoded(encoder, watch)

    prepared = time.perf_counter()

    def finish(run: Run) -> Run:
        trained = time.perf_counter()
        facts = facts_of(table, encoder, parts, split, by, run, test_frame, train_frame, baselines, seed)
        facts["kinds"] = dict(kinds or {})
        facts["seconds"] = {"training": trained - prepared, "total": time.perf_counter() - began}
        return replace(run, table=encoder, facts=facts)

    try:
        run = fit(
            network,
            X,
            y,
            optimizer=AdamW(1e-3) if optimizer is None else optimizer,
            epochs=epochs,
            batch_size=batch_size,
            seed=seed,
            class_weight=weight,
            validation=validation,
            early_stopping=early_stopping,
            engine=engine,
            dtype=dtype,
            row_numbers=numbers,
            checkpoint=checkpoint,
            progress=progress,
        )
    except NonFiniteError as error:
        if isinstance(error.run, Run):
            error.run = finish(error.run)
        raise
    return finish(run)


def build_network(
    encoder: TableEncoder,
    hidden_layers: Sequence[int] = (64, 64),
    activation: str = "relu",
    dropout: float | None = None,
    loss: str | None = None,
) -> Network:
    """The network for a table: wide categories through embeddings, joined with the features, through dense layers."""
    parts: list[Node] = []
    sources = ["features"] if "features" in encoder.input_shapes else []
    for name, codes in encoder.wide.items():
        embedded = f"{name} embedding"
        parts.append(Embedding(codes, _embedding_width(codes), name=embedded, inputs=(name,)))
        sources.append(embedded)
    if len(sources) > 1:
        parts.append(Concatenate(inputs=tuple(sources)))
    for place, units in enumerate(hidden_layers):
        first = tuple(sources) if place == 0 and len(sources) == 1 else ()
        parts.append(Dense(units, activation, inputs=first))
        if dropout:
            parts.append(Dropout(dropout))
    outputs, last, usual = _head(encoder)
    parts.append(Dense(outputs, last, inputs=tuple(sources) if not hidden_layers and len(sources) == 1 else ()))
    return Network(parts, loss=loss or usual, input_shape=encoder.input_shapes)


def predict_table(run: Run, source: Any, *, sheet: str | None = None) -> tuple[nw.DataFrame[Any], tuple[str, ...]]:
    """Predict every row of a table; returns the table with the predictions beside it, and notes.

    Adds ``prediction`` and, for classes, ``probability of <label>`` for each label.
    """
    if run.table is None:
        raise InputError("This run was trained on arrays, not on a table; use run.predict(X) with arrays.")
    reading = source if isinstance(source, Reading) else open_table(source, sheet=sheet)
    kinds = {name: kind for name, kind in run.facts.get("kinds", {}).items() if name in reading.frame.columns}
    frame = apply_kinds(reading.frame, kinds, locate=reading.locate)
    found = run.table.transform(frame)
    output = run.predict_arrays(found.inputs)
    target = run.table.target
    columns: dict[str, Any] = {}
    if target.kind == "number":
        columns["prediction"] = target.decode(output[:, 0])
    else:
        probabilities = probabilities_of(np.asarray(output, dtype=np.float64))
        columns["prediction"] = target.decode(probabilities)
        for place, label in enumerate(target.labels):
            columns[f"probability of {label}"] = probabilities[:, place]
    backend = nw.get_native_namespace(frame)
    series = [nw.new_series(name, values, backend=backend) for name, values in columns.items()]
    return frame.with_columns(*series), (*reading.notes, *(str(note) for note in found.notes))


def _head(encoder: TableEncoder) -> tuple[int, str | None, str]:
    """Outputs, last activation and usual loss for a target."""
    if encoder.target.kind == "number":
        return 1, None, "mse"
    classes = len(encoder.target.labels)
    return (1, "sigmoid", "binary_cross_entropy") if classes == 2 else (classes, "softmax", "cross_entropy")


def _embedding_width(codes: int) -> int:
    """Width of an embedding: grows with the fourth root of the number of categories times four, from 2 to 50."""
    return int(min(50, max(2, round(4 * codes**0.25))))


def _class_weight(given: Any, encoder: TableEncoder) -> Any:
    """Class weights by code instead of by label."""
    if given is None or isinstance(given, str):
        return given
    if encoder.target.kind != "class":
        raise InputError("class_weight needs a target of classes; this one is a number.")
    labels = {str(label): code for code, label in enumerate(encoder.target.labels)}
    for label in given:
        if str(label) not in labels:
            raise InputError(
                f"class_weight names '{label}', which is no class of '{encoder.target.name}'; there are "
                f"{list_some(labels)}.{did_you_mean(str(label), labels)}"
            )
    return {labels[str(label)]: float(weight) for label, weight in given.items()}
