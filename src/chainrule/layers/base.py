"""What a layer is: a configuration with pure methods, forward and backward side by side."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from chainrule._typing import Array
from chainrule.config import Config
from chainrule.ops import Ops, Rng

Shape = tuple[int, ...]
"""The shape of one row: without the batch axis."""


class Context(NamedTuple):
    """What a forward pass knows beside its input."""

    training: bool = False
    """True while training (dropout drops, batch normalisation uses the batch), False for prediction."""
    key: Array | None = None
    """Key of this layer's random numbers at this step; None outside training, and for layers that draw none."""
    stats: Any = None
    """The layer's running statistics, as ``init_stats`` made them; None for layers without."""
    mask: Array | None = None
    """True where a time step is real, shape (n, t); None where all are. For several inputs: a tuple."""


@dataclass(frozen=True)
class Layer(Config):
    """Base of all layers.

    ``x`` is one array with the batch on axis 0, or, for a layer with several inputs, a tuple of arrays; ``dx`` has
    the form of ``x``. ``params`` is the layer's NamedTuple of arrays (an empty tuple where it learns nothing), and
    ``dparams`` has the same form. ``saved`` is a NamedTuple with whatever backward needs and a person would want to
    see; a layer with running statistics puts their new values in ``saved.stats``.
    """

    kind: ClassVar[str]
    """The layer's default name, before its count: ``dense`` names ``dense1``, ``dense2``, …"""
    several_inputs: ClassVar[bool] = False
    """True where ``x`` and the input shape are tuples."""
    takes_codes: ClassVar[bool] = False
    """True where ``x`` holds whole numbers that stand for something (an embedding's codes)."""

    linear: ClassVar[bool] = False
    """True where the output is linear in the parameters: with all of them at 0 it is 0."""
    draws: ClassVar[bool] = False
    """True where training draws random numbers from ``ctx.key``."""

    def output_shape(self, input_shape: Any) -> Shape:
        """Shape of one output row; raises ``InputError`` that says which input shape it needs."""
        raise NotImplementedError

    def init(self, rng: Rng, input_shape: Any) -> Any:
        """Draw the first parameters."""
        return ()

    def init_stats(self, rng: Rng, input_shape: Any) -> Any:
        """Make the first running statistics; None for a layer without."""
        return None

    def forward(self, ops: Ops, params: Any, x: Any, ctx: Context) -> tuple[Array, Any]:
        """Compute the output and what backward needs."""
        raise NotImplementedError

    def predicting(self, ops: Ops, params: Any, ctx: Context) -> Callable[[Any], Array]:
        """A function of ``x`` alone that gives the output of :meth:`forward`, for one row after another."""
        return lambda x: self.forward(ops, params, x, ctx)[0]

    def backward(self, ops: Ops, params: Any, saved: Any, dy: Array) -> tuple[Any, Any]:
        """From the delta of the output, compute the delta of the input and the gradient of the parameters."""
        raise NotImplementedError

    def delta(self, ops: Ops, params: Any, saved: Any, dy: Array) -> Any:
        """The delta of the input alone; layers whose gradient is most of the work leave it out."""
        return self.backward(ops, params, saved, dy)[0]

    def terms(self, params: Any, saved: Any, dy: Array, name: str, index: tuple[int, ...]) -> Array:
        """The products, one a row, that ``backward`` sums into element ``index`` of the gradient of ``name``."""
        raise NotImplementedError

    def rounds(self, input_shape: Any) -> int:
        """How often array operations are called, in units of what a dense layer calls: for estimates of time alone."""
        return 1

    def output_mask(self, mask: Any) -> Array | None:
        """The mask of the output; a layer that does not mention masks passes its input's on."""
        return mask
