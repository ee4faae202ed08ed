import subprocess
import sys

import array_api_strict
import numpy as np
import pytest

from chainrule.ops import EagerOps, eager_ops


def test_there_is_one_of_them():
    assert eager_ops() is eager_ops()
    assert eager_ops().name == "numpy"
    assert eager_ops().namespace is np


def test_another_namespace_keeps_its_arrays():
    ops = EagerOps(array_api_strict)
    table, indices = array_api_strict.ones((2, 2)), array_api_strict.asarray([1, 1])
    for found in (
        ops.take(table, indices),
        ops.scatter_add(table, indices, table),
        ops.write(table, (0, slice(None)), table[1, :]),
        ops.erfc(table),
        ops.scan(lambda carry, row: (carry, row), 0, table)[1],
    ):
        assert isinstance(found, type(table))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_numpy_does_another_way_comes_to_the_same(dtype):
    rng = np.random.default_rng(0)
    x, weight, bias = (rng.normal(size=shape).astype(dtype) for shape in ((5, 4), (4, 3), (1, 3)))
    numpy, plain = eager_ops(), EagerOps()
    many = rng.normal(size=(200, 4)).astype(dtype)
    for rows in (x, x[:1], x[:0], np.asfortranarray(x), np.ascontiguousarray(x[:, ::-1])[:, ::-1], many, many[::2]):
        wanted = plain.weighted_sums(rows, weight, bias)
        found = numpy.weighted_sums(rows, weight, bias)
        assert found.dtype == wanted.dtype == dtype
        np.testing.assert_allclose(found, wanted, rtol=1e-5 if dtype == np.float32 else 1e-14, atol=1e-6)
        np.testing.assert_array_equal(numpy.above_zero(rows), np.where(rows > 0, rows, 0))
        assert numpy.above_zero(rows).dtype == dtype
    for settings in ({}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 1)}):
        np.testing.assert_array_equal(numpy.sum(x, **settings), np.sum(x, **settings))
    large = rng.normal(size=(1 << 10, 300)).astype(dtype)
    for rows in (large[:100], np.asfortranarray(large[:100]), large[:200, 3:7], large):
        np.testing.assert_array_equal(numpy.above_zero(rows), np.where(rows > 0, rows, 0))
    assert numpy.above_zero(np.array([-1, 2])).tolist() == [0, 2]
    assert numpy.sum(x > 0) == (x > 0).sum()
    assert np.isnan(numpy.above_zero(np.array([np.nan], dtype))).all()
    assert np.isnan(numpy.largest(np.array([[0, np.nan, 1]], dtype)))


@pytest.mark.parametrize("count", [1, 3, 10, 100, 1024, 1025])
def test_the_sum_of_a_single_row_errs_by_a_few_units_of_its_last_digit(count):
    row = np.random.default_rng(0).random((1, count)).astype(np.float32)
    exact = row.astype(np.float64).sum()  # 2.4 units were found at most, 2.9 with add.reduce
    assert abs(eager_ops().total(row).item() - exact) <= 4 * np.finfo(np.float32).eps / 2 * exact


def test_neither_jax_nor_scipy_is_imported_until_it_is_needed():
    code = (
        "import sys, chainrule.ops, chainrule.activations, chainrule.losses\n"
        "print('jax' in sys.modules, 'scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
