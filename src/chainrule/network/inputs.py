"""What goes into a network: checked once, where it enters, and brought to the type that the network computes in."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.layers.activation import ActivationLayer
from chainrule.layers.batch_norm import BatchNormLayer
from chainrule.layers.dropout import DropoutLayer
from chainrule.layers.embedding import EmbeddingLayer
from chainrule.layers.layer_norm import LayerNormLayer
from chainrule.layers.lstm import LSTMLayer
from chainrule.network.graph import Node
from chainrule.network.passes import Masked

_KEEP_STEPS = (ActivationLayer, BatchNormLayer, DropoutLayer, EmbeddingLayer, LayerNormLayer)
"""Layers that treat every step alike, and leave padding padding."""


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
    try:
        array = np.asarray(value)
    except ValueError:  # lists within, of unequal lengths
        raise InputError(_unequal(name, value)) from None
    if array.dtype.kind not in "fiub":
        raise InputError(
            f"Input '{name}' must be an array of numbers; got {array.dtype} with shape {array.shape}. "
            "Tables with text or dates are encoded by fit_table, or by the estimators."
        )
    if array.ndim == 0:
        raise InputError(f"Input '{name}' must have one row or more on its first axis; got the single number {value}.")
    return array


def _unequal(name: str, value: Any) -> str:
    shapes = [
        np.shape(each) if isinstance(each, np.ndarray) else (len(each),) if hasattr(each, "__len__") else ()
        for each in value
    ]
    other = next((place for place, shape in enumerate(shapes) if shape != shapes[0]), 0)
    found = f"row {other + 1} has shape {shapes[other]} and row 1 {shapes[0]}" if other else "some of its rows differ"
    return (
        f"Input '{name}' must have rows of one shape; {found}. Sequences of unequal length are taken where an LSTM "
        "reads them, as a list of arrays (steps, inputs) or as Masked(values, mask)."
    )


def reads_sequences(nodes: Sequence[Node], name: str) -> bool:
    """Whether an input goes to an LSTM, with nothing before that would take padding for values."""
    carrying = {name}
    for node in nodes:
        if carrying.intersection(node.inputs):
            if isinstance(node.layer, LSTMLayer):
                return True
            if isinstance(node.layer, _KEEP_STEPS):
                carrying.add(node.name)
    return False


def padded(value: Any, steps: int | None) -> Any:
    """A list of sequences of unequal length as ``Masked``, zeros behind the shorter; anything else as it is.

    >>> padded([[[1.0]], [[2.0], [3.0]]], None).values.tolist()
    [[[1.0], [0.0]], [[2.0], [3.0]]]
    >>> padded([[[1.0]], [[2.0], [3.0]]], None).mask
    array([[ True, False],
           [ True,  True]])

    Args:
        value: what was passed.
        steps: of how many steps the network takes sequences; None where it takes any.
    """
    ragged = isinstance(value, list | tuple) and not isinstance(value, Masked)
    if not ragged and not (isinstance(value, np.ndarray) and value.dtype == object):
        return value
    try:
        rows = [np.asarray(row) for row in value]
    except ValueError:
        return value
    lengths = [len(row) if row.ndim else 0 for row in rows]
    if not rows or len({(row.shape[1:], row.ndim) for row in rows}) > 1 or rows[0].ndim == 0:
        return value
    longest = max(*lengths, steps or 0)
    if set(lengths) == {longest}:
        return np.stack(rows)
    values = np.zeros((len(rows), longest, *rows[0].shape[1:]), np.result_type(*rows))
    for row, length, place in zip(rows, lengths, values, strict=True):
        place[:length] = row
    return Masked(values, np.arange(longest) < np.asarray(lengths)[:, None])


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
