import numpy as np
import pytest

from chainrule.activations import Sigmoid
from chainrule.errors import DataError
from chainrule.losses import BinaryCrossEntropy, BinaryCrossEntropyFromLogits
from oracles import ENGINES, eager

PLAIN, FUSED = BinaryCrossEntropy(), BinaryCrossEntropyFromLogits()


def unfused(ops, z, target, weight):
    """The chain of two: loss of the sigmoid's probability, and its delta carried through the sigmoid."""
    p = Sigmoid().forward(ops, z)
    value, saved = PLAIN.forward(ops, p, target, weight)
    return value, saved.rows, Sigmoid().backward(ops, z, p, PLAIN.backward(ops, saved))


def fused(ops, z, target, weight):
    value, saved = FUSED.forward(ops, z, target, weight)
    return value, saved.rows, FUSED.backward(ops, saved)


@ENGINES
def test_by_hand(engine):
    p = np.array([[0.5], [0.25], [0.75]])
    y = np.array([[1.0], [0.0], [0.5]])
    value, saved = engine.run(PLAIN.forward, p, y, None)
    # −log 1/2, −log 3/4, −(log 3/4 + log 1/4) / 2
    terms = np.array([np.log(2), np.log(4 / 3), np.log(16 / 3) / 2])
    assert value == pytest.approx(terms.mean(), rel=1e-15)
    np.testing.assert_allclose(saved.rows, terms / 3, rtol=3e-15)
    # (1 − y) / (1 − p) − y / p
    expected = np.array([[-2], [4 / 3], [2 - 2 / 3]]) / 3
    np.testing.assert_allclose(engine.run(PLAIN.backward, saved), expected, rtol=1e-14)


@ENGINES
def test_from_logits_by_hand(engine):
    z = np.array([[0.0], [np.log(3)], [-np.log(3)]])  # probabilities 1/2, 3/4, 1/4
    y = np.array([[1.0], [1.0], [0.0]])
    value, saved = engine.run(FUSED.forward, z, y, np.array([2.0, 1.0, 1.0]))
    assert value == pytest.approx((2 * np.log(2) + 2 * np.log(4 / 3)) / 4, rel=1e-15)
    np.testing.assert_allclose(saved.probability, [[1 / 2], [3 / 4], [1 / 4]], rtol=1e-15)
    np.testing.assert_allclose(engine.run(FUSED.backward, saved), [[-1 / 4], [-1 / 16], [1 / 16]], rtol=1e-15)


@ENGINES
@pytest.mark.parametrize("weight", [None, np.array([1.0, 0.5, 2.0, 1.5])], ids=["plain", "weighted"])
def test_fused_and_unfused_agree(engine, weight):
    random = np.random.default_rng(0)
    z, y = 3 * random.normal(size=(4, 2)), random.uniform(size=(4, 2))
    for found, expected in zip(engine.run(fused, z, y, weight), engine.run(unfused, z, y, weight), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def test_they_agree_far_to_the_left_and_to_the_right_as_long_as_1_minus_p_has_digits():
    y = np.array([1.0, 0.0])
    found = fused(eager(), np.array([-700.0, -700.0]), y, None)
    for one, other in zip(found, unfused(eager(), np.array([-700.0, -700.0]), y, None), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=0)
    found = fused(eager(), np.array([20.0, 20.0]), y, None)
    for one, other in zip(found, unfused(eager(), np.array([20.0, 20.0]), y, None), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=0)  # 1 − p is 2e-9 there, known to 1e-16


def test_the_network_finds_the_fused_form():
    assert PLAIN.fuses == "sigmoid"
    assert PLAIN.fused == FUSED


@ENGINES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_of_ten_thousand(engine, dtype):
    z = np.array([1e4, -1e4, 1e4, -1e4], dtype=dtype)
    y = np.array([1.0, 0.0, 0.0, 1.0], dtype=dtype)
    _, rows, delta = engine.run(fused, z, y, None)
    np.testing.assert_array_equal(rows, [0, 0, 2500, 2500])
    np.testing.assert_array_equal(delta, [0, 0, 0.25, -0.25])


@ENGINES
def test_slopes_keep_their_digits_where_the_answer_is_right(engine):
    # p − 1 is −e^−z / (1 + e^−z); taken as a difference it would be 0 at z = 40.
    _, rows, delta = engine.run(fused, np.array([40.0]), np.array([1.0]), None)
    np.testing.assert_allclose(rows, np.exp(-40), rtol=1e-14)
    np.testing.assert_allclose(delta, -np.exp(-40), rtol=1e-14)


@ENGINES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities_of_0_and_1_are_held(engine, dtype):
    p, y = np.array([0.0, 1.0, 0.0, 1.0], dtype=dtype), np.array([1.0, 0.0, 0.0, 1.0], dtype=dtype)
    _, saved = engine.run(PLAIN.forward, p, y, None)
    tiny, half = float(np.finfo(dtype).smallest_normal), float(np.finfo(dtype).eps) / 2
    np.testing.assert_allclose(4 * saved.rows[:2], [-np.log(tiny), -np.log(half)], rtol=1e-6)
    assert (saved.rows[2:] < 1e-7).all()
    delta = 4 * engine.run(PLAIN.backward, saved).astype(np.float64)
    np.testing.assert_allclose(delta, [-1 / tiny, 1 / half, 1, -1], rtol=1e-6)


@pytest.mark.parametrize("loss", [PLAIN, FUSED], ids=repr)
@pytest.mark.parametrize("bad", [-0.5, 2.0, np.nan])
def test_targets_out_of_range(loss, bad):
    target = np.array([[0.0], [1.0], [0.3]])
    loss.check_target((3, 1), target)
    target[1] = bad
    with pytest.raises(DataError) as caught:
        loss.check_target((3, 1), target)
    assert str(caught.value) == (
        f"Loss '{loss.name}' needs targets that are between 0 and 1; got {bad} in row 2. Encode the two classes as 0 "
        "and 1."
    )
    assert caught.value.row == 2
