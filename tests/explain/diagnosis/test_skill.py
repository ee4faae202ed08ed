import numpy as np
import pytest

from chainrule.explain.diagnosis.skill import answers_of, constant_loss, explained, matrix_of, truth_of
from chainrule.losses import get_loss
from chainrule.training.step import Rows

Y = np.array([[0.0], [1.0], [1.0], [4.0]])
CODES = np.array([0, 0, 0, 1])


@pytest.mark.parametrize(
    ("loss", "target", "classes", "expected"),
    [
        ("mse", Y, 1, Y.var()),
        ("ssr", Y, 1, Y.var()),
        ("mae", Y, 1, 1.0),
        ("cross_entropy", CODES, 2, -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))),
        ("cross_entropy_from_logits", CODES, 2, -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))),
        ("binary_cross_entropy", CODES[:, None].astype(float), 1, -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))),
        ("poisson", Y, 1, 1.5 - 1.5 * np.log(1.5)),
        ("poisson_from_log", Y, 1, 1.5 - 1.5 * np.log(1.5)),
    ],
)
def test_the_best_constant_is_the_one_known_in_closed_form(loss, target, classes, expected):
    found = constant_loss(get_loss(loss), target, np.zeros((4, classes)), None)
    assert found == pytest.approx(expected, rel=1e-12)


def test_weights_count():
    assert constant_loss(get_loss("mse"), Y, np.zeros((4, 1)), np.array([0.0, 1.0, 1.0, 0.0])) == 0.0


def test_padding_does_not_count():
    steps = np.array([[[1.0], [3.0], [99.0]], [[1.0], [3.0], [np.nan]]])
    real = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]])
    assert constant_loss(get_loss("mse"), steps, np.zeros((2, 3, 1)), real) == 1.0


def test_classes_become_zeros_and_ones_beside_their_probabilities():
    loss = get_loss("cross_entropy_from_logits")
    truth = truth_of(loss, Rows({}, CODES, None), np.zeros((4, 2)))
    assert truth.tolist() == [[1, 0], [1, 0], [1, 0], [0, 1]]
    assert answers_of(loss, np.array([[0.0, np.log(3.0)]])) == pytest.approx(np.array([[0.25, 0.75]]))
    assert explained(truth, truth) == 1.0
    assert explained(truth, np.tile([0.75, 0.25], (4, 1))) == 0.0


def test_a_quantile_is_no_mean():
    assert answers_of(get_loss("quantile"), Y) is None


def test_codes_and_features_stand_side_by_side():
    rows = Rows({"features": np.ones((2, 3)), "city": np.array([4, 5])}, Y[:2], None)
    assert matrix_of(rows).tolist() == [[1, 1, 1, 4], [1, 1, 1, 5]]
    assert matrix_of(Rows({"input": np.ones((2, 3, 3))}, Y[:2], None)) is None
