"""What people write in a network's list: one function a layer, each returning a node that is not placed yet."""

from collections.abc import Sequence
from typing import Any, Literal

from chainrule import activations
from chainrule.activations import get_activation
from chainrule.layers.activation import ActivationLayer
from chainrule.layers.base import Layer
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
from chainrule.network.graph import Node

Inputs = Sequence[str]
ActivationName = str | activations.Activation | None


def Dense(  # noqa: N802
    units: int,
    activation: ActivationName = None,
    *,
    weights: str = "he",
    l1: float | None = None,
    l2: float | None = None,
    name: str = "",
    inputs: Inputs = (),
) -> Node:
    """Every output is a weighted sum of every input, plus a bias.

    >>> Dense(2, "softplus").layer
    DenseLayer(units=2, weights='he')

    Args:
        units: how many outputs.
        activation: an activation or its name.
        weights: how first weights are drawn: ``"he"``, ``"glorot"``, ``"lecun"`` or ``"zeros"``.
        l1: adds ``l1 * sum(|weight|)`` to the loss.
        l2: adds ``l2 * sum(weight**2)`` to the loss.
        name: the node's name; by default ``dense1``, ``dense2``, ….
        inputs: names of the nodes it takes its input from; by default the node before.
    """
    return _node(DenseLayer(units, weights), activation, name, inputs, l1, l2)


def Activation(activation: str | activations.Activation, *, name: str = "", inputs: Inputs = ()) -> Node:  # noqa: N802
    """An activation as a layer of its own.

    >>> Activation("tanh").layer.activation.name
    'tanh'
    """
    return _node(ActivationLayer(get_activation(activation)), None, name, inputs)


def Dropout(rate: float, *, name: str = "", inputs: Inputs = ()) -> Node:  # noqa: N802
    """While training, sets a random share of the values to zero and scales the rest up.

    >>> Dropout(0.5).layer.rate
    0.5
    """
    return _node(DropoutLayer(rate), None, name, inputs)


def Embedding(  # noqa: N802
    codes: int,
    dimensions: int,
    *,
    l1: float | None = None,
    l2: float | None = None,
    name: str = "",
    inputs: Inputs = (),
) -> Node:
    """A learned vector for each of ``codes`` whole numbers, from 0.

    >>> Embedding(1000, 16).layer
    EmbeddingLayer(codes=1000, dimensions=16)
    """
    return _node(EmbeddingLayer(codes, dimensions), None, name, inputs, l1, l2)


def Flatten(*, name: str = "", inputs: Inputs = ()) -> Node:  # noqa: N802
    """All axes of a row as one.

    >>> Flatten().layer.output_shape((2, 3))
    (6,)
    """
    return _node(FlattenLayer(), None, name, inputs)


def Reshape(shape: Sequence[int], *, name: str = "", inputs: Inputs = ()) -> Node:  # noqa: N802
    """The values of a row in another shape.

    >>> Reshape((28, 28, 1)).layer.output_shape((784,))
    (28, 28, 1)
    """
    return _node(ReshapeLayer(tuple(shape)), None, name, inputs)


def Add(*, inputs: Inputs, name: str = "") -> Node:  # noqa: N802
    """Sum of nodes of one shape.

    >>> Add(inputs=["dense1", "input"]).inputs
    ('dense1', 'input')
    """
    return _node(AddLayer(), None, name, inputs)


def Concatenate(*, inputs: Inputs, name: str = "") -> Node:  # noqa: N802
    """Nodes side by side along the last axis.

    >>> Concatenate(inputs=["dense1", "input"]).layer.output_shape(((2,), (3,)))
    (5,)
    """
    return _node(ConcatenateLayer(), None, name, inputs)


def LayerNorm(*, epsilon: float = 1e-5, name: str = "", inputs: Inputs = ()) -> Node:  # noqa: N802
    """Each row brought to mean 0 and variance 1 over its last axis, then scaled and shifted.

    >>> LayerNorm().layer.output_shape((4,))
    (4,)
    """
    return _node(LayerNormLayer(epsilon=epsilon), None, name, inputs)


