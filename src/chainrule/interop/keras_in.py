"""Networks from Keras 3: each layer of a Sequential or functional model becomes the layer of that kind."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from typing import Any

import numpy as np

from chainrule.activations import Activation, Elu, LeakyRelu, get_activation
from chainrule.errors import InputError, InputTypeError
from chainrule.interop.assembly import Assembly
from chainrule.layers.batch_norm import BatchNormLayer
from chainrule.layers.convolution import Conv2DLayer
from chainrule.layers.dense import DenseLayer
from chainrule.layers.dropout import DropoutLayer
from chainrule.layers.embedding import EmbeddingLayer
from chainrule.layers.layer_norm import LayerNormLayer
from chainrule.layers.lstm import LSTMLayer
from chainrule.layers.merge import AddLayer, ConcatenateLayer
from chainrule.layers.pooling import GlobalAveragePool2DLayer, MaxPool2DLayer
from chainrule.layers.reshape import FlattenLayer, ReshapeLayer
from chainrule.losses import Loss
from chainrule.network.graph import INPUT
from chainrule.network.network import Network

_ACTIVATIONS = (
    "linear", "relu", "sigmoid", "tanh", "softplus", "softmax", "log_softmax", "elu", "selu", "silu", "softsign",
    "hard_sigmoid", "hard_tanh",
)  # fmt: skip
_SUPPORTED = (
    "Supported are Input, Dense, Activation, ReLU, LeakyReLU, ELU, Softmax, Dropout, Flatten, Reshape, Conv2D, "
    "MaxPooling2D, GlobalAveragePooling2D, BatchNormalization, LayerNormalization, Embedding, LSTM, Add and "
    "Concatenate."
)


def from_keras(model: Any, *, loss: str | Loss = "mse") -> Network:
    """Return the network that computes what a Keras model computes, with its parameters set.

    >>> import os
    >>> backend = os.environ.setdefault("KERAS_BACKEND", "jax")  # or "torch", "numpy", "tensorflow"
    >>> import keras
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "softplus"), keras.layers.Dense(1)])
    >>> from_keras(model)
    Network  loss mse  13 parameters
      input                   (4)
      dense1  Dense softplus  (4) → (2)  10
      dense2  Dense           (2) → (1)   3

    Pictures are (height, width, channels) in both. The model is taken as it predicts; Keras's ``momentum`` m of a batch
    normalisation is 1 − m here.

    Args:
        model: a Sequential or functional model of Keras 3, built, with one output.
        loss: the loss to explain and train with.

    Raises:
        InputTypeError: what was given is no Keras model.
        InputError: the model is not built, or has a layer without a counterpart; the message names it.
    """
    if not any(kind.__module__.startswith("keras.") and kind.__name__ == "Model" for kind in type(model).__mro__):
        raise InputTypeError(f"from_keras takes a Keras model; got {type(model).__module__}.{type(model).__name__}.")
    inner = getattr(model, "_functional", model)
    if not getattr(model, "built", False) or not hasattr(inner, "operations"):
        raise InputError(
            "from_keras takes a Sequential or functional model whose input shape is known; begin it with keras.Input."
        )
    if len(inner.outputs) != 1:
        raise InputError(f"from_keras takes a model with one output; '{model.name}' has {len(inner.outputs)}.")
    assembly = Assembly()
    values: dict[int, str] = {}
    shapes: dict[str, Any] = {}
    for tensor in inner.inputs:
        name = INPUT if len(inner.inputs) == 1 else tensor._keras_history.operation.name
        values[id(tensor)] = name
        shapes[name] = tuple(tensor.shape[1:])
        if None in shapes[name]:
            raise InputError(
                f"The input '{name}' has an open shape, {tuple(tensor.shape)}; build the model with sizes."
            )
    ours = [node for depth in inner._nodes_by_depth.values() for node in depth]
    for layer in inner.operations:
        if type(layer).__name__ == "InputLayer":
            continue
        nodes = [node for node in layer._inbound_nodes if any(node is each for each in ours)]
        if len(nodes) != 1:
            raise InputError(f"The layer '{layer.name}' is used {len(nodes)} times; here each has its own parameters.")
        tensors = nodes[0].input_tensors
        takers = sum(each is tensors[0] for node in ours for each in node.input_tensors)
        name = _place(assembly, layer, [values[id(each)] for each in tensors], tensors[0], alone=takers == 1)
        values[id(nodes[0].output_tensors[0])] = name
    if not assembly.nodes:
        raise InputError("The model passes its input on unchanged; a network needs at least one layer.")
    return assembly.network(shapes, loss)


def _place(assembly: Assembly, layer: Any, inputs: list[str], before: Any, *, alone: bool) -> str:
    """Place a Keras layer, followed by its activation where it has one; the name of its value."""
    if not hasattr(layer, "weights"):  # an operation, such as that of a + b
        if type(layer).__name__ != "Add" or len(inputs) < 2:
            raise InputError(f"The operation '{layer.name}' has no counterpart. {_SUPPORTED}")
        return assembly.add(AddLayer(), inputs)
    arrays = {weight.path.rpartition("/")[2]: _numbers(weight) for weight in layer.weights}
    config = layer.get_config()
    x, axes = inputs[0], len(before.shape) - 1
    if config.get("data_format", "channels_last") != "channels_last":
        raise _unknown(layer, "has the channels first")
    match type(layer).__name__:
        case "Dense":
            if axes != 1:
                raise _unknown(layer, f"takes rows of shape {tuple(before.shape[1:])}")
            name = assembly.add(DenseLayer(layer.units), [x], _weighted(arrays, layer.units))
            return _activated(assembly, layer, config["activation"], name)
        case "Conv2D":
            if layer.groups != 1 or set(layer.dilation_rate) != {1}:
                raise _unknown(layer, "has groups or a dilation")
            made = Conv2DLayer(layer.filters, tuple(layer.kernel_size), tuple(layer.strides), layer.padding)
            name = assembly.add(made, [x], _weighted(arrays, layer.filters))
            return _activated(assembly, layer, config["activation"], name)
        case "Activation":
            return assembly.activate(_activation(layer, config["activation"]), x, alone=alone)
        case "ReLU":
            if config["max_value"] is not None or config["threshold"]:
                raise _unknown(layer, "has a largest value or a threshold")
            slope = float(config["negative_slope"])
            return assembly.activate(LeakyRelu(slope) if slope else get_activation("relu"), x, alone=alone)
        case "LeakyReLU":
            return assembly.activate(LeakyRelu(float(config["negative_slope"])), x, alone=alone)
        case "ELU":
            return assembly.activate(Elu(float(config["alpha"])), x, alone=alone)
        case "Softmax":
            _last_axis(layer, config["axis"], axes)
            return assembly.activate(get_activation("softmax"), x, alone=alone)
        case "Dropout":
            return assembly.add(DropoutLayer(float(layer.rate)), [x])
        case "Flatten":
            return assembly.add(FlattenLayer(), [x])
        case "Reshape":
            return assembly.add(ReshapeLayer(tuple(layer.compute_output_shape(before.shape)[1:])), [x])
        case "MaxPooling2D":
            if layer.padding != "valid":
                raise _unknown(layer, "has padding='same'")
            return assembly.add(MaxPool2DLayer(tuple(layer.pool_size), tuple(layer.strides)), [x])
        case "GlobalAveragePooling2D":
            if layer.keepdims:
                raise _unknown(layer, "keeps axes of length 1")
            return assembly.add(GlobalAveragePool2DLayer(), [x])
        case "BatchNormalization" | "LayerNormalization":
            return _normalized(assembly, layer, x, arrays, before)
        case "Embedding":
            if config["mask_zero"]:
                raise _unknown(layer, "masks the code 0")
            params = {"weight": arrays["embeddings"]}
            return assembly.add(EmbeddingLayer(*params["weight"].shape), [x], params)
        case "LSTM":
            plain = (config["activation"], config["recurrent_activation"]) == ("tanh", "sigmoid")
            if not plain or layer.go_backwards or layer.return_state or layer.stateful:
                raise _unknown(layer, "has other activations than tanh and sigmoid, goes backwards or keeps its state")
            bias = arrays.get("bias", np.zeros(4 * layer.units))
            params = {"weight": arrays["kernel"], "recurrent": arrays["recurrent_kernel"], "bias": bias}
            return assembly.add(LSTMLayer(layer.units, bool(layer.return_sequences)), [x], params)
        case "Add":
            return assembly.add(AddLayer(), inputs)
        case "Concatenate":
            _last_axis(layer, layer.axis, axes)
            return assembly.add(ConcatenateLayer(), inputs)
        case _:
            raise InputError(f"The layer '{layer.name}' ({type(layer).__name__}) has no counterpart. {_SUPPORTED}")


def _normalized(assembly: Assembly, layer: Any, x: str, arrays: dict[str, np.ndarray], before: Any) -> str:
    axis = layer.axis[0] if isinstance(layer.axis, list | tuple) and len(layer.axis) == 1 else layer.axis
    _last_axis(layer, axis, len(before.shape) - 1)
    count = before.shape[-1]
    params = {"scale": arrays.get("gamma", np.ones(count)), "shift": arrays.get("beta", np.zeros(count))}
    if type(layer).__name__ == "LayerNormalization":
        if getattr(layer, "rms_scaling", False):
            raise _unknown(layer, "leaves the mean out (rms_scaling)")
        return assembly.add(LayerNormLayer(epsilon=float(layer.epsilon)), [x], params)
    stats = {"mean": arrays["moving_mean"], "variance": arrays["moving_variance"]}
    made = BatchNormLayer(momentum=1 - float(layer.momentum), epsilon=float(layer.epsilon))
    return assembly.add(made, [x], params, stats)


def _weighted(arrays: dict[str, np.ndarray], outputs: int) -> dict[str, np.ndarray]:
    return {"weight": arrays["kernel"], "bias": arrays.get("bias", np.zeros(outputs))}


def _activated(assembly: Assembly, layer: Any, given: Any, name: str) -> str:
    return name if given == "linear" else assembly.activate(_activation(layer, given), name, alone=True)


def _activation(layer: Any, given: Any) -> Activation:
    if given == "gelu":  # Keras's default is the exact one
        return get_activation("gelu")
    if given == "leaky_relu":
        return LeakyRelu(0.2)
    if given not in _ACTIVATIONS:
        raise _unknown(layer, f"has the activation {given!r}")
    return get_activation(given)


def _last_axis(layer: Any, axis: Any, axes: int) -> None:
    if axis not in (-1, axes):
        raise _unknown(layer, f"works along the axis {axis}, not the last")


def _numbers(weight: Any) -> np.ndarray:
    value = weight.value
    return np.asarray(value.detach().cpu().numpy() if hasattr(value, "detach") else value, dtype=np.float64)


def _unknown(layer: Any, why: str) -> InputError:
    return InputError(f"The layer '{layer.name}' ({type(layer).__name__}) {why}, which has no counterpart.")
