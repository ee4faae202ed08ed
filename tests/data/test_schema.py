"""A schema says which columns a network is given."""

import pytest

from chainrule.data.schema import USED, Column, Schema


@pytest.mark.parametrize(
    ("kind", "used"),
    [
        *((kind, True) for kind in ("number", "category", "boolean", "datetime", "date", "time")),
        *((kind, False) for kind in ("identifier", "text", "constant", "empty", "duplicate", "dropped")),
    ],
)
def test_what_a_network_can_take(kind, used):
    assert Column("a", kind, "").used is used
    assert (kind in USED) is used


def test_inputs_keep_the_tables_order():
    columns = tuple(Column(name, kind, "") for name, kind in zip("abc", ("number", "text", "date"), strict=True))
    schema = Schema(columns, Column("y", "number", ""), "regression", 3)
    assert [column.name for column in schema.inputs] == ["a", "c"]
    assert [column.name for column in schema.left_out] == ["b"]
