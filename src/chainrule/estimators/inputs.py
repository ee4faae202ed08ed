"""From the ``X`` of scikit-learn's users to a network's inputs: arrays of numbers, and tables of all kinds of columns.

Shapes: n rows, k columns.
"""

import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule._typing import Array, Float
from chainrule.data.columns import NumberEncoder
from chainrule.data.columns.number import standardize
from chainrule.data.encode import TableEncoder, encode_columns
from chainrule.data.frames import to_frame
from chainrule.data.infer import infer_columns
from chainrule.data.target import ClassTarget, NumberTarget
from chainrule.errors import InputError, InputTypeError, list_some

if TYPE_CHECKING:
    import narwhals as nw


@dataclass(frozen=True)
class Columns:
    """How a fitted estimator reads rows."""

    encoder: TableEncoder
    numeric: bool
    """Whether all columns are numbers, so that arrays will do."""

    @cached_property
    def _moments(self) -> tuple[Array, Array, bool]:
        columns: list[Any] = list(self.encoder.columns)
        return (
            np.array([column.mean for column in columns]),
            np.array([column.scale for column in columns]),
            any(column.had_gaps for column in columns),
        )

    def inputs(self, X: "Float[Array, 'n k'] | nw.DataFrame[Any]") -> dict[str, Array]:
        """The network's inputs: for numbers those of the encoder, worked out for all columns at once."""
        if not isinstance(X, np.ndarray):
            encoded = self.encoder.transform(X)
            for note in encoded.notes:
                if note.cause != "far":
                    _warn(str(note))
            return encoded.inputs
        mean, scale, had_gaps = self._moments
        if not had_gaps:
            with np.errstate(over="ignore"):
                values = X - mean
                values /= scale
                whole = isfinite(values.sum())  # not where there is a gap, or what numbers cannot hold
            if whole:
                return {"features": values}
        return {"features": np.hstack([self._column(place, X[:, place]) for place in range(X.shape[1])])}

    def _column(self, place: int, x: Array) -> Array:
        column: Any = self.encoder.columns[place]
        gaps = np.isnan(x)
        values = standardize(np.where(gaps, column.mean, x), column.mean, column.scale, column.name)
        return np.stack([values, gaps], axis=1) if column.had_gaps else values[:, None]


def number_columns(
    X: Float[Array, "n k"], names: Sequence[str], target: NumberTarget | ClassTarget, weight: Array | None
) -> Columns:
    """Learn how to scale columns of numbers."""
    columns = tuple(NumberEncoder.of(name, X[:, place], weight) for place, name in enumerate(names))
    return Columns(TableEncoder(columns=columns, target=target, rows=len(X)), numeric=True)


def table_columns(frame: "nw.DataFrame[Any]", target: NumberTarget | ClassTarget) -> Columns:
    """Learn how to encode a table's columns; those that are left out are named in a warning."""
    columns = infer_columns(frame)
    for left in columns:
        if not left.used:
            _warn(f"Column '{left.name}' is left out: {left.kind}, {left.reason}.")
    return Columns(encode_columns(frame, [column for column in columns if column.used], target), numeric=False)


def _warn(message: str) -> None:
    """Warn at the line of the user's that called: the first one outside of chainrule and scikit-learn."""
    level, frame = 2, sys._getframe(1)  # pyright: ignore[reportPrivateUsage]  (Python's own documentation names it)
    while frame.f_back is not None and frame.f_globals["__name__"].partition(".")[0] in ("chainrule", "sklearn"):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, UserWarning, stacklevel=level)


def as_table(X: Any) -> "nw.DataFrame[Any] | None":
    """``X`` as a narwhals table where it is one with columns that are no numbers; None for everything else."""
    import narwhals as nw

    if isinstance(X, np.ndarray) or not (hasattr(X, "columns") or hasattr(X, "column_names")):
        return None
    frame = nw.from_native(X, eager_only=True, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        return None
    plain = all(dtype.is_numeric() or isinstance(dtype, nw.Boolean) for dtype in frame.schema.values())
    return None if plain else to_frame(X)


def check_kind(columns: Columns, table: object) -> None:
    """Refuse arrays where the estimator was fitted on a table with texts or dates, and such tables where it was not.

    Raises:
        InputTypeError: says what was fitted on.
    """
    if columns.numeric and table is not None:
        raise InputTypeError("The estimator was fitted on numbers; got a table with columns that are none.")
    if not columns.numeric and table is None:
        names = [column.name for column in columns.encoder.columns]
        raise InputTypeError(
            f"The estimator was fitted on a table with columns that are no numbers ({list_some(names)}); "
            "pass a table with these columns."
        )


def free_name(name: str, taken: Sequence[str]) -> str:
    """A name for the target that no column has."""
    while name in taken:
        name = f"{name} (target)"
    return name


def refuse_sparse(X: object) -> None:
    """Refuse sparse matrices with a word on what to do.

    Raises:
        InputTypeError: it is one.
    """
    if hasattr(X, "toarray") and hasattr(X, "nnz"):
        raise InputTypeError("Sparse data are not supported: networks here take dense rows. Pass X.toarray().")


def refuse_few(n: int) -> None:
    """Refuse a single row: there is nothing to compare it with.

    Raises:
        InputError: there is one row.
    """
    if n < 2:
        raise InputError(f"A network is fitted on two rows or more; got n_samples = {n}.")
