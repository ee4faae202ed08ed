"""What counts as a difference, and in which order numbers are computed."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.lockstep import Side, first_difference, update_of

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("a", "b", "tolerance", "place", "share"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0, None, 0),
        ([1.0, 2.0], [1.0, 2.0 + 1e-9], 1e-6, None, 5e-10),
        ([1.0, 2.0], [1.0, 2.0 + 1e-9], 0, (1,), 5e-10),
        ([0.0, 100.0], [1e-5, 100.0], 1e-6, None, 1e-7),  # small beside the largest of its array
        ([0.0, 0.0], [0.0, 1e-300], 1e-6, (1,), 1),
        ([[1.0, 5.0], [7.0, 9.0]], [[1.0, 6.0], [8.0, 9.0]], 1e-6, (0, 1), 1 / 9),
        ([NAN, INF], [NAN, INF], 0, None, 0),
        ([NAN, 1.0], [1.0, 1.0], 0.5, (0,), INF),
        ([INF, 1.0], [-INF, 1.0], 0.5, (0,), INF),
        ([True, False], [True, True], 1e-6, (1,), 1),
    ],
)
def test_first_difference(a, b, tolerance, place, share):
    found, apart = first_difference(np.array(a), np.array(b), tolerance)
    assert (None if found is None else found.place) == place
    assert apart == pytest.approx(share, rel=1e-6)


def test_numbers_come_in_the_order_in_which_they_are_computed():
    network = cr.Network([cr.Dense(2, "tanh", name="first"), cr.BatchNorm(name="norm"), cr.Dense(1, name="last")])
    trainer = cr.Trainer(network, [[1.0], [2.0], [4.0]], [1.0, 2.0, 3.0], optimizer=cr.SGD(0.1, 0.9), engine="numpy")
    trainer.step()
    (made,) = trainer.replay(0, 1)
    names = [value.name for value in Side(trainer).values(made)]
    assert names == [
        *("rows in the batch", "input", "target", "weight of the row"),
        *("first.z", "first.a", "norm.z", "norm.a", "last.z", "last.a"),
        *("data loss", "penalty", "loss"),
        *("last.da", "last.dz", "last.weight", "last.bias"),
        *("norm.da", "norm.dz", "norm.scale", "norm.shift"),
        *("first.da", "first.dz", "first.weight", "first.bias"),
        *("learning_rate", *made.stretch.numbers),
        *(
            f"{name} {kind}"
            for name in ("first.weight", "first.bias", "norm.scale", "norm.shift", "last.weight", "last.bias")
            for kind in ("gradient", "velocity", "direction", "step_size")
        ),
        *("first.weight", "first.bias", "norm.scale", "norm.shift", "last.weight", "last.bias"),
        *(
            f"{name} velocity"
            for name in ("first.weight", "first.bias", "norm.scale", "norm.shift", "last.weight", "last.bias")
        ),
        *("norm.mean", "norm.variance"),
    ]


def test_an_update_is_that_of_the_table_of_steps():
    network = cr.Network([cr.Dense(2, "tanh"), cr.Dense(1)])
    run = cr.fit(network, [[1.0], [2.0]], [1.0, 2.0], epochs=3, dtype="float64", progress=False)
    steps = run.steps("dense1.weight[0, 1]")
    for made in run.trainer.replay(0, 3):
        found = update_of(made, "dense1.weight", (0, 1))
        assert found == {name: column[made.step] for name, column in steps.items() if name != "step"}
