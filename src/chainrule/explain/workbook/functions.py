"""Activations and their slopes as formulas of a spreadsheet, right at any size of the pre-activation.

Classic functions only: no LET, no LAMBDA. ``EXP`` is only taken of numbers that do not overflow, and where ``1 + e``
would lose the digits of a small ``e``, a few terms of the series stand in.
"""

from collections.abc import Callable
from typing import Any

from chainrule.activations import Activation

_SERIES = 9
"""From this size on, ``log(1 + e^-|z|)`` is taken by its series, whose fourth term is below 1e-16."""


def sigmoid(z: str) -> str:
    """``1 / (1 + e^-z)``.

    >>> sigmoid("B5")
    'IF(B5<0,EXP(B5)/(1+EXP(B5)),1/(1+EXP(-B5)))'
    """
    return f"IF({z}<0,EXP({z})/(1+EXP({z})),1/(1+EXP(-{z})))"


def sigmoid_slope(z: str) -> str:
    """Slope of the sigmoid, ``e / (1 + e)^2`` with ``e = e^-|z|``."""
    return f"EXP(-ABS({z}))/(1+EXP(-ABS({z})))^2"


def log_one_plus(z: str) -> str:
    """``log(1 + e^-|z|)``, with all its digits."""
    e = f"EXP(-ABS({z}))"
    series = f"{e}-EXP(-2*ABS({z}))/2+EXP(-3*ABS({z}))/3"
    return f"IF(ABS({z})>{_SERIES},{series},LN(1+{e}))"


def log_softmax(z: str, row: str) -> str:
    """``z - log sum e^row``, the largest of the row taken off first."""
    return f"{z}-MAX({row})-LN(SUMPRODUCT(EXP({row}-MAX({row}))))"


def _gelu_twice(z: str) -> str:
    return f"(2*SQRT(2/PI())*{z}*(1+0.044715*{z}^2))"


def _gelu_tanh_slope(z: str) -> str:
    twice = _gelu_twice(z)
    return f"{sigmoid(twice)}+{z}*{sigmoid_slope(twice)}*2*SQRT(2/PI())*(1+0.134145*{z}^2)"


_SELU, _SELU_BELOW = 1.0507009873554805, 1.0507009873554805 * 1.6732632423543772

_Pair = tuple[Callable[[Any, str], str], Callable[[Any, str], str]]
_ELEMENTWISE: dict[str, _Pair] = {
    "linear": (lambda f, z: z, lambda f, z: "1"),
    "sigmoid": (lambda f, z: sigmoid(z), lambda f, z: sigmoid_slope(z)),
    "tanh": (lambda f, z: f"TANH({z})", lambda f, z: "4*" + sigmoid_slope(f"(2*{z})")),
    "relu": (lambda f, z: f"MAX(0,{z})", lambda f, z: f"IF({z}>0,1,0)"),
    "softplus": (lambda f, z: f"MAX({z},0)+{log_one_plus(z)}", lambda f, z: sigmoid(z)),
    "leaky_relu": (
        lambda f, z: f"IF({z}>0,{z},{f.negative_slope!r}*{z})",
        lambda f, z: f"IF({z}>0,1,{f.negative_slope!r})",
    ),
    "elu": (
        lambda f, z: f"IF({z}>0,{z},{f.alpha!r}*(EXP({z})-1))",
        lambda f, z: f"IF({z}>0,1,{f.alpha!r}*EXP({z}))",
    ),
    "selu": (
        lambda f, z: f"IF({z}>0,{_SELU!r}*{z},{_SELU_BELOW!r}*(EXP({z})-1))",
        lambda f, z: f"IF({z}>0,{_SELU!r},{_SELU_BELOW!r}*EXP({z}))",
    ),
    "gelu": (
        lambda f, z: f"{z}*NORMSDIST({z})",
        lambda f, z: f"NORMSDIST({z})+{z}*EXP(-{z}*{z}/2)/SQRT(2*PI())",
    ),
    "gelu_tanh": (lambda f, z: f"{z}*{sigmoid(_gelu_twice(z))}", lambda f, z: _gelu_tanh_slope(z)),
    "silu": (lambda f, z: f"{z}*{sigmoid(z)}", lambda f, z: f"{sigmoid(z)}+{z}*{sigmoid_slope(z)}"),
    "softsign": (lambda f, z: f"{z}/(1+ABS({z}))", lambda f, z: f"1/(1+ABS({z}))^2"),
    "hard_sigmoid": (lambda f, z: f"MAX(0,MIN(1,{z}/6+1/2))", lambda f, z: f"IF(ABS({z})<3,1/6,0)"),
    "hard_tanh": (lambda f, z: f"MAX(-1,MIN(1,{z}))", lambda f, z: f"IF(ABS({z})<1,1,0)"),
}
_BY_ROW = ("softmax", "log_softmax")


def has_formula(activation: Activation | None) -> bool:
    """Whether an activation can be written as a formula; one that a user registered cannot."""
    return activation is None or activation.name in _ELEMENTWISE or activation.name in _BY_ROW


def activate(activation: Activation, z: str, row: str) -> str:
    """``a = f(z)``.

    Args:
        activation: the activation.
        z: the cell of the pre-activation.
        row: the cells of its whole row, over which softmax is taken.

    >>> from chainrule.activations import get_activation
    >>> activate(get_activation("relu"), "B5", "$B$5:$C$5")
    'MAX(0,B5)'
    """
    if activation.name == "softmax":
        return f"EXP({z}-MAX({row}))/SUMPRODUCT(EXP({row}-MAX({row})))"
    if activation.name == "log_softmax":
        return log_softmax(z, row)
    return _ELEMENTWISE[activation.name][0](activation, z)


def delta(activation: Activation, z: str, a: tuple[str, str], da: tuple[str, str]) -> str:
    """``dz`` from ``da``.

    Args:
        activation: the activation.
        z: the cell of the pre-activation.
        a: the cell of the activation, and the cells of its whole row.
        da: the same of the derivative by it.

    >>> from chainrule.activations import get_activation
    >>> delta(get_activation("relu"), "B5", ("B9", "$B$9:$C$9"), ("B13", "$B$13:$C$13"))
    'B13*(IF(B5>0,1,0))'
    """
    if activation.name == "softmax":
        return f"{a[0]}*({da[0]}-SUMPRODUCT({da[1]},{a[1]}))"
    if activation.name == "log_softmax":
        return f"{da[0]}-EXP({a[0]})*SUM({da[1]})"
    return f"{da[0]}*({_ELEMENTWISE[activation.name][1](activation, z)})"
