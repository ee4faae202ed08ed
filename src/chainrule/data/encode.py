"""A table becomes the inputs of a network, and back: every column's encoder, in one piece of plain data.

Encoders are fitted on training rows only. What they hold is written to JSON and read back unchanged, and every
number they make can be shown as arithmetic.

Shapes: n rows, k features.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import narwhals as nw
import numpy as np
from pydantic import Field, model_validator

from chainrule._typing import Array
from chainrule.data.columns import (
    BooleanEncoder,
    ColumnEncoder,
    MomentEncoder,
    Note,
    NumberEncoder,
    WideEncoder,
    Worked,
    fit_category,
)
from chainrule.data.columns.base import FeatureEncoder, Plain
from chainrule.data.schema import Column, Schema
from chainrule.data.target import ClassTarget, NumberTarget, TargetEncoder
from chainrule.errors import DataError, InputError, InputTypeError, did_you_mean, list_some
from chainrule.format import few


class Encoded(NamedTuple):
    """The inputs of a network by name, and notes about cells that training did not prepare for."""

    inputs: dict[str, Array]
    notes: tuple[Note, ...]


class TableEncoder(Plain):
    """All that turns rows of a table into inputs of a network, and predictions into the target's units."""

    columns: tuple[ColumnEncoder, ...] = Field(min_length=1)
    """In the order of the table in training."""
    target: TargetEncoder
    rows: int = Field(gt=0)
    """How many training rows it was fitted on."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [column.name for column in self.columns] + [self.target.name]
        if len(set(names)) < len(names):
            raise ValueError("columns and target must have different names")
        return self

    def column(self, name: str) -> ColumnEncoder:
        """The encoder of one column.

        Raises:
            InputError: the network takes no column of that name.
        """
        for column in self.columns:
            if column.name == name:
                return column
        names = [column.name for column in self.columns]
        raise InputError(
            f"The network takes no column '{name}'; it takes {list_some(names, most=12)}.{did_you_mean(name, names)}"
        )

    def slope(self, frame: nw.DataFrame[Any], name: str) -> Array | None:
        """How fast a column's features move with its raw value: the first factor of a derivative in raw units.

        Shape (n, k): row n, feature ``places[name]``; ``1 / scale`` for a number. Points in time move by the second.
        None for a category, which has levels and no slope.

        >>> import polars as pl
        >>> from chainrule.data.columns import NumberEncoder
        >>> from chainrule.data.target import NumberTarget
        >>> age = NumberEncoder(name="age", mean=30.0, scale=10.0, had_gaps=False)
        >>> table = TableEncoder(columns=(age,), target=NumberTarget(name="price", mean=0.0, scale=1.0), rows=2)
        >>> table.slope(nw.from_native(pl.DataFrame({"age": [20, 40]}), eager_only=True), "age")
        array([[0.1],
               [0.1]])

        Raises:
            InputError: the network takes no column of that name.
            DataError: see :meth:`transform`.
        """
        column = self.column(name)
        frame = _check(frame, [name], "slope")
        return column.slope(frame[name]) if isinstance(column, FeatureEncoder) else None

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the columns of the input ``features``, in order."""
        return tuple(name for column in self._narrow for name in column.features)

    @property
    def places(self) -> dict[str, slice]:
        """Where each column's features stand in the input ``features``."""
        ends = np.cumsum([0, *(len(column.features) for column in self._narrow)]).tolist()
        return {column.name: slice(a, b) for column, a, b in zip(self._narrow, ends[:-1], ends[1:], strict=True)}

    @property
    def wide(self) -> dict[str, int]:
        """How many codes (with 0, the unknown) each wide category's input has, by the input's name."""
        return {column.input: column.size for column in self.columns if isinstance(column, WideEncoder)}

    @property
    def input_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of one row of every input: ``{"features": (7,), "city": ()}``."""
        k = len(self.feature_names)
        return ({"features": (k,)} if k else {}) | dict.fromkeys(self.wide, ())

    def transform(self, frame: nw.DataFrame[Any]) -> Encoded:
        """Turn rows into inputs: ``features`` (float64) and one for each wide category (int32 codes).

        Columns that were not there in training, and the target, are not looked at.

        Raises:
            DataError: a column is missing, or holds something else than in training.
        """
        frame = _check(frame, [column.name for column in self.columns], "transform")
        features = np.empty((len(frame), len(self.feature_names)))
        inputs: dict[str, Array] = {"features": features} if features.shape[1] else {}
        notes: list[Note] = []
        places = self.places
        for column in self.columns:
            encoded = column.encode(frame[column.name])
            notes += encoded.notes
            if isinstance(column, WideEncoder):
                inputs[column.input] = encoded.values
            else:
                features[:, places[column.name]] = encoded.values
        return Encoded(inputs, tuple(notes))

    def work(self, frame_row: nw.DataFrame[Any]) -> list[Worked]:
        """Show the arithmetic of every feature and code of one row; the results are the numbers of :meth:`transform`.

        Raises:
            InputError: not exactly one row.
            DataError: see :meth:`transform`.
        """
        frame = _check(frame_row, [column.name for column in self.columns], "work")
        if len(frame) != 1:
            raise InputError(f"work shows one row at a time; got {len(frame)}. Take one: frame[3:4].")
        return [line for column in self.columns for line in column.work(frame[column.name])]

    def inverse(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Turn inputs back into raw columns: numbers and times to rounding, categories by their largest feature.

        A value that the encoder does not know comes back as None, a gap as NaN, NaT or None.

        Raises:
            InputError: an input is missing or of the wrong shape.
        """
        arrays = {name: np.asarray(array) for name, array in inputs.items()}
        for name, shape in self.input_shapes.items():
            if name not in arrays or arrays[name].shape[1:] != shape or not arrays[name].ndim:
                came = f"one of shape {arrays[name].shape}" if name in arrays else "none"
                form = ", ".join(("n", *map(str, shape))) + ("" if shape else ",")
                raise InputError(f"inverse needs an input '{name}' of shape ({form}); got {came}.")
        places = self.places
        return {
            column.name: column.decode(arrays[column.input])
            if isinstance(column, WideEncoder)
            else column.decode(arrays["features"][:, places[column.name]])
            for column in self.columns
        }

    @property
    def _narrow(self) -> tuple[FeatureEncoder, ...]:
        return tuple(column for column in self.columns if isinstance(column, FeatureEncoder))


