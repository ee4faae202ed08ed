"""Layers that bring several values together: by adding them up, or by standing them side by side.

Shapes: n rows, the other axes as they come.
"""

from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from operator import and_
from typing import Any, NamedTuple

from chainrule._typing import Array
from chainrule.errors import InputError
from chainrule.layers.base import Context, Layer, Shape
from chainrule.ops import Ops


class AddSaved(NamedTuple):
    """What was added."""

    x: tuple[Array, ...]


@dataclass(frozen=True)
class AddLayer(Layer):
    """Sum of inputs of one shape, ``y = x1 + x2 + …``."""

    kind = "add"
    several_inputs = True

    def output_shape(self, input_shape: tuple[Shape, ...]) -> Shape:
        """The one shape that all inputs have."""
        if len(set(input_shape)) != 1:
            raise InputError(f"Add takes inputs of one shape; got {_listed(input_shape)}.")
        return input_shape[0]

    def forward(self, ops: Ops, params: tuple[()], x: tuple[Array, ...], ctx: Context) -> tuple[Array, AddSaved]:
        """``y = x1 + x2 + …``."""
        total = x[0]
        for value in x[1:]:
            total = total + value
        return total, AddSaved(x)

    def backward(self, ops: Ops, params: tuple[()], saved: AddSaved, dy: Array) -> tuple[tuple[Array, ...], tuple[()]]:
        """Every input gets the whole delta."""
        return (dy,) * len(saved.x), ()

    def output_mask(self, mask: Any) -> Array | None:
        """A step is real where it is in every input."""
        return _real_in_all(mask)


class ConcatenateSaved(NamedTuple):
    """What was put side by side."""

    x: tuple[Array, ...]


@dataclass(frozen=True)
class ConcatenateLayer(Layer):
    """Inputs side by side along the last axis."""

    kind = "concatenate"
    several_inputs = True

    def output_shape(self, input_shape: tuple[Shape, ...]) -> Shape:
        """All axes but the last must agree; the last ones add up."""
        if len({shape[:-1] for shape in input_shape}) != 1 or not all(input_shape):
            raise InputError(
                f"Concatenate takes inputs that agree in all axes but the last; got {_listed(input_shape)}."
            )
        return (*input_shape[0][:-1], sum(shape[-1] for shape in input_shape))

    def forward(
        self, ops: Ops, params: tuple[()], x: tuple[Array, ...], ctx: Context
    ) -> tuple[Array, ConcatenateSaved]:
        """``y = [x1, x2, …]``."""
        return ops.concat(x, axis=-1), ConcatenateSaved(x)

    def backward(
        self, ops: Ops, params: tuple[()], saved: ConcatenateSaved, dy: Array
    ) -> tuple[tuple[Array, ...], tuple[()]]:
        """Every input gets its own part of the delta."""
        ends = tuple(accumulate(value.shape[-1] for value in saved.x))
        return tuple(dy[..., start:end] for start, end in zip((0, *ends[:-1]), ends, strict=True)), ()

    def output_mask(self, mask: Any) -> Array | None:
        """A step is real where it is in every input."""
        return _real_in_all(mask)


def _real_in_all(masks: Any) -> Array | None:
    different = {id(mask): mask for mask in masks if mask is not None}.values()
    return reduce(and_, different) if different else None


def _listed(shapes: tuple[Shape, ...]) -> str:
    return " and ".join(str(shape) for shape in shapes)
