"""Windows that slide over pictures: where they lie, and one row of each as the row of a matrix.

Shapes: n pictures, h high, w wide, c channels; (i, j) how many windows there are; (a, b) a place in a window.
"""

from chainrule._typing import Array, Num
from chainrule.ops.base import Ops


def window_place(
    place: tuple[int, int], counts: tuple[int, int], strides: tuple[int, int]
) -> tuple[slice, slice, slice, slice]:
    """Where the values at one place of all windows lie in pictures of shape (n, h, w, c).

    >>> window_place((0, 1), (3, 3), (2, 2))[1:3]
    (slice(0, 5, 2), slice(1, 6, 2))
    """
    (a, b), (high, wide), (down, right) = place, counts, strides
    return (
        slice(None),
        slice(a, a + (high - 1) * down + 1, down),
        slice(b, b + (wide - 1) * right + 1, right),
        slice(None),
    )


def window_row(
    ops: Ops, x: Num[Array, "n h w c"], a: int, columns: int, counts: tuple[int, int], strides: tuple[int, int]
) -> Num[Array, "nij bc"]:
    """Row ``a`` of every window, side by side: one row of the matrix for each window, ``columns * c`` values long."""
    places = [x[window_place((a, b), counts, strides)] for b in range(columns)]
    joined = ops.concat(places, axis=-1) if columns > 1 else places[0]
    return ops.reshape(joined, (x.shape[0] * counts[0] * counts[1], columns * x.shape[-1]))
