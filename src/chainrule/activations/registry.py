"""Activations by name: the ones that come with chainrule, and those that users register."""

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from chainrule._typing import Array, Float
from chainrule.activations.base import Activation
from chainrule.activations.gated import Gelu, GeluTanh, Silu
from chainrule.activations.linear import Linear
from chainrule.activations.rectifying import Elu, LeakyRelu, Relu, Selu, Softplus
from chainrule.activations.softmax import LogSoftmax, Softmax
from chainrule.activations.squashing import HardSigmoid, HardTanh, Sigmoid, Softsign, Tanh
from chainrule.errors import InputError, InputTypeError
from chainrule.ops import Ops, eager_ops
from chainrule.registry import by_name

_BUILT_IN: tuple[Activation, ...] = (
    Linear(),
    Sigmoid(),
    Tanh(),
    Relu(),
    Softplus(),
    Softmax(),
    LogSoftmax(),
    LeakyRelu(),
    Elu(),
    Selu(),
    Gelu(),
    GeluTanh(),
    Silu(),
    Softsign(),
    HardSigmoid(),
    HardTanh(),
)
_BY_NAME: dict[str, Activation] = {entry.name: entry for entry in _BUILT_IN}

ActivationFunction = Callable[[Any, Any], Any]
"""``function(ops, z)``: array operations are taken from ``ops``, as in ``ops.exp(z)``."""


class Registered(Activation):
    """An activation that a user registered."""

    function: ClassVar[Any]
    function_slope: ClassVar[Any]

    def forward(self, ops: Ops, z: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``a = f(z)``."""
        return self.function(ops, z)

    def slope(self, ops: Ops, z: Float[Array, "*s"], a: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``f'(z)``."""
        return self.function_slope(ops, z)


def get_activation(activation: str | Activation) -> Activation:
    """Return an activation by name; one that is passed in comes back as it is.

    >>> get_activation("relu").range
    (0.0, inf)

    Raises:
        InputError: there is no activation of that name.
        InputTypeError: it is neither a name nor an activation.
    """
    return by_name(activation, Activation, _BY_NAME, "an activation", "relu", "LeakyRelu(0.1)")


def activation_names() -> tuple[str, ...]:
    """Names of all activations, in the order they came.

    >>> activation_names()[:3]
    ('linear', 'sigmoid', 'tanh')
    """
    return tuple(_BY_NAME)


def register_activation(
    name: str,
    function: ActivationFunction,
    derivative: ActivationFunction,
    *,
    formula: str = "",
    derivative_formula: str = "",
    limits: tuple[float, float] = (-math.inf, math.inf),
    monotone: bool = False,
    differentiable: bool = True,
    saturates: str = "never",
    convention: str = "",
) -> Activation:
    """Add an activation of your own, which then works by its name wherever an activation is asked for.

    Both callables are given the array operations and the pre-activation, and work element by element. They must
    take operations from ``ops`` (``ops.exp``, not ``np.exp``): then they run on both engines. They are tried once,
    at 61 places from −8 to 8, where the derivative must agree with the values' central differences.

    Args:
        name: what it is called from now on; your own names can be registered again, built-in names cannot.
        function: ``f(z)``, as ``function(ops, z)``.
        derivative: ``f'(z)``, as ``derivative(ops, z)``.
        formula: ``f(z)`` in LaTeX, shown in worksheets.
        derivative_formula: ``f'(z)`` in LaTeX.
        limits: lowest and highest value.
        monotone: whether it never falls.
        differentiable: whether it has one slope everywhere.
        saturates: where the slope tends to 0: ``"left"``, ``"right"``, ``"both"`` or ``"never"``.
        convention: what is used where the formula leaves a choice, such as the slope at a kink.

    >>> square = register_activation("square", lambda ops, z: z * z, lambda ops, z: 2 * z, formula="z^2")
    >>> get_activation("square") is square
    True

    Raises:
        InputError: the name is taken, or the callables do not fit together.
        InputTypeError: something is not callable.
    """
    if not name or name in {entry.name for entry in _BUILT_IN}:
        raise InputError(
            f"An activation cannot be registered as '{name}': "
            + ("that name is built in. Choose another." if name else "it needs a name.")
        )
    for role, given in (("function", function), ("derivative", derivative)):
        if not callable(given):
            raise InputTypeError(
                f"Activation '{name}': its {role} must be callable as {role}(ops, z); got {given!r} of type "
                f"{type(given).__name__}."
            )
    if saturates not in {"left", "right", "both", "never"}:
        raise InputError(
            f"Activation '{name}': saturates must be 'left', 'right', 'both' or 'never'; got '{saturates}'."
        )
    _check_pair(name, function, derivative)
    facts = {
        "name": name,
        "formula": formula or rf"\mathrm{{{name}}}(z)",
        "derivative": derivative_formula or rf"\mathrm{{{name}}}'(z)",
        "range": limits,
        "monotone": monotone,
        "differentiable": differentiable,
        "saturates": saturates,
        "convention": convention,
        "function": staticmethod(function),
        "function_slope": staticmethod(derivative),
        "__module__": __name__,
        "__doc__": f"The activation that was registered as '{name}'.",
    }
    _BY_NAME[name] = type(name, (Registered,), facts)()
    return _BY_NAME[name]


def _check_pair(name: str, function: ActivationFunction, derivative: ActivationFunction) -> None:
    """Try both callables where kinks are unlikely: an odd grid that misses round numbers."""
    z = np.linspace(-8.0137, 7.9871, 61)
    step = 1e-6
    slope = _values(name, "derivative", derivative, z)
    above, below = _values(name, "function", function, z + step), _values(name, "function", function, z - step)
    measured = (above - below) / (2 * step)
    # Rounding makes the measured slope uncertain by about 1e-16 / step times the value.
    wrong = np.abs(slope - measured) > 1e-5 + 1e-5 * np.abs(measured) + 1e-9 * (np.abs(above) + np.abs(below))
    if wrong.any():
        place = int(np.argmax(np.abs(slope - measured)))
        raise InputError(
            f"Activation '{name}': its derivative does not agree with its values. At z = {z[place]:.6g} the derivative "
            f"gives {slope[place]:.6g}, but the value changes by {measured[place]:.6g} for each unit of z "
            f"({int(wrong.sum())} of {len(z)} places disagree). Correct the derivative or the function."
        )


def _values(name: str, role: str, function: ActivationFunction, z: Float[Array, " m"]) -> Float[Array, " m"]:
    """What a callable gives, once it has been found to be finite, of the shape and of the type of ``z``."""
    for dtype in (np.float32, np.float64):
        given = z.astype(dtype)
        with np.errstate(all="ignore"):
            values = np.asarray(function(eager_ops(), given))
        if values.shape != given.shape or values.dtype != dtype:
            raise InputError(
                f"Activation '{name}': its {role} must give one {np.dtype(dtype)} for each {np.dtype(dtype)} of z; for "
                f"shape {given.shape} it gave shape {values.shape} of {values.dtype}. Work element by element, and "
                f"write constants as plain numbers."
            )
        if not np.isfinite(values).all():
            place = int(np.argmin(np.isfinite(values)))
            raise InputError(
                f"Activation '{name}': its {role} must be finite for every z; at z = {given[place]:.6g} it gave "
                f"{values[place]}."
            )
    return values
