import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.diagnosis.gradients import gradients, sizes
from explain.diagnosis.illnesses import exploding, fit, friedman, vanishing


def test_sizes_are_those_of_the_steps_own_deltas():
    run = vanishing(0)
    look = run.look()
    made = look.sampled[0]
    dz = made.record.backward.deltas["dense1"].dz
    assert sizes(look, made)["dense1"] == pytest.approx(np.sqrt((np.asarray(dz, float) ** 2).sum() / len(dz)))
    assert list(sizes(look, made)) == [f"dense{place}" for place in range(1, 11)]


def test_ten_sigmoids_shrink_the_gradient_by_at_least_a_quarter_each():
    (finding,) = gradients(vanishing(0).look())
    assert (finding.name, finding.where) == ("vanishing gradients", "dense1")
    assert 0 < finding.evidence["dense1 / dense10, middle of the steps"] < 0.25**9 * 16**4.5  # weights may add a little
    assert finding.remedy.changes["activation"] == {f"dense{place}": "relu" for place in range(1, 11)}


def test_large_weights_let_it_grow():
    (finding,) = gradients(exploding(0).look())
    assert finding.name == "exploding gradients"
    assert finding.evidence["dense1 / dense8, middle of the steps"] > 100
    assert finding.remedy.changes["optimizer"]["clip_norm"] == 1.0


def test_a_network_with_one_hidden_layer_has_no_way_back_to_compare():
    run = fit([cr.Dense(4, "sigmoid"), cr.Dense(1)], friedman(60), epochs=1)
    assert not list(gradients(run.look()))
