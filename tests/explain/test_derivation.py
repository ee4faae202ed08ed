"""Derivations: the paths add up to the gradient that trained, and to what central differences say."""

import math
import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError

RNG = np.random.default_rng(5)


def bags() -> cr.Trace:
    net = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], loss="ssr").set(
        {
            "dense1.weight": [[-34.4, -2.52]],
            "dense1.bias": [2.14, 1.29],
            "dense2.weight": [[-1.30], [2.28]],
            "dense2.bias": [-0.58],
        }
    )
    return net.trace([[0.0], [0.5], [1.0]], [0.0, 1.0, 0.0])


def trained(parts, loss, X, y) -> cr.Trace:
    run = cr.fit(cr.Network(parts, loss=loss), X, y, epochs=1, batch_size=3, dtype="float64", progress=False)
    return run.trace(X[:2], y[:2])


NETWORKS = {
    "residual": lambda: trained(
        [cr.Dense(3, "tanh", l2=0.1), cr.Residual([cr.Dense(3, "gelu")]), cr.LayerNorm(), cr.Dense(2, "softmax")],
        "cross_entropy",
        RNG.normal(size=(6, 3)),
        np.array([0, 1, 0, 1, 1, 0]),
    ),
    "parallel": lambda: trained(
        [cr.Parallel([[cr.Dense(2, "sigmoid")], []]), cr.BatchNorm(), cr.Dense(2)],
        "mse",
        RNG.normal(size=(6, 2)),
        RNG.normal(size=(6, 2)),
    ),
    "picture": lambda: trained(
        [cr.Conv2D(2, 2, "tanh"), cr.MaxPool2D(2), cr.Flatten(), cr.Dense(1)],
        "mse",
        RNG.normal(size=(6, 4, 4, 1)),
        RNG.normal(size=6),
    ),
    "sequence": lambda: trained(
        [cr.LSTM(2), cr.Dense(1, "sigmoid")],
        "binary_cross_entropy",
        RNG.normal(size=(6, 3, 2)),
        np.array([0, 1, 0, 1, 1, 0]),
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_paths_add_up_to_the_gradient(name):
    """Sums of a few dozen products in double precision; central differences are good to about 1e-8."""
    trace = NETWORKS[name]()
    for array, gradient in trace.gradients.items():
        for index in list(np.ndindex(gradient.shape))[:3]:
            wrt = f"{array}[{', '.join(map(str, index))}]"
            found = trace.derivation(wrt, most=10_000)
            assert found.value == pytest.approx(trace.gradient(wrt), rel=1e-12, abs=1e-15)
            total = sum(path.value for path in found.paths) + found.penalty
            assert total == pytest.approx(found.value, rel=1e-10, abs=1e-14)
            assert found.terms.sum() + found.penalty == pytest.approx(found.value, rel=1e-12, abs=1e-15)
            assert found.numeric == pytest.approx(found.value, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_prediction_by_an_input(name):
    trace = NETWORKS[name]()
    shape = trace.value("input").shape[1:]
    for index in list(np.ndindex(shape))[:3]:
        found = trace.derivation(f"input[{', '.join(map(str, index))}]", "prediction[0]", row=1, most=10_000)
        assert sum(path.value for path in found.paths) == pytest.approx(found.value, rel=1e-10, abs=1e-14)
        assert found.numeric == pytest.approx(found.value, rel=1e-6, abs=1e-7)


def test_one_unit_by_another():
    trace = NETWORKS["residual"]()
    found = trace.derivation("dense1.a[0]", "add1.z[1]", row=0)
    weight, z = trace.params["dense2.weight"][0, 1], trace.value("dense2.z")[0, 1]
    slope = 0.5 * (1 + math.erf(z / math.sqrt(2))) + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    assert len(found.paths) == 1
    assert [each.of for each in found.factors] == ["add1.z[1]", "dense2.a[1]", "dense2.z[1]"]
    assert found.factors[-1].value == weight
    assert found.value == pytest.approx(weight * slope, rel=1e-12)


def test_what_a_person_reads():
    """Derived by hand in the lecture: residual, weight, slope of softplus, input."""
    lines = str(bags().derivation("dense1.weight[0, 1]")).splitlines()
    assert lines[0] == "∂loss/∂dense1.weight[0, 1] = 0.045082"
    assert lines[2] == "row 0: every path has a factor of 0"
    assert lines[4:10] == [
        "row 1",
        "  ∂loss/∂dense2.a[0]                 =  0.069663   ssr",
        "  ∂dense2.a[0]/∂dense2.z[0]          =         1   no activation: a = z",
        "  ∂dense2.z[0]/∂dense1.a[1]          =      2.28   dense2.weight[1, 0]",
        "  ∂dense1.a[1]/∂dense1.z[1]          =  0.507499   softplus, f′(z) = 1/(1 + e^(−z)), dense1.z[1] = 0.03",
        "  ∂dense1.z[1]/∂dense1.weight[0, 1]  =       0.5   input[0], what it is multiplied by",
    ]
    assert lines[-1] == "sum over rows: 0 + 0.040304 + 0.004778 = 0.045082"


def test_latex_has_every_path():
    latex = bags().derivation("input[0]", "prediction[0]", row=1).latex
    assert latex.startswith(
        "\\begin{align*}\n\\frac{\\partial \\mathrm{prediction}_{0}}{\\partial \\mathrm{input}_{0}} &= "
    )
    assert len(re.findall(r"&\\qquad = ", latex)) == 2
    assert "1 \\cdot 2.28 \\cdot 0.507499 \\cdot (-2.52) = -2.915889" in latex
    assert latex.count("{") == latex.count("}")


def test_one_path_has_factors():
    trace = bags()
    found = trace.derivation("dense2.bias[0]", "prediction[0]", row=0)
    assert [each.value for each in found.factors] == [1, 1]
    with pytest.raises(InputError) as caught:
        _ = trace.derivation("dense2.bias[0]").factors
    assert str(caught.value) == (
        "∂loss/∂dense2.bias[0] has 3 paths; see .paths (a row= makes them fewer), or .stages, by layers."
    )


def test_too_many_paths_are_grouped_by_layers():
    trace = NETWORKS["residual"]()
    found = trace.derivation("dense1.weight[0, 1]", most=5)
    assert found.paths is None
    assert found.value == trace.gradient("dense1.weight[0, 1]")
    assert [stage.name for stage in found.stages[:3]] == ["dense3.z", "layernorm1.z", "add1.z"]
    np.testing.assert_array_equal(found.stages[1].values, trace.value("dense3.dx")[0])
    assert "more than 5 paths a row, so by layers" in str(found)
    with pytest.raises(InputError, match="too many to write"):
        _ = found.latex


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"wrt": "dense1.weigth[0, 1]"},
            "There is no 'dense1.weigth[0, 1]' to derive by; there are 'dense1.weight', 'dense1.bias', "
            "'dense2.weight', 'dense2.bias', 'dense1.z', 'dense1.a', 'dense2.z', 'dense2.a', 'input', "
            "'prediction'. Did you mean 'dense1.weight'?",
        ),
        (
            {"wrt": "dense1.weight"},
            "'dense1.weight' is a whole array; name one number of it, such as 'dense1.weight[0, 0]'.",
        ),
        (
            {"wrt": "dense1.a[7]", "row": 0},
            "'dense1.a[7]' is no single number of 'dense1.a', which has the shape (2,) a row; indices count from 0.",
        ),
        ({"wrt": "dense1.a[0]"}, "Say which row: row=0 to row=2; got row=None."),
        ({"wrt": "dense1.a[0]", "row": 9}, "Say which row: row=0 to row=2; got row=9."),
        (
            {"wrt": "input[0]", "of": "dense1.bias[0]", "row": 0},
            "'dense1.bias[0]' is a parameter: nothing that can be derived. Derive 'loss' or a value: 'dense1.a[0]'.",
        ),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(InputError) as caught:
        bags().derivation(**arguments)
    assert str(caught.value) == message


def test_what_cannot_be_checked_says_so():
    trace = bags()
    with pytest.raises(InputError, match=r"^'dense1.a\[0\]' is computed by the pass"):
        _ = trace.derivation("dense1.a[0]", row=0).numeric
    with pytest.raises(InputError, match=r"^One row's part of the loss cannot be checked by itself"):
        _ = trace.derivation("dense1.bias[0]", row=0).numeric
