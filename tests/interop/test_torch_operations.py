"""Every operation of a PyTorch module becomes a layer that computes and learns the same, or is refused by name."""

import pytest

import chainrule as cr
from chainrule.errors import InputError

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from interop.torch_checks import SUPPORTED, Calls, agree, agree_both_ways, message, refused, seeded  # noqa: E402

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


class ByHand(nn.Module):
    """Weights as one writes them on a blackboard."""

    def __init__(self):
        super().__init__()
        self.w, self.b, self.v = (nn.Parameter(torch.randn(*shape)) for shape in ((3, 4), (4,), (4, 2)))

    def forward(self, x):
        return torch.relu(x @ self.w + self.b).matmul(self.v)


class Squeezed(nn.Module):
    """Axes of length 1 put in for a convolution, and taken out one after another."""

    def __init__(self):
        super().__init__()
        self.one, self.pool, self.out = nn.Conv2d(1, 3, 2), nn.AdaptiveAvgPool2d(1), nn.Linear(3, 2)

    def forward(self, x):
        return self.out(self.pool(self.one(x.unsqueeze(1)).relu()).squeeze(-1).squeeze(-1))


class Viewed(nn.Module):
    """A long row as a picture of one channel."""

    def __init__(self):
        super().__init__()
        self.one, self.out = nn.Conv2d(1, 2, 3), nn.Linear(4, 2)

    def forward(self, x):
        return self.out(torch.tanh(self.one(x.view(-1, 1, 3, 4))).flatten(1))


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
    "by hand": (ByHand, (3,)),
    "squeezed": (Squeezed, (4, 5)),
    "viewed": (Viewed, (12,)),
    "unflattened": (
        lambda: nn.Sequential(nn.Linear(3, 6), nn.Unflatten(1, (2, 3)), nn.LSTM(3, 2, batch_first=True)),
        (3,),
    ),
    "tail": (Tail, (5, 3)),
    "sequences": (lambda: nn.LSTM(3, 4, batch_first=True), (5, 3)),
    "branches": (Branches, (3,)),
}


@pytest.mark.parametrize("name", MODULES)
def test_outputs_and_gradients_agree_both_ways(name):
    agree_both_ways(*MODULES[name])


def test_embeddings_and_codes():
    module = seeded(lambda: nn.Sequential(nn.Embedding(7, 3), nn.LSTM(3, 2, batch_first=True)))
    codes = torch.randint(0, 7, (4, 5))
    agree(cr.from_torch(module, codes), module, codes)


def test_an_unsupported_module_is_named_with_its_path():
    inner = nn.Sequential(nn.Linear(3, 4), nn.PReLU())
    assert message(InputError, nn.Sequential(inner, nn.Linear(4, 1))) == (
        f"PReLU '0.1': the operation 'prelu' has no counterpart. {SUPPORTED}"
    )


def test_padding_that_no_layer_has():
    module = nn.Sequential(nn.Conv2d(2, 4, 3, padding=2))
    assert message(InputError, module, torch.zeros(1, 2, 5, 6)) == (
        "Conv2d '0': padding=(2, 2) with a kernel of (3, 3) and a stride of (1, 1) on pictures of (5, 6), which is "
        f"neither 'valid' nor 'same', has no counterpart. {SUPPORTED}"
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
    "CELU '0': the operation 'celu'": (nn.CELU(), (3,)),
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
    "Calls '0': bringing together values of different layouts (such as a flattened picture)": (
        Calls(lambda w, x: torch.cat([x.flatten(1), x.mean((2, 3))], 1)),
        (2, 3, 3),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(what):
    refused(what, *REFUSED[what])


class Started(nn.Module):
    """An LSTM that starts at something else than zero."""

    def __init__(self):
        super().__init__()
        self.lstm, self.h = nn.LSTM(3, 4, batch_first=True), nn.Parameter(torch.ones(1, 2, 4))

    def forward(self, x):
        return self.lstm(x, (self.h, self.h))[0]


VARIANTS = {
    "Embedding '0': an embedding whose code 2 is not learned (padding_idx)": (
        lambda: nn.Sequential(nn.Embedding(5, 3, padding_idx=2)),
        torch.zeros(2, dtype=torch.int64),
    ),
    "LSTM 'lstm': an LSTM that does not start at zero": (Started, torch.zeros(2, 5, 3)),
    "Calls.forward: the operation 'matmul' of other than rows of shape (inputs,) and a parameter,": (
        lambda: Calls(lambda w, x: x @ w),
        torch.zeros(2, 3, 4),
    ),
    "Calls.forward: an addition of a parameter that is no bias of the product before it": (
        lambda: Calls(lambda w, x: torch.relu(x) + w),
        torch.zeros(4, 4),
    ),
}


@pytest.mark.parametrize("what", VARIANTS)
def test_variants_that_no_layer_is(what):
    make, example = VARIANTS[what]
    assert message(InputError, make(), example) == f"{what} has no counterpart. {SUPPORTED}"
