"""The rows that a diagnosis looks at: all of them, or an even sample of many."""

from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chainrule.network.network import Network, row_shapes
from chainrule.training.rows import select
from chainrule.training.step import Rows

if TYPE_CHECKING:
    from chainrule.data.encode import TableEncoder

MOST_VALUES = 10_000_000
"""So many values of a forward pass are looked at (80 MB); of more rows a sample is taken, and that is said."""


class HeldOut(NamedTuple):
    """Rows that had no part in training."""

    rows: Rows
    numbers: np.ndarray
    """What to call each row."""
    what: str
    """``test rows`` or ``validation rows``."""


def spread(count: int, most: int) -> np.ndarray:
    """Up to ``most`` of the numbers from 0 to ``count - 1``, evenly spread, both ends among them.

    >>> spread(9, 3), spread(2, 3)
    (array([0, 4, 8]), array([0, 1]))
    """
    return np.unique(np.linspace(0, max(count - 1, 0), min(count, most)).round().astype(int))


def sample(network: Network, rows: Rows) -> Rows:
    """As many rows as a network's values can be kept of, and at least 200."""
    shapes = network.shapes(row_shapes(rows.inputs))
    most = max(200, MOST_VALUES // max(1, sum(prod(shape) for shape in shapes.values())))
    count = len(rows.target)
    return rows if count <= most else select(rows, spread(count, most))


def name_of(table: "TableEncoder | None", source: str, place: int) -> str:
    """What one place of an input is called: a table's column, or ``input[3]``."""
    return f"{source}[{place}]" if table is None or source != "features" else table.feature_names[place]


def columns_of(table: "TableEncoder | None", rows: Rows) -> dict[str, np.ndarray] | None:
    """The columns of rows by name, each (n, k) with all features of a table's column; None where there are none."""
    found: dict[str, np.ndarray] = {}
    for source, values in rows.inputs.items():
        if not isinstance(values, np.ndarray) or values.ndim > 2:
            return None
        wide = values.reshape(len(values), prod(values.shape[1:])).astype(np.float64)
        if table is None:
            found |= {name_of(None, source, place): wide[:, [place]] for place in range(wide.shape[1])}
        elif source == "features":
            found |= {name: wide[:, places] for name, places in table.places.items()}
        else:
            found[next((c.name for c in table.columns if getattr(c, "input", None) == source), source)] = wide
    return found
