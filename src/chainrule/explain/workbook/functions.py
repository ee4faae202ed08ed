"""Activations and their slopes as formulas of a spreadsheet, right at any size of the pre-activation.

Classic functions only: no LET, no LAMBDA. ``EXP`` is only taken of numbers that do not overflow, and where ``1 + e``
would lose the digits of a small ``e``, a few terms of the series stand in.
"""

from chainrule.activations import Activation

_SERIES = 9
"""From this size on, ``log(1 + e^-|z|)`` is taken by its series, whose fourth term is below 1e-16."""


def sigmoid(z: str) -> str:
    """``1 / (1 + e^-z)``.

    >>> sigmoid("B5")
    'IF(B5<0,EXP(B5)/(1+EXP(B5)),1/(1+EXP(-B5)))'
    """
    return f"IF({z}<0,EXP({z})/(1+EXP({z})),1/(1+EXP(-{z})))"


def _sigmoid_slope(z: str) -> str:
    return f"EXP(-ABS({z}))/(1+EXP(-ABS({z})))^2"


def log_one_plus(z: str) -> str:
    """``log(1 + e^-|z|)``, with all its digits."""
    e = f"EXP(-ABS({z}))"
    series = f"{e}-EXP(-2*ABS({z}))/2+EXP(-3*ABS({z}))/3"
    return f"IF(ABS({z})>{_SERIES},{series},LN(1+{e}))"


def log_softmax(z: str, row: str) -> str:
    """``z - log sum e^row``, the largest of the row taken off first."""
    return f"{z}-MAX({row})-LN(SUMPRODUCT(EXP({row}-MAX({row}))))"


_ELEMENTWISE: dict[str, tuple[str, str]] = {
    "linear": ("{z}", "1"),
    "sigmoid": ("{sigmoid}", "{sigmoid_slope}"),
    "tanh": ("TANH({z})", "4*EXP(-2*ABS({z}))/(1+EXP(-2*ABS({z})))^2"),
    "relu": ("MAX(0,{z})", "IF({z}>0,1,0)"),
    "softplus": ("MAX({z},0)+{log_one_plus}", "{sigmoid}"),
    "leaky_relu": ("IF({z}>0,{z},{negative_slope}*{z})", "IF({z}>0,1,{negative_slope})"),
    "elu": ("IF({z}>0,{z},{alpha}*(EXP({z})-1))", "IF({z}>0,1,{alpha}*EXP({z}))"),
    "selu": ("IF({z}>0,{above}*{z},{below}*(EXP({z})-1))", "IF({z}>0,{above},{below}*EXP({z}))"),
    "gelu": ("{z}*NORMSDIST({z})", "NORMSDIST({z})+{z}*EXP(-{z}*{z}/2)/SQRT(2*PI())"),
    "gelu_tanh": (
        "{z}*{sigmoid_of_u}",
        "{sigmoid_of_u}+{z}*{sigmoid_slope_of_u}*2*SQRT(2/PI())*(1+0.134145*{z}^2)",
    ),
    "silu": ("{z}*{sigmoid}", "{sigmoid}+{z}*{sigmoid_slope}"),
    "softsign": ("{z}/(1+ABS({z}))", "1/(1+ABS({z}))^2"),
    "hard_sigmoid": ("MAX(0,MIN(1,{z}/6+1/2))", "IF(ABS({z})<3,1/6,0)"),
    "hard_tanh": ("MAX(-1,MIN(1,{z}))", "IF(ABS({z})<1,1,0)"),
}
"""Value and slope by the activation's name; what is in braces is written out by :func:`_written`."""
_BY_ROW = ("softmax", "log_softmax")
_SELU = {"above": 1.0507009873554805, "below": 1.0507009873554805 * 1.6732632423543772}


def _written(template: str, activation: Activation, z: str) -> str:
    u = f"(2*SQRT(2/PI())*{z}*(1+0.044715*{z}^2))"
    return template.format(
        z=z,
        sigmoid=sigmoid(z),
        sigmoid_slope=_sigmoid_slope(z),
        sigmoid_of_u=sigmoid(u),
        sigmoid_slope_of_u=_sigmoid_slope(u),
        log_one_plus=log_one_plus(z),
        **{name: repr(float(number)) for name, number in (activation.numbers() | _SELU).items()},
    )


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
    return _written(_ELEMENTWISE[activation.name][0], activation, z)


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
    return f"{da[0]}*({_written(_ELEMENTWISE[activation.name][1], activation, z)})"
