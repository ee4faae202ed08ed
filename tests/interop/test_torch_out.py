"""What to_torch gives, and what it needs to know."""

import pytest

import chainrule as cr
from chainrule.errors import InputError

torch = pytest.importorskip("torch")


pytestmark = pytest.mark.peers


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
