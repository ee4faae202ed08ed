"""From a weight for each class to a weight for each row."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainrule._typing import Float
from chainrule.errors import InputError, did_you_mean, list_some


def class_weights(
    target: Any,
    weights: str | Mapping[Any, Any],
    sample_weight: Any = None,
    *,
    labels: Sequence[Any] | None = None,
) -> Float[np.ndarray, " n"]:
    """Weight of each row, from the weight of its class: float64, shape (n,).

    ``"balanced"`` gives class c the weight ``rows / (classes present * rows of class c)``, so that every class
    counts alike and the mean weight is 1 (scikit-learn's rule). A class that a mapping leaves out keeps weight 1.

    Args:
        target: the class of each row, shape (n,) or (n, 1); integer codes where ``labels`` are given.
        weights: ``"balanced"``, or class → weight.
        sample_weight: weights of the rows themselves, which are multiplied by those of their classes.
        labels: what the codes 0, 1, … stand for; then a mapping's keys are these.

    >>> class_weights([0, 0, 0, 1], "balanced")
    array([0.66666667, 0.66666667, 0.66666667, 2.        ])
    >>> class_weights([0, 0, 1], {"no": 1, "yes": 5}, labels=["no", "yes"])
    array([1., 1., 5.])

    Raises:
        InputError: a class is unknown, or a weight is not a finite number of 0 or more.
    """
    present, codes, counts = np.unique(np.asarray(target).reshape(-1), return_inverse=True, return_counts=True)
    if not isinstance(weights, Mapping):
        if weights != "balanced":
            raise InputError(f"class_weight must be 'balanced' or a mapping from class to weight; got {weights!r}.")
        by_class = len(codes) / (len(present) * counts)
    else:
        names = present.tolist() if labels is None else [labels[int(code)] for code in present]
        known = names if labels is None else list(labels)
        for label, weight in weights.items():
            if label not in known:
                guess = did_you_mean(str(label), [str(name) for name in known])
                raise InputError(f"class_weight names class '{label}'; there are {list_some(map(str, known))}.{guess}")
            if not (isinstance(weight, int | float | np.number) and math.isfinite(weight) and weight >= 0):
                raise InputError(f"class_weight of '{label}' must be a finite number of 0 or more; got {weight!r}.")
        by_class = np.array([float(weights.get(name, 1.0)) for name in names])
    rows = by_class[codes]
    return rows if sample_weight is None else rows * np.asarray(sample_weight, dtype=np.float64)