def fit_encoder(frame: nw.DataFrame[Any], schema: Schema) -> TableEncoder:
    """Learn the encoders of a table's columns and target from training rows, and only from these.

    Args:
        frame: the training rows.
        schema: which columns are inputs, of which kind, and the target.

    Raises:
        DataError: there are no rows or no input columns, a column is missing, or does not hold what the schema says.

    >>> import polars as pl
    >>> from chainrule.data.schema import Column
    >>> schema = Schema((Column("age", "number", ""),), Column("price", "number", ""), "regression", 2)
    >>> frame = nw.from_native(pl.DataFrame({"age": [20, 40], "price": [1.0, 3.0]}), eager_only=True)
    >>> encoder = fit_encoder(frame, schema)
    >>> encoder.transform(frame).inputs["features"]
    array([[-1.],
           [ 1.]])
    >>> print(*(line.numbers for line in encoder.work(frame[:1])))
    (20 − 30) / 10
    """
    frame = _check(frame, [*(column.name for column in schema.inputs), schema.target.name], "fit_encoder")
    if not len(frame):
        raise DataError("There are no training rows. Give at least two rows with a target.")
    if not schema.inputs:
        raise nothing_to_learn(schema)
    fit_target = NumberTarget.fit if schema.task == "regression" else ClassTarget.fit
    return encode_columns(frame, schema.inputs, fit_target(frame[schema.target.name]))


def nothing_to_learn(schema: Schema, notes: Sequence[str] = ()) -> DataError:
    """What to say of a table without inputs; ``notes`` are what was said when it was read.

    >>> print(nothing_to_learn(Schema((), Column("price", "number", ""), "regression", 9)))
    There is no column to learn from: the target is the only one. Give a column with numbers or categories.
    """
    out = schema.left_out
    if not out:
        why = "the target is the only one"
    else:
        reasons = few([f"'{column.name}' ({column.reason})" for column in out], 4)
        why = f"every column but the target is left out: {reasons}"
    said = [note for note in notes if any(note.startswith(f"Column '{column.name}' is read as text") for column in out)]
    advice = " ".join(said) or "Give a column with numbers or categories."
    return DataError(f"There is no column to learn from: {why}. {advice}")


def encode_columns(frame: nw.DataFrame[Any], columns: Sequence[Column], target: TargetEncoder) -> TableEncoder:
    """Learn the encoders of columns from training rows; the target's is there already."""
    encoders: list[ColumnEncoder] = [_fit_column(frame[column.name], column.kind) for column in columns]
    return TableEncoder(columns=tuple(encoders), target=target, rows=len(frame))


def _fit_column(series: nw.Series[Any], kind: str) -> ColumnEncoder:
    match kind:
        case "number":
            return NumberEncoder.fit(series)
        case "boolean":
            return BooleanEncoder.fit(series)
        case "datetime" | "date" | "time":
            return MomentEncoder.fit(series, kind)
        case _:
            return fit_category(series)


def _check(frame: Any, names: list[str], function: str) -> nw.DataFrame[Any]:
    if not isinstance(frame, nw.DataFrame):
        raise InputTypeError(
            f"{function} takes a narwhals DataFrame; got {type(frame).__module__}.{type(frame).__name__}. "
            "Wrap it: narwhals.from_native(frame, eager_only=True)."
        )
    checked: nw.DataFrame[Any] = frame  # pyright: ignore[reportUnknownVariableType]
    held = checked.columns
    lacking = [name for name in names if name not in held]
    if lacking:
        near = [guess for guess in (did_you_mean(name, held) for name in lacking) if guess]
        count = "a column" if len(lacking) == 1 else f"{len(lacking)} columns"
        raise DataError(
            f"The table lacks {count} that the network needs: {list_some(lacking)}. "
            f"It has {list_some(held) or 'no columns'}.{''.join(near[:3])}",
            column=lacking[0],
        )
    return checked
