"""Checks that would notice, and what cannot be checked."""

from dataclasses import replace

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.explain.derivation.check import checks_of
from explain.derivation.networks import bags, in_table


def test_central_differences_need_no_backward_pass():
    """A trace whose backward pass is wrong is found out."""
    trace = bags()
    found = trace.derivation("dense2.bias[0]")
    off = found.value * (1 + 3e-6)
    checks = checks_of(trace, "loss", "dense2.bias[0]", (0, 1, 2), off)
    assert not checks[0].agrees
    assert not replace(found, value=off).check().document().agrees


def test_a_single_precision_trace_is_checked_in_double():
    trace = in_table()
    single = replace(trace, forward=trace.forward)
    found = single.derivation("size", "prediction", row=3)
    assert all(check.agrees for check in found.check().checks)


def test_a_number_that_the_pass_computed_is_held():
    """The loss by a pre-activation: all that comes after it moves, and nothing before it."""
    trace = bags()
    found = trace.derivation("dense1.z[1]", row=1)
    assert found.numeric == pytest.approx(float(trace.value("dense1.dz")[1, 1]), rel=1e-8)


def test_one_rows_part_of_the_loss():
    with pytest.raises(InputError) as caught:
        _ = bags().derivation("dense1.bias[0]", row=0).numeric
    assert str(caught.value) == (
        "One row's part of the loss cannot be checked by itself: differentiate it without row=."
    )
    checked = bags().derivation("dense1.bias[0]", row=0).check()
    assert [each.value for each in checked.checks] == [None, None]
    assert checked.checks[0].note == str(caught.value)


def test_an_empty_cell_cannot_be_moved():
    with pytest.raises(InputError) as caught:
        _ = in_table().derivation("age", "prediction", row=7).numeric
    assert str(caught.value) == "Row 8 has no 'age': an empty cell cannot be moved."
    assert np.isfinite(in_table().derivation("age", "prediction", row=6).numeric)
