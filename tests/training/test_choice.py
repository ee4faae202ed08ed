"""The engine is chosen by a fixed rule, and says why."""

import pytest

from chainrule import LSTM, SGD, Adam, BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, Network
from chainrule.errors import InputError, MissingPackageError
from chainrule.training import choice
from chainrule.training.choice import choose, work_of

NETWORK = Network([Dense(64, "relu"), Dense(1)], loss="mse", input_shape=20)
SHAPES = {"input": (20,)}


def test_work_is_counted_by_hand():
    parameters = 20 * 64 + 64 + 64 + 1
    assert work_of(NETWORK, SHAPES, 32) == (6 * 32 * parameters, 2, 32 * (64 + 64 + 1) + parameters, 4)


def test_weights_that_are_used_at_many_places_count_at_each():
    pictures = Network([Conv2D(4, 3, padding="same"), Flatten(), Dense(1)], loss="mse", input_shape=(5, 6, 2))
    kernel, last = 3 * 3 * 2 * 4 + 4, 5 * 6 * 4 + 1
    work = work_of(pictures, {"input": (5, 6, 2)}, 8)
    assert work.flops == 6 * 8 * (5 * 6 * kernel + last)
    assert work.rounds == 9 + 1 + 1


def test_layers_that_call_many_operations_count_as_many():
    """Measured on NumPy, in microseconds a step, on a machine that others used too: within half and double."""
    tables = [Dense(64, "relu"), Dense(64, "relu"), Dense(1)]
    dropping = [Dense(64, "tanh"), Dropout(0.2), Dense(64, "tanh"), Dropout(0.2), Dense(1)]
    normal = [Dense(64), BatchNorm(), Dense(64), BatchNorm(), Dense(1)]
    pictures = [Conv2D(8, 3, "relu"), MaxPool2D(), Flatten(), Dense(10, "softmax")]
    for layers, loss, shape, batch, optimizer, measured in (
        ([Dense(2, "softplus"), Dense(1)], "ssr", (1,), 3, SGD(), 86),
        (tables, "mse", (20,), 32, Adam(), 325),
        (dropping, "mse", (20,), 32, Adam(), 1_100),
        (normal, "mse", (20,), 32, Adam(), 600),
        (tables, "mse", (784,), 128, Adam(), 1_900),
        (pictures, "cross_entropy", (28, 28, 1), 32, Adam(), 3_900),
        ([LSTM(16), Dense(1)], "mse", (50, 3), 32, Adam(), 6_000),
        ([LSTM(64), Dense(1)], "mse", (100, 8), 32, Adam(), 20_400),
    ):
        network = Network(layers, loss=loss, input_shape=shape)
        step = choose("numpy", network, optimizer, {"input": shape}, batch, 1).step_seconds
        assert measured / 2 < step * 1e6 < measured * 2, layers


def test_the_shorter_estimate_is_taken_up_to_the_step_where_they_meet():
    first = choose("auto", NETWORK, Adam(), SHAPES, 32, 0)
    a_step = [
        getattr(choose("auto", NETWORK, Adam(), SHAPES, 32, 1), f"{engine}_seconds")
        - getattr(first, f"{engine}_seconds")
        for engine in ("numpy", "xla")
    ]
    even = first.xla_seconds / (a_step[0] - a_step[1])
    assert choose("auto", NETWORK, Adam(), SHAPES, 32, int(even)).engine == "numpy"
    assert choose("auto", NETWORK, Adam(), SHAPES, 32, int(even) + 1).engine == "xla"


def test_short_trainings_run_on_numpy_and_long_ones_on_xla():
    assert choose("auto", NETWORK, Adam(), SHAPES, 32, 100).engine == "numpy"
    assert choose("auto", NETWORK, Adam(), SHAPES, 32, 1_000_000).engine == "xla"


def test_the_reason_gives_both_estimates():
    chosen = choose("auto", NETWORK, Adam(), SHAPES, 32, 1_000_000)
    assert chosen.reason.startswith("xla: estimated ")
    assert chosen.reason.endswith(" on XLA for 1,000,000 steps")
    assert chosen.numpy_seconds > chosen.xla_seconds


def test_what_is_asked_for_is_taken():
    assert choose("numpy", NETWORK, Adam(), SHAPES, 32, 1_000_000).engine == "numpy"
    assert choose("xla", NETWORK, Adam(), SHAPES, 32, 1).engine == "xla"
    with pytest.raises(InputError, match=r"engine must be 'auto', 'numpy' or 'xla'; got 'torch'\."):
        choose("torch", NETWORK, Adam(), SHAPES, 32, 1)


def test_without_jax_numpy_is_taken_and_xla_refused(monkeypatch):
    monkeypatch.setattr(choice, "find_spec", lambda _name: None)
    chosen = choose("auto", NETWORK, Adam(), SHAPES, 32, 1_000_000)
    assert chosen.engine == "numpy"
    assert chosen.reason.startswith("numpy: jax is not installed (")
    with pytest.raises(MissingPackageError) as caught:
        choose("xla", NETWORK, Adam(), SHAPES, 32, 1)
    assert str(caught.value) == (
        "engine='xla' needs the package jax, which is not installed: pip install jax, or pass engine='numpy'."
    )
