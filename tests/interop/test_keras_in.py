"""Keras's models as networks: the same outputs, and the same gradients as PyTorch's autograd finds in Keras."""

import os
import subprocess
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")
import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError, InputTypeError

torch = pytest.importorskip("torch")
keras = pytest.importorskip("keras")
from keras import layers as K  # noqa: E402, N812

pytestmark = pytest.mark.peers


def mlp():
    return keras.Sequential(
        [keras.Input((3,)), K.Dense(5), K.LayerNormalization(), K.ReLU(), K.Dropout(0.2), K.Dense(2, "softmax")]
    )


def pictures():
    x = keras.Input((7, 6, 2))
    y = K.Conv2D(4, 3, padding="same", activation="relu")(x)
    z = K.Add()([y, K.BatchNormalization(momentum=0.8)(y)])
    pooled = K.Flatten()(K.MaxPooling2D()(z))
    both = K.Concatenate()([K.Dense(3, "tanh", use_bias=False)(pooled), K.GlobalAveragePooling2D()(z)])
    return keras.Model(x, K.Dense(2, "gelu")(both))


def strided():
    return keras.Sequential(
        [
            *(keras.Input((7, 16)), K.Reshape((7, 8, -1)), K.Conv2D(3, (3, 2), strides=2, padding="same")),
            *(K.Flatten(), K.Dense(1, "elu")),
        ]
    )


def words():
    return keras.Sequential(
        [keras.Input((5,)), K.Embedding(7, 3), K.LSTM(4, return_sequences=True), K.LSTM(2), K.Dense(1)]
    )


def activations():
    x = keras.Input((4,))
    y = x
    for name in ("sigmoid", "softplus", "selu", "silu", "softsign", "hard_tanh", "leaky_relu", "log_softmax"):
        y = K.Activation(name)(K.Dense(4)(y))
    return keras.Model(x, K.LeakyReLU(negative_slope=0.1)(K.ELU(alpha=0.5)(K.Softmax()(y))))


def two_inputs():
    wide, narrow = keras.Input((3,), name="wide"), keras.Input((2,), name="narrow")
    return keras.Model([wide, narrow], K.Add()([K.Dense(2)(wide), K.Dense(2)(narrow)]))


def varied(make):
    """The model with weights and statistics that are not where they begin."""
    keras.utils.set_random_seed(3)
    model = make()
    rng = np.random.default_rng(5)
    for weight in model.weights:
        shift = rng.uniform(0.1, 0.5, weight.shape)
        weight.assign(weight.value.detach().numpy() + shift)
    return model


def rows(model):
    rng = np.random.default_rng(6)
    codes = isinstance(model.layers[0], K.Embedding)
    shapes = [(4, *tensor.shape[1:]) for tensor in model.inputs]
    return [rng.integers(0, 7, shape) if codes else rng.normal(size=shape).astype(np.float32) for shape in shapes]


@pytest.mark.parametrize("make", [mlp, pictures, strided, words, activations, two_inputs])
def test_outputs_and_gradients_agree(make):
    """Keras computes in single precision: 1e-6 of numbers around 1."""
    model = varied(make)
    given = rows(model)
    net = cr.from_keras(model)
    X = given[0] if len(given) == 1 else dict(zip(net.input_names, given, strict=True))
    output = model(given if len(given) > 1 else given[0], training=False)
    np.testing.assert_allclose(net.predict(X), output.detach().numpy(), rtol=2e-6, atol=1e-6)
    (output**2).mean().backward()
    found = net.trace(X, np.zeros(output.shape), loss="mse").gradients
    for weight in model.trainable_weights:  # a model that has its gradients for weights is read as the weights are
        weight.assign(weight.value.grad.detach().clone())
    gradients = cr.from_keras(model).params
    largest = max(abs(gradient).max() for gradient in gradients.values())
    for name in set(gradients) & set(found):
        if gradients[name].any():
            np.testing.assert_allclose(found[name], gradients[name], rtol=0, atol=2e-6 * largest, err_msg=name)


BACKEND = """
import keras
import numpy as np
import chainrule as cr
from keras import layers as K
model = keras.Sequential([keras.Input((3,)), K.Dense(2, "softplus"), K.BatchNormalization(), K.Dense(1)])
X = np.random.default_rng(0).normal(size=(2, 3))
np.testing.assert_allclose(cr.from_keras(model).predict(X), np.asarray(model(X)), rtol=2e-6, atol=1e-6)
print(keras.backend.backend())
"""


@pytest.mark.parametrize("backend", ["jax", "numpy"])
def test_other_backends(backend):
    """Where the numbers are kept differs; which backend Keras has is settled when it is imported."""
    call = [sys.executable, "-W", "ignore", "-c", BACKEND]
    done = subprocess.run(call, capture_output=True, text=True, env={**os.environ, "KERAS_BACKEND": backend})
    assert (done.stdout.strip(), done.returncode) == (backend, 0), done.stderr


