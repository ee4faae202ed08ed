"""What goes into a network: checked once, where it enters, and brought to the type that the network computes in."""

from contextlib import suppress
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.layers.embedding import EmbeddingLayer
from chainrule.network.graph import Node
from chainrule.network.passes import Masked


def float_type(dtype: Any) -> np.dtype[Any]:
    """One of the two types that networks compute in.

    >>> float_type("float32")
    dtype('float32')

    Raises:
        InputError: it is neither.
    """
    with suppress(TypeError, ValueError):
        for kind in (np.dtype(np.float32), np.dtype(np.float64)):
            if dtype is not None and np.dtype(dtype) == kind:
                return kind
    raise InputError(f"dtype must be 'float32' or 'float64'; got {dtype!r}.")


def checked(name: str, value: Any) -> Any:
    """An input as an array of numbers, with its mask where it has one.

    Raises:
        InputError: it is none.
    """
    if isinstance(value, Masked):
        values, mask = checked(name, value.values), np.asarray(value.mask, dtype=bool)
        if mask.ndim != 2 or mask.shape != values.shape[:2]:
            raise InputError(
                f"Input '{name}' has values of shape {values.shape} and a mask of shape {mask.shape}; a mask has one "
                "true or false for each row and time step, shape (rows, steps)."
            )
        return Masked(values, mask)
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise InputError(
            f"Input '{name}' must be an array of numbers; got {array.dtype} with shape {array.shape}. "
            "Tables with text or dates are encoded by fit_table, or by the estimators."
        )
    if array.ndim == 0:
        raise InputError(f"Input '{name}' must have one row or more on its first axis; got the single number {value}.")
    return array


def check_codes(name: str, value: Any, node: Node) -> None:
    """Check that an input holds codes that an embedding has a vector for.

    Raises:
        InputError: one is none.
    """
    assert isinstance(node.layer, EmbeddingLayer), "no other layer takes codes"
    codes, most = value.values if isinstance(value, Masked) else value, node.layer.codes
    wrong = ~((codes >= 0) & (codes < most) & (codes == np.floor(codes)))
    if wrong.any():
        place = tuple(np.argwhere(wrong)[0])
        raise InputError(
            f"Input '{name}' goes to '{node.name}', which takes whole numbers from 0 to {most - 1}; got {codes[place]} "
            f"in row {place[0] + 1}. Make codes= of Embedding larger, or encode the rows anew."
        )


def typed(name: str, value: Any, dtype: Any) -> Any:
    """An input in another type.

    Raises:
        InputError: a number in it is too large for the type.
    """
    if isinstance(value, Masked):
        return Masked(typed(name, value.values, dtype), value.mask)
    return in_type(f"Input '{name}'", value, dtype)


def in_type(what: str, values: np.ndarray, dtype: Any) -> np.ndarray:
    """Numbers in another type; what is infinite stays so.

    >>> in_type("The target", np.array([1.0, 2.0]), np.float32)
    array([1., 2.], dtype=float32)

    Raises:
        InputError: one is too large for the type; ``what`` it is, the row and the place in it are named.
    """
    try:
        with np.errstate(over="raise"):
            return np.asarray(values, dtype=dtype)
    except FloatingPointError:
        most = float(np.finfo(dtype).max)
        place = tuple(np.argwhere(np.isfinite(values) & (abs(values) > most))[0])
        raise InputError(
            f"{what} is {values[place]:g} in {where(place)}, and {np.dtype(dtype)} ends at {most:.2g}: give it another "
            "unit, or compute with dtype='float64'."
        ) from None


def where(place: tuple[int, ...]) -> str:
    """Where in an array something stands, rows counted from 1.

    >>> where((2, 0)), where((2,))
    ('row 3, place [0]', 'row 3')
    """
    return f"row {place[0] + 1}" + (f", place {[int(index) for index in place[1:]]}" if len(place) > 1 else "")
