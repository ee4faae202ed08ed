"""Activations: formula, derivative, range and properties, one entry each."""

from chainrule.activations.base import Activation
from chainrule.activations.gated import Gelu, GeluTanh, Silu
from chainrule.activations.linear import Linear
from chainrule.activations.rectifying import Elu, LeakyRelu, Relu, Selu, Softplus
from chainrule.activations.registry import activation_names, get_activation, register_activation
from chainrule.activations.softmax import LogSoftmax, Softmax
from chainrule.activations.squashing import HardSigmoid, HardTanh, Sigmoid, Softsign, Tanh

__all__ = [
    "Activation",
    "Elu",
    "Gelu",
    "GeluTanh",
    "HardSigmoid",
    "HardTanh",
    "LeakyRelu",
    "Linear",
    "LogSoftmax",
    "Relu",
    "Selu",
    "Sigmoid",
    "Silu",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
    "activation_names",
    "get_activation",
    "register_activation",
]
