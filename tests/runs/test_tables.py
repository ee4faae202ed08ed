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


@pytest.fixture(scope="module")
def numbers():
    rng = np.random.default_rng(0)
    a, b = rng.normal(50, 10, size=(2, 40))
    return np.column_stack([a, np.full(40, 7.0), 2 * a - b, b])


@pytest.fixture(scope="module")
def of_array(numbers, tmp_path_factory):
    run = cr.fit_table(numbers, "x3", epochs=2, engine="numpy", baselines=False, progress=False, dtype="float64")
    return run, cr.load(run.save(tmp_path_factory.mktemp("runs") / "x3"))


def test_an_array_is_the_raw_columns_of_the_run_s_table_in_their_order(numbers, of_array):
    table = {"x1": numbers[:3, 0], "x4": numbers[:3, 3], "x3": numbers[:3, 2]}
    for run in of_array:  # the constant x2 is left out
        expected, judged = run.predict(table), run.evaluate(table)
        assert expected == pytest.approx(
            run.trace(table).prediction[:, 0] * run.table.target.scale + run.table.target.mean, rel=1e-14
        )
        for columns in ([0, 3], [0, 1, 3], [0, 1, 2, 3]):
            array = numbers[:3, columns]
            np.testing.assert_array_equal(run.predict(array), expected)
            np.testing.assert_array_equal(run.trace(array).prediction, run.trace(table).prediction)
            assert run.trace(array).table is not None
            assert run.evaluate(array, table["x3"]) == judged
        assert run.evaluate(numbers[:3]) == judged
        assert run.trace(numbers[:3]).loss == run.trace(table).loss
        assert cr.predict_table(run, numbers[:3]).frame["prediction"].to_list() == expected.tolist()
        assert run.effects(numbers[:3, [0, 3]], intervals=None).values.shape[0] == 3


def test_rows_that_are_encoded_already_are_given_by_the_names_of_the_inputs(numbers, of_array):
    run, _ = of_array
    inputs = run.encode(numbers[:3]).inputs
    np.testing.assert_array_equal(run.predict(inputs), run.network.predict(inputs["features"], dtype="float64"))
    np.testing.assert_array_equal(run.trace(inputs).prediction, run.predict(inputs))


def test_an_array_of_other_columns_is_refused(numbers, of_array, run):
    texts: list[str] = []
    for shape, trained in {(3, 5): of_array[0], (4,): of_array[1], (3, 6): run}.items():
        with pytest.raises(InputError) as caught:
            trained.predict(np.ones(shape))
        texts.append(str(caught.value))
    end = "Encoded rows are given by the names of the network's inputs, as run.encode(table).inputs is."
    known = "This run was trained on a table: an array for it is 2-D, of"
    assert texts == [
        f"{known} 2 raw columns in this order: 'x1', 'x4', or of all 4 columns of its table; got shape (3, 5). {end}",
        f"{known} 2 raw columns in this order: 'x1', 'x4', or of all 4 columns of its table; got shape (4,). {end}",
        f"{known} 3 raw columns in this order: 'size', 'shop', 'zip'; got shape (3, 6). {end}",
    ]


def test_what_is_encoded_is_read_first(run, tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("size,shop,zip\n0.5,A,10001\n", encoding="utf-8")
    read = run.encode(run.read(path)).inputs["features"].tolist()
    assert run.encode(path).inputs["features"].tolist() == read
    assert run.encode({"size": [0.5], "shop": ["A"], "zip": [10001]}).inputs["features"].tolist() == read
