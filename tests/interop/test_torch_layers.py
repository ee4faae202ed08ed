"""Layers as PyTorch's modules: there and back they are the same."""

from dataclasses import dataclass

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.layers.reshape import ReshapeLayer
from chainrule.network.graph import Node

torch = pytest.importorskip("torch")

from chainrule.interop.torch_layers import layer_pieces  # noqa: E402
from interop.torch_checks import agree, ours  # noqa: E402

pytestmark = pytest.mark.peers


CHAINS = {
    "pictures": (
        [cr.Conv2D(3, 3), cr.LayerNorm(), cr.Flatten(), cr.Dense(6), cr.Reshape((3, 2)), cr.LSTM(2)],
        (4, 5, 2),
    ),
    "sequences": ([cr.LSTM(3, return_sequences=True), cr.BatchNorm(), cr.Flatten(), cr.Dense(2, "softmax")], (4, 2)),
    "to pictures": ([cr.Dense(24), cr.Reshape((4, 3, 2)), cr.Conv2D(2, 2, "tanh"), cr.GlobalAveragePool2D()], (3,)),
}


@pytest.mark.parametrize("name", CHAINS)
def test_networks_there_and_back(name):
    parts, shape = CHAINS[name]
    net = cr.Network(parts, input_shape=shape)
    net = net.trained(*net.init(0, np.float64))
    batch = torch.randn(3, *shape, dtype=torch.float64)
    batch = batch.movedim(-1, 1) if len(shape) == 3 else batch
    module = net.to_torch(dtype="float64")
    agree(net, module, batch)
    back = cr.from_torch(module, batch)
    assert [(node.layer, node.activation) for node in back.nodes] == [
        (node.layer, node.activation) for node in net.nodes
    ]


def test_strided_padding_that_pytorch_does_not_have():
    net = cr.Network([cr.Conv2D(2, 3, strides=2, padding="same"), cr.Flatten(), cr.Dense(1)], input_shape=(6, 8, 1))
    net = net.trained(*net.init(1, np.float64))
    batch = torch.randn(3, 1, 6, 8, dtype=torch.float64)
    expected = net.predict(ours(batch))
    np.testing.assert_allclose(net.to_torch(dtype="float64")(batch).detach().numpy(), expected, atol=1e-9)


def test_a_layer_of_ones_own():
    @dataclass(frozen=True)
    class Halved(ReshapeLayer):
        kind = "halved"

    with pytest.raises(InputError) as caught:
        layer_pieces(Node(Halved((2,)), name="middle"), {}, (2,))
    assert str(caught.value) == "'middle' is the layer 'halved', which PyTorch does not have."
