"""Comparing runs, trainers and another library's parameters, whichever is given."""

import pytest

import chainrule as cr
from chainrule.errors import InputError, InputTypeError

LINE = cr.Network([cr.Dense(1)], loss="ssr").set({"dense1.weight": [[0.5]], "dense1.bias": [0.0]})


@pytest.fixture(scope="module")
def run() -> cr.Run:
    """Of x = 1, y = 1 the slopes are both 2·(0.5 - 1) = -1: a rate of 0.1 makes the weight 0.6, the bias 0.1."""
    return cr.fit(
        LINE, [[1.0]], [1.0], optimizer=cr.SGD(0.1), epochs=1, dtype="float64", engine="numpy", progress=False
    )


def test_runs_and_trainers_are_one(run):
    for a, b in ((run, run.trainer), (run.trainer, run)):
        assert cr.diff(a, b, tolerance=0).parting is None


def test_another_librarys_parameters(run):
    ours = {"dense1.weight": [[0.6]], "dense1.bias": [0.1]}
    assert cr.diff(run, [ours]).parting is None
    parting = cr.diff(run, [ours | {"dense1.bias": [0.2]}]).parting
    assert (parting.step, parting.name, parting.b) == (1, "dense1.bias[0]", 0.2)
    assert parting.a == pytest.approx(0.1, abs=1e-15)


def test_what_is_no_run_and_a_run_without_its_rows(run, tmp_path):
    with pytest.raises(InputTypeError) as caught:
        cr.diff("run", run)
    assert str(caught.value) == "diff compares runs and trainers; got str first."
    loaded = cr.load(run.save(tmp_path / "run"))
    for a, b in ((loaded, run), (run, loaded)):
        with pytest.raises(InputError) as caught:
            cr.diff(a, b)
        assert str(caught.value) == (
            "diff makes the training again from its rows, and a run that was loaded has none. Pass those it was "
            "trained on: run.with_data(X, y)."
        )
