"""Networks put together node by node: names are counted by kind, and everything learned is in its place."""

import numpy as np

from chainrule.activations import get_activation
from chainrule.interop.assembly import Assembly
from chainrule.layers.batch_norm import BatchNormLayer
from chainrule.layers.dense import DenseLayer

RELU = get_activation("relu")


def dense(assembly: Assembly, source: str, weight: float, bias: float) -> str:
    return assembly.add(DenseLayer(1), [source], {"weight": [[weight]], "bias": [bias]})


def test_numbers_by_hand():
    """relu(2x + 1), less 3, over sqrt(3 + 1), times 10, less 1: of x = 4 it is (9 - 3)/2 · 10 - 1."""
    assembly = Assembly()
    first = assembly.activate(RELU, dense(assembly, "input", 2, 1), alone=True)
    learned = {"scale": [1.0], "shift": [0.0]}
    normal = assembly.add(BatchNormLayer(epsilon=1.0), [first], learned, {"mean": [3.0], "variance": [3.0]})
    last = dense(assembly, normal, 10, -1)
    assert (first, normal, last) == ("dense1", "batchnorm1", "dense2")
    network = assembly.network({"input": (1,)}, "mse")
    assert network.predict(np.array([[4.0], [-4.0]])).tolist() == [[29.0], [-16.0]]


def test_an_activation_joins_only_a_sum_that_nothing_else_takes():
    assembly = Assembly()
    sum_ = dense(assembly, "input", 1, 0)
    assert assembly.activate(RELU, sum_, alone=False) == "activation1"
    assert assembly.activate(RELU, sum_, alone=True) == sum_
    assert assembly.activate(RELU, sum_, alone=True) == "activation2"
    assert assembly.activate(RELU, "input", alone=True) == "activation3"
    assert assembly.nodes[sum_].activation == RELU
