"""A table and a target column become a trained run: read, understood, split, encoded, trained, and judged.

The rows go three ways. Test rows are set aside first and only judge the result; validation rows decide when to stop;
training rows are all that encoders and weights see.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import narwhals as nw
import numpy as np

from chainrule.data import (
    Reading,
    apply_kinds,
    drop_missing_target,
    fit_encoder,
    infer_schema,
    open_table,
    split_rows,
)
from chainrule.data.encode import TableEncoder
from chainrule.data.schema import Column, Kind, Schema
from chainrule.data.split import Split
from chainrule.errors import DataError, InputError, NonFiniteError, did_you_mean, list_some
from chainrule.network import Concatenate, Dense, Dropout, Embedding, Network, Node
from chainrule.optimizers import AdamW, Optimizer
from chainrule.runs.fitting import fit
from chainrule.runs.metrics import classification_metrics, regression_metrics
from chainrule.runs.run import Run
from chainrule.tasks.baselines import baselines_for

SplitKind = Literal["random", "stratified", "grouped", "time"]
VALIDATION = 0.15
"""Share of the training rows that decide when to stop."""
_NUMBER = "number of the row \0"
SHOWN_ROWS = 5_000
"""Most test rows that a run keeps for its report."""


@dataclass(frozen=True)
class Table:
    """A table that was read and understood, before anything is learned from it."""

    frame: nw.DataFrame[Any]
    """The rows that have a target."""
    numbers: np.ndarray
    """The number of each of these rows in the source, from 1."""
    schema: Schema
    source: str
    notes: tuple[str, ...]
    """What was done and left out, and why, in plain sentences."""


def understand(
    source: Any,
    target: str,
    *,
    kinds: Mapping[str, Kind] | None = None,
    task: Literal["regression", "classification"] | None = None,
    drop: Sequence[str] = (),
    sheet: str | None = None,
) -> Table:
    """Read a table (a file, or one in memory), infer what its columns are, and leave out rows without a target.

    Raises:
        DataError: the table cannot be used; the message says which file, row and column, and what to do.
    """
    reading = source if isinstance(source, Reading) else open_table(source, sheet=sheet)
    frame = reading.frame
    for name in drop:
        if name not in frame.columns:
            raise DataError(
                f"There is no column '{name}' to leave out; there are {list_some(frame.columns)}."
                f"{did_you_mean(name, frame.columns)}",
                column=name,
            )
    frame = frame.drop(list(drop))
    schema = infer_schema(frame, target, kinds=kinds, task=task, locate=reading.locate)
    frame = apply_kinds(frame, kinds or {}, locate=reading.locate)
    numbered = frame.with_row_index(_NUMBER)
    numbered, dropped = drop_missing_target(numbered, target)
    numbers = np.asarray(numbered[_NUMBER].to_numpy(), dtype=np.int64) + 1
    notes = [*reading.notes, *(f"'{column.name}' is left out: {column.reason}" for column in schema.left_out)]
    if dropped:
        rows, are = ("rows have", "are") if dropped > 1 else ("row has", "is")
        notes.append(f"{dropped} {rows} no '{target}' and {are} left out")
    name = reading.name or "a table in memory"
    return Table(numbered.drop(_NUMBER), numbers, replace(schema, rows=len(numbers)), name, tuple(notes))


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
    table = understand(source, target, kinds=kinds, task=task, drop=drop, sheet=sheet)
    table, parts = _split(table, test, split, by, seed)
    train_frame, test_frame = table.frame[parts.train.tolist()], table.frame[parts.test.tolist()]
    if early_stopping is not None:
        inner = _validation_split(table, train_frame, parts, split, by, seed)
        learn, watch = train_frame[inner.train.tolist()], train_frame[inner.test.tolist()]
        numbers = table.numbers[parts.train[inner.train]]
    else:
        learn, watch, numbers = train_frame, None, table.numbers[parts.train]
    encoder = fit_encoder(learn, table.schema)
    network = build_network(encoder, hidden_layers, activation, dropout, loss)
    X, y = _encoded(encoder, learn)
    weight = _class_weight(class_weight, encoder)
    validation = None if watch is None else _encoded(encoder, watch)

    def finish(run: Run) -> Run:
        facts = _facts(table, encoder, parts, split, by, run, test_frame, train_frame, baselines, seed)
        facts["kinds"] = dict(kinds or {})
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
    encoded = run.table.transform(frame)
    output = run.predict_arrays(encoded.inputs)
    target = run.table.target
    columns: dict[str, Any] = {}
    if target.kind == "number":
        columns["prediction"] = target.decode(output[:, 0])
    else:
        probabilities = _probabilities(np.asarray(output, dtype=np.float64))
        columns["prediction"] = target.decode(probabilities)
        for place, label in enumerate(target.labels):
            columns[f"probability of {label}"] = probabilities[:, place]
    backend = nw.get_native_namespace(frame)
    series = [nw.new_series(name, values, backend=backend) for name, values in columns.items()]
    return frame.with_columns(*series), (*reading.notes, *(str(note) for note in encoded.notes))


def _head(encoder: TableEncoder) -> tuple[int, str | None, str]:
    """Outputs, last activation and usual loss for a target."""
    if encoder.target.kind == "number":
        return 1, None, "mse"
    classes = len(encoder.target.labels)
    return (1, "sigmoid", "binary_cross_entropy") if classes == 2 else (classes, "softmax", "cross_entropy")


def _embedding_width(codes: int) -> int:
    """Width of an embedding: grows with the fourth root of the number of categories times four, from 2 to 50."""
    return int(min(50, max(2, round(4 * codes**0.25))))


def _split(table: Table, test: float, split: SplitKind | None, by: str | None, seed: int) -> tuple[Table, Split]:
    """Set test rows aside; a column of groups stops being an input."""
    kind = _split_kind(table, split, by)
    parts = split_rows(len(table.frame), test=test, seed=seed, **_how(table, table.frame, kind, by))
    if kind == "grouped" and by is not None:
        columns = tuple(column for column in table.schema.columns if column.name != by)
        table = replace(table, schema=replace(table.schema, columns=columns))
    return table, parts


def _validation_split(
    table: Table, train: nw.DataFrame[Any], parts: Split, split: SplitKind | None, by: str | None, seed: int
) -> Split:
    """Set validation rows aside among the training rows, in the way the test rows were."""
    kind = _split_kind(table, split, by)
    return split_rows(len(parts.train), test=VALIDATION, seed=seed + 1, **_how(table, train, kind, by))


def _split_kind(table: Table, split: SplitKind | None, by: str | None) -> SplitKind:
    if split is None:
        return "stratified" if table.schema.task == "classification" else "random"
    if split in ("grouped", "time"):
        if by is None:
            raise InputError(f"A {split} split needs the column it goes by: pass by= (on the command line --by).")
        if by not in table.frame.columns:
            raise DataError(
                f"There is no column '{by}' to split by; there are {list_some(table.frame.columns)}."
                f"{did_you_mean(by, table.frame.columns)}",
                column=by,
            )
    elif split not in ("random", "stratified"):
        raise InputError(f"split must be 'random', 'stratified', 'grouped' or 'time'; got {split!r}.")
    return split


def _how(table: Table, frame: nw.DataFrame[Any], kind: SplitKind, by: str | None) -> dict[str, Any]:
    """Arguments of ``split_rows`` for a kind of split."""
    if kind == "stratified":
        return {"stratify": frame[table.schema.target.name]}
    if kind == "random":
        return {}
    return {"groups" if kind == "grouped" else "time": frame[str(by)]}


def _encoded(encoder: TableEncoder, frame: nw.DataFrame[Any]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    return encoder.transform(frame).inputs, encoder.target.encode(frame[encoder.target.name])


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


def _facts(
    table: Table,
    encoder: TableEncoder,
    parts: Split,
    split: SplitKind | None,
    by: str | None,
    run: Run,
    test_frame: nw.DataFrame[Any],
    train_frame: nw.DataFrame[Any],
    with_baselines: bool,
    seed: int,
) -> dict[str, Any]:
    """Everything the report says about data and result, as plain data."""
    schema = table.schema
    X, y = _encoded(encoder, test_frame)
    output = run.predict_arrays(X)
    X_train, y_train = _encoded(encoder, train_frame)
    baselines = baselines_for(encoder, X_train, y_train, X, y, seed) if with_baselines else {}
    shown = np.unique(np.linspace(0, len(y) - 1, min(len(y), SHOWN_ROWS)).round().astype(int))
    example = _first_whole(test_frame)
    facts: dict[str, Any] = {
        "task": schema.task,
        "target": schema.target.name,
        "source": table.source,
        "rows": schema.rows,
        "columns": [_column(column) for column in schema.columns],
        "target_column": _column(schema.target),
        "notes": list(table.notes),
        "split": {
            "kind": _split_kind(table, split, by),
            "by": by,
            "train": run.training["rows"],
            "validation": run.training["validation_rows"],
            "test": len(y),
        },
        "metrics": {
            "train": judge(encoder, y_train, run.predict_arrays(X_train)),
            "test": judge(encoder, y, output),
        },
        "baselines": baselines,
        "test_rows": {"row": table.numbers[parts.test[shown]].tolist()} | _shown(encoder, y[shown], output[shown]),
        "example": {
            "row": int(table.numbers[parts.test[example]]),
            "values": {name: _plain(test_frame[name][example]) for name in test_frame.columns},
        },
    }
    if encoder.target.kind == "class":
        classes = len(encoder.target.labels)
        confusion = np.zeros((classes, classes), dtype=int)
        np.add.at(confusion, (y, _probabilities(output).argmax(axis=1)), 1)
        facts |= {"labels": [_plain(label) for label in encoder.target.labels], "confusion": confusion.tolist()}
    return facts


def judge(encoder: TableEncoder, encoded: np.ndarray, output: np.ndarray) -> dict[str, float]:
    """Metrics of outputs against encoded targets; errors of numbers are in the target's own units."""
    if encoder.target.kind == "number":
        return regression_metrics(encoder.target.decode(encoded), encoder.target.decode(output[:, 0]))
    return classification_metrics(encoded, _probabilities(output))


