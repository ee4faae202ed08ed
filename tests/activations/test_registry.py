import numpy as np
import pytest

from chainrule.activations import Relu, activation_names, get_activation, register_activation
from chainrule.errors import InputError, InputTypeError
from messages import message_of
from oracles import ENGINES, differences, eager

BUILT_IN = (
    *("linear", "sigmoid", "tanh", "relu", "softplus", "softmax", "log_softmax", "leaky_relu"),
    *("elu", "selu", "gelu", "gelu_tanh", "silu", "softsign", "hard_sigmoid", "hard_tanh"),
)


def squared(ops, z):
    return z * z


def doubled(ops, z):
    return 2 * z


def test_every_name_is_there():
    assert activation_names() == BUILT_IN
    assert [get_activation(name).name for name in BUILT_IN] == list(BUILT_IN)


def test_an_activation_comes_back_as_it_is():
    activation = Relu()
    assert get_activation(activation) is activation


def test_unknown_name():
    assert message_of(InputError, lambda: get_activation("rellu")) == (
        "There is no activation 'rellu'; there are 'elu', 'gelu', 'gelu_tanh', 'hard_sigmoid', 'hard_tanh', "
        "'leaky_relu', 'linear', 'log_softmax', 'relu', 'selu', 'sigmoid', 'silu', 'softmax', 'softplus', 'softsign', "
        "'tanh'. Did you mean 'relu'?"
    )


@pytest.mark.parametrize(
    ("given", "shown"), [(3, "3 of type int"), (Relu, f"{Relu!r} of type type"), ([], "[] of type list")]
)
def test_neither_a_name_nor_an_activation(given, shown):
    assert message_of(InputTypeError, lambda: get_activation(given)) == (
        f"An activation is given by its name, such as 'relu', or as an object, such as LeakyRelu(0.1); got {shown}."
    )


@ENGINES
def test_a_registered_activation_works_by_its_name(engine):
    register_activation(
        "gaussian",
        lambda ops, z: ops.exp(-z * z),
        lambda ops, z: -2 * z * ops.exp(-z * z),
        formula="e^{-z^2}",
        derivative_formula="-2 z e^{-z^2}",
        limits=(0.0, 1.0),
        saturates="both",
    )
    activation = get_activation("gaussian")
    z = np.array([[-1.0, 0.0, 0.5]])
    a = engine.run(activation.forward, z)
    np.testing.assert_allclose(a, [[np.exp(-1), 1, np.exp(-0.25)]], rtol=1e-15)
    expected = differences(lambda moved: activation.forward(eager(), moved).sum(), z)
    np.testing.assert_allclose(engine.run(activation.backward, z, a, np.ones_like(z)), expected, atol=1e-9)
    assert activation.range == (0.0, 1.0)
    assert (activation.formula, activation.derivative) == ("e^{-z^2}", "-2 z e^{-z^2}")
    assert (activation.monotone, activation.differentiable, activation.saturates) == (False, True, "both")
    assert repr(activation) == "gaussian()"


def test_without_a_formula_it_is_shown_by_its_name():
    activation = register_activation("square", squared, doubled)
    assert activation.formula == r"\mathrm{square}(z)"
    assert activation.derivative == r"\mathrm{square}'(z)"


def test_two_registered_activations_differ_and_a_name_can_be_used_again():
    first = register_activation("mine", squared, doubled)
    second = register_activation("mine", lambda ops, z: z * z * z, lambda ops, z: 3 * z * z)
    assert first != second
    assert get_activation("mine") is second
    assert "mine" in activation_names()


def test_name_that_is_built_in():
    assert message_of(InputError, lambda: register_activation("relu", squared, doubled)) == (
        "An activation cannot be registered as 'relu': that name is built in. Choose another."
    )


def test_no_name():
    assert message_of(InputError, lambda: register_activation("", squared, doubled)) == (
        "An activation cannot be registered as '': it needs a name."
    )


def test_not_callable():
    assert message_of(InputTypeError, lambda: register_activation("square", squared, 2.0)) == (
        "Activation 'square': its derivative must be callable as derivative(ops, z); got 2.0 of type float."
    )


def test_saturates_is_one_of_four():
    assert message_of(InputError, lambda: register_activation("square", squared, doubled, saturates="up")) == (
        "Activation 'square': saturates must be 'left', 'right', 'both' or 'never'; got 'up'."
    )


def test_derivative_that_does_not_agree():
    assert message_of(InputError, lambda: register_activation("square", squared, lambda ops, z: 3 * z)) == (
        "Activation 'square': its derivative does not agree with its values. At z = -8.0137 the derivative gives "
        "-24.0411, but the value changes by -16.0274 for each unit of z (61 of 61 places disagree). Correct the "
        "derivative or the function."
    )
    assert "square" not in activation_names()


def test_derivative_that_is_wrong_in_a_small_part_is_found():
    slightly = lambda ops, z: ops.where(z > 7.5, 2.0001 * z, 2 * z)  # noqa: E731
    message = message_of(InputError, lambda: register_activation("square", squared, slightly))
    assert "At z = 7.9871 the derivative gives 15.975, but the value changes by 15.9742" in message
    assert "(2 of 61 places disagree)" in message


def test_values_that_are_not_finite():
    inverse = lambda ops, z: 1 / ops.astype(z > 0, z.dtype)  # noqa: E731
    assert message_of(InputError, lambda: register_activation("inverse", inverse, doubled)) == (
        "Activation 'inverse': its function must be finite for every z; at z = -8.0137 it gave inf."
    )


def test_wrong_shape():
    total = lambda ops, z: ops.sum(z)  # noqa: E731
    assert message_of(InputError, lambda: register_activation("total", squared, total)) == (
        "Activation 'total': its derivative must give one float32 for each float32 of z; for shape (61,) it gave shape "
        "() of float32. Work element by element, and write constants as plain numbers."
    )


def test_wrong_type():
    wide = lambda ops, z: z * np.float64(2)  # noqa: E731
    assert message_of(InputError, lambda: register_activation("double", wide, doubled)) == (
        "Activation 'double': its function must give one float32 for each float32 of z; for shape (61,) it gave shape "
        "(61,) of float64. Work element by element, and write constants as plain numbers."
    )


def test_a_kink_between_the_places_is_no_mistake():
    register_activation(
        "shrink",
        lambda ops, z: ops.sign(z) * ops.maximum(abs(z) - 1, 0 * z),
        lambda ops, z: ops.astype(abs(z) > 1, z.dtype),
    )
