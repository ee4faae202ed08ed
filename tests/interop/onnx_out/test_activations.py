"""Every activation: onnxruntime's answer is the network's own."""

import numpy as np
import onnxruntime
import pytest

import chainrule as cr
from chainrule.activations import activation_names, get_activation, register_activation
from chainrule.errors import InputError
from chainrule.interop.onnx_out.activations import write_activation
from chainrule.interop.onnx_out.draft import Draft

BUILT_IN = [
    name for name in activation_names() if type(get_activation(name)).__module__ != "chainrule.activations.registry"
]
Z = np.concatenate([np.linspace(-6, 6, 121), [-30.0, 30.0, 0.0]])[:, None] * [[1.0, 0.5, -1.0]]


@pytest.mark.parametrize("activation", [*BUILT_IN, cr.LeakyRelu(0.3), cr.Elu(0.7)], ids=str)
def test_onnxruntime_agrees(activation, tmp_path):
    network = cr.Network([cr.Activation(activation)], input_shape=3)
    path = network.to_onnx(tmp_path / "net.onnx")
    found = onnxruntime.InferenceSession(path).run(None, {"input": Z.astype(np.float32)})[0]
    np.testing.assert_allclose(found, network.predict(Z.astype(np.float32), dtype=np.float32), rtol=1e-5, atol=1e-5)


def test_one_of_your_own_is_refused():
    mine = register_activation("cube_for_onnx", lambda ops, z: z * z * z, lambda ops, z: 3 * z * z)
    with pytest.raises(InputError) as caught:
        write_activation(Draft(), mine, "z")
    assert str(caught.value) == (
        "ONNX has no operator for the activation 'cube_for_onnx', which was registered by hand. Use one of 'elu', "
        "'gelu', 'gelu_tanh', 'hard_sigmoid', 'hard_tanh', 'leaky_relu', 'linear', 'log_softmax', 'relu', 'selu', "
        "'sigmoid', 'silu', 'softmax', 'softplus', 'softsign', 'tanh'."
    )
