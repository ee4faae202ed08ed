"""Whole arrays: the numbers are those of single derivations, and of the product of the layers' matrices."""

import numpy as np
import pytest

from chainrule.errors import InputError
from explain.derivation.networks import NETWORKS, bags


def test_a_whole_gradient_is_the_one_that_trained():
    trace = NETWORKS["residual"]()
    np.testing.assert_array_equal(trace.derivation("dense1.weight").value, trace.gradients["dense1.weight"])


@pytest.mark.parametrize("name", ["weighted", "normalising", "dropping"])
def test_rows_of_a_gradient_add_up(name):
    trace = NETWORKS[name]()
    rows = [trace.derivation("dense1.weight", row=row).value for row in range(trace.rows)]
    if name == "normalising":
        np.testing.assert_allclose(rows[0], trace.gradients["dense1.weight"], rtol=1e-12)
    else:
        np.testing.assert_allclose(sum(rows), trace.gradients["dense1.weight"], rtol=1e-12)


def test_every_number_is_the_single_one():
    trace = NETWORKS["residual"]()
    whole = trace.derivation("dense1.z", "add1.z", row=1)
    assert whole.value.shape == (3, 3)
    for i, j in np.ndindex(3, 3):
        single = trace.derivation(f"dense1.z[{j}]", f"add1.z[{i}]", row=1, most=1000)
        assert whole.at(i, j) == single.value
    one = trace.derivation("dense1.weight", "prediction[0]", row=1)
    assert one.at(0, 1) == pytest.approx(
        trace.derivation("dense1.weight[0, 1]", "prediction[0]", row=1).value, rel=1e-12
    )


def test_it_is_the_product_of_its_jacobians():
    trace = NETWORKS["weighted"]()
    whole = trace.derivation("input", "prediction", row=2)
    product = np.eye(2)
    for jacobian in whole.jacobians:
        product = product @ jacobian.matrix
    np.testing.assert_allclose(product, whole.value, rtol=1e-12)
    assert [(each.of, each.wrt) for each in whole.jacobians] == [
        ("dense2.z", "dense1.a"),
        ("dense1.a", "dense1.z"),
        ("dense1.z", "input"),
    ]


def test_what_a_person_reads():
    text = str(bags().derivation("dense1.a", "prediction", row=1))
    assert "∂prediction/∂dense1.a = 2 numbers of shape (2,)" in text
    assert "∂dense2.z/∂dense1.a on row 2, a matrix of 1 × 2" in text


def test_too_many_numbers(monkeypatch):
    monkeypatch.setattr("chainrule.explain.derivation.whole.MATRIX_MOST", 5)
    with pytest.raises(InputError) as caught:
        NETWORKS["residual"]().derivation("dense1.z", "add1.z", row=1)
    assert str(caught.value) == (
        "∂add1.z/∂dense1.z is 9 numbers, more than 5. Differentiate one number of it: "
        "trace.derivation('dense1.z', 'add1.z[0]', row=1)."
    )
