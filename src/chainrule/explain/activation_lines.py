"""An activation as arithmetic: its formula, and the formula with the pre-activation put in."""

import numpy as np

from chainrule.activations import Activation
from chainrule.activations.softmax import LogSoftmax, Softmax
from chainrule.config import Config
from chainrule.explain.document import Line
from chainrule.explain.formula import plain, value_part
from chainrule.explain.scope import Index, Scope, brackets

_GREEK = {"alpha": "α", "negative_slope": "α", "beta": "β", "delta": "δ", "quantile": "q"}
"""How a configuration's numbers are called in formulas."""


def activation_line(
    scope: Scope,
    activation: Activation,
    name: str,
    symbol: str,
    of: str,
    z: np.ndarray,
    a: np.ndarray,
    index: Index,
) -> Line:
    """``a[0] = log(1 + e^z) = log(1 + e^2.14) = 2.2515``.

    Args:
        scope: the worksheet.
        activation: the activation.
        name: what the values are called in a trace, ``dense1.a``.
        symbol: what they are called in the section, ``a``.
        of: what the pre-activations are called, ``z``.
        z: the row's pre-activations.
        a: the row's activations.
        index: which element.
    """
    place = brackets(index)
    result = float(a[index])
    if isinstance(activation, Softmax | LogSoftmax):
        return _over_last_axis(scope, activation, name + place, symbol + place, of, z, index, result)
    values = {"z": float(z[index])} | greek(activation)
    formula = value_part(plain(activation.formula))
    return Line(name + place, symbol + place, formula, result, values=values)


def greek(config: Config) -> dict[str, float]:
    """The numbers of a configuration under the letters that formulas have for them."""
    return {_GREEK.get(name, name): value for name, value in config.numbers().items()}


def slope_text(activation: Activation) -> str:
    """``f′(z) = …``, for activations that work element by element.

    >>> from chainrule.activations import Softplus
    >>> slope_text(Softplus())
    'f′(z) = 1/(1 + e^(−z))'
    """
    return f"f′(z) = {plain(activation.derivative)}"


def _over_last_axis(
    scope: Scope,
    activation: Activation,
    name: str,
    symbol: str,
    of: str,
    z: np.ndarray,
    index: Index,
    result: float,
) -> Line:
    """Every class's pre-activation stands in the sum, so all of them are written out where they are few."""
    own = f"{of}{brackets(index)}"
    others = z[index[:-1]]
    places = [(*index[:-1], k) for k in range(len(others))]
    few = len(others) <= scope.terms + 1 or scope.is_open(name)
    powers = [f"e^{of}{brackets(place)}" for place in places] if few else [f"e^{of}[j]"]
    below = " + ".join(powers) if few else f"Σ_j {powers[0]}"
    formula = f"e^{own}/({below})" if isinstance(activation, Softmax) else f"{own} − log({below})"
    known = places if few else [index]
    return Line(name, symbol, formula, result, values={f"{of}{brackets(place)}": float(z[place]) for place in known})
