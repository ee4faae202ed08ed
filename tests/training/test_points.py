"""The loss at many points is the loss at each of them."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.network.parameters import flatten
from chainrule.training.points import Place, losses_at

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 3))
NETWORKS = {
    "dense": (cr.Network([cr.Dense(4, "tanh", l2=0.1), cr.Dense(1)], loss="ssr"), X, X[:, 0]),
    "normalised": (cr.Network([cr.Dense(4), cr.BatchNorm(), cr.Dropout(0.5), cr.Dense(1)]), X, X[:, 0]),
    "classes": (cr.Network([cr.Dense(3, "softmax")], loss="cross_entropy"), X, np.arange(12) % 3),
    "huber": (cr.Network([cr.Dense(1)], loss=cr.Huber(0.3)), X, X[:, 0]),
    "pictures": (
        cr.Network([cr.Conv2D(2, 2, "relu"), cr.GlobalAveragePool2D(), cr.Dense(1)]),
        RNG.normal(size=(12, 4, 4, 1)),
        X[:, 0],
    ),
}


@pytest.mark.parametrize("engine", ["numpy", "xla"])
@pytest.mark.parametrize("case", NETWORKS)
def test_each_point_is_the_loss_of_the_network_with_those_parameters(case, engine):
    network, inputs, target = NETWORKS[case]
    trainer = cr.Trainer(network, inputs, target, engine="numpy", dtype="float64")
    trainer.step(3)
    state = trainer.state
    params = flatten(state.params)
    directions = [{name: RNG.normal(size=array.shape) for name, array in params.items()} for _ in range(2)]
    offsets = RNG.normal(size=(7, 2))
    numbers = network.numbers()
    plan = trainer.plan
    found, used = losses_at(plan.network, numbers, Place(state, directions), offsets, trainer.rows, plan.dtype, engine)
    assert used == engine
    for offset, loss in zip(offsets, found, strict=True):
        moved = {
            name: array + offset[0] * directions[0][name] + offset[1] * directions[1][name]
            for name, array in params.items()
        }
        # Float64; the sums are those of 12 rows in another order.
        assert loss == pytest.approx(trainer.network.set(moved).trace(inputs, target).loss, rel=1e-12)


def test_many_points_are_one_program_and_few_are_not():
    network = cr.Network([cr.Dense(64, "relu"), cr.Dense(1)])
    trainer = cr.Trainer(network, RNG.normal(size=(300, 10)), RNG.normal(size=300), engine="numpy")
    place = Place(trainer.state, [{"dense2.bias": np.ones(1, dtype=np.float32)}])

    def engine(points):
        offsets = np.zeros((points, 1))
        return losses_at(trainer.plan.network, {}, place, offsets, trainer.rows, np.dtype("float32"))[1]

    assert (engine(10), engine(20_000)) == ("numpy", "xla")
