"""What two trainings were set to differently, and where their networks have different forms."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.explain.setup import check_same_form, set_differently

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2]
PARTS = (cr.Dense(4, "tanh"), cr.Dense(1))


def _trainer(parts=PARTS, *, x=X, frozen=(), loss="mse", **options):
    settings = {"optimizer": cr.Adam(0.01), "batch_size": 8, "dtype": "float64", "engine": "numpy"}
    return cr.Trainer(cr.Network(parts, loss=loss).freeze(*frozen), x, Y, **settings | options)


@pytest.mark.parametrize(
    ("options", "differs"),
    [
        ({}, {}),
        ({"sample_weight": np.full(40, 2.0)}, {"weights of rows (class_weight, sample_weight)": ("1 each", "2 to 2")}),
        ({"shuffle": False}, {"shuffle": (True, False)}),
        ({"seed": 3, "batch_size": 5}, {"batch_size": (8, 5), "seed": (0, 3)}),
        ({"loss": "mae"}, {"loss": ("mse", "mae")}),
        ({"validation": 0.2}, {"rows": (40, 32), "validation rows": (0, 8)}),
        ({"dtype": "float32"}, {"dtype": ("float64", "float32")}),
        ({"parts": [cr.Dense(4, "relu"), cr.Dense(1)]}, {"dense1.activation": ("tanh", "relu")}),
        ({"parts": [cr.Dense(4, "tanh", weights="zeros"), cr.Dense(1)]}, {"dense1.weights": ("he", "zeros")}),
        ({"parts": [cr.Dense(4, "tanh", l2=0.1), cr.Dense(1)]}, {"dense1.l2": ("–", 0.1)}),
        ({"frozen": ["dense1"]}, {"frozen": ("nothing", "dense1")}),
    ],
)
def test_what_is_set_differently_is_named(options, differs):
    assert set_differently(_trainer(), _trainer(**options)) == differs


def test_settings_of_other_optimizers_are_dashes():
    differs = set_differently(_trainer(), _trainer(optimizer=cr.SGD(0.01)))
    assert differs["optimizer"] == ("Adam", "SGD")
    assert differs["epsilon"] == (1e-8, "–")
    assert "learning_rate" not in differs


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"parts": [cr.Dense(5, "tanh"), cr.Dense(1)]},
            "Here node 'dense1' (Dense of 'input', output (4,)) in small stands where large has node 'dense1' "
            "(Dense of 'input', output (5,)).",
        ),
        (
            {"parts": [*PARTS, cr.LayerNorm()]},
            "Here nothing in small stands where large has node 'layernorm1' (LayerNorm of 'dense2', output (1,)).",
        ),
        (
            {"x": X[:, :2]},
            "Here the input 'input' of shape (3,) in small stands where large has the input 'input' of shape (2,).",
        ),
    ],
)
def test_other_architectures_are_refused(options, said):
    with pytest.raises(InputError) as caught:
        check_same_form(_trainer(), _trainer(**options), ("small", "large"))
    assert str(caught.value) == f"diff needs two trainings of one architecture. {said}"


def test_other_functions_and_losses_are_of_one_form():
    check_same_form(_trainer(), _trainer([cr.Dense(4, "relu"), cr.Dense(1)], loss="mae"), ("a", "b"))
