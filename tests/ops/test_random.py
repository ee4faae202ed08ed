import numpy as np
import pytest

from chainrule.ops import NoDraws, Rng, fold_in, random_bits, threefry, uniform
from oracles import ENGINES, eager

# The known-answer vectors that Random123 publishes for threefry2x32 with 20 rounds: counter, key, result.
KNOWN = [
    ((0x00000000, 0x00000000), (0x00000000, 0x00000000), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
    ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
]


def words(*values):
    return np.array(values, dtype=np.uint32)


KEY = words(123, 456)


@ENGINES
@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers(engine, counter, key, expected):
    found = engine.run(threefry, words(*key), words(counter[0]), words(counter[1]))
    assert tuple(int(word[0]) for word in found) == expected


@ENGINES
def test_jax_makes_the_same_words(engine):
    from jax.extend.random import threefry_2x32

    counters = np.arange(10, dtype=np.uint32)
    found = engine.run(threefry, KEY, counters[:5], counters[5:])
    np.testing.assert_array_equal(np.concatenate(found), np.asarray(threefry_2x32(KEY, counters)))


@ENGINES
@pytest.mark.parametrize("shape", [(), (1,), (7,), (2, 3), (0,)])
def test_bits_are_the_same_on_every_engine(engine, shape):
    found = engine.run(lambda ops, key: random_bits(ops, key, shape), KEY)
    assert found.dtype == np.uint32
    assert found.shape == shape
    np.testing.assert_array_equal(found, random_bits(eager(), KEY, shape))


def test_bits_are_the_words_of_counted_blocks():
    first, second = threefry(eager(), KEY, words(0, 1, 2), words(0, 0, 0))
    np.testing.assert_array_equal(random_bits(eager(), KEY, (6,)), np.concatenate([first, second]))
    np.testing.assert_array_equal(random_bits(eager(), KEY, (5,)), np.concatenate([first, second[:2]]))


@ENGINES
def test_keys_are_the_same_on_every_engine_and_all_differ(engine):
    numbers = np.array([0, 1, 2, 2**31 - 1], dtype=np.int32)
    keys = [engine.run(fold_in, KEY, number) for number in numbers]
    for key, number in zip(keys, numbers, strict=True):
        np.testing.assert_array_equal(key, fold_in(eager(), KEY, int(number)))
    assert len({tuple(key.tolist()) for key in [KEY, *keys]}) == 5


@ENGINES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_uniform_numbers_are_the_same_in_both_types(engine, dtype):
    found = engine.run(lambda ops, key, like: uniform(ops, key, (1000,), like.dtype), KEY, np.zeros(1, dtype))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, (random_bits(eager(), KEY, (1000,)) >> 8) / 2**24)
    assert found.min() >= 0
    assert found.max() < 1


def test_moments():
    n = 200_000
    flat, normal = Rng(1).uniform((n,)), Rng(1).normal((n,))
    # Five standard errors of each moment: sqrt(var / n) = 0.0006 for a uniform mean, 0.0022 for a normal one.
    assert flat.mean() == pytest.approx(1 / 2, abs=5 * 0.00065)
    assert flat.var() == pytest.approx(1 / 12, abs=5 * 0.00017)
    assert normal.mean() == pytest.approx(0, abs=5 * 0.0022)
    assert normal.var() == pytest.approx(1, abs=5 * 0.0032)
    assert (normal**3).mean() == pytest.approx(0, abs=5 * 0.0087)
    assert (normal**4).mean() == pytest.approx(3, abs=5 * 0.022)
    assert np.corrcoef(normal[:-1], normal[1:])[0, 1] == pytest.approx(0, abs=5 * 0.0022)
    tenths = np.histogram(flat, bins=10, range=(0, 1))[0]
    assert np.abs(tenths - n / 10).max() < 5 * (n * 0.09) ** 0.5


def test_uniform_between_limits_and_with_53_bits():
    numbers = Rng(2).uniform((1000,), -3.0, -1.0)
    assert numbers.min() >= -3
    assert numbers.max() < -1
    unit = Rng(2).uniform((1000,)) * 2**53
    np.testing.assert_array_equal(unit, np.round(unit))
    assert {int(number) % 2 for number in unit} == {0, 1}


@pytest.mark.parametrize("n", [0, 1, 2, 1000])
def test_a_permutation_holds_every_number_once(n):
    order = Rng(3).permutation(n)
    assert order.dtype == np.int32
    np.testing.assert_array_equal(np.sort(order), np.arange(n))


@pytest.mark.parametrize("n", [1, 2, 7, 100])
def test_several_permutations_at_once_are_those_that_are_drawn_alone(n):
    names = [0, 5, 6, 2**32 - 1]
    rng = Rng(3).child("shuffle")
    found = rng.permutations(names, n)
    assert found.dtype == np.int32
    assert found.tolist() == [rng.child(name).permutation(n).tolist() for name in names]


def test_permutations_are_fair():
    orders = {tuple(Rng(4).child(draw).permutation(3).tolist()): 0 for draw in range(600)}
    for draw in range(600):
        orders[tuple(Rng(4).child(draw).permutation(3).tolist())] += 1
    assert len(orders) == 6
    assert max(abs(count - 100) for count in orders.values()) < 5 * (600 * 5 / 36) ** 0.5


def test_same_seed_same_numbers_other_seed_other_numbers():
    shape = (100,)
    for draw in (lambda rng: rng.normal(shape), lambda rng: rng.uniform(shape), lambda rng: rng.permutation(100)):
        np.testing.assert_array_equal(draw(Rng(5)), draw(Rng(5)))
        for other in (Rng(6), Rng(5 + 2**32), Rng(-1), Rng(5).child("a"), Rng(5).child(0)):
            assert (draw(Rng(5)) != draw(other)).any()
    assert (Rng(5).child("a").normal(shape) != Rng(5).child("b").normal(shape)).any()


def test_drawing_changes_nothing():
    rng = Rng(7)
    np.testing.assert_array_equal(rng.normal((3,)), rng.normal((3,)))


def test_float32_is_float64_rounded():
    narrow, wide = Rng(8, dtype=np.float32), Rng(8)
    for draw in (lambda rng: rng.normal((50,)), lambda rng: rng.child("w").normal((50,)), lambda rng: rng.zeros((2,))):
        assert draw(narrow).dtype == np.float32
        np.testing.assert_array_equal(draw(narrow), draw(wide).astype(np.float32))
    np.testing.assert_array_equal(narrow.full((2,), 0.1), np.full(2, 0.1, np.float32))


def test_where_nothing_is_drawn_there_are_zeros_of_the_form_and_type():
    blank, drawn = NoDraws(0, dtype=np.float32), Rng(0, dtype=np.float32)
    for draw in (lambda rng: rng.child("w").normal((2, 3)), lambda rng: rng.uniform((4,), 1, 2)):
        assert (draw(blank).shape, draw(blank).dtype) == (draw(drawn).shape, draw(drawn).dtype)
        assert not draw(blank).any()
    assert blank.full((2,), 3.0).tolist() == [3.0, 3.0]
