"""Jacobians as sections of a document: in full, or their largest numbers."""

import numpy as np

from chainrule.explain.derivation import matrices
from chainrule.explain.derivation.graph import Graph
from chainrule.explain.derivation.matrices import jacobian_section
from chainrule.explain.derivation.record import jacobian
from explain.derivation.networks import bags


def dense(rows=(0, 2)):
    return jacobian(Graph(bags()), ("dense2", "z"), ("dense1", "a"), rows)


def test_a_small_matrix_is_written_in_full():
    section = jacobian_section(dense((1,)))
    assert section.title == "∂dense2.z/∂dense1.a on row 2, a matrix of 1 × 2"
    [table] = section.lines
    assert [each.name for each in table.columns] == ["of, by", "dense1.a[0]", "dense1.a[1]"]
    np.testing.assert_allclose(table.rows[0][1:], [-1.3, 2.28])


def test_rows_that_belong_together_are_told_apart():
    section = jacobian_section(dense())
    assert section.title == "∂dense2.z/∂dense1.a on all rows together, a matrix of 2 × 4"
    assert [row[0] for row in section.lines[0].rows] == ["dense2.z[0], row 1", "dense2.z[0], row 3"]


def test_of_a_large_matrix_the_largest_are_written(monkeypatch):
    monkeypatch.setattr(matrices, "SMALL", 1)
    monkeypatch.setattr(matrices, "LARGEST", 3)
    section = jacobian_section(dense())
    assert section.note == "4 are not 0."
    assert [row[:2] for row in section.lines[0].rows] == [
        ("dense2.z[0], row 1", "dense1.a[1], row 1"),
        ("dense2.z[0], row 3", "dense1.a[1], row 3"),
        ("dense2.z[0], row 1", "dense1.a[0], row 1"),
    ]
    monkeypatch.setattr(matrices, "LOOKED_AT", 1)
    section = jacobian_section(dense())
    assert (section.lines, section.note) == (
        (),
        "Its numbers are not looked at one by one; in Python .stages has it to work with.",
    )
