import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.explain.effects.intervals import resampled_rows
from chainrule.runs.refits import refits

RNG = np.random.default_rng(2)
X = RNG.normal(size=(60, 1))
Y = 2 * X[:, 0] + RNG.normal(size=60)


def run(**options) -> cr.Run:
    settings = {"optimizer": cr.SGD(0.2), "batch_size": 60, "epochs": 100, "dtype": "float64", "progress": False}
    return cr.fit(cr.Network([cr.Dense(1)]), X, Y, engine="numpy", **(settings | options))


def test_the_bootstrap_trains_on_the_rows_it_drew():
    found = list(refits(run(), "bootstrap", 3, 0, False))
    for repeat, each in enumerate(found):
        rows = resampled_rows(60, 0, repeat)
        np.testing.assert_array_equal(each.rows, rows)
        slope = np.polyfit(X[rows, 0], Y[rows], 1)[0]
        np.testing.assert_allclose(each.network.params["dense1.weight"], [[slope]], rtol=1e-9)


def test_restarts_train_on_the_same_rows_from_other_weights():
    early = run(epochs=1)
    found = list(refits(early, "restarts", 3, 0, False))
    weights = {float(each.network.params["dense1.weight"][0, 0]) for each in found}
    assert len(weights | {float(early.params["dense1.weight"][0, 0])}) == 4
    assert all(np.array_equal(each.rows, np.arange(60)) for each in found)


def test_standard_errors_of_the_bootstrap_are_those_of_least_squares():
    found = run().effects(intervals="bootstrap", repeats=200, names=["x"], progress=False)
    slopes = [np.polyfit(X[rows, 0], Y[rows], 1)[0] for rows in (resampled_rows(60, 0, r) for r in range(200))]
    assert found["x"].std_error == pytest.approx(np.std(slopes, ddof=1), rel=1e-6)
    assert found.draws.shape == (200, 1, 1)
    assert "200 retrainings on resampled rows." in " ".join(str(found).split())


def test_of_a_convex_loss_restarts_come_to_the_same():
    found = run().effects(intervals="restarts", repeats=3, names=["x"], progress=False)
    assert found["x"].std_error < 1e-6
    assert any(note.startswith("The 3 retrainings took ") for note in found.notes)


def test_a_run_that_was_not_trained_is_not_trained_again():
    with pytest.raises(InputError) as caught:
        run(epochs=0).effects(intervals="bootstrap")
    assert str(caught.value) == (
        "intervals='bootstrap' trains the run again, but it was not trained; intervals='rows' trains nothing."
    )


def test_a_loaded_run_needs_its_rows(tmp_path):
    loaded = cr.load(run().save(tmp_path / "run"))
    with pytest.raises(InputError) as caught:
        loaded.effects(X, intervals="restarts")
    assert str(caught.value) == (
        "intervals='restarts' makes the training again from its rows, and a run that was loaded has none. Pass those "
        "it was trained on: run.with_data(X, y)."
    )
