"""PyTorch's modules and the networks made of them, and back: the same outputs and the same gradients."""

import copy
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError, InputTypeError, MissingPackageError

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

pytestmark = pytest.mark.peers


class Tail(nn.Module):
    """An LSTM of two layers of which the last step is used, beside its last state."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, 2, batch_first=True)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        output, (state, _) = self.lstm(x)
        return torch.relu(self.head(output[:, -1] + state[-1]))


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two, self.out = nn.Linear(3, 4), nn.Linear(3, 4), nn.Linear(8, 2)

    def forward(self, x):
        one = self.one(x)
        return self.out(torch.cat([torch.tanh(one) + self.two(x), one], dim=1))


class Pictures(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two, self.norm = nn.Conv2d(2, 3, 3, padding="same"), nn.Conv2d(2, 3, 1), nn.BatchNorm1d(144)
        self.out, self.flat = nn.Linear(144, 2), nn.Linear(6, 2)

    def forward(self, x):
        both = torch.cat([self.one(x), self.two(x).relu()], dim=1)
        return self.out(self.norm(both.view(x.shape[0], -1))) + self.flat(both.mean(dim=(2, 3)))


def activations():
    kinds = [nn.ReLU(), nn.Sigmoid(), nn.Tanh(), nn.Softplus(), nn.LeakyReLU(0.3), nn.ELU(0.7), nn.SELU(), nn.GELU()]
    kinds += [nn.GELU(approximate="tanh"), nn.SiLU(), nn.Softsign(), nn.Hardsigmoid(), nn.Hardtanh(), nn.Softmax(dim=1)]
    return [*kinds, nn.LogSoftmax(dim=-1), nn.Identity()]


MODULES = {
    "mlp": (lambda: nn.Sequential(nn.Linear(3, 5), nn.LayerNorm(5), nn.ReLU(), nn.Dropout(0.3), nn.Linear(5, 2)), (3,)),
    "no bias": (lambda: nn.Sequential(nn.Linear(3, 5, bias=False), nn.BatchNorm1d(5), nn.Linear(5, 1)), (3,)),
    "convolution": (
        lambda: nn.Sequential(
            *(nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 3, (2, 1))),
            *(nn.Flatten(), nn.Dropout(0.1), nn.Tanh(), nn.Linear(18, 2)),
        ),
        (2, 6, 6),
    ),
    "strides": (
        lambda: nn.Sequential(nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        (2, 7, 7),
    ),
    "pictures": (Pictures, (2, 4, 6)),
    "tail": (Tail, (5, 3)),
    "sequences": (lambda: nn.LSTM(3, 4, batch_first=True), (5, 3)),
    "branches": (Branches, (3,)),
    **{
        str(kind): (lambda kind=kind: nn.Sequential(nn.Linear(3, 4), kind, nn.Linear(4, 2)), (3,))
        for kind in activations()
    },
}


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


@pytest.mark.parametrize("name", MODULES)
def test_outputs_and_gradients_agree_both_ways(name):
    make, row = MODULES[name]
    module = seeded(make)
    batch = torch.randn(4, *row, dtype=torch.float64)
    net = cr.from_torch(module, torch.zeros(2, *row, dtype=torch.float64))
    agree(net, module, batch)
    back = net.to_torch(dtype="float64")
    agree(net, back, batch)
    again = cr.from_torch(back, batch)
    assert [node.layer for node in again.nodes] == [node.layer for node in net.nodes]
    assert all((again.params[each] == net.params[each]).all() for each in net.params)


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


def message(error, make, example=None):
    with pytest.raises(error) as caught:
        cr.from_torch(make, torch.zeros(2, 3) if example is None else example)
    return str(caught.value)


SUPPORTED = (
    "Supported are Linear, Conv2d, MaxPool2d, AdaptiveAvgPool2d(1), BatchNorm1d and 2d, LayerNorm, Embedding, LSTM, "
    "Dropout, Flatten, additions, concatenations, and the activations ReLU, Sigmoid, Tanh, Softplus, Softmax, "
    "LogSoftmax, LeakyReLU, ELU, SELU, GELU, SiLU, Softsign, Hardsigmoid and Hardtanh."
)


def test_an_unsupported_module_is_named_with_its_path():
    inner = nn.Sequential(nn.Linear(3, 4), nn.PReLU())
    assert message(InputError, nn.Sequential(inner, nn.Linear(4, 1))) == (
        f"PReLU '0.1': the operation 'prelu' has no counterpart. {SUPPORTED}"
    )


def test_a_parameter_used_twice():
    layer = nn.Linear(3, 3)
    assert message(InputError, nn.Sequential(layer, nn.ReLU(), layer)) == (
        f"Linear '2': the parameter '2.weight', which is used twice, has no counterpart. {SUPPORTED}"
    )


def test_padding_that_no_layer_has():
    module = nn.Sequential(nn.Conv2d(2, 4, 3, padding=2))
    assert message(InputError, module, torch.zeros(1, 2, 5, 6)) == (
        "Conv2d '0': padding=(2, 2) with a kernel of (3, 3) and a stride of (1, 1) on pictures of (5, 6), which is "
        f"neither 'valid' nor 'same', has no counterpart. {SUPPORTED}"
    )


def test_a_flattened_picture_cannot_be_the_output():
    module = nn.Sequential(nn.Conv2d(2, 4, 3), nn.Flatten())
    assert message(InputError, module, torch.zeros(1, 2, 5, 6)) == (
        "The module returns a flattened picture, whose values stand in another order here. Put a Linear after Flatten, "
        "or leave Flatten out."
    )


def test_steps_of_an_lstm_in_the_middle():
    class Middle(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(3, 4, batch_first=True)

        def forward(self, x):
            return self.lstm(x)[0][:, 1]

    assert message(InputError, Middle(), torch.zeros(1, 5, 3)) == (
        "Middle.forward: taking a part of a value, other than the last step of an LSTM of which nothing else is used, "
        f"has no counterpart. {SUPPORTED}"
    )


def test_an_example_that_does_not_fit():
    found = message(InputError, nn.Linear(4, 1))
    assert found == (
        "Linear does not take an example of shape (2, 3): mat1 and mat2 shapes cannot be multiplied (2x3 and 4x1). "
        "Give from_torch a batch that the module takes."
    )


def test_something_else_than_a_module():
    assert message(InputTypeError, "net.pt") == ("from_torch takes a torch.nn.Module and an example; got builtins.str.")


def test_the_module_is_left_as_it_is():
    module = nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.5)).train()
    net = cr.from_torch(module, np.zeros((1, 3), dtype=np.float32))
    assert module.training
    assert module[1].training
    assert str(net).splitlines()[1:] == [
        "  input              (3)",
        "  dense1    Dense    (3) → (2)  8",
        *str(net).splitlines()[3:],
    ]


def test_embeddings_and_codes():
    module = seeded(lambda: nn.Sequential(nn.Embedding(7, 3), nn.LSTM(3, 2, batch_first=True)))
    codes = torch.randint(0, 7, (4, 5))
    agree(cr.from_torch(module, codes), module, codes)


def test_several_inputs_keep_their_names():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.left, self.right = nn.Linear(3, 2), nn.Linear(2, 2)

        def forward(self, wide, narrow):
            return self.left(wide) + self.right(narrow)

    module = seeded(Two)
    wide, narrow = torch.randn(4, 3, dtype=torch.float64), torch.randn(4, 2, dtype=torch.float64)
    net = cr.from_torch(module, (wide, narrow))
    assert net.input_names == ("wide", "narrow")
    expected = module(wide, narrow).detach().numpy()
    np.testing.assert_allclose(net.predict({"wide": wide, "narrow": narrow}), expected, atol=1e-9)
    np.testing.assert_allclose(net.to_torch(dtype="float64")(wide, narrow).detach().numpy(), expected, atol=1e-9)


def test_what_to_torch_gives():
    net = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], input_shape=1)
    with pytest.raises(InputError) as caught:
        net.to_torch()
    assert str(caught.value) == (
        "The network is not trained and these parameters are not set: 'dense1.weight', 'dense1.bias', 'dense2.weight', "
        "'dense2.bias'. Train it with fit(), or set them with net.set({...})."
    )
    module = net.trained(*net.init(0)).to_torch()
    assert [type(each).__name__ for each in module] == ["Linear", "Softplus", "Linear"]
    assert not module.training
    with pytest.raises(InputError) as caught:
        cr.Network([cr.Dense(1)]).to_torch()
    assert str(caught.value) == (
        "The network's input shape is not known yet: pass input_shape= to Network, or train it."
    )


def test_strided_padding_that_pytorch_does_not_have():
    net = cr.Network([cr.Conv2D(2, 3, strides=2, padding="same"), cr.Flatten(), cr.Dense(1)], input_shape=(6, 8, 1))
    net = net.trained(*net.init(1, np.float64))
    batch = torch.randn(3, 1, 6, 8, dtype=torch.float64)
    expected = net.predict(ours(batch))
    np.testing.assert_allclose(net.to_torch(dtype="float64")(batch).detach().numpy(), expected, atol=1e-9)


def test_without_pytorch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for ask in (lambda: cr.from_torch(None, None), cr.Network([cr.Dense(1)]).to_torch):
        with pytest.raises(MissingPackageError) as caught:
            ask()
        assert str(caught.value) == "PyTorch's modules need the package torch: pip install 'chainrule[torch]'."


def test_a_forward_that_chooses_by_the_numbers():
    class Chooses(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    found = message(InputError, Chooses())
    assert found.startswith("torch.export cannot trace Chooses: ")
    assert found.endswith(". Give a module whose forward makes no choices that depend on the numbers.")


class Calls(nn.Module):
    """Some function of its inputs, and of a parameter ``w``."""

    def __init__(self, function):
        super().__init__()
        self.function, self.w = function, nn.Parameter(torch.ones(4, 4))

    def forward(self, *x):
        return self.function(self.w, *x)


F = nn.functional
REFUSED = {
    "Linear '0': a linear map of rows of shape (2, 3), where Dense takes (inputs,),": (nn.Linear(3, 1), (2, 3)),
    "Conv2d '0': a convolution with groups=2 and dilation=(1, 1)": (nn.Conv2d(2, 2, 2, groups=2), (2, 4, 4)),
    "MaxPool2d '0': a pooling with padding, dilation or ceil_mode": (nn.MaxPool2d(2, padding=1), (2, 4, 4)),
    "BatchNorm1d '0': batch normalisation of the first axis of rows of shape (2, 3)": (nn.BatchNorm1d(2), (2, 3)),
    "BatchNorm1d '0': batch normalisation without running statistics or without a fixed momentum": (
        nn.BatchNorm1d(3, momentum=None),
        (3,),
    ),
    "LayerNorm '0': layer normalisation over the last 2 axes of rows of shape (2, 3)": (nn.LayerNorm((2, 3)), (2, 3)),
    "LSTM '0': an LSTM that is bidirectional, has no biases, projections, or is not batch_first,": (
        nn.LSTM(3, 2, bidirectional=True, batch_first=True),
        (5, 3),
    ),
    "AdaptiveAvgPool2d '0': adaptive pooling to (2, 2)": (nn.AdaptiveAvgPool2d(2), (2, 4, 4)),
    "Softmax '0': a softmax over the axis 1, which is not that of the features,": (nn.Softmax(dim=1), (2, 3)),
    "CELU '0': the operation 'celu'": (nn.CELU(), (3,)),
    "Softplus '0': a softplus with beta=2.0": (nn.Softplus(beta=2.0), (3,)),
    "Hardtanh '0': a Hardtanh with other limits than -1 and 1": (nn.Hardtanh(-2, 2), (3,)),
    "Calls '0': an addition with a factor": (Calls(lambda w, x: torch.add(x, x.relu(), alpha=2)), (3,)),
    "Calls '0': an addition of values of different shapes": (
        Calls(lambda w, x: x.mean((2, 3)) + x.flatten(1)),
        (1, 2, 2),
    ),
    "Calls '0': a concatenation along the axis 1, where Concatenate takes that of the features,": (
        Calls(lambda w, x: torch.cat([x, x], 1)),
        (2, 3),
    ),
    "Calls '0': another order of the axes": (Calls(lambda w, x: x.movedim(2, 1).movedim(3, 1)), (2, 3, 3)),
    "Calls '0': a change of shape from (2, 4, 4) to (4, 8), whose values stand in another order here,": (
        Calls(lambda w, x: x.reshape(2, 4, 8)),
        (2, 4, 4),
    ),
    "Calls '0': a mean over the axes (1,)": (Calls(lambda w, x: x.mean(1)), (2, 4, 4)),
    "Calls '0': rows of shape (3,), where pictures (channels, height, width) are taken,": (
        Calls(lambda w, x: x.mean(1)),
        (3,),
    ),
    "Calls '0': the operation 'div'": (Calls(lambda w, x: x / 2), (3,)),
    "Calls '0': the parameter '0.w', which is used twice,": (
        Calls(lambda w, x: F.linear(F.linear(x, w), w)),
        (4,),
    ),
    "Calls '0': a weight of 'linear' that is no parameter": (Calls(lambda w, x: F.linear(x, x)), (4,)),
    "Calls '0': an argument of 'add' that is no value of a row": (Calls(lambda w, x: x + 1), (4,)),
    "Calls '0': bringing together values of different layouts (such as a flattened picture)": (
        Calls(lambda w, x: torch.cat([x.flatten(1), x.mean((2, 3))], 1)),
        (2, 3, 3),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(what):
    module, row = REFUSED[what]
    assert message(InputError, nn.Sequential(module), torch.zeros(2, *row)) == f"{what} has no counterpart. {SUPPORTED}"


def test_what_a_module_returns():
    def returned(function):
        return message(InputError, Calls(function))

    assert returned(lambda w, x: x) == ("The module passes its input on unchanged; a network needs at least one layer.")
    assert returned(lambda w, x: (x.relu(), x.tanh())) == (
        "The module must return one tensor that its layers compute; it returns 2."
    )

    def unused(w, x):
        first = x.relu()
        x.tanh().sigmoid()
        return first

    assert returned(unused) == ("What the module returns is not what its last layer computes: remove what is not used.")
