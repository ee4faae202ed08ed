"""What from_torch takes, how it is traced, and what it says of what it cannot read."""

import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError, InputTypeError, MissingPackageError

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from interop.torch_checks import SUPPORTED, Calls, message, seeded  # noqa: E402

pytestmark = pytest.mark.peers


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


def test_a_parameter_used_twice():
    layer = nn.Linear(3, 3)
    assert message(InputError, nn.Sequential(layer, nn.ReLU(), layer)) == (
        f"Linear '2': the parameter '2.weight', which is used twice, has no counterpart. {SUPPORTED}"
    )


def test_a_flattened_picture_cannot_be_the_output():
    module = nn.Sequential(nn.Conv2d(2, 4, 3), nn.Flatten())
    assert message(InputError, module, torch.zeros(1, 2, 5, 6)) == (
        "The module returns a flattened picture, whose values stand in another order here. Put a Linear after Flatten, "
        "or leave Flatten out."
    )


def test_an_example_that_does_not_fit():
    found = message(InputError, nn.Linear(4, 1))
    assert found == (
        "Linear does not take an example of shape (2, 3): mat1 and mat2 shapes cannot be multiplied (2x3 and 4x1). "
        "Give from_torch a batch that the module takes."
    )


def test_something_else_than_a_module():
    assert message(InputTypeError, "net.pt") == ("from_torch takes a torch.nn.Module and an example; got builtins.str.")


def test_a_forward_that_chooses_by_the_numbers():
    class Chooses(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    found = message(InputError, Chooses())
    assert found.startswith("torch.export cannot trace Chooses: ")
    assert found.endswith(". Give a module whose forward makes no choices that depend on the numbers.")


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


def test_without_pytorch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for ask in (lambda: cr.from_torch(None, None), cr.Network([cr.Dense(1)]).to_torch):
        with pytest.raises(MissingPackageError) as caught:
            ask()
        assert str(caught.value) == "PyTorch's modules need the package torch: pip install 'chainrule[torch]'."
