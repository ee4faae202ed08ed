import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.diagnosis.plateau import FEWEST, flat_stretch, plateau
from explain.diagnosis.illnesses import fit, friedman, paused, stuck


def test_a_plateau_that_was_left_is_where_the_history_is_flat():
    run = paused(1)
    (finding,) = plateau(run.look())
    begin, end = finding.evidence["from epoch"] - 1, finding.evidence["to epoch"] - 1
    losses = run.history["loss"]
    assert np.ptp(losses[begin : end + 1]) <= 0.02 * run.look().constant_loss
    assert end - begin + 1 >= 0.2 * len(losses)
    assert losses[-1] < losses[end] - 0.2 * run.look().constant_loss


def test_a_loss_that_is_still_that_of_a_constant_is_stuck():
    run = stuck(0)
    (finding,) = plateau(run.look())
    assert finding.severity == "serious"
    assert abs(finding.evidence["loss of the best constant"] - run.trainer.rows.target.var()) < 1e-6
    assert finding.evidence["skill of a forest on unseen rows"] > 0.2


def test_a_loss_that_has_hardly_begun_is_not_stuck():
    x, network = np.arange(40.0)[:, None], cr.Network([cr.Dense(2, "relu"), cr.Dense(1, weights="zeros")])
    for epochs, found in ((0, 0), (1, 0), (FEWEST - 1, 0), (FEWEST, 1)):
        settings = {"optimizer": cr.SGD(1e-9), "epochs": epochs, "batch_size": 40, "progress": False}
        look = cr.fit(network, x, 2 * (x[:, 0] - 19.5), **settings).look()
        assert len(list(plateau(look))) == found


def test_a_layer_alone_is_too_stiff_and_on_no_plateau():
    X = np.random.default_rng(0).normal(size=(300, 2))
    run = fit([cr.Dense(1, "sigmoid")], (X, X[:, 0] * X[:, 1] > 0), "binary_cross_entropy", epochs=30)
    (finding,) = run.diagnose()
    assert finding.name == "underfitting"
    assert finding.remedy.changes["hidden_layers"] == [64, 64]
    assert finding.apply(progress=False).gone


def test_the_longest_of_several_plateaus_is_told():
    losses = np.r_[np.full(30, 2.0), np.full(40, 1.0), np.full(25, 0.5), 0.0]
    assert flat_stretch(losses, 1.0) == (30, 69)
    noisy = losses + np.random.default_rng(0).uniform(0, 0.015, len(losses))
    assert flat_stretch(noisy, 1.0) == (30, 69)


def test_the_end_of_learning_is_no_plateau():
    assert flat_stretch(np.r_[np.linspace(1, 0.1, 10), np.full(90, 0.1)], 1.0) is None
    assert flat_stretch(np.r_[np.full(40, 1.0), np.linspace(1, 0.1, 10), np.full(50, 0.1)], 1.0) == (0, 40)


@pytest.mark.parametrize(
    ("activation", "optimizer", "remedy"),
    [
        ("relu", cr.Adam(0.1), "lower the learning rate: 0.001 instead of 0.1."),
        ("relu", cr.Adam(0.01), "raise the learning rate: 0.03 instead of 0.01."),
        ("relu", cr.SGD(0.1), "take Adam (Kingma and Ba 2015), which scales every step by the gradient's own size."),
        ("hard_tanh", cr.Adam(0.01), "give the hidden layers relu with He's first weights."),
        (
            "hard_tanh",
            cr.SGD(0.1),
            "give the hidden layers relu with He's first weights, and take Adam (Kingma and Ba 2015), which scales "
            "every step by the gradient's own size.",
        ),
    ],
)
def test_a_remedy_is_nothing_that_is_so_already(activation, optimizer, remedy):
    X, y = friedman(60)
    network = cr.Network([cr.Dense(2, activation), cr.Dense(1)])
    network = network.set({"dense1.bias": [-100.0] * 2, "dense2.weight": [[0.0]] * 2}).freeze("dense2.weight")
    run = cr.fit(network, X, y, optimizer=optimizer, epochs=60, engine="numpy", progress=False)
    (finding,) = plateau(run.look())
    assert finding.remedy.sentence == remedy
