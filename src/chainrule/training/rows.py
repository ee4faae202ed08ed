"""From the arrays a user passes to rows that can be trained on: checked once, here."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar

import numpy as np

from chainrule.errors import InputError
from chainrule.losses import Loss, class_weights
from chainrule.network.inputs import in_type, where
from chainrule.network.network import Network, row_shapes
from chainrule.network.passes import Masked, masks_of
from chainrule.ops import Rng
from chainrule.training.engine import joined, map_arrays
from chainrule.training.step import Rows

T = TypeVar("T")


def make_rows(
    network: Network, X: Any, y: Any, weight: Any, dtype: np.dtype[Any], class_weight: Any = None
) -> tuple[Network, Rows]:
    """Check inputs, targets and weights, bring them to one type, and build the network for their shapes.

    Args:
        network: the network that is to take them.
        X: inputs, shape (n, …), or a mapping of such arrays by input name.
        y: targets: shape (n,) or (n, outputs); for losses over classes whole numbers from 0, shape (n,). Those of
            padding do not matter.
        weight: None, or one number a row that is 0 or more, shape (n,).
        dtype: float32 or float64.
        class_weight: None, ``"balanced"`` or class → weight, for losses over classes: what rows count for, too.

    Raises:
        InputError: lengths differ, a shape does not fit, or a value is NaN or infinite (which row and place).
    """
    inputs = network.inputs(X, dtype)
    shapes = row_shapes(inputs)
    network = network.built(shapes)
    output = network.shapes(shapes)[network.nodes[-1].name]
    mask = masks_of(network.nodes, inputs)[network.nodes[-1].name]
    target = make_target(network.loss, y, output, dtype, mask)
    rows = Rows(inputs, target, _weights(weight, class_weight, y, target, network.loss, dtype))
    for name, value in inputs.items():
        values = value.values if isinstance(value, Masked) else value
        if len(values) != len(target):
            raise InputError(f"Input '{name}' has {len(values)} rows and the target has {len(target)}.")
        _finite(f"Input '{name}'", values)
    if len(target) == 0:
        raise InputError("There are no rows to train on.")
    return network, rows


def make_target(
    loss: Loss, y: Any, output: tuple[int, ...], dtype: np.dtype[Any], mask: np.ndarray | None = None
) -> np.ndarray:
    """Bring a target to the form the loss takes, given the shape of one output row, and which of its steps are real."""
    target = np.asarray(y)
    if target.dtype.kind not in "fiub":
        raise InputError(
            f"The target must be numbers; got {target.dtype}. Classes are whole numbers from 0 here; "
            "tables with class names are encoded by fit_table, or by the estimators."
        )
    if mask is not None and mask.ndim <= len(output) and target.shape[:2] == mask.shape:
        target = np.where(mask.reshape(mask.shape + (1,) * (target.ndim - 2)), target, 0)
    _finite("The target", target)
    if loss.target_kind == "class":
        if target.ndim == len(output) + 1 and target.shape[-1] == 1 and output[-1] != 1:
            target = target[..., 0]
        whole = target.astype(np.int32)
        if not np.array_equal(whole, target) or target.shape == (len(target), *output):
            raise InputError(
                f"The target of loss '{loss.name}' must be whole numbers: the code of each row's class. Where it has a "
                "column for each class, pass y.argmax(axis=-1)."
            )
        target = whole
    else:
        target = np.array(in_type("The target", target, dtype))
        if target.shape == target.shape[:1] and output == (1,):
            target = target.reshape(-1, 1)
        if target.shape[1:] != output:
            raise InputError(
                f"The target has shape {target.shape} and the network's output ({len(target)}, "
                f"{', '.join(map(str, output))}); they must be the same for loss '{loss.name}'."
            )
    loss.check_target((len(target), *output), target)
    return target


class Parts(NamedTuple):
    """The rows that are learned from, and those that are watched only."""

    rows: Rows
    validation: Rows | None
    kept: np.ndarray
    """Places of the training rows among the rows that were passed."""
    row_numbers: np.ndarray
    """What to call each training row."""
    validation_numbers: np.ndarray
    """What to call each validation row: its own place, from 1, where a pair was passed."""


def set_aside(
    network: Network, rows: Rows, validation: Any, seed: int, dtype: np.dtype[Any], numbers: np.ndarray | None = None
) -> Parts:
    """Bring validation rows together: a fraction of the rows, or rows that were passed.

    Args:
        network: the network that takes them.
        rows: all rows that were passed to learn from.
        validation: None, a fraction, or ``(X, y)`` or ``(X, y, weight)``.
        seed: decides which rows a fraction is made of.
        dtype: float32 or float64.
        numbers: what to call each row; from 1 by default.

    Raises:
        InputError: it is neither, or the rows do not fit.
    """
    n = len(rows.target)
    numbers = np.arange(1, n + 1) if numbers is None else np.asarray(numbers)
    if validation is None:
        return Parts(rows, None, np.arange(n), numbers, np.empty(0, dtype=np.int64))
    if isinstance(validation, float | np.floating):
        learned, watched, kept = split_validation(rows, float(validation), seed)
        return Parts(learned, watched, kept, numbers[kept], np.delete(numbers, kept))
    if not isinstance(validation, tuple) or len(validation) not in (2, 3):
        raise InputError("validation must be a fraction such as 0.2, or a pair (X, y).")
    X, y, *weight = validation
    watched = owned(make_rows(network, X, y, weight[0] if weight else None, dtype)[1], X)
    return Parts(rows, watched, np.arange(n), numbers, np.arange(1, len(watched.target) + 1))


def split_validation(rows: Rows, fraction: float, seed: int) -> tuple[Rows, Rows, np.ndarray]:
    """Set a random fraction of the rows aside; returns training rows, validation rows and the training indices."""
    n = len(rows.target)
    held_out = round(n * fraction)
    if not 0 < fraction < 1 or held_out < 1 or held_out >= n:
        raise InputError(
            f"validation must leave at least one row on each side; got {fraction} of {n} rows. "
            "Pass a fraction such as 0.2, or a pair (X, y)."
        )
    order = Rng(seed).child("validation").permutation(n)
    kept, aside = np.sort(order[held_out:]), np.sort(order[:held_out])
    return select(rows, kept), select(rows, aside), kept


def put_together(rows: Rows, aside: Rows, kept: np.ndarray) -> Rows:
    """The rows that :func:`split_validation` set some aside of, in their order.

    >>> rows = Rows({"input": np.arange(5.0)[:, None]}, np.arange(5), None)
    >>> learned, watched, kept = split_validation(rows, 0.4, 0)
    >>> put_together(learned, watched, kept).target.tolist()
    [0, 1, 2, 3, 4]
    """
    others = np.setdiff1d(np.arange(len(kept) + len(aside.target)), kept)
    return select(joined([rows, aside]), np.argsort(np.concatenate([kept, others])))


def select(rows: Rows, indices: np.ndarray) -> Rows:
    """Some of the rows."""
    return Rows(*map_arrays(lambda array: array[indices], tuple(rows)))


def owned(rows: T, given: Any) -> T:
    """Rows, or inputs by name, in arrays that nobody else can change: what is looked at later is made from them.

    >>> X, y = np.array([[0.5], [2.0]]), np.array([[1.0], [3.0]])
    >>> own = owned(Rows({"input": X}, y, None), X)
    >>> X[:] = 0
    >>> own.inputs["input"].tolist()
    [[0.5], [2.0]]

    Args:
        rows: the rows or inputs.
        given: the inputs that a user passed; arrays that are these, or views of others, are copied.
    """
    values = given.values() if isinstance(given, Mapping) else (given,)
    theirs = {id(array) for value in values for array in (value if isinstance(value, Masked) else (value,))}

    def own(array: np.ndarray) -> np.ndarray:
        return array if array.flags.owndata and id(array) not in theirs else array.copy()

    return map_arrays(own, rows)


def rows_digest(rows: Rows) -> str:
    """SHA-256 of inputs and targets, their shapes and types; what rows count for is left out."""
    digest = sha256()

    def add(array: np.ndarray) -> None:
        digest.update(f"{array.shape} {array.dtype.str}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())

    map_arrays(add, (dict(rows.inputs), rows.target))
    return digest.hexdigest()


def _weights(
    weight: Any, class_weight: Any, y: Any, target: np.ndarray, loss: Loss, dtype: np.dtype[Any]
) -> np.ndarray | None:
    """What each row counts for, by itself and by its class; None where all count the same."""
    weights = None if weight is None else np.asarray(weight)
    n = len(target)
    if weights is not None:
        if weights.shape != (n,) or weights.dtype.kind not in "fiub":
            raise InputError(
                f"sample_weight must be one number a row, shape ({n},); got {weights.dtype} of shape {weights.shape}."
            )
        if not np.isfinite(weights).all() or (weights < 0).any():
            raise InputError("sample_weight must be finite numbers of 0 or more, and not all 0.")
    if class_weight is not None:
        if loss.target_kind == "number" or target.size != n:
            raise InputError(
                f"class_weight needs a loss over classes and one class a row; got loss '{loss.name}' and a target of "
                f"shape {target.shape}. Pass sample_weight instead."
            )
        weights = class_weights(y, class_weight, weights)
    if weights is None:
        return None
    with np.errstate(over="ignore"):
        weights = weights.astype(dtype)
    if not np.isfinite(weights).all() or not weights.any():
        raise InputError("sample_weight must be finite numbers of 0 or more, and not all 0.")
    return weights


def _finite(what: str, values: np.ndarray) -> None:
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        place = np.argwhere(~np.isfinite(values))[0]
        raise InputError(
            f"{what} is {values[tuple(place)]} in {where(tuple(place))}; fill or drop what is missing before training."
        )
