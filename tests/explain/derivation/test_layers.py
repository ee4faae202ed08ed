"""By layers: every stage is the sum of the stages before times the Jacobians between."""

import numpy as np
import pytest

from chainrule.errors import InputError
from explain.derivation.networks import NETWORKS, in_table


@pytest.mark.parametrize("name", NETWORKS)
def test_stages_are_products_of_jacobians(name):
    trace = NETWORKS[name]()
    wrt = next(iter(trace.params)) + "[" + ", ".join("0" * next(iter(trace.params.values())).ndim) + "]"
    found = trace.derivation(wrt, most=1)
    seen = 0
    for place in {stage.row for stage in found.stages}:
        stages = {stage.name: stage.values.ravel() for stage in found.stages if stage.row == place}
        for stage in found.stages:
            if stage.row == place and stage.made_of:
                product = sum(stages[before] @ jacobian.matrix for before, jacobian in stage.made_of)
                np.testing.assert_allclose(product, stage.values.ravel(), rtol=1e-10, atol=1e-15)
                seen += 1
    assert seen


def test_a_raw_column_is_the_last_stage():
    found = in_table().derivation("sold", "prediction", row=3, most=1)
    last = found.stages[-1]
    assert (last.name, float(last.values)) == ("sold", found.value)
    assert last.made_of[0][1].matrix.shape == (12, 1)


def test_stages_are_the_deltas_that_trained():
    trace = NETWORKS["residual"]()
    found = trace.derivation("dense1.weight[0, 1]", most=5)
    assert [stage.name for stage in found.stages[:3]] == ["dense3.z", "layernorm1.z", "add1.z"]
    np.testing.assert_array_equal(found.stages[1].values, trace.value("dense3.dx")[0])
    assert [name for name, _ in found.stages[2].made_of] == ["layernorm1.z"]


def test_two_ways_are_two_jacobians():
    """A residual block's input is used twice."""
    found = NETWORKS["residual"]().derivation("dense1.weight[0, 1]", most=5)
    made = next(stage.made_of for stage in found.stages if stage.name == "dense1.a")
    assert [name for name, _ in made] == ["add1.z", "dense2.z"]


def test_a_matrix_too_large_says_so(monkeypatch):
    monkeypatch.setattr("chainrule.explain.derivation.record.MATRIX_MOST", 5)
    jacobian = NETWORKS["residual"]().derivation("dense1.weight[0, 1]", most=5).stages[1].made_of[0][1]
    with pytest.raises(InputError) as caught:
        _ = jacobian.matrix
    assert str(caught.value) == (
        "∂dense3.z/∂layernorm1.z is a matrix of 2 × 3 numbers, more than 5. Differentiate single numbers: "
        "trace.derivation('layernorm1.z[…]', 'dense3.z[…]', row=…)."
    )
