"""Checks that would notice, and what cannot be checked."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.explain.derivation.check import checks_of
from explain.derivation.networks import NETWORKS, bags, in_table


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


def test_a_time_of_day_is_not_moved_by_a_second():
    """A second could carry it into another day."""
    table = {"at": [dt.time(8), dt.time(12, 30), dt.time(23, 59)], "sales": [1.0, 2.0, 3.0]}
    run = cr.fit_table(table, "sales", epochs=0, test=[1], baselines=False, progress=False)
    with pytest.raises(InputError) as caught:
        _ = run.trace(table).derivation("at", "prediction", row=0).numeric
    assert str(caught.value) == "'at' of row 1 is datetime.time(8, 0), which is not moved by a second."


def test_dropout_that_draws_otherwise_in_double_precision_is_not_checked():
    trace = NETWORKS["dropping"]()
    saved = trace.forward.nodes["dropout1"].saved
    kept = trace.forward.nodes["dropout1"]._replace(saved=saved._replace(kept=~np.asarray(saved.kept)))
    other = replace(trace, forward=trace.forward._replace(nodes={**trace.forward.nodes, "dropout1": kept}))
    with pytest.raises(InputError) as caught:
        _ = other.derivation("dense1.bias[0]").numeric
    assert str(caught.value) == ("'dropout1' drops other values in double precision: trace in float64 to check this.")
