"""The column that is predicted: a number is standardised, a class becomes its place among the labels.

Shapes: n rows, c classes.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self, cast

import narwhals as nw
import numpy as np
from pydantic import AfterValidator, Field

from chainrule._typing import Array, Bool, Float, Int
from chainrule.data.cells import Label, distinct, key, label, numbers, shown, sort_labels
from chainrule.data.columns.base import Encoder, Worked
from chainrule.data.columns.number import moments, standardize
from chainrule.data.frames import series_of
from chainrule.errors import DataError, InputError, did_you_mean, list_some


class NumberTarget(Encoder):
    """``(y − mean) / scale`` with mean and standard deviation (``ddof`` 0) of the training rows.

    >>> target = NumberTarget(name="price", mean=100.0, scale=20.0)
    >>> target.encode([120, 90])
    array([ 1. , -0.5])
    >>> target.decode(np.array([1.0, -0.5]))
    array([120.,  90.])
    """

    kind: Literal["number"] = "number"
    mean: float
    scale: float = Field(gt=0)

    @classmethod
    def fit(cls, series: nw.Series[Any]) -> Self:
        """Learn mean and scale."""
        y = numbers(series)
        _refuse_gaps(series.name, np.isnan(y))
        if y.min() == y.max():
            _refuse_one(series.name, f"{y[0]:g}")
        return cls(name=series.name, **moments(y)._asdict())

    def encode(self, values: nw.Series[Any] | Sequence[Any] | Array) -> Float[Array, " n"]:
        """Standardise observed values; refuses gaps."""
        y = numbers(_series(self.name, values))
        _refuse_gaps(self.name, np.isnan(y))
        return standardize(y, self.mean, self.scale, self.name)

    def decode(self, prediction: Float[Array, "..."]) -> Float[Array, "..."]:
        """``y = prediction · scale + mean``, in any shape."""
        return np.asarray(prediction, dtype=np.float64) * self.scale + self.mean

    @property
    def slope(self) -> float:
        """How fast the answer moves with the network's prediction, d y / d prediction: the scale."""
        return self.scale

    def work(self, value: object) -> Worked:
        """Show the arithmetic of :meth:`encode` for one observed value."""
        result = float(self.encode([value])[0])
        values = {"y": float(numbers(_series(self.name, [value]))[0]), "mean": self.mean, "scale": self.scale}
        return Worked(self.name, value, f"{self.name} (standardised)", "(y − mean) / scale", values, result)

    def work_back(self, prediction: float) -> Worked:
        """Show the arithmetic of :meth:`decode` for one prediction."""
        result = float(self.decode(np.asarray(prediction)))
        values = {"prediction": float(prediction), "scale": self.scale, "mean": self.mean}
        return Worked(self.name, prediction, self.name, "prediction · scale + mean", values, result)


def _two_or_more(labels: tuple[Label, ...]) -> tuple[Label, ...]:
    if len({key(name) for name in labels}) < max(2, len(labels)):
        raise ValueError("there must be two labels or more, and they must differ")
    return labels


class ClassTarget(Encoder):
    """The place of a label among the labels of the training rows, in sorted order (numbers by size, false first).

    >>> target = ClassTarget(name="species", labels=("Adelie", "Gentoo"))
    >>> target.encode(["Gentoo", "Adelie"])
    array([1, 0], dtype=int32)
    >>> target.decode(np.array([[0.9, 0.1], [0.2, 0.8]]))
    array(['Adelie', 'Gentoo'], dtype='<U6')
    """

    kind: Literal["class"] = "class"
    labels: Annotated[tuple[Label, ...], AfterValidator(_two_or_more)]

    @classmethod
    def fit(cls, series: nw.Series[Any]) -> Self:
        """Learn the labels."""
        found = distinct(series)
        _refuse_gaps(series.name, found.index < 0)
        labels = sort_labels(label(value) for value in found.values)
        if len(labels) == 1:
            _refuse_one(series.name, shown(labels[0]))
        return cls(name=series.name, labels=labels)

    def encode(self, values: nw.Series[Any] | Sequence[Any] | Array) -> Int[Array, " n"]:
        """Return the codes of observed labels; refuses gaps, and labels that the training rows did not have."""
        found = distinct(_series(self.name, values))
        _refuse_gaps(self.name, found.index < 0)
        place_of = {key(name): place for place, name in enumerate(self.labels)}
        codes = np.asarray([place_of.get(key(label(value)), -1) for value in found.values], dtype=np.int32)[found.index]
        if (codes < 0).any():
            row = int((codes < 0).argmax())
            value = found.values[found.index[row]]
            raise DataError(
                f"Target '{self.name}', row {row + 1}: {shown(value)} is not a label of the training rows: "
                f"{list_some(place_of)}.{did_you_mean(str(value), place_of)} "
                "Correct it, leave the row out, or train again with it.",
                row=row + 1,
                column=self.name,
            )
        return codes

    def decode(self, prediction: Array) -> Array:
        """Return labels, in an array of their own type.

        Args:
            prediction: probabilities (n, c), where the largest wins, and the first of equals; with two labels also
                probabilities of the second (n,) or (n, 1), which wins above 0.5; or integer codes (n,).
        """
        given = np.asarray(prediction)
        if given.ndim == 2 and given.shape[1] == 1 and given.dtype.kind == "f":
            given = given[:, 0]
        if given.ndim == 2 and given.shape[1] == len(self.labels):
            codes = given.argmax(axis=1)
        elif given.ndim == 1 and given.dtype.kind == "f" and len(self.labels) == 2:
            codes = (given > 0.5).astype(np.int64)
        elif given.ndim == 1 and given.dtype.kind in "iu":
            codes = given
        else:
            raise InputError(
                f"Target '{self.name}': decode takes probabilities of shape (n, {len(self.labels)}) or integer codes "
                f"of shape (n,); got {given.dtype} of shape {given.shape}."
            )
        outside = (codes < 0) | (codes >= len(self.labels))
        if outside.any():
            raise InputError(
                f"Target '{self.name}': decode takes codes from 0 to {len(self.labels) - 1}; "
                f"got {codes[outside.argmax()]}."
            )
        return np.asarray(self.labels)[codes]

    def work(self, value: object) -> Worked:
        """Show the code of one observed label."""
        formula = f"place of {self.name} among {', '.join(map(shown, self.labels))}, counted from 0"
        return Worked(self.name, value, f"{self.name} (code)", formula, {}, int(self.encode([value])[0]))


TargetEncoder = Annotated[NumberTarget | ClassTarget, Field(discriminator="kind")]
"""The target's encoder; JSON tells them apart by ``kind``."""


def _series(name: str, values: Any) -> nw.Series[Any]:
    native = nw.from_native(values, series_only=True, pass_through=True)
    if isinstance(native, nw.Series):
        return cast("nw.Series[Any]", native).alias(name)
    given = values.tolist() if isinstance(values, np.ndarray) else list(values)
    return nw.from_native(series_of(name, given), series_only=True)


def _refuse_gaps(name: str, gaps: Bool[Array, " n"]) -> None:
    if gaps.any():
        row = int(gaps.argmax())
        more = f" ({int(gaps.sum())} rows in all)" if gaps.sum() > 1 else ""
        raise DataError(
            f"Target '{name}', row {row + 1}{more}: there is no value. Leave out the rows without one.",
            row=row + 1,
            column=name,
        )


def _refuse_one(name: str, value: str) -> None:
    raise DataError(
        f"Target '{name}' has a single value in the training rows, {value}: there is nothing to predict. "
        "Choose another target, or give rows with other values.",
        column=name,
    )
