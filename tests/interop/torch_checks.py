"""What tests of PyTorch's modules share: the same outputs and the same gradients, and messages."""

import copy

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402


def seeded(make):
    """The module in double precision, with statistics that are not where they begin."""
    torch.manual_seed(3)
    module = make().double()
    for name, buffer in module.named_buffers():
        if "running" in name:
            buffer.copy_(torch.rand_like(buffer) + 0.5)
    return module.eval()


def ours(batch):
    return (batch.movedim(1, -1) if batch.ndim == 4 else batch).numpy()


def outputs(module, batch):
    result = module(batch)
    return result[0] if isinstance(result, tuple) else result


def agree(net, module, batch):
    """Outputs, and the gradients of the mean squared distance from 0; double precision: 1e-8, as PyTorch's
    Hardsigmoid has its slope of 1/6 in single precision."""
    module.zero_grad()
    expected = outputs(module, batch)
    (expected**2).mean().backward()
    np.testing.assert_allclose(net.predict(ours(batch)), ours(expected.detach()), rtol=0, atol=1e-9)
    slopes = copy.deepcopy(module)  # a module that has its gradients for parameters is read as the parameters are
    for (name, slope), each in zip(slopes.named_parameters(), module.parameters(), strict=True):
        slope.data = torch.zeros_like(slope) if "bias_hh" in name else each.grad
    gradients = cr.from_torch(slopes, batch).params
    found = net.trace(ours(batch), np.zeros(ours(expected.detach()).shape), loss="mse").gradients
    for name, gradient in gradients.items():
        if name in found and gradient.any():
            np.testing.assert_allclose(found[name], gradient, rtol=0, atol=1e-8, err_msg=name)
    assert any(gradient.any() for gradient in gradients.values())


def agree_both_ways(make, row):
    """The network computes and learns what the module does, and so does the module made of it, and its network."""
    module = seeded(make)
    batch = torch.randn(4, *row, dtype=torch.float64)
    net = cr.from_torch(module, torch.zeros(2, *row, dtype=torch.float64))
    agree(net, module, batch)
    back = net.to_torch(dtype="float64")
    agree(net, back, batch)
    again = cr.from_torch(back, batch)
    assert [node.layer for node in again.nodes] == [node.layer for node in net.nodes]
    assert all((again.params[each] == net.params[each]).all() for each in net.params)


def message(error, make, example=None):
    with pytest.raises(error) as caught:
        cr.from_torch(make, torch.zeros(2, 3) if example is None else example)
    return str(caught.value)


SUPPORTED = (
    "Supported are Linear, Conv2d, MaxPool2d, AdaptiveAvgPool2d(1), BatchNorm1d and 2d, LayerNorm, Embedding, LSTM, "
    "Dropout, Flatten, additions, concatenations, and the activations ReLU, Sigmoid, Tanh, Softplus, Softmax, "
    "LogSoftmax, LeakyReLU, ELU, SELU, GELU, SiLU, Softsign, Hardsigmoid and Hardtanh."
)


class Calls(nn.Module):
    """Some function of its inputs, and of a parameter ``w``."""

    def __init__(self, function):
        super().__init__()
        self.function, self.w = function, nn.Parameter(torch.ones(4, 4))

    def forward(self, *x):
        return self.function(self.w, *x)


def refused(what, module, row):
    """A module by itself, for rows of some shape."""
    said = message(InputError, nn.Sequential(module), torch.zeros(2, *row))
    assert said == f"{what} has no counterpart. {SUPPORTED}"
