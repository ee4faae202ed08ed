"""Paths are products of their factors, and Jacobians hold each partial derivative in its place."""

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.explain.derivation import record
from chainrule.explain.derivation.graph import Graph
from chainrule.explain.derivation.record import Factor, Path, jacobian
from chainrule.explain.derivation.rule import Rule
from explain.derivation.networks import bags


def test_a_path_is_the_product_of_its_factors():
    factors = (
        Factor("loss", "b[0]", -2.0, Rule("half", r"\frac{y}{2}", {"y": -4.0})),
        Factor("b[0]", "a", 3.0, Rule("3")),
    )
    path = Path(1, factors)
    assert (path.value, path.through) == (-6.0, ("b[0]", "a"))
    assert (factors[0].rule, factors[0].latex, factors[1].latex) == ("half", r"\frac{y}{2}", r"\text{3}")
    assert str(factors[0].formula) == "y/2"
    assert factors[1].formula is None


def test_the_jacobian_of_a_dense_layer_is_its_weight_for_each_row():
    graph = Graph(bags())
    found = jacobian(graph, ("dense2", "z"), ("dense1", "a"), (0, 2))
    assert (found.of, found.wrt, found.shape) == ("dense2.z", "dense1.a", (2, 4))
    assert found.row_names == ("row 1", "row 3")
    np.testing.assert_array_equal(
        found.matrix, np.array([[-1.3, 2.28, 0, 0], [0, 0, -1.3, 2.28]], dtype=found.matrix.dtype)
    )


def test_a_matrix_that_is_too_large(monkeypatch):
    monkeypatch.setattr(record, "MATRIX_MOST", 1)
    with pytest.raises(InputError) as caught:
        _ = jacobian(Graph(bags()), ("dense2", "z"), ("dense1", "a"), (0,)).matrix
    assert str(caught.value) == (
        "∂dense2.z/∂dense1.a is a matrix of 1 × 2 numbers, more than 1. Differentiate single numbers: "
        "trace.derivation('dense1.a[…]', 'dense2.z[…]', row=…)."
    )
