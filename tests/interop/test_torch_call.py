"""The arguments of an operation: values of a row, and parameters of which each is used once."""

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from interop.torch_checks import Calls, refused  # noqa: E402

pytestmark = pytest.mark.peers

F = nn.functional
REFUSED = {
    "Calls '0': the parameter '0.w', which is used twice,": (
        Calls(lambda w, x: F.linear(F.linear(x, w), w)),
        (4,),
    ),
    "Calls '0': a weight of 'linear' that is no parameter": (Calls(lambda w, x: F.linear(x, x)), (4,)),
    "Calls '0': an argument of 'add' that is no value of a row": (Calls(lambda w, x: x + 1), (4,)),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(what):
    refused(what, *REFUSED[what])
