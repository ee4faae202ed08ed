"""The rows of a table that a trace was made from: what lies between a cell and the network's inputs.

Shapes: n rows, k features of a column.
"""

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from chainrule._typing import Array, Float
from chainrule.data.columns import Worked
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
                f"'{column}' is a category: it has levels, and nothing has a derivative by them. "
                f"run.effects(columns=['{column}']), on the command line --effects, compares the prediction at "
                "its levels."
            )
        return self.encoder.places[column], np.asarray(slope)

    def work(self, row: int) -> list[Worked]:
        """The arithmetic of every feature of one row."""
        return self.encoder.work(self.frame[row : row + 1])
