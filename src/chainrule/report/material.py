"""What a report is made of: the facts of a table's run, or what can be said of a run on arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.activations import get_activation
from chainrule.network.network import row_count
from chainrule.ops import eager_ops
from chainrule.report.figures import metric_text
from chainrule.runs.metrics import places
from chainrule.training.engine import map_arrays

if TYPE_CHECKING:
    from chainrule.runs.run import Run
    from chainrule.training.step import Rows

MOST_ROWS = 5_000
"""A run on arrays is looked at on at most so many of its rows."""


@dataclass(frozen=True)
class Answers:
    """Predictions beside the truth, for the rows that figures show."""

    rows: Sequence[int]
    """Row numbers, from 1."""
    truth: Sequence[Any]
    prediction: Sequence[Any]
    probabilities: np.ndarray | None
    """Of each class, shape (n, classes)."""
    cells: Mapping[int, Mapping[str, Any]] = field(default_factory=dict[int, Mapping[str, Any]])
    """What stands in the rows that it missed by the most, by their numbers."""


@dataclass(frozen=True)
class Material:
    """What is known about a run beside its network and its history."""

    task: str
    """``classification``, ``regression``, or nothing where the output is neither."""
    target: str
    judged: str
    """The rows that judge it: ``test rows``, ``validation rows`` or ``training rows``."""
    judged_rows: int
    metrics: Mapping[str, float]
    learned: Mapping[str, float]
    """Metrics on the rows it learned from; empty where these are the ones that judge it."""
    labels: Sequence[str] = ()
    answers: Answers | None = None
    confusion: np.ndarray | None = None
    baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])

    def written(self, metric: str, value: Any) -> str:
        """A metric's value, with as many decimals as the others of its column."""
        column = [self.metrics, self.learned, *self.baselines.values()]
        return metric_text(metric, value, places(metric, [each[metric] for each in column if metric in each]))

    @property
    def unseen(self) -> bool:
        """Whether the rows that judge it had no part in training."""
        return self.judged == "test rows"


def material_of(run: "Run") -> Material:
    """Gather what is known about a run."""
    return _of_facts(run.facts) if run.facts else _of_arrays(run)


def _of_facts(facts: Mapping[str, Any]) -> Material:
    shown = facts.get("test_rows") or {}
    answers = None
    if shown:
        wide = shown.get("probabilities")
        answers = Answers(
            shown["row"],
            shown["truth"],
            shown["prediction"],
            None if wide is None else np.asarray(wide, dtype=float),
            {int(row): cells for row, cells in facts.get("misses", {}).items()},
        )
    confusion = facts.get("confusion")
    return Material(
        task=facts["task"],
        target=facts["target"],
        judged="test rows",
        judged_rows=facts["split"]["test"],
        metrics=facts["metrics"]["test"],
        learned=facts["metrics"].get("train", {}),
        labels=[str(label) for label in facts.get("labels", ())],
        answers=answers,
        confusion=None if confusion is None else np.asarray(confusion),
        baselines=facts.get("baselines", {}),
    )


def _of_arrays(run: "Run") -> Material:
    """What a run that still has its trainer says of the rows in it."""
    task = {"number": "regression", "binary": "classification", "class": "classification"}
    kind = task.get(run.network.loss.target_kind, "")
    if run.trainer is None:
        return Material(kind, "target", "", 0, {}, {})
    learned, aside = run.trainer.rows, run.trainer.validation
    rows = _some(learned if aside is None else aside)
    metrics = run.evaluate(rows.inputs, rows.target)
    seen = {} if aside is None else run.evaluate(*_some(learned)[:2])
    judged = "training rows" if aside is None else "validation rows"
    output = run.predict_arrays(rows.inputs)
    base = Material(kind, "target", judged, len(rows.target), metrics, seen)
    if output.ndim != 2:
        return base
    numbers = run.trainer.row_numbers if aside is None else run.trainer.validation_numbers
    return _with_answers(base, run, numbers[: len(rows.target)].tolist(), rows.target, output)


def _with_answers(base: Material, run: "Run", numbers: list[int], target: np.ndarray, output: np.ndarray) -> Material:
    if base.task == "regression":
        if output.shape[1] != 1:
            return base
        return replace(base, answers=Answers(numbers, target.reshape(-1).tolist(), output[:, 0].tolist(), None))
    loss, ops = run.network.loss, eager_ops()
    binary = loss.target_kind == "binary"
    if binary and output.shape[1] != 1:
        return base
    output = np.asarray(output, dtype=np.float64)
    wide = output if loss.fuses else get_activation("sigmoid" if binary else "softmax").forward(ops, output)
    probabilities = np.hstack([1 - wide, wide]) if binary else wide
    codes, named = target.reshape(-1).astype(int), probabilities.argmax(axis=1)
    confusion = np.zeros((probabilities.shape[1],) * 2, dtype=int)
    np.add.at(confusion, (codes, named), 1)
    labels = [str(code) for code in range(probabilities.shape[1])]
    answers = Answers(numbers, [labels[code] for code in codes], [labels[code] for code in named], probabilities)
    return replace(base, labels=labels, answers=answers, confusion=confusion)


def _some(rows: "Rows") -> "Rows":
    if row_count(rows.inputs) <= MOST_ROWS:
        return rows
    return map_arrays(lambda array: array[:MOST_ROWS], rows)
