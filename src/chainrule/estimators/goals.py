"""From what scikit-learn's users pass as ``y`` to what a network is to predict: numbers, classes or labels.

Shapes: n rows, o targets.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_array, column_or_1d

from chainrule._typing import Array, Float
from chainrule.data.columns.number import moments
from chainrule.data.target import ClassTarget, NumberTarget
from chainrule.errors import InputError, list_some
from chainrule.losses import Loss, class_weights
from chainrule.tasks.build import Head, head_for


class Goal(NamedTuple):
    """What is to be predicted, as the network is given it."""

    values: Array
    """Shape (n,) codes of classes, or (n, o) numbers."""
    head: Head
    target: NumberTarget | ClassTarget
    """Turns outputs into the target's units; where there are several targets, the first's."""
    several: bool
    """Whether there are several targets, which a run's encoder cannot hold."""
    learned: Mapping[str, Any]
    """What the estimator remembers of it: attribute → value."""
    weights: Array | None = None
    """Weights of the rows by their class."""


class Scaling(NamedTuple):
    """Means and standard deviations of targets that are numbers, shape (o,)."""

    means: Array
    scales: Array


def as_numbers(y: Any) -> Float[Array, "n *o"]:
    """Check targets that are numbers: shape (n,), or (n, o) where there are several."""
    if y is None:
        raise InputError("A network that predicts requires y to be passed, but the target y is None.")
    check: Any = check_array  # its annotations know no types but texts
    checked = check(y, ensure_2d=False, dtype=np.float64, input_name="y")
    return checked if checked.ndim == 2 and checked.shape[1] > 1 else column_or_1d(checked, warn=True)


def number_goal(
    y: Float[Array, "n *o"], name: str, loss: str | Loss | None, weights: Array | None, known: Scaling | None
) -> Goal:
    """Numbers to predict, each column standardised.

    Args:
        y: the numbers.
        name: what to call them.
        loss: as asked for.
        weights: what each row counts for.
        known: how they were standardised before, where training goes on.
    """
    columns = y if y.ndim == 2 else y[:, None]
    if known is None:
        found = [moments(column, weights) for column in columns.T]
        known = Scaling(np.array([each.mean for each in found]), np.array([each.scale for each in found]))
    return Goal(
        (columns - known.means) / known.scales,
        head_for("number", columns.shape[1], loss, name),
        NumberTarget(name=name, mean=float(known.means[0]), scale=float(known.scales[0])),
        several=y.ndim == 2,
        learned={"_scaling": known, "_several": y.ndim == 2},
    )


def class_goal(y: Any, name: str, loss: str | Loss | None, classes: Array | None, class_weight: Any) -> Goal:
    """Classes to predict, by their place among all classes; or several labels a row.

    Args:
        y: classes, shape (n,), or labels of 0 and 1, shape (n, o).
        name: what to call them.
        loss: as asked for.
        classes: all classes, where rows to come may have others than these.
        class_weight: ``"balanced"`` or a mapping from class to weight.

    Raises:
        InputError: there is one class, or one that is not among ``classes``.
    """
    check_classification_targets(y)
    if type_of_target(y) == "multilabel-indicator":
        return _label_goal(y, name, loss, class_weight)
    values: Any = column_or_1d(y, warn=True)
    known: Any = np.unique(values) if classes is None else classes
    if len(known) < 2:
        raise InputError(f"A classifier needs rows of two classes or more; y has one class, {known.tolist()[0]!r}.")
    codes = np.searchsorted(known, values).clip(max=len(known) - 1).astype(np.int32)
    unknown = known[codes] != values
    if unknown.any():
        raise InputError(
            f"y has the class {values[unknown].tolist()[0]!r}, which is none of {list_some(map(str, known))}. Name all "
            "classes in the first call of partial_fit."
        )
    names: list[Any] = known.tolist()
    labels = tuple(each if isinstance(each, bool | int | float | str) else str(each) for each in names)
    return Goal(
        codes,
        head_for("class", len(known), loss, name),
        ClassTarget(name=name, labels=labels),
        several=False,
        learned={"classes_": known, "_several": False},
        weights=None if class_weight is None else class_weights(codes, class_weight, labels=names),
    )


def _label_goal(y: Any, name: str, loss: str | Loss | None, class_weight: Any) -> Goal:
    if class_weight is not None:
        raise InputError("class_weight needs one class a row; y has several labels.")
    values = np.asarray(y.toarray() if hasattr(y, "toarray") else y, dtype=np.float64)
    return Goal(
        values,
        head_for("label", values.shape[1], loss, name),
        ClassTarget(name=name, labels=(0, 1)),
        several=True,
        learned={"classes_": np.arange(values.shape[1]), "_several": True},
    )


def check_classes(classes: Sequence[Any] | None, before: Array | None) -> Array:
    """All classes that partial_fit will meet.

    Raises:
        InputError: the first call does not name them, or a later one names others.
    """
    if before is None:
        if classes is None:
            raise InputError("The first call of partial_fit has to name all classes: partial_fit(X, y, classes=...).")
        return np.unique(np.asarray(classes))
    if classes is not None and not np.array_equal(np.unique(np.asarray(classes)), before):
        raise InputError(
            f"partial_fit was first called with the classes {list_some(map(str, before))}; a later call cannot change "
            "them. Fit a new estimator."
        )
    return before
