"""SymPy differentiates the formulas that activations and losses state, and finds the derivatives that they state."""

import numpy as np
import pytest
from sympy import Symbol

from chainrule.activations import activation_names, get_activation
from chainrule.errors import InputError
from chainrule.explain.activation_lines import greek
from chainrule.explain.symbols import evaluate, expression, slope
from chainrule.layers import BatchNormLayer, LayerNormLayer
from chainrule.layers.base import Context
from chainrule.losses import get_loss, loss_names
from chainrule.ops import Rng, eager_ops

ELEMENTWISE = [name for name in activation_names() if get_activation(name).elementwise]
AT = (-3.7, -0.8, 0.4, 2.1)
"""Apart from every kink."""
ROUNDED = {"selu": 1e-4, "gelu_tanh": 1e-12}
"""Relative differences that a formula's own digits explain: SELU states its constants to four."""


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("z", AT)
def test_activations(name, z):
    activation = get_activation(name)
    ops, given = eager_ops(), np.array([z])
    a = activation.forward(ops, given)
    values = {"z": z} | greek(activation)
    close = {"rel": ROUNDED.get(name, 1e-12), "abs": 1e-15}
    formula = evaluate(expression(activation.formula), values)
    assert formula == pytest.approx(float(a[0]), **close)
    derived = evaluate(slope(activation.formula), values)
    stated = evaluate(expression(activation.derivative, activation.formula), values | {"a": float(a[0])})
    assert stated == pytest.approx(derived, rel=1e-9, abs=1e-12)
    assert stated == pytest.approx(float(activation.slope(ops, given, a)[0]), **close)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("same", [True, False])
def test_activations_over_classes(name, same):
    activation = get_activation(name)
    z = np.array([[0.3, -1.2, 2.0]])
    ops = eager_ops()
    a = activation.forward(ops, z)
    values = {"z_k": z[0, 0], "z_j": z[0, 1], "rest": float(np.exp(z[0, 2]))}
    assert evaluate(expression(activation.formula), values) == pytest.approx(a[0, 0], rel=1e-12)
    derived = evaluate(slope(activation.formula, "z_k" if same else "z_j"), values)
    right = expression(activation.derivative.partition("=")[2])
    stated = evaluate(right, {"a_k": a[0, 0], "a_j": a[0, 0] if same else a[0, 1], "δ_kj": float(same)})
    assert stated == pytest.approx(derived, rel=1e-12)
    one = np.array([[1.0, 0.0, 0.0]])
    assert stated == pytest.approx(activation.backward(ops, z, a, one)[0, 0 if same else 1], rel=1e-12)


def losses():
    for name in loss_names():
        loss = get_loss(name)
        yield loss
        if loss.fuses:
            yield loss.fused


@pytest.mark.parametrize("loss", list(losses()), ids=lambda loss: loss.name)
def test_losses(loss):
    """A batch of two rows and three outputs, where the derivative by one output is compared."""
    ops = eager_ops()
    y = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    given = np.array([[0.2, 0.7, 0.1], [0.5, 0.3, 0.2]])
    total, saved = loss.forward(ops, given, y, None)
    backward = loss.backward(ops, saved)
    rest = float(np.exp(given[0, [0, 2]]).sum())
    values = {"y": 1.0, "ŷ": 0.7, "n": 2.0, "k": 3.0, "rest": rest} | greek(loss)
    derived = evaluate(slope(loss.formula, "ŷ"), values)
    stated = evaluate(expression(loss.derivative), values)
    assert stated == pytest.approx(derived, rel=1e-12)
    assert stated == pytest.approx(backward[0, 1], rel=1e-12)
    if loss.name != "cross_entropy_from_logits":  # its terms share a sum, so they are not its terms one by one
        each = sum(
            evaluate(expression(loss.formula), values | {"y": y[place], "ŷ": given[place]})
            for place in np.ndindex(y.shape)
        )
        assert each == pytest.approx(float(total), rel=1e-12)


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("layer", [LayerNormLayer(), BatchNormLayer()], ids=["layer norm", "batch norm"])
def test_normalisation(layer, same):
    """SymPy's derivative of the formula over three values is what is stated, and what the layer's backward gives."""
    ops, x = eager_ops(), np.array([0.3, -1.2, 2.0])
    rows = x[None, :] if isinstance(layer, LayerNormLayer) else x[:, None]
    params = layer.init(Rng(0), rows.shape[1:])._replace(scale=np.full(rows.shape[1], 1.7))
    stats = layer.init_stats(Rng(0), rows.shape[1:])
    y, saved = layer.forward(ops, params, rows, Context(training=True, stats=stats))
    k, j = 0, 0 if same else 1
    places = {"x_1": x[0], "x_2": x[1], "x_3": x[2], "ε": layer.epsilon, "γ_k": 1.7, "γ": 1.7, "m": 3.0, "n": 3.0}
    own = expression(layer.formula, terms=3).subs({Symbol(name, real=True): 0 for name in ("β_k", "β")})
    own = own.subs(Symbol("x_k", real=True), Symbol("x_1", real=True))
    assert evaluate(own, places) == pytest.approx(float(y.reshape(-1)[k]), rel=1e-12)
    derived = evaluate(own.diff(Symbol(f"x_{j + 1}", real=True)), places)
    u, s = saved.normal.reshape(-1), float(np.asarray(saved.deviation).reshape(-1)[0])
    symbols = {"γ_k": 1.7, "γ": 1.7, "s": s, "δ_kj": float(same), "u_k": u[k], "u_j": u[j], "m": 3.0, "n": 3.0}
    stated = evaluate(expression(layer.derivative), symbols)
    assert stated == pytest.approx(derived, rel=1e-12)
    dx, _ = layer.backward(ops, params, saved, np.array([1.0, 0.0, 0.0]).reshape(rows.shape))
    assert stated == pytest.approx(float(dx.reshape(-1)[j]), rel=1e-12)


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        (r"z + ", r"The formula z +  has '' where 'more' is expected."),
        (r"(z", r"The formula (z has '' where ')' is expected."),
        (r"z )", r"The formula z ) has something unknown at ')'."),
    ],
)
def test_what_is_no_formula(latex, message):
    with pytest.raises(InputError) as caught:
        expression(latex)
    assert str(caught.value) == message
