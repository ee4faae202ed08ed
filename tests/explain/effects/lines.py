"""Networks without hidden layers, whose effects are their weights."""

from typing import Any

import numpy as np

import chainrule as cr
from chainrule.explain.effects.chain import Model
from chainrule.explain.effects.columns import Cells
from chainrule.explain.effects.subject import Subject


def subject(weight: Any, bias: Any = 0.0, *, names: Any = None, loss: Any = "mse", learned: Any = None) -> Subject:
    """A weighted sum of columns; the rows that it learned from, where they are given."""
    weight = np.asarray(weight, dtype=np.float64).reshape(len(weight), -1)
    network = cr.Network([cr.Dense(weight.shape[1])], loss=loss, input_shape=len(weight))
    network = network.set({"dense1.weight": weight, "dense1.bias": np.broadcast_to(bias, weight.shape[1])})
    return Subject(network, np.dtype(np.float64), names=names, learned=None if learned is None else rows(learned))


def rows(X: Any) -> Cells:
    """Rows of an array."""
    return Cells({"input": np.asarray(X, dtype=np.float64)}, None)


def model(weight: Any, names: Any, output: str, *, bias: Any = 0.0, learned: Any = None, label: str = "") -> Model:
    """One network of a chain."""
    return Model(subject(weight, bias, names=names, learned=learned), output, 0, label)
