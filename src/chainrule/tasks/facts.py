"""What a run on a table has to say of its data and its result, as plain data: the report is written from this."""

from typing import Any

import narwhals as nw
import numpy as np

from chainrule.data.cells import plain_cell
from chainrule.data.encode import TableEncoder
from chainrule.data.schema import Column
from chainrule.data.split import Split
from chainrule.runs.metrics import probabilities_of, table_metrics
from chainrule.runs.run import Run
from chainrule.tasks.split import SplitKind, split_kind
from chainrule.tasks.table import Table

SHOWN_ROWS = 5_000
"""Most test rows that a run keeps for its report."""
MISSES = 8
"""Of so many test rows, those that it missed by the most, a run keeps what stands in them."""


def facts_of(
    table: Table,
    encoder: TableEncoder,
    parts: Split,
    split: SplitKind | None,
    by: str | None,
    run: Run,
    search: Run | None,
    learned: np.ndarray,
    baselines: dict[str, dict[str, float]],
) -> dict[str, Any]:
    """Everything the report says about data and result, as plain data.

    Args:
        table: the table.
        encoder: the run's.
        parts: which rows of it could be learned from, and which judge.
        split: how they were split.
        by: the column they were split by.
        run: the run that is kept.
        search: the run that found how long to train, where the one kept was trained after it.
        learned: places of the rows that the run learned from.
        baselines: metrics of simpler models on the same test rows.
    """
    schema = table.schema
    test_frame = table.frame[parts.test.tolist()]
    X, y = encoded(encoder, table, parts.test)
    output = run.predict_arrays(X)
    X_learned, y_learned = encoded(encoder, table, learned)
    shown = np.unique(np.linspace(0, len(y) - 1, min(len(y), SHOWN_ROWS)).round().astype(int))
    example = _first_whole(test_frame)
    facts: dict[str, Any] = {
        "task": schema.task,
        "target": schema.target.name,
        "source": table.source,
        "rows": schema.rows,
        "rows_read": len(table.reading.frame),
        "columns": [_column(column) for column in schema.columns],
        "target_column": _column(schema.target) | {"place": table.reading.frame.columns.index(schema.target.name)},
        "notes": list(table.notes),
        "split": {
            "kind": split_kind(table, split, by),
            "by": by,
            "train": run.training["rows"],
            "validation": (search or run).training["validation_rows"],
            "test": len(y),
        },
        "metrics": {
            "train": table_metrics(encoder, y_learned, run.predict_arrays(X_learned)),
            "test": table_metrics(encoder, y, output),
        },
        "baselines": baselines,
        "test_rows": {"row": table.numbers[parts.test[shown]].tolist()} | _shown(encoder, y[shown], output[shown]),
        "example": {
            "row": int(table.numbers[parts.test[example]]),
            "values": {name: plain_cell(test_frame[name][example]) for name in test_frame.columns},
        },
    }
    if (worst := _worst(encoder, y[shown], output[shown])).size:
        cells = test_frame[shown[worst].tolist()]
        names = [column.name for column in encoder.columns]
        rows = zip(*([plain_cell(cell) for cell in cells[name].to_list()] for name in names), strict=True)
        numbers = table.numbers[parts.test[shown[worst]]].tolist()
        facts["misses"] = {
            str(number): dict(zip(names, row, strict=True)) for number, row in zip(numbers, rows, strict=True)
        }
    if search is not None:
        facts["search"] = {
            "best_epoch": search.epochs_kept,
            "stopped": search.stopped,
            "loss": search.history["loss"].tolist(),
            "validation_loss": search.history["validation_loss"].tolist(),
        }
    if encoder.target.kind == "class":
        classes = len(encoder.target.labels)
        confusion = np.zeros((classes, classes), dtype=int)
        np.add.at(confusion, (y, probabilities_of(output).argmax(axis=1)), 1)
        facts |= {"labels": [plain_cell(label) for label in encoder.target.labels], "confusion": confusion.tolist()}
    return facts


def _shown(encoder: TableEncoder, encoded: np.ndarray, output: np.ndarray) -> dict[str, list[Any]]:
    target = encoder.target
    if target.kind == "number":
        return {"truth": target.decode(encoded).tolist(), "prediction": target.decode(output[:, 0]).tolist()}
    probabilities = probabilities_of(np.asarray(output, dtype=np.float64))
    return {
        "truth": [plain_cell(label) for label in target.decode(encoded)],
        "prediction": [plain_cell(label) for label in target.decode(probabilities)],
        "probabilities": probabilities.tolist(),
    }


def _worst(encoder: TableEncoder, encoded: np.ndarray, output: np.ndarray) -> np.ndarray:
    """Places of the rows that were missed by the most: of classes those that were named wrong with most certainty."""
    if encoder.target.kind == "number":
        off = np.abs(encoder.target.decode(output[:, 0]) - encoder.target.decode(encoded))
        return np.argsort(-off, kind="stable")[:MISSES]
    sure = probabilities_of(np.asarray(output, dtype=np.float64))
    wrong = np.flatnonzero(sure.argmax(axis=1) != encoded)
    return wrong[np.argsort(-sure.max(axis=1)[wrong], kind="stable")][:MISSES]


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


def encoded(encoder: TableEncoder, table: Table, places: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Inputs and encoded target of the rows at some places of a table."""
    frame = table.frame[places.tolist()]
    with table.naming(places):
        return encoder.transform(frame).inputs, encoder.target.encode(frame[encoder.target.name])