def BatchNorm(*, momentum: float = 0.1, epsilon: float = 1e-5, name: str = "", inputs: Inputs = ()) -> Node:  # noqa: N802
    """Each feature brought to mean 0 and variance 1 over the batch, then scaled and shifted.

    >>> BatchNorm().layer.output_shape((4,))
    (4,)
    """
    return _node(BatchNormLayer(momentum=momentum, epsilon=epsilon), None, name, inputs)


def Conv2D(  # noqa: N802
    filters: int,
    kernel_size: int | tuple[int, int],
    activation: ActivationName = None,
    *,
    strides: int | tuple[int, int] = 1,
    padding: Literal["valid", "same"] = "valid",
    weights: str = "he",
    l1: float | None = None,
    l2: float | None = None,
    name: str = "",
    inputs: Inputs = (),
) -> Node:
    """Slides small weighted sums over pictures of shape (height, width, channels).

    >>> Conv2D(8, 3, "relu").layer.output_shape((28, 28, 1))
    (26, 26, 8)

    Args:
        filters: how many weighted sums, the channels of the output.
        kernel_size: rows and columns of each weight; one number for both.
        activation: an activation or its name.
        strides: steps down and to the right from one window to the next; one number for both.
        padding: ``"valid"`` keeps windows inside the picture, ``"same"`` puts zeros around it.
        weights: how first weights are drawn: ``"he"``, ``"glorot"``, ``"lecun"`` or ``"zeros"``.
        l1: adds ``l1 * sum(|weight|)`` to the loss.
        l2: adds ``l2 * sum(weight**2)`` to the loss.
        name: the node's name; by default ``conv1``, ``conv2``, ….
        inputs: names of the nodes it takes its input from; by default the node before.
    """
    layer = Conv2DLayer(filters, _pair(kernel_size), _pair(strides), padding, weights)
    return _node(layer, activation, name, inputs, l1, l2)


def MaxPool2D(  # noqa: N802
    size: int | tuple[int, int] = 2,
    *,
    strides: int | tuple[int, int] | None = None,
    name: str = "",
    inputs: Inputs = (),
) -> Node:
    """The largest value of each window of a picture; windows lie side by side unless strides say otherwise.

    >>> MaxPool2D().layer.output_shape((26, 26, 8))
    (13, 13, 8)
    """
    return _node(MaxPool2DLayer(_pair(size), _pair(size if strides is None else strides)), None, name, inputs)


def GlobalAveragePool2D(*, name: str = "", inputs: Inputs = ()) -> Node:  # noqa: N802
    """The mean of each channel over the whole picture.

    >>> GlobalAveragePool2D().layer.output_shape((7, 7, 64))
    (64,)
    """
    return _node(GlobalAveragePool2DLayer(), None, name, inputs)


def LSTM(  # noqa: N802
    units: int,
    *,
    return_sequences: bool = False,
    l1: float | None = None,
    l2: float | None = None,
    name: str = "",
    inputs: Inputs = (),
) -> Node:
    """Reads a sequence of shape (time steps, inputs) and gives its last output, or that of every step.

    >>> LSTM(16).layer.output_shape((100, 3))
    (16,)

    Args:
        units: how many values are remembered.
        return_sequences: gives the output of every step instead of the last one alone.
        l1: adds ``l1 * sum(|weight|)`` to the loss, for the input's and the recurrent weights.
        l2: adds ``l2 * sum(weight**2)`` to the loss, for the same.
        name: the node's name; by default ``lstm1``, ``lstm2``, ….
        inputs: names of the nodes it takes its input from; by default the node before.
    """
    return _node(LSTMLayer(units, return_sequences), None, name, inputs, l1, l2)


def _node(
    layer: Layer,
    activation: ActivationName,
    name: str,
    inputs: Inputs,
    l1: float | None = None,
    l2: float | None = None,
) -> Node:
    chosen = None if activation is None else get_activation(activation)
    return Node(layer, chosen, name, tuple(inputs), l1, l2)


def _pair(size: Any) -> Any:
    return tuple(size) if isinstance(size, tuple | list) else (size, size)