def _probabilities(output: np.ndarray) -> np.ndarray:
    """Probability of each class, also where the network has one output for two classes."""
    return np.hstack([1 - output, output]) if output.shape[1] == 1 else output


def _shown(encoder: TableEncoder, encoded: np.ndarray, output: np.ndarray) -> dict[str, list[Any]]:
    target = encoder.target
    if target.kind == "number":
        return {"truth": target.decode(encoded).tolist(), "prediction": target.decode(output[:, 0]).tolist()}
    probabilities = _probabilities(np.asarray(output, dtype=np.float64))
    return {
        "truth": [_plain(label) for label in target.decode(encoded)],
        "prediction": [_plain(label) for label in target.decode(probabilities)],
        "probabilities": probabilities.tolist(),
    }


def _first_whole(frame: nw.DataFrame[Any]) -> int:
    """The first row without a gap; the first of all where every row has one."""
    gaps = np.column_stack([np.asarray(frame[name].is_null().to_numpy(), dtype=bool) for name in frame.columns])
    return int(gaps.any(axis=1).argmin())


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "kind": column.kind,
        "reason": column.reason,
        "missing": column.missing,
        "distinct": column.distinct,
        "used": column.used,
    }


def _plain(value: Any) -> Any:
    """A value that JSON can hold: numbers, texts and truth as they are, moments as ISO text, gaps as None."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
