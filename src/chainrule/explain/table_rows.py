"""The rows of a table that a trace was made from: what lies between a cell and the network's inputs.

Shapes: n rows, k features of a column.
"""

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from chainrule._typing import Array, Float
from chainrule.data.columns import CategoryEncoder, MomentEncoder, WideEncoder, Worked
from chainrule.data.encode import TableEncoder
from chainrule.errors import InputError

FEATURES = "features"
"""The network's input that numbers, booleans, times and narrow categories share."""


@dataclass(frozen=True, repr=False)
class TableRows:
    """The rows as they were read, and the encoders that made inputs of them."""

    encoder: TableEncoder
    frame: nw.DataFrame[Any]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that the network takes."""
        return tuple(column.name for column in self.encoder.columns)

    def slope(self, column: str) -> tuple[slice, Float[Array, "n k"]]:
        """Where a column's features stand in the input ``features``, and how fast each moves with the raw value.

        Raises:
            InputError: there is no such column, or it is a category, which has no derivative.
        """
        slope = self.encoder.slope(self.frame, column)
        if slope is None:
            raise InputError(
                f"'{column}' is a category: it has levels, and nothing can be derived by them. "
                f"trace.levels('{column}', row=0) compares the prediction at its levels."
            )
        return self.encoder.places[column], np.asarray(slope)

    def unit(self, column: str) -> str:
        """What a raw value is counted in, where it is not the number itself: seconds for points in time."""
        return "second" if isinstance(self.encoder.column(column), MomentEncoder) else ""

    def work(self, row: int) -> list[Worked]:
        """The arithmetic of every feature of one row."""
        return self.encoder.work(self.frame[row : row + 1])

    def with_level(self, column: str, row: int) -> tuple[tuple[Any, ...], dict[str, Array]]:
        """A category's levels, and the inputs of the row with each of them in the place of its own.

        Raises:
            InputError: there is no such column, or it has no levels.
        """
        encoder = self.encoder.column(column)
        if not isinstance(encoder, CategoryEncoder | WideEncoder):
            raise InputError(
                f"'{column}' is no category and has a slope: trace.derivation('{column}', 'prediction', row={row})."
            )
        levels = encoder.levels
        inputs = {
            name: np.repeat(values, len(levels), axis=0)
            for name, values in self.encoder.transform(self.frame[row : row + 1]).inputs.items()
        }
        series = nw.new_series(column, list(levels), backend=self.frame.implementation)
        values = encoder.encode(series).values
        if isinstance(encoder, WideEncoder):
            inputs[encoder.input] = values
        else:
            inputs[FEATURES][:, self.encoder.places[column]] = values
        return levels, inputs
