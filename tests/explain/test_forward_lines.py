import numpy as np
import pytest

from chainrule.explain import trace_state
from chainrule.network import BatchNorm, Dense, Network
from explain.arithmetic import ready
from explain.networks import STEPS, X, traced


def test_padding_is_left_out_and_said():
    section = traced("steps").worksheet(0, open="all").sections[1]
    shown = {f"{kind}[{t}, {f}]" for kind in ("z", "normal") for t in (0, 1) for f in range(3)}
    assert {line.symbol for line in section.lines if line.symbol} == shown
    assert section.lines[-1].note == "2 of 4 steps of this row are padding."


@pytest.mark.parametrize(
    ("case", "title", "note"),
    [
        ("lecture", "dense1: Dense softplus, (1) → (2)", ""),
        ("table", "embedding1: Embedding, () → (2)", "The rows of weight that city says: 1."),
        ("table", "concatenate1: Concatenate, (2) (2) → (4)", ""),
        ("parallel", "activation1: Activation softsign, (5) → (5)", ""),
        ("normalised", "dropout1: Dropout, (4) → (4)", "Dropout only drops while training; here every value passes."),
        (
            "normalised",
            "batchnorm1: BatchNorm, (4) → (4)",
            "normal = (x − mean)/√(variance + epsilon), with mean and variance of the running statistics.",
        ),
        (
            "residual",
            "layernorm1: LayerNorm, (3) → (3)",
            "normal = (x − mean)/√(variance + epsilon), with mean and variance of the row's features.",
        ),
        (
            "picture",
            "conv1: Conv2D tanh, (5, 4, 2) → (5, 4, 2)",
            "x is the picture with the zeros around it that padding='same' adds.",
        ),
        ("strides", "conv1: Conv2D, (5, 4, 2) → (2, 2, 2)", ""),
        ("strides", "flatten1: Flatten, (2, 2, 2) → (8)", "The same 8 values in one row; padding becomes 0."),
    ],
)
def test_titles_and_remarks(case, title, note):
    assert (title, note) in [(section.title, section.note) for section in traced(case).worksheet().sections]


def test_in_training_normalisation_uses_the_batch():
    network = ready(Network([BatchNorm(), Dense(1)], loss="mse"), X)
    params, stats, inputs = network.ready(X)
    trace = trace_state(network.nodes, network.loss, params, stats, inputs, X[:, :1], training=True)
    assert trace.worksheet().sections[1].note.endswith("with mean and variance of the batch.")
    assert trace.worksheet().agrees


def test_a_row_without_padding_shows_every_step():
    assert not [line for line in traced("steps").worksheet(1, open="all").sections[1].lines if not line.symbol]
    assert np.asarray(STEPS.mask)[1].all()
