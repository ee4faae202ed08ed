"""What a workbook is made of: which rows, in which precision, and whose step."""

import numpy as np
import polars as pl
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.explain.tracing import trace_network
from chainrule.explain.workbook import make
from chainrule.explain.workbook.material import first_step, pick_rows, raw_target, take
from chainrule.optimizers.schedules import WarmUp


def line():
    return cr.Network([cr.Dense(1)], loss="mse").set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})


def test_float32_is_passed_again_in_float64():
    network = cr.Network([cr.Dense(3, "tanh"), cr.Dense(1)], input_shape=2)
    network = network.trained(*network.init(0, np.float32))
    narrow = network.trace([[0.1, 0.2]], [[1.0]], dtype=np.float32)
    wide = network.trace([[np.float32(0.1), np.float32(0.2)]], [[1.0]])
    assert make(narrow).trace.loss == wide.loss


def test_the_passes_are_over_the_rows_that_are_taken():
    trace = trace_network(line(), [[1.0], [2.0], [3.0]], [0.0, 0.0, 4.0], weight=[1.0, 1.0, 3.0])
    taken = take(trace, np.array([2, 0]))
    assert taken.inputs["input"].tolist() == [[3], [1]]
    # Predicted 7 of 4, three times, and 3 of 0.
    assert float(taken.loss) == pytest.approx((3 * 9 + 9) / 4, rel=1e-15)


def test_rows_of_a_table_are_encoded_anew():
    """Learned from the rows but the first. What was rounded to float32 would be off by 1e-8."""
    size, price = np.array([0.1, 0.2, 0.4, 0.7]), np.array([1.1, 2.3, 3.7, 5.9])
    run = cr.fit_table({"size": size, "price": price}, "price", epochs=0, test=[1], baselines=False, progress=False)
    taken = take(run.trace({"size": size, "price": price}), np.array([3, 0]))
    assert run.dtype == np.float32
    for found, raw in ((taken.inputs["features"], size), (taken.target, price)):
        expected = (raw[[3, 0]] - raw[1:].mean()) / raw[1:].std()
        np.testing.assert_allclose(found[:, 0], expected, rtol=1e-14)


def test_raw_targets_are_the_tables_or_what_encoded_ones_stand_for():
    table = {"size": [0.1, 0.2, 0.4], "form": ["b", "a", "b"]}
    run = cr.fit_table(table, "form", epochs=0, test=[1], baselines=False, progress=False)
    whole = run.trace(table).table
    assert list(raw_target(whole, None)) == ["b", "a", "b"]
    without = run.trace(pl.DataFrame(table).drop("form")).table
    assert list(raw_target(without, np.array([1, 1, 0]))) == ["b", "b", "a"]


def test_the_first_step_is_at_the_schedules_first_rate_and_remembers_nothing():
    optimizer = cr.SGD(WarmUp(3, 1.0), 0.9)
    step = first_step(line().trace([[1.0]], [1.0]), optimizer, frozen=["dense1.bias"])
    assert step.count == 1
    assert step.optimizer.learning_rate == 0.25
    assert list(step.states) == ["dense1.weight"]
    assert step.states["dense1.weight"].velocity.tolist() == [[0]]


def test_the_step_is_the_optimizers_own():
    """One row, predicted 3 of 1: the slope is 4 for weight and bias."""
    made = make(line().trace([[1.0]], [1.0]), optimizer=cr.SGD(0.25)).update
    assert made.parameters["dense1.weight"].tolist() == [[1]]
    assert made.parameters["dense1.bias"].tolist() == [0]


def test_without_targets_there_is_no_step():
    assert first_step(line().trace([[1.0]]), "sgd") is None


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([0, 3], "There is no row at place 3: there are 3, at places 0 to 2."),
        (-1, "There is no row at place -1: there are 3, at places 0 to 2."),
        ([], "rows must be the number of a row from 0, or a list of them; got []."),
        (0.5, "rows must be the number of a row from 0, or a list of them; got 0.5."),
        ([[0]], "rows must be the number of a row from 0, or a list of them; got [[0]]."),
        (True, "rows must be the number of a row from 0, or a list of them; got True."),
    ],
)
def test_rows_that_are_not_there(rows, message):
    with pytest.raises(InputError) as error:
        pick_rows(3, rows, 20)
    assert str(error.value) == message
