"""Layers: configurations with forward and backward side by side, one file a family."""

from chainrule.layers.activation import ActivationLayer
from chainrule.layers.base import Context, Layer
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

__all__ = [
    "ActivationLayer",
    "AddLayer",
    "BatchNormLayer",
    "ConcatenateLayer",
    "Context",
    "Conv2DLayer",
    "DenseLayer",
    "DropoutLayer",
    "EmbeddingLayer",
    "FlattenLayer",
    "GlobalAveragePool2DLayer",
    "LSTMLayer",
    "Layer",
    "LayerNormLayer",
    "MaxPool2DLayer",
    "ReshapeLayer",
]
