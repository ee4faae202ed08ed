"""What every engine's operations do, on NumPy, on XLA and under the array API standard alone."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from chainrule.ops import Ops
from oracles import ENGINES, differences, eager, jax_gradient


class Pair(NamedTuple):
    total: Any
    count: Any


TABLE = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])


@ENGINES
@pytest.mark.parametrize("reverse", [False, True])
def test_scan_carries_and_stacks(engine, reverse):
    x = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])

    def running(ops, x, start):
        def step(carry, row):
            carry = Pair(carry.total + row, carry.count + 1)
            return carry, (carry.total, None, Pair(carry.count, row * 2))

        return ops.scan(step, Pair(start, ops.zeros(())), x, reverse=reverse)

    carry, (totals, nothing, pair) = engine.run(running, x, np.zeros(2))
    np.testing.assert_array_equal(carry.total, [7, 70])
    assert carry.count == 3
    sums = [[7, 70], [6, 60], [4, 40]] if reverse else [[1, 10], [3, 30], [7, 70]]
    np.testing.assert_array_equal(totals, sums)
    assert nothing is None
    np.testing.assert_array_equal(pair.total, [3, 2, 1] if reverse else [1, 2, 3])
    np.testing.assert_array_equal(pair.count, x * 2)


@ENGINES
def test_scan_takes_several_inputs_and_none(engine):
    x, y = np.arange(3.0), np.arange(6.0).reshape(3, 2)

    def dotted(ops, x, y):
        return ops.scan(
            lambda carry, rows: (carry + rows[0] * rows[2].total, rows[1]), ops.zeros(2), (x, None, Pair(y, x))
        )

    carry, outputs = engine.run(dotted, x, y)
    np.testing.assert_array_equal(carry, [0 * 0 + 1 * 2 + 2 * 4, 0 * 1 + 1 * 3 + 2 * 5])
    assert outputs is None


@ENGINES
@pytest.mark.parametrize("indices", [[2, 0, 2], [[1], [0]], 1])
def test_take(engine, indices):
    found = engine.run(lambda ops, table, i: ops.take(table, i), TABLE, np.array(indices))
    np.testing.assert_array_equal(found, TABLE[np.array(indices)])


@ENGINES
def test_scatter_add_adds_up_what_repeats(engine):
    indices, values = np.array([[2, 0], [2, 2]]), np.arange(8.0).reshape(2, 2, 2)
    kept = TABLE.copy()
    found = engine.run(lambda ops, *given: ops.scatter_add(*given), TABLE, indices, values)
    np.testing.assert_array_equal(found, TABLE + np.array([[2, 3], [0, 0], [0 + 4 + 6, 1 + 5 + 7]]))
    np.testing.assert_array_equal(TABLE, kept)


@ENGINES
def test_write(engine):
    place = (slice(0, 3, 2), 1)
    kept = TABLE.copy()
    values = np.array([10.0, 20.0])
    found = engine.run(lambda ops, table, values: ops.write(table, place, values), TABLE, values)
    np.testing.assert_array_equal(found, [[0, 10], [2, 3], [4, 20]])
    np.testing.assert_array_equal(TABLE, kept)


@ENGINES
def test_erfc_keeps_its_digits(engine):
    # mpmath, 40 digits
    expected = [2.0, 1.842700792949715, 1.0, 0.15729920705028513, 2.088487583762545e-45, 0.0]
    found = engine.run(lambda ops, x: ops.erfc(x), np.array([-30.0, -1.0, 0.0, 1.0, 10.0, 40.0]))
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-300)
    assert engine.run(lambda ops, x: ops.erfc(x), np.ones(2, np.float32)).dtype == np.float32


@ENGINES
@pytest.mark.parametrize("rows", [1, 400])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_log1p_exp_keeps_its_digits(engine, rows, dtype):
    # mpmath, 40 digits, of x as it is in both types: near 0, where 1 + e^x has rounded, and where e^x is 0.
    x = [0.0, -0.5, -2.75, -4.125, -15.0, -17.5, -30.0, -80.0, -1e4]
    expected = [0.6931471805599453, 0.4740769841801067, 0.061967589003198625, 0.016034256080318682]
    expected += [3.059022737137205e-07, 2.5109991242183986e-08, 9.357622968839737e-14, 1.8048513878454153e-35, 0.0]
    found = engine.run(lambda ops, x: ops.log1p_exp(x), np.array([x] * rows, dtype))
    assert found.dtype == dtype
    digits = 5 * np.finfo(dtype).eps  # NumPy's exp and log in single precision err by up to 2.6 and 3.5 units
    np.testing.assert_allclose(found, [expected] * rows, rtol=digits, atol=0)


@ENGINES
@pytest.mark.parametrize("shape", [(1, 3), (2, 3), (1, 1), (3, 1), (1, 1, 4), (2, 1, 4), (0, 3), (1, 3000), (5,)])
def test_largest_and_total_are_set_against_their_rows(engine, shape):
    x = np.random.default_rng(0).normal(size=shape)
    found = engine.run(lambda ops, x: (x - ops.largest(x), x / ops.total(x)), x)
    np.testing.assert_array_equal(found[0], x - x.max(axis=-1, keepdims=True))
    np.testing.assert_allclose(found[1], x / x.sum(axis=-1, keepdims=True), rtol=1e-13)


@ENGINES
def test_assemble_adds_parts_in_their_places(engine):
    places = [(slice(0, 4, 3), slice(None)), (slice(1, 4), slice(1, 2)), (slice(0, 1), slice(0, 2))]
    parts = [np.full((2, 2), 1.0), np.full((3, 1), 10.0), np.full((1, 2), 100.0)]
    found = engine.run(lambda ops, *parts: ops.assemble((4, 2), places, parts), *parts)
    np.testing.assert_array_equal(found, [[101, 101], [0, 10], [0, 10], [1, 11]])


def slide(x, weight, strides):
    """The formula, place by place."""
    (down, right), (rows, columns) = strides, weight.shape[:2]
    high, wide = (x.shape[1] - rows) // down + 1, (x.shape[2] - columns) // right + 1
    z = np.zeros((x.shape[0], high, wide, weight.shape[3]))
    for i in range(high):
        for j in range(wide):
            window = x[:, i * down : i * down + rows, j * right : j * right + columns, :]
            z[:, i, j, :] = np.einsum("nabc,abco->no", window, weight)
    return z


@ENGINES
@pytest.mark.parametrize("strides", [(1, 1), (2, 1), (3, 2)])
@pytest.mark.parametrize("window", [(1, 1), (3, 2)])
def test_correlate_is_its_formula(engine, strides, window):
    random = np.random.default_rng(0)
    x, weight = random.normal(size=(2, 6, 5, 3)), random.normal(size=(*window, 3, 4))
    found = engine.run(lambda ops, x, weight: ops.correlate(x, weight, strides), x, weight)
    np.testing.assert_allclose(found, slide(x, weight, strides), rtol=1e-12, atol=1e-13)


def test_jax_can_look_through_every_operation():
    weight = np.random.default_rng(0).normal(size=(3, 2))

    def value(ops, table):
        moved = ops.scatter_add(table, ops.asarray([0, 0, 2]), ops.take(table, ops.asarray([1, 2, 2])))
        moved = ops.write(moved, (0, slice(None)), moved[1, :] * 3)
        carry, rows = ops.scan(lambda carry, row: (carry * row, carry + row), moved[0, :], moved)
        return ops.sum(carry) + ops.sum(rows * ops.asarray(weight))

    expected = differences(lambda table: value(eager(), table), TABLE)
    np.testing.assert_allclose(jax_gradient(value, TABLE), expected, rtol=1e-7)


def test_base_leaves_the_rest_to_its_namespace_and_its_engines():
    ops = Ops(np)
    assert ops.exp is np.exp
    with pytest.raises(AttributeError, match="no_such_operation"):
        _ = ops.no_such_operation
    calls = [
        lambda: ops.scan(None, None, None),
        lambda: ops.take(TABLE, np.array(0)),
        lambda: ops.scatter_add(TABLE, np.array(0), TABLE[0]),
        lambda: ops.write(TABLE, (0,), TABLE[0]),
        lambda: ops.erfc(TABLE),
        lambda: ops.assemble((1,), [], []),
        lambda: ops.correlate(TABLE, TABLE, (1, 1)),
    ]
    for call in calls:
        with pytest.raises(NotImplementedError):
            call()


@ENGINES
@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 2, 4)])
def test_row_sums(engine, shape):
    values = np.arange(np.prod(shape) * 1.0).reshape(shape)
    found = engine.run(lambda ops, values: ops.row_sums(values), values)
    np.testing.assert_array_equal(found, values.reshape(3, -1).sum(axis=1))
