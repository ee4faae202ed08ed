"""New rows go through a run as its own did, or are refused by name."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import DataError, InputError
from chainrule.runs.tables import encode_table, read_table


@pytest.fixture(scope="module")
def run():
    rng = np.random.default_rng(0)
    table = {
        "size": rng.normal(size=40).round(3),
        "shop": ["A", "B"] * 20,
        "zip": [10000 + place % 3 for place in range(40)],
        "price": rng.normal(size=40),
    }
    options = {"engine": "numpy", "epochs": 1, "baselines": False, "progress": False}
    return cr.fit_table(table, "price", kinds={"zip": "category"}, **options)


NEW = {"size": [0.5, 1.5], "shop": ["A", "C"], "zip": [10001, 10002]}


def test_kinds_given_in_training_hold_for_new_rows(run, tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("size,shop,zip\n0.5,A,10001\n", encoding="utf-8")
    inputs = encode_table(run, read_table(run, str(path))).inputs
    memory = encode_table(run, read_table(run, {name: values[:1] for name, values in NEW.items()})).inputs
    assert inputs["features"].tolist() == memory["features"].tolist()


def test_reading_twice_is_reading_once(run):
    reading = read_table(run, NEW)
    assert read_table(run, reading).frame.rows() == reading.frame.rows()


def test_an_unknown_category_is_refused_by_the_row_of_the_whole(run):
    with pytest.raises(DataError) as caught:
        encode_table(run, read_table(run, NEW).row(2))
    assert str(caught.value) == (
        "Column 'shop' holds 'C' in row 2, which no training row held. Known are 'A', 'B'. Correct it, leave the cell "
        "empty, or go on without it: allow_unknown=True (on the command line --allow-unknown)."
    )
    assert (caught.value.row, caught.value.column) == (2, "shop")
    found = encode_table(run, read_table(run, NEW), allow_unknown=True)
    assert [note.column for note in found.notes] == ["shop"]
    names = run.table.feature_names
    assert [found.inputs["features"][1][names.index(f"shop = {shop}")] for shop in "AB"] == [0.0, 0.0]


def test_the_file_and_the_row_of_a_cell_that_cannot_be_calculated_with(run, tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("size,shop,zip\n0.5,A,10001\n1e300,A,10001\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        encode_table(run, read_table(run, str(path)))
    assert str(caught.value).startswith(f"Column 'size', {path}, row 2 (line 3): 1e+300 is too far from the training")
    assert (caught.value.file, caught.value.row) == (str(path), 2)


def test_a_column_that_is_missing_names_the_file(run, tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("size,zip\n0.5,10001\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        encode_table(run, read_table(run, str(path)))
    assert str(caught.value) == (
        f"{path}: The table lacks a column that the network needs: 'shop'. It has 'size', 'zip'."
    )


def test_a_run_on_arrays_has_no_columns():
    run = cr.fit(cr.Network([cr.Dense(1)]), [[1.0]], [1.0], epochs=0, engine="numpy")
    with pytest.raises(InputError) as caught:
        encode_table(run, read_table(run, NEW))
    assert str(caught.value) == "This run was trained on arrays, not on a table; use run.predict(X) with arrays."
