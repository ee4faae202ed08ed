import numpy as np
import pytest

from chainrule.ops.windows import window_place, window_row
from oracles import ENGINES

X = np.arange(2 * 5 * 4 * 3.0).reshape(2, 5, 4, 3)


@pytest.mark.parametrize(("counts", "strides"), [((3, 3), (1, 1)), ((2, 1), (2, 3)), ((1, 1), (1, 1))])
def test_a_place_of_every_window(counts, strides):
    found = X[window_place((2, 1), counts, strides)]
    assert found.shape == (2, *counts, 3)
    for i in range(counts[0]):
        for j in range(counts[1]):
            np.testing.assert_array_equal(found[:, i, j], X[:, i * strides[0] + 2, j * strides[1] + 1])


@ENGINES
@pytest.mark.parametrize("columns", [1, 2])
def test_a_row_of_every_window(engine, columns):
    counts, strides = (2, 2), (2, 2)
    found = engine.run(lambda ops, x: window_row(ops, x, 1, columns, counts, strides), X)
    expected = [
        X[n, 2 * i + 1, 2 * j : 2 * j + columns].reshape(-1) for n in range(2) for i in range(2) for j in range(2)
    ]
    np.testing.assert_array_equal(found, expected)