def message(model, error=InputError):
    with pytest.raises(error) as caught:
        cr.from_keras(model)
    return str(caught.value)


def test_what_is_not_known():
    assert message("model.keras", InputTypeError) == "from_keras takes a Keras model; got builtins.str."
    assert message(keras.Sequential([K.Dense(1)])) == (
        "from_keras takes a Sequential or functional model whose input shape is known; begin it with keras.Input."
    )
    assert message(keras.Sequential([keras.Input((5, 3)), K.GRU(2, name="reads")])) == (
        "The layer 'reads' (GRU) has no counterpart. Supported are Input, Dense, Activation, ReLU, LeakyReLU, ELU, "
        "Softmax, Dropout, Flatten, Reshape, Conv2D, MaxPooling2D, GlobalAveragePooling2D, BatchNormalization, "
        "LayerNormalization, Embedding, LSTM, Add and Concatenate."
    )
    assert message(keras.Sequential([keras.Input((4, 3)), K.Dense(2, name="each")])) == (
        "The layer 'each' (Dense) takes rows of shape (4, 3), which has no counterpart."
    )
    assert message(keras.Sequential([keras.Input((3,)), K.Dense(2, "mish", name="odd")])) == (
        "The layer 'odd' (Dense) has the activation 'mish', which has no counterpart."
    )
    shared, x = K.Dense(3, name="twice"), keras.Input((3,))
    assert message(keras.Model(x, shared(shared(x)))) == (
        "The layer 'twice' is used 2 times; here each has its own parameters."
    )
    assert message(keras.Sequential([keras.Input((None, 4)), K.LSTM(2)])) == (
        "The input 'input' has an open shape, (None, None, 4); build the model with sizes."
    )
    assert message(keras.Model(x, [K.Dense(1)(x), K.Dense(2)(x)], name="two")) == (
        "from_keras takes a model with one output; 'two' has 2."
    )


def test_operations_that_are_no_layers():
    x = keras.Input((3,))
    model = keras.Model(x, x + keras.layers.Dense(3)(x))
    net = cr.from_keras(model)
    assert [node.layer.kind for node in net.nodes] == ["dense", "add"]
    X = np.random.default_rng(0).normal(size=(2, 3)).astype(np.float32)
    np.testing.assert_allclose(net.predict(X), model(X).detach().numpy(), rtol=0, atol=1e-6)
    supported = (
        "Supported are Input, Dense, Activation, ReLU, LeakyReLU, ELU, Softmax, Dropout, Flatten, Reshape, Conv2D, "
        "MaxPooling2D, GlobalAveragePooling2D, BatchNormalization, LayerNormalization, Embedding, LSTM, Add and "
        "Concatenate."
    )
    for y in (x + 1.0, x * x):
        name = y._keras_history.operation.name
        assert message(keras.Model(x, y)) == f"The operation '{name}' has no counterpart. {supported}"


def test_a_model_that_does_nothing():
    x = keras.Input((3,))
    assert message(keras.Model(x, x)) == (
        "The model passes its input on unchanged; a network needs at least one layer."
    )


REFUSED = {
    "has the channels first": lambda: K.MaxPooling2D(data_format="channels_first"),
    "has groups or a dilation": lambda: K.Conv2D(2, 2, groups=2),
    "has a largest value or a threshold": lambda: K.ReLU(max_value=6),
    "has padding='same'": lambda: K.MaxPooling2D(padding="same"),
    "keeps axes of length 1": lambda: K.GlobalAveragePooling2D(keepdims=True),
    "works along the axis 1, not the last": lambda: K.Softmax(axis=1),
    "leaves the mean out (rms_scaling)": lambda: K.LayerNormalization(rms_scaling=True),
}


@pytest.mark.filterwarnings("ignore:You passed `rms_scaling=True`")
@pytest.mark.parametrize("why", REFUSED)
def test_what_layers_do_otherwise(why):
    layer = REFUSED[why]()
    assert message(keras.Sequential([keras.Input((4, 4, 2)), layer])) == (
        f"The layer '{layer.name}' ({type(layer).__name__}) {why}, which has no counterpart."
    )


def test_sequences_that_are_read_otherwise():
    assert message(keras.Sequential([keras.Input((5,)), K.Embedding(3, 2, mask_zero=True, name="codes")])) == (
        "The layer 'codes' (Embedding) masks the code 0, which has no counterpart."
    )
    assert message(keras.Sequential([keras.Input((5, 2)), K.LSTM(2, go_backwards=True, name="back")])) == (
        "The layer 'back' (LSTM) has other activations than tanh and sigmoid, goes backwards or keeps its state, "
        "which has no counterpart."
    )
