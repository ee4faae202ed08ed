"""PyTorch builds the same graph and its autograd finds the same derivatives."""

import sys
from dataclasses import dataclass

import numpy as np
import pytest

import chainrule as cr
from chainrule.activations import activation_names, get_activation, register_activation
from chainrule.interop.torch_derivative import torch_derivative
from chainrule.losses import MSE, loss_names
from explain.derivation.networks import NETWORKS, bags, in_table, traced

ELEMENTWISE = [name for name in activation_names() if get_activation(name).elementwise]


def compare(trace, wrt, of="loss", row=None):
    found = trace.derivation(wrt, of, row=row, most=1)
    value = torch_derivative(trace, of, wrt, found.rows)
    assert value == pytest.approx(found.value, rel=1e-9, abs=1e-13)
    return value


@pytest.mark.peers
@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer(name):
    trace = NETWORKS[name]()
    for array, values in trace.params.items():
        for index in list(np.ndindex(values.shape))[:3]:
            compare(trace, f"{array}[{', '.join(map(str, index))}]")


@pytest.mark.peers
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_activation(name):
    rng = np.random.default_rng(1)
    trace = traced([cr.Dense(3, name), cr.Dense(1)], "mse", rng.normal(size=(4, 2)), rng.normal(size=4))
    for k in range(3):
        compare(trace, f"dense1.bias[{k}]")
        compare(trace, f"dense1.z[{k}]", "dense1.a[" + str(k) + "]", row=2)


@pytest.mark.peers
@pytest.mark.parametrize("name", [name for name in loss_names() if "cross" not in name])
@pytest.mark.parametrize("weight", [None, np.array([1.0, 0.0, 2.5])])
def test_every_loss_of_numbers(name, weight):
    rng = np.random.default_rng(1)
    y = np.array([1.0, 2.0, 0.0])
    trace = traced([cr.Dense(2, "tanh"), cr.Dense(1, "softplus")], name, rng.normal(size=(3, 2)), y, weight=weight)
    compare(trace, "dense1.weight[0, 1]")
    compare(trace, "dense2.z[0]", row=0)


@pytest.mark.peers
@pytest.mark.parametrize("column", ["size", "age", "garden", "sold", "district = Hill"])
def test_raw_columns(column):
    compare(in_table(), column, "prediction", row=3)


def padded(*parts):
    rng = np.random.default_rng(1)
    X = cr.Masked(rng.normal(size=(3, 4, 2)), np.array([[0, 0, 1, 1], [1, 0, 1, 0], [1, 1, 1, 1]]))
    return traced([cr.LSTM(3, return_sequences=True), *parts], "mse", X, rng.normal(size=3))


@pytest.mark.peers
def test_rows_of_unequal_length():
    trace = padded(cr.Flatten(), cr.Dense(1))
    compare(trace, "lstm1.recurrent[0, 1]")
    compare(padded(cr.LSTM(2), cr.Dense(1)), "lstm2.weight[1, 2]")


@dataclass(frozen=True)
class Own(MSE):
    name = "own"


UNASKED = {
    "the loss 'own' is not compared.": (
        lambda: traced([cr.Dense(1)], Own(), np.ones((2, 1)), np.ones(2)).derivation("dense1.bias[0]")
    ),
    "batch normalisation of rows of unequal length is not compared.": (
        lambda: padded(cr.BatchNorm(), cr.LSTM(1)).derivation("lstm1.bias[0]")
    ),
    "one row's part of the loss is not compared: differentiate it without row=.": (
        lambda: padded(cr.LSTM(1)).derivation("lstm1.bias[0]", row=1)
    ),
    "an empty cell is not compared.": lambda: in_table().derivation("age", "prediction", row=7),
}


@pytest.mark.peers
@pytest.mark.parametrize("note", UNASKED)
def test_notes(note):
    check = UNASKED[note]().check().checks[1]
    assert (check.by, check.note) == ("PyTorch", note)


@pytest.mark.peers
def test_what_torch_is_not_asked():
    register_activation("derived_in_test", lambda ops, z: z * z, lambda ops, z: 2 * z)
    trace = traced([cr.Dense(1, "derived_in_test")], "mse", np.ones((1, 1)), np.ones(1))
    checks = trace.derivation("dense1.bias[0]").check().checks
    assert (checks[1].by, checks[1].note) == (
        "PyTorch",
        "'dense1' has the activation 'derived_in_test', which PyTorch does not have.",
    )


def test_without_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    checked = bags().derivation("dense2.bias[0]").check()
    assert checked.checks[1].note == "PyTorch's modules need the package torch: pip install 'chainrule[torch]'."
    assert checked.document().agrees
