"""What is to be predicted, as the network is given it."""

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.estimators.goals import Scaling, as_numbers, class_goal, number_goal


def test_numbers_are_standardised_a_column_each():
    goal = number_goal(np.array([[1.0, 10.0], [3.0, 30.0]]), "y", None, None, None)
    np.testing.assert_array_equal(goal.values, [[-1, -1], [1, 1]])
    assert (goal.several, goal.head.outputs) == (True, 2)


def test_weights_count_in_the_moments():
    goal = number_goal(np.array([0.0, 4.0]), "y", None, np.array([3.0, 1.0]), None)
    assert goal.learned["_scaling"].means[0] == 1.0


def test_known_moments_stay():
    goal = number_goal(np.array([5.0]), "y", None, None, Scaling(np.array([1.0]), np.array([2.0])))
    assert goal.values.tolist() == [[2.0]]


def test_one_column_is_one_number_with_a_word_about_it():
    with pytest.warns(UserWarning, match="column-vector y was passed"):
        assert as_numbers(np.array([[1.0], [2.0]])).shape == (2,)


def test_nothing_to_predict_is_refused():
    with pytest.raises(InputError) as caught:
        as_numbers(None)
    assert str(caught.value) == "A network that predicts requires y to be passed, but the target y is None."


def test_classes_are_places_among_all_classes():
    goal = class_goal(np.array(["b", "a"]), "y", None, np.array(["a", "b", "c"]), None)
    assert goal.values.tolist() == [1, 0]
    assert goal.target.labels == ("a", "b", "c")
    assert goal.head.outputs == 3


def test_class_weights_are_weights_of_rows():
    goal = class_goal(np.array([0, 0, 0, 1]), "y", None, None, "balanced")
    np.testing.assert_allclose(goal.weights, [2 / 3, 2 / 3, 2 / 3, 2])
