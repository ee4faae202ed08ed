"""Each activation as ONNX's operators."""

from typing import Any

from chainrule.activations import Activation, Elu, HardTanh, LeakyRelu, Silu
from chainrule.errors import InputError, list_some
from chainrule.interop.onnx_out.draft import Draft

_ALONE: dict[str, tuple[str, dict[str, Any]]] = {
    "linear": ("Identity", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "relu": ("Relu", {}),
    "softmax": ("Softmax", {"axis": -1}),
    "log_softmax": ("LogSoftmax", {"axis": -1}),
    "selu": ("Selu", {}),
    "softplus": ("Softplus", {}),
    "gelu_tanh": ("Gelu", {"approximate": "tanh"}),
    "gelu": ("Gelu", {}),
    "softsign": ("Softsign", {}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
}
"""Activations that are one operator."""
_OTHERS = ("silu", "hard_tanh", "leaky_relu", "elu")
"""Activations with a number of their own, or of several operators."""


def write_activation(draft: Draft, activation: Activation, z: str) -> str:
    """Add an activation; returns the name of its output.

    >>> from chainrule.activations import LeakyRelu
    >>> write_activation(Draft(), LeakyRelu(0.1), "z")
    'LeakyRelu'

    Raises:
        InputError: it was registered by a user: ONNX has no operator for it.
    """
    if activation.name in _ALONE:
        operator, attributes = _ALONE[activation.name]
        return draft.add(operator, z, **attributes)
    match activation:
        case Silu():
            return draft.add("Mul", z, draft.add("Sigmoid", z))
        case HardTanh():
            return draft.add("Clip", z, draft.single(-1.0), draft.single(1.0))
        case LeakyRelu():
            return draft.add("LeakyRelu", z, alpha=float(activation.negative_slope))
        case Elu():
            return draft.add("Elu", z, alpha=float(activation.alpha))
        case _:
            pass
    raise InputError(
        f"ONNX has no operator for the activation '{activation.name}', which was registered by hand. Use one of "
        f"{list_some(sorted({*_ALONE, *_OTHERS}), most=30)}."
    )
