import numpy as np
import pytest

from chainrule.activations import Softmax
from chainrule.errors import DataError, InputError
from chainrule.losses import CrossEntropy, CrossEntropyFromLogits
from oracles import ENGINES, eager

PLAIN, FUSED = CrossEntropy(), CrossEntropyFromLogits()
P = np.array([[1 / 8, 2 / 8, 5 / 8], [1 / 4, 1 / 4, 2 / 4]])
CODES = np.array([2, 0])


def unfused(ops, z, target, weight):
    """The chain of two: loss of the softmax's probabilities, and its delta carried through the softmax."""
    p = Softmax().forward(ops, z)
    value, saved = PLAIN.forward(ops, p, target, weight)
    return value, saved.rows, Softmax().backward(ops, z, p, PLAIN.backward(ops, saved))


def fused(ops, z, target, weight):
    value, saved = FUSED.forward(ops, z, target, weight)
    return value, saved.rows, FUSED.backward(ops, saved)


@ENGINES
def test_by_hand(engine):
    value, saved = engine.run(PLAIN.forward, P, CODES, np.array([1.0, 3.0]))
    assert value == pytest.approx((np.log(8 / 5) + 3 * np.log(4)) / 4, rel=1e-15)
    np.testing.assert_allclose(saved.rows, [np.log(8 / 5) / 4, 3 * np.log(4) / 4], rtol=2e-15)
    np.testing.assert_array_equal(saved.target, [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_allclose(engine.run(PLAIN.backward, saved), [[0, 0, -8 / 5 / 4], [-3, 0, 0]], rtol=1e-15)


@ENGINES
def test_from_logits_by_hand(engine):
    value, saved = engine.run(FUSED.forward, np.log(P) + 7, CODES, None)
    assert value == pytest.approx((np.log(8 / 5) + np.log(4)) / 2, rel=1e-14)
    np.testing.assert_allclose(saved.probability, P, rtol=1e-14)
    expected = np.array([[1 / 8, 2 / 8, -3 / 8], [-3 / 4, 1 / 4, 2 / 4]]) / 2
    np.testing.assert_allclose(engine.run(FUSED.backward, saved), expected, rtol=1e-14)


@ENGINES
@pytest.mark.parametrize("shape", [(4, 3), (2, 1, 3), (3, 1)])
def test_fused_and_unfused_agree(engine, shape):
    random = np.random.default_rng(0)
    z, codes = 3 * random.normal(size=shape), random.integers(0, shape[-1], size=shape[:-1])
    weight = random.uniform(0.5, 2, size=shape[:1])
    for one, other in zip(engine.run(fused, z, codes, weight), engine.run(unfused, z, codes, weight), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)


def test_they_agree_where_probabilities_are_tiny():
    z = np.array([[0.0, -700.0]])
    for one, other in zip(
        fused(eager(), z, np.array([1]), None), unfused(eager(), z, np.array([1]), None), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-16)


def test_the_network_finds_the_fused_form():
    assert PLAIN.fuses == "softmax"
    assert PLAIN.fused == FUSED


@ENGINES
@pytest.mark.parametrize("loss", [PLAIN, FUSED], ids=repr)
def test_codes_are_probabilities_of_1(engine, loss):
    hot = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    by_code, by_share = engine.run(loss.forward, P, CODES, None), engine.run(loss.forward, P, hot, None)
    assert by_code[0] == by_share[0]
    np.testing.assert_array_equal(engine.run(loss.backward, by_code[1]), engine.run(loss.backward, by_share[1]))


@ENGINES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_of_ten_thousand(engine, dtype):
    z = np.array([[1e4, -1e4, 0], [1e4, -1e4, 0], [1e4, 1e4, 1e4]], dtype=dtype)
    _, rows, delta = engine.run(fused, z, np.array([0, 1, 2]), None)
    np.testing.assert_allclose(rows * 3, [0, 2e4, np.log(3)], rtol=1e-6)
    np.testing.assert_allclose(delta * 3, [[0, 0, 0], [1, -1, 0], [1 / 3, 1 / 3, -2 / 3]], rtol=1e-6, atol=0)


@ENGINES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_probability_of_0_is_held(engine, dtype):
    value, saved = engine.run(PLAIN.forward, np.array([[0.0, 1.0]], dtype=dtype), np.array([0]), None)
    tiny = float(np.finfo(dtype).smallest_normal)
    assert value == pytest.approx(-np.log(tiny), rel=1e-6)
    delta = engine.run(PLAIN.backward, saved).astype(np.float64)
    np.testing.assert_allclose(delta, [[-1 / tiny, 0]], rtol=1e-6)


@pytest.mark.parametrize("loss", [PLAIN, FUSED], ids=repr)
@pytest.mark.parametrize(
    ("target", "message", "row"),
    [
        ([0, 3], "are class codes from 0 to 2; got 3 in row 2. Give the output one unit for each class.", 2),
        ([-1, 0], "are class codes from 0 to 2; got -1 in row 1. Give the output one unit for each class.", 1),
    ],
)
def test_codes_out_of_range(loss, target, message, row):
    with pytest.raises(DataError) as caught:
        loss.check_target((2, 3), np.array(target))
    assert str(caught.value) == f"Loss '{loss.name}' needs targets that {message}"
    assert caught.value.row == row


def test_shares_that_do_not_sum_to_1():
    with pytest.raises(DataError) as caught:
        PLAIN.check_target((2, 2), np.array([[0.5, 0.5], [0.5, 0.25]]))
    assert str(caught.value) == (
        "Loss 'cross_entropy' needs targets that are probabilities that sum to 1 over the classes; got [0.5  0.25] in "
        "row 2. Divide each row by its sum."
    )


def test_codes_that_are_not_whole():
    with pytest.raises(InputError) as caught:
        PLAIN.check_target((2, 3), np.array([0.0, 1.0]))
    assert str(caught.value) == (
        "Loss 'cross_entropy' needs whole numbers as class codes; got float64. Encode the classes as 0 to 2."
    )


def test_targets_of_another_shape():
    with pytest.raises(InputError) as caught:
        PLAIN.check_target((2, 3), np.zeros((2, 1), dtype=int))
    assert str(caught.value) == (
        "Loss 'cross_entropy' needs class codes of shape (2,) or probabilities of shape (2, 3); got (2, 1)."
    )
