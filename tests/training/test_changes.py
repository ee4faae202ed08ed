"""Numbers changed on the way hold from their step on, and only from there."""

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.training.changes import Changes

NUMBERS = {"optimizer.beta1": 0.9, "dropout1.rate": 0.5}


def test_a_change_holds_from_its_step_on():
    changes = Changes(NUMBERS)
    changes.add(10, {"optimizer.beta1": 0.8})
    changes.add(20, {"dropout1.rate": 0.1})
    assert changes.at(9) == NUMBERS
    assert changes.at(10) == changes.at(19) == {"optimizer.beta1": 0.8, "dropout1.rate": 0.5}
    assert changes.at(20) == {"optimizer.beta1": 0.8, "dropout1.rate": 0.1}


def test_the_last_of_two_changes_before_one_step_counts():
    changes = Changes(NUMBERS)
    changes.add(10, {"optimizer.beta1": 0.8, "dropout1.rate": 0.2})
    changes.add(10, {"optimizer.beta1": 0.7})
    assert changes.at(10) == {"optimizer.beta1": 0.7, "dropout1.rate": 0.2}


def test_rates_are_as_planned_until_one_is_set():
    changes = Changes(NUMBERS)
    changes.add(3, {"learning_rate": 0.5})
    changes.add(5, {"learning_rate": 0.25})
    planned = np.array([1.0, 2.0, 3.0, 4.0])
    assert changes.rates(planned, 0).tolist() == [1.0, 2.0, 3.0, 0.5]
    assert changes.rates(planned, 2).tolist() == [1.0, 0.5, 0.5, 0.25]
    assert changes.rates(planned, 9).tolist() == [0.25] * 4
    assert planned.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert "learning_rate" not in changes.at(9)


def test_a_stretch_ends_before_the_next_change():
    changes = Changes(NUMBERS)
    changes.add(7, {"optimizer.beta1": 0.8})
    assert changes.next_after(6) == 7
    assert changes.next_after(7) > 2**60


def test_what_comes_after_a_step_is_forgotten():
    changes = Changes(NUMBERS)
    for step in (3, 7, 9):
        changes.add(step, {"optimizer.beta1": step / 10})
    changes.forget_after(7)
    assert sorted(changes.made) == [3, 7]


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        (
            {"beta": 0.5},
            "There is no number 'beta' to set; there are 'beta1', 'dropout1.rate', 'learning_rate', "
            "'optimizer.beta1'. Did you mean 'beta1'?",
        ),
        ({"beta1": float("nan")}, "'beta1' must be set to a finite number; got nan."),
        ({"beta1": "0.5"}, "'beta1' must be set to a finite number; got '0.5'."),
    ],
)
def test_a_number_that_is_none_is_named(numbers, message):
    with pytest.raises(InputError) as caught:
        Changes(NUMBERS).named({"dropout1.rate": 0.1} | numbers)
    assert str(caught.value) == message


def test_numbers_are_known_by_their_full_names_too():
    named = Changes(NUMBERS).named({"beta1": 1, "optimizer.beta1": 0.5, "learning_rate": np.float32(0.25)})
    assert named == {"optimizer.beta1": 0.5, "learning_rate": 0.25}
