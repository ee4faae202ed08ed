"""A table is read and understood: what its columns are, which rows have a target, and what is said about the rest."""

import numpy as np
import polars as pl
import pytest

from chainrule.errors import DataError, InputError
from chainrule.tasks.table import understand


def test_rows_without_a_target_are_left_out_and_the_others_keep_their_numbers():
    table = understand({"x": [1.0, 2.0, 3.0, 4.5], "y": [1.5, None, 2.5, 4.0]}, "y")
    assert table.numbers.tolist() == [1, 3, 4]
    assert table.frame["x"].to_list() == [1.0, 3.0, 4.5]
    assert (table.schema.rows, table.source) == (3, "a table in memory")
    assert table.notes == ("1 row has no 'y' and is left out (row 2)",)


def test_a_column_that_is_not_there_cannot_be_left_out():
    with pytest.raises(DataError) as caught:
        understand({"size": [1.0, 2.0], "y": [1.5, 2.5]}, "y", drop=["sise"])
    assert str(caught.value) == ("There is no column 'sise' to leave out; there are 'size', 'y'. Did you mean 'size'?")


def test_errors_about_a_part_name_the_rows_of_the_whole(tmp_path):
    path = tmp_path / "gaps.csv"
    path.write_text("x,y\n1,1.5\n2,\n3,2.5\n4,9.5\n", encoding="utf-8")
    table = understand(str(path), "y")
    with pytest.raises(DataError) as caught, table.naming(np.array([2, 1])):
        raise DataError("Column 'x', row 2: too large.", row=2, column="x")
    assert str(caught.value) == f"Column 'x', {path}, row 3 (line 4): too large."
    assert (caught.value.row, caught.value.column) == (3, "x")
    with pytest.raises(DataError, match=r"^No row at all\.$"), table.naming(np.array([2, 1])):
        raise DataError("No row at all.")


def test_columns_that_a_user_drops_are_counted_but_not_judged():
    """Mistakes among numbers, an infinity and lists would be refused or left out for a reason of their own."""
    table = pl.DataFrame({"x": range(60), "y": list("ab" * 30), "bad": [*map(str, range(59)), "x1"]}).with_columns(
        huge=pl.lit(float("inf")), list=pl.Series([[1]] * 60)
    )
    table = table.with_columns(
        y=pl.when(pl.col("x") < 3).then(None).otherwise("y"), gap=pl.Series([None] * 5 + [1] * 55)
    )
    understood = understand(table, "y", drop=["gap", "list", "huge", "bad", "gap"])
    assert [(column.name, column.missing, column.distinct) for column in understood.schema.left_out] == [
        ("bad", 0, 57),
        ("huge", 0, 1),
        ("list", 0, 0),
        ("gap", 2, 1),
    ]
    assert understood.notes[:2] == ("'bad' is left out: you said so", "'huge' is left out: you said so")


def test_the_target_is_not_left_out():
    with pytest.raises(InputError) as caught:
        understand({"x": [1.0, 2.0], "y": [1.0, 2.0]}, "y", drop=["y"])
    assert str(caught.value) == (
        "Column 'y' is to be predicted and to be left out, too. Take it out of drop (on the command line --drop), or "
        "predict another column."
    )


def test_rows_without_a_target_are_named():
    table = {"x": [1.0, 2.0, 4.0, 3.0], "y": [1.0, None, 2.0, None]}
    assert understand(table, "y").notes == ("2 rows have no 'y' and are left out (rows 2, 4)",)
