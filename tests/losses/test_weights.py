import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from chainrule.errors import InputError
from chainrule.losses import class_weights

CODES = np.array([0, 0, 0, 1, 2, 2])


def test_balanced_by_hand():
    # 6 rows, 3 classes: 6 / (3 · 3), 6 / (3 · 1), 6 / (3 · 2).
    np.testing.assert_allclose(class_weights(CODES, "balanced"), [2 / 3] * 3 + [2, 1, 1], rtol=1e-15)


def test_balanced_is_scikit_learns_rule():
    codes = np.random.default_rng(0).integers(0, 5, size=100)
    np.testing.assert_allclose(class_weights(codes, "balanced"), compute_sample_weight("balanced", codes), rtol=1e-15)


def test_balanced_classes_count_alike_and_the_mean_is_1():
    weights = class_weights(CODES, "balanced")
    assert weights.mean() == pytest.approx(1)
    assert [weights[code == CODES].sum() for code in range(3)] == pytest.approx([2, 2, 2])


def test_a_class_that_does_not_occur_does_not_count():
    np.testing.assert_array_equal(class_weights([0, 2], "balanced", labels=["a", "b", "c"]), [1, 1])


def test_by_code_by_label_and_by_name():
    expected = [1, 1, 1, 5, 0.5, 0.5]
    np.testing.assert_array_equal(class_weights(CODES, {1: 5, 2: 0.5}), expected)
    labels = ["Adelie", "Chinstrap", "Gentoo"]
    weights = {"Chinstrap": 5, "Gentoo": 0.5}
    np.testing.assert_array_equal(class_weights(CODES, weights, labels=labels), expected)
    np.testing.assert_array_equal(class_weights(np.array(labels)[CODES], weights), expected)
    np.testing.assert_array_equal(class_weights(CODES[:, None].astype(float), {1.0: 5, 2.0: 0.5}), expected)


def test_rows_own_weights_are_multiplied():
    np.testing.assert_array_equal(class_weights([0, 1, 1], {1: 4}, [1, 2, 0.5]), [1, 8, 2])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("balance", "class_weight must be 'balanced' or a mapping from class to weight; got 'balance'."),
        ({"Gento": 1.0}, "class_weight names class 'Gento'; there are 'Adelie', 'Gentoo'. Did you mean 'Gentoo'?"),
        ({"Gentoo": -1.0}, "class_weight of 'Gentoo' must be a finite number of 0 or more; got -1.0."),
        ({"Gentoo": float("nan")}, "class_weight of 'Gentoo' must be a finite number of 0 or more; got nan."),
        ({"Gentoo": "2"}, "class_weight of 'Gentoo' must be a finite number of 0 or more; got '2'."),
    ],
)
def test_mistakes(weights, message):
    with pytest.raises(InputError) as caught:
        class_weights([0, 1, 1], weights, labels=["Adelie", "Gentoo"])
    assert str(caught.value) == message
