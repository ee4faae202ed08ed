import numpy as np
import pytest

import chainrule as cr

X, Y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]


def test_a_run_is_made_again_with_one_thing_changed():
    run = cr.fit(cr.Network([cr.Dense(1)]), X, Y, epochs=3, seed=1, engine="numpy")
    same, longer = run.again(), run.again(epochs=6)
    assert np.array_equal(same.params["dense1.weight"], run.params["dense1.weight"])
    assert longer.epochs_kept == 6
    assert longer.again().epochs_kept == 6


def test_a_run_that_broke_off_can_be_made_again():
    with pytest.raises(cr.NonFiniteError) as caught:
        cr.fit(cr.Network([cr.Dense(1)]), X, Y, optimizer=cr.SGD(1e20), engine="numpy")
    assert isinstance(caught.value.run, cr.Run)
    assert caught.value.run.again(optimizer=cr.SGD(0.01)).stopped == "trained 100 epochs"


def test_a_table_is_read_and_split_again():
    table = {"x": [float(i) for i in range(50)], "y": [2.0 * i for i in range(50)]}
    run = cr.fit_table(table, "y", epochs=2, baselines=False, engine="numpy")
    other = run.again(epochs=3)
    assert other.facts["test_rows"]["row"] == run.facts["test_rows"]["row"]
    assert other.training["epochs"] == 3
