"""Every activation of PyTorch's modules is the one of the same formula, or is refused by name."""

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from interop.torch_checks import Calls, agree_both_ways, refused  # noqa: E402

pytestmark = pytest.mark.peers


def kinds():
    found = [nn.ReLU(), nn.Sigmoid(), nn.Tanh(), nn.Softplus(), nn.LeakyReLU(0.3), nn.ELU(0.7), nn.SELU(), nn.GELU()]
    found += [nn.GELU(approximate="tanh"), nn.SiLU(), nn.Softsign(), nn.Hardsigmoid(), nn.Hardtanh(), nn.Softmax(dim=1)]
    return [*found, nn.LogSoftmax(dim=-1), nn.Identity()]


@pytest.mark.parametrize("kind", kinds(), ids=str)
def test_outputs_and_gradients_agree_both_ways(kind):
    agree_both_ways(lambda: nn.Sequential(nn.Linear(3, 4), kind, nn.Linear(4, 2)), (3,))


REFUSED = {
    "Softmax '0': a softmax over the axis 1, which is not that of the features,": (nn.Softmax(dim=1), (2, 3)),
    "Softplus '0': a softplus with beta=2.0": (nn.Softplus(beta=2.0), (3,)),
    "Hardtanh '0': a Hardtanh with other limits than -1 and 1": (nn.Hardtanh(-2, 2), (3,)),
    "Calls '0': the operation 'div'": (Calls(lambda w, x: x / 2), (3,)),
    "Calls '0': an ELU with a scale": (Calls(lambda w, x: torch.ops.aten.elu(x, 1.0, 2.0)), (4,)),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(what):
    refused(what, *REFUSED[what])
