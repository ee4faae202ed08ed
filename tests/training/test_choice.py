"""The engine is chosen by a fixed rule, and says why."""

import pytest

from chainrule import Conv2D, Dense, Flatten, Network
from chainrule.errors import InputError, MissingPackageError
from chainrule.training import choice
from chainrule.training.choice import choose, flops_of

NETWORK = Network([Dense(64, "relu"), Dense(1)], loss="mse", input_shape=20)
SHAPES = {"input": (20,)}


def test_arithmetic_is_counted_by_hand():
    assert flops_of(NETWORK, SHAPES, 32) == 6 * 32 * (20 * 64 + 64 + 64 + 1)


def test_weights_that_are_used_at_many_places_count_at_each():
    pictures = Network([Conv2D(4, 3, padding="same"), Flatten(), Dense(1)], loss="mse", input_shape=(5, 6, 2))
    kernel, last = 3 * 3 * 2 * 4 + 4, 5 * 6 * 4 + 1
    assert flops_of(pictures, {"input": (5, 6, 2)}, 8) == 6 * 8 * (5 * 6 * kernel + last)


def test_the_shorter_estimate_is_taken_up_to_the_step_where_they_meet():
    first = choose("auto", NETWORK, SHAPES, 32, 0)
    a_step = [
        getattr(choose("auto", NETWORK, SHAPES, 32, 1), f"{engine}_seconds") - getattr(first, f"{engine}_seconds")
        for engine in ("numpy", "xla")
    ]
    even = first.xla_seconds / (a_step[0] - a_step[1])
    assert choose("auto", NETWORK, SHAPES, 32, int(even)).engine == "numpy"
    assert choose("auto", NETWORK, SHAPES, 32, int(even) + 1).engine == "xla"


def test_short_trainings_run_on_numpy_and_long_ones_on_xla():
    assert choose("auto", NETWORK, SHAPES, 32, 100).engine == "numpy"
    assert choose("auto", NETWORK, SHAPES, 32, 1_000_000).engine == "xla"


def test_the_reason_gives_both_estimates():
    chosen = choose("auto", NETWORK, SHAPES, 32, 1_000_000)
    assert chosen.reason.startswith("xla: estimated ")
    assert chosen.reason.endswith(" on XLA for 1,000,000 steps")
    assert chosen.numpy_seconds > chosen.xla_seconds


def test_what_is_asked_for_is_taken():
    assert choose("numpy", NETWORK, SHAPES, 32, 1_000_000).engine == "numpy"
    assert choose("xla", NETWORK, SHAPES, 32, 1).engine == "xla"
    with pytest.raises(InputError, match=r"engine must be 'auto', 'numpy' or 'xla'; got 'torch'\."):
        choose("torch", NETWORK, SHAPES, 32, 1)


def test_without_jax_numpy_is_taken_and_xla_refused(monkeypatch):
    monkeypatch.setattr(choice, "find_spec", lambda _name: None)
    chosen = choose("auto", NETWORK, SHAPES, 32, 1_000_000)
    assert chosen.engine == "numpy"
    assert chosen.reason.startswith("numpy: jax is not installed (")
    with pytest.raises(MissingPackageError) as caught:
        choose("xla", NETWORK, SHAPES, 32, 1)
    assert str(caught.value) == (
        "engine='xla' needs the package jax, which is not installed: pip install jax, or pass engine='numpy'."
    )
