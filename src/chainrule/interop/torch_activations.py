"""What each activation of an exported PyTorch graph is in a network."""

from collections.abc import Callable
from dataclasses import replace

from chainrule.activations import Activation, Elu, LeakyRelu, get_activation
from chainrule.interop.assembly import Assembly
from chainrule.interop.torch_call import Call, Unsupported, Value


def softsign(assembly: Assembly, call: Call) -> Value:
    """The last operation of Softsign, ``x / (|x| + 1)``."""
    if not call.within("Softsign"):
        raise Unsupported("the operation 'div'")
    return _activate(assembly, call, get_activation("softsign"), alone=len(call.node.args[0].users) == 2)


def _activate(assembly: Assembly, call: Call, activation: Activation, *, alone: bool) -> Value:
    x = call.value()
    return replace(x, name=assembly.activate(activation, x.name, alone=alone))


def _placed(name: str) -> Callable[[Assembly, Call], Value]:
    def place(assembly: Assembly, call: Call) -> Value:
        return _activate(assembly, call, _with_numbers(name, call), alone=call.alone())

    return place


def _with_numbers(name: str, call: Call) -> Activation:
    """The activation, with the numbers of this call."""
    match name:
        case "softmax" | "log_softmax":
            x, axis = call.value(), call.plain(1)
            if axis % (len(x.row) + 1) != (1 if x.first else len(x.row)):
                raise Unsupported(f"a {name} over the axis {axis}, which is not that of the features,")
        case "leaky_relu":
            return LeakyRelu(float(call.plain(1, "negative_slope", 0.01)))
        case "elu":
            if set(call.node.args[2:]) - {1}:
                raise Unsupported("an ELU with a scale")
            return Elu(float(call.plain(1, "alpha", 1.0)))
        case "softplus":
            if call.plain(1, "beta", 1) != 1:
                raise Unsupported(f"a softplus with beta={call.plain(1)}")
        case "hard_tanh":
            if (call.plain(1, "min_val", -1), call.plain(2, "max_val", 1)) != (-1, 1):
                raise Unsupported("a Hardtanh with other limits than -1 and 1")
        case "gelu":
            return get_activation("gelu_tanh" if call.plain(1, "approximate", "none") == "tanh" else "gelu")
        case _:
            pass
    return get_activation(name)


_NAMES = {
    "relu": "relu", "sigmoid": "sigmoid", "tanh": "tanh", "softplus": "softplus", "softmax": "softmax",
    "log_softmax": "log_softmax", "leaky_relu": "leaky_relu", "elu": "elu", "selu": "selu", "gelu": "gelu",
    "silu": "silu", "hardsigmoid": "hard_sigmoid", "hardtanh": "hard_tanh",
}  # fmt: skip
ACTIVATIONS: dict[str, Callable[[Assembly, Call], Value]] = {
    **{f"{name}{end}": _placed(ours) for name, ours in _NAMES.items() for end in ("", "_")},
    "div": softsign,
}
"""By PyTorch's name of the operation, how it is placed."""
