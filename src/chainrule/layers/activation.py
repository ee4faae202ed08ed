"""Activation layer: an activation that stands by itself, where it does not follow a layer's sum at once.

Shapes: any; element by element, or over the last axis (softmax).
"""

from dataclasses import dataclass
from typing import NamedTuple

from chainrule._typing import Array, Float
from chainrule.activations import Activation
from chainrule.layers.base import Context, Layer, Shape
from chainrule.ops import Ops


class ActivationSaved(NamedTuple):
    """What backward needs."""

    z: Float[Array, "n *s"]
    a: Float[Array, "n *s"]


@dataclass(frozen=True)
class ActivationLayer(Layer):
    """``a = f(z)``."""

    kind = "activation"
    activation: Activation

    def output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape

    def forward(
        self, ops: Ops, params: tuple[()], x: Float[Array, "n *s"], ctx: Context
    ) -> tuple[Float[Array, "n *s"], ActivationSaved]:
        """``a = f(z)``."""
        a = self.activation.forward(ops, x)
        return a, ActivationSaved(x, a)

    def backward(
        self, ops: Ops, params: tuple[()], saved: ActivationSaved, dy: Float[Array, "n *s"]
    ) -> tuple[Float[Array, "n *s"], tuple[()]]:
        """``dz = da * f'(z)``."""
        return self.activation.backward(ops, saved.z, saved.a, dy), ()
