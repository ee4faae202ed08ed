import datetime as dt
import json

import narwhals.stable.v2 as stable
import numpy as np
import polars as pl
import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from chainrule.data.encode import TableEncoder, fit_encoder
from chainrule.data.schema import Column, Schema
from chainrule.errors import DataError, InputError, InputTypeError
from frames import LIBRARIES, frame

libraries = pytest.mark.parametrize("library", LIBRARIES)

PENGUINS = {
    "bill": [39.1, None, 46.5, 50.0],
    "island": ["Dream", "Biscoe", None, "Dream"],
    "tagged": [True, False, True, True],
    "seen": [dt.date(2024, 1, day) for day in (1, 3, 5, 8)],
    "id": [1, 2, 3, 4],
    "species": ["Adelie", "Gentoo", "Adelie", "Gentoo"],
}


def schema_of(kinds, target=("species", "category"), task="classification"):
    columns = tuple(Column(name, kind, "as the test says") for name, kind in kinds.items())
    return Schema(columns, Column(*target, "as the test says"), task, 4)


SCHEMA = schema_of({"bill": "number", "island": "category", "tagged": "boolean", "seen": "date", "id": "identifier"})
FEATURES = (
    "bill",
    "bill is missing",
    "island = Biscoe",
    "island = Dream",
    "island is missing",
    "tagged",
    "seen",
    "seen: week sin",
    "seen: week cos",
)


@libraries
def test_a_table_becomes_features_and_comes_back(library):
    table = frame(PENGUINS, library)
    encoder = fit_encoder(table, SCHEMA)
    assert encoder.rows == 4
    assert encoder.feature_names == FEATURES
    assert encoder.input_shapes == {"features": (9,)}
    assert encoder.wide == {}
    assert encoder.places == {
        "bill": slice(0, 2),
        "island": slice(2, 5),
        "tagged": slice(5, 6),
        "seen": slice(6, 9),
    }
    inputs, notes = encoder.transform(table)
    assert notes == ()
    assert list(inputs) == ["features"]
    features = inputs["features"]
    assert features.dtype == np.float64
    mean, scale = np.mean([39.1, 46.5, 50.0]), np.std([39.1, 46.5, 50.0])
    np.testing.assert_allclose(features[:, 0], (np.array([39.1, mean, 46.5, 50.0]) - mean) / scale, rtol=1e-14)
    assert features[:, 1:6].tolist() == [[0, 0, 1, 0, 1], [1, 1, 0, 0, 0], [0, 0, 0, 1, 1], [0, 0, 1, 0, 1]]
    back = encoder.inverse(inputs)
    np.testing.assert_allclose(back["bill"], [39.1, np.nan, 46.5, 50.0], rtol=1e-15)
    assert {name: values.tolist() for name, values in back.items() if name != "bill"} == {
        name: PENGUINS[name] for name in ("island", "tagged", "seen")
    }
    assert encoder.target.encode(table["species"]).tolist() == [0, 1, 0, 1]


def test_every_library_gives_the_same_bits():
    encoders = [fit_encoder(frame(PENGUINS, library), SCHEMA) for library in LIBRARIES]
    assert all(encoder == encoders[0] for encoder in encoders)
    made = [encoders[0].transform(frame(PENGUINS, library)).inputs["features"].tobytes() for library in LIBRARIES]
    assert len(set(made)) == 1


def test_narwhals_stable_frames_are_taken():
    table = stable.from_native(pl.DataFrame(PENGUINS), eager_only=True)
    assert fit_encoder(table, SCHEMA) == fit_encoder(frame(PENGUINS), SCHEMA)


@libraries
def test_work_shows_the_very_numbers_of_transform(library):
    table = frame(PENGUINS, library)
    encoder = fit_encoder(table, SCHEMA)
    features = encoder.transform(table).inputs["features"]
    for row in range(4):
        lines = encoder.work(table[row : row + 1])
        assert tuple(line.feature for line in lines) == FEATURES
        assert np.array([line.result for line in lines]).tobytes() == features[row].tobytes()


def cities(count, rows):
    return [f"city {number % count:04}" for number in range(rows)]


@libraries
def test_wide_categories_are_inputs_of_their_own(library):
    data = {"city": cities(40, 80), "features": cities(50, 80), "size": [float(n) for n in range(80)]}
    data["price"] = [2.0 * size for size in data["size"]]
    kinds = {"city": "category", "features": "category", "size": "number"}
    table = frame(data, library)
    encoder = fit_encoder(table, schema_of(kinds, ("price", "number"), "regression"))
    assert encoder.feature_names == ("size",)
    assert encoder.wide == {"city": 41, "features (column)": 51}
    assert encoder.input_shapes == {"features": (1,), "city": (), "features (column)": ()}
    inputs = encoder.transform(table).inputs
    assert {name: (array.shape, array.dtype) for name, array in inputs.items()} == {
        "features": ((80, 1), np.dtype(np.float64)),
        "city": ((80,), np.dtype(np.int32)),
        "features (column)": ((80,), np.dtype(np.int32)),
    }
    assert inputs["city"].tolist() == [row % 40 + 1 for row in range(80)]
    back = encoder.inverse(inputs)
    assert back["city"].tolist() == data["city"]
    assert back["features"].tolist() == data["features"]
    assert [line.result for line in encoder.work(table[3:4])] == [4, 4, inputs["features"][3, 0]]


def test_there_are_no_features_when_every_column_is_wide():
    table = frame({"city": cities(40, 80), "price": list(range(80))})
    encoder = fit_encoder(table, schema_of({"city": "category"}, ("price", "number"), "regression"))
    assert encoder.input_shapes == {"city": ()}
    assert list(encoder.transform(table).inputs) == ["city"]
    assert encoder.feature_names == ()


def test_rows_to_predict_need_no_target_and_may_have_more_columns():
    encoder = fit_encoder(frame(PENGUINS), SCHEMA)
    new = {name: cells for name, cells in reversed(PENGUINS.items()) if name not in ("species", "id")}
    assert (
        encoder.transform(frame(new | {"more": [1] * 4})).inputs["features"].tobytes()
        == encoder.transform(frame(PENGUINS)).inputs["features"].tobytes()
    )


def test_notes_of_all_columns_are_collected():
    encoder = fit_encoder(frame(PENGUINS), SCHEMA)
    new = PENGUINS | {"island": ["Mu", "Dream", "Mu", "Atlantis"], "tagged": [None, True, True, True]}
    assert [str(note) for note in encoder.transform(frame(new)).notes] == [
        "Column 'island': 'Mu' in row 1, 'Mu' in row 3, 'Atlantis' in row 4 were not kept from the training rows; "
        "every feature of the column is 0.",
        "Column 'tagged', row 1: no value, and the training rows had no gap; their mean 0.75 was used.",
    ]


def test_no_rows_make_no_rows():
    encoder = fit_encoder(frame(PENGUINS), SCHEMA)
    assert encoder.transform(frame(PENGUINS)[:0]).inputs["features"].shape == (0, 9)


cells = st.fixed_dictionaries(
    {
        "n": st.none() | st.floats(-1e9, 1e9),
        "c": st.none() | st.text(max_size=2),
        "b": st.none() | st.booleans(),
        "t": st.none() | st.datetimes(),
        "y": st.floats(-1e9, 1e9),
    }
)
DRAWN = schema_of({"n": "number", "c": "category", "b": "boolean", "t": "datetime"}, ("y", "number"), "regression")
TYPES = {"n": pl.Float64, "c": pl.String, "b": pl.Boolean, "t": pl.Datetime("us"), "y": pl.Float64}


def table_of(rows):
    import narwhals as nw

    return nw.from_native(pl.DataFrame(rows, schema=TYPES), eager_only=True)


drawn_rows = st.lists(cells, min_size=2, max_size=12, unique_by=lambda row: row["y"])


@given(drawn_rows)
def test_json_gives_back_the_same_encoder_and_the_same_bits(rows):
    table = table_of(rows)
    encoder = fit_encoder(table, DRAWN)
    text = encoder.model_dump_json()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in the JSON"))
    again = TableEncoder.model_validate_json(text)
    assert again == encoder
    assert again.model_dump_json() == text
    before, after = encoder.transform(table).inputs["features"], again.transform(table).inputs["features"]
    assert before.tobytes() == after.tobytes()
    assert again.target.encode(table["y"]).tobytes() == encoder.target.encode(table["y"]).tobytes()


@given(drawn_rows, st.lists(cells, max_size=4), st.lists(cells, max_size=4))
def test_the_encoder_knows_only_the_training_rows(train, test, other_test):
    fitted = [fit_encoder(table_of([*train, *rest])[list(range(len(train)))], DRAWN) for rest in (test, other_test)]
    assert fitted[0] == fitted[1]


@given(drawn_rows)
def test_one_row_is_worked_like_all_rows(rows):
    table = table_of(rows)
    encoder = fit_encoder(table, DRAWN)
    features = encoder.transform(table).inputs["features"]
    for row in range(len(rows)):
        results = np.array([line.result for line in encoder.work(table[row : row + 1])])
        assert results.tobytes() == features[row].tobytes()


def test_nothing_is_finite_only_by_chance():
    extreme = {"n": [-1e300, 1e300, 0.0], "y": [1e-300, 2e-300, 3e-300]}
    encoder = fit_encoder(frame(extreme), schema_of({"n": "number"}, ("y", "number"), "regression"))
    assert np.isfinite(encoder.transform(frame(extreme)).inputs["features"]).all()
    np.testing.assert_allclose(encoder.target.encode(frame(extreme)["y"]), np.array([-1, 0, 1]) * 1.5**0.5, atol=1e-15)
    json.loads(encoder.model_dump_json(), parse_constant=lambda name: pytest.fail(name))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.update(extra=1),
        lambda data: data["columns"][0].update(scale=0.0),
        lambda data: data["columns"][0].update(kind="pickle"),
        lambda data: data["columns"][0].update(mean="39"),
        lambda data: data["columns"].append(data["columns"][0]),
        lambda data: data["target"].update(name="bill"),
        lambda data: data["target"].update(labels=["a"]),
        lambda data: data.update(columns=[]),
        lambda data: data.pop("target"),
    ],
)
def test_a_changed_file_is_refused(change):
    data = json.loads(fit_encoder(frame(PENGUINS), SCHEMA).model_dump_json())
    TableEncoder.model_validate_json(json.dumps(data))
    change(data)
    with pytest.raises(ValidationError):
        TableEncoder.model_validate_json(json.dumps(data))


def test_missing_columns_are_named():
    encoder = fit_encoder(frame(PENGUINS), SCHEMA)
    new = dict(PENGUINS)
    new["Island"] = new.pop("island")
    with pytest.raises(DataError) as caught:
        encoder.transform(frame(new))
    assert str(caught.value) == (
        "The table lacks a column that the network needs: 'island'. "
        "It has 'bill', 'tagged', 'seen', 'id', 'species', 'Island'. Did you mean 'Island'?"
    )
    assert caught.value.column == "island"
    with pytest.raises(DataError) as caught:
        encoder.work(frame({"bil": [1.0]}))
    assert str(caught.value) == (
        "The table lacks 4 columns that the network needs: 'bill', 'island', 'tagged', 'seen'. "
        "It has 'bil'. Did you mean 'bil'?"
    )
    with pytest.raises(DataError) as caught:
        fit_encoder(frame(PENGUINS).drop("species"), SCHEMA)
    assert str(caught.value) == (
        "The table lacks a column that the network needs: 'species'. It has 'bill', 'island', 'tagged', 'seen', 'id'."
    )


def test_a_column_of_another_type_than_in_training_is_refused():
    encoder = fit_encoder(frame(PENGUINS), SCHEMA)
    with pytest.raises(DataError) as caught:
        encoder.transform(frame(PENGUINS | {"bill": ["long", "short", None, "long"]}))
    assert str(caught.value) == (
        "Column 'bill' must hold numbers; row 1 holds 'long'. Correct it, or leave the cell empty."
    )
    with pytest.raises(DataError) as caught:
        encoder.transform(frame(PENGUINS | {"tagged": [1, 0, 1, 1]}))
    assert str(caught.value) == (
        "Column 'tagged' must hold False or True; row 1 holds 1. Correct it, or leave the cell empty."
    )
    with pytest.raises(DataError) as caught:
        encoder.transform(frame(PENGUINS | {"seen": [1, 2, 3, 4]}))
    assert str(caught.value) == "Column 'seen' must hold dates; row 1 holds 1. Correct it, or leave the cell empty."


def test_other_tables_are_refused():
    with pytest.raises(InputTypeError) as caught:
        fit_encoder(pl.DataFrame(PENGUINS), SCHEMA)
    assert str(caught.value) == (
        "fit_encoder takes a narwhals DataFrame; got polars.dataframe.frame.DataFrame. "
        "Wrap it: narwhals.from_native(frame, eager_only=True)."
    )


def test_training_needs_rows_and_columns():
    with pytest.raises(DataError) as caught:
        fit_encoder(frame(PENGUINS)[:0], SCHEMA)
    assert str(caught.value) == "There are no training rows. Give at least two rows with a target."
    with pytest.raises(DataError) as caught:
        fit_encoder(frame(PENGUINS), schema_of({"id": "identifier", "bill": "constant"}))
    assert str(caught.value) == (
        "There is no column to learn from: every column but the target is left out: 'id' (as the test says), 'bill' "
        "(as the test says). Give a column with numbers or categories."
    )
    with pytest.raises(DataError) as caught:
        fit_encoder(frame(PENGUINS), schema_of({}))
    assert str(caught.value) == (
        "There is no column to learn from: the target is the only one. Give a column with numbers or categories."
    )


def test_work_takes_one_row():
    encoder = fit_encoder(frame(PENGUINS), SCHEMA)
    with pytest.raises(InputError) as caught:
        encoder.work(frame(PENGUINS))
    assert str(caught.value) == "work shows one row at a time; got 4. Take one: frame[3:4]."


def test_inverse_takes_all_inputs():
    encoder = fit_encoder(frame(PENGUINS), SCHEMA)
    with pytest.raises(InputError) as caught:
        encoder.inverse({})
    assert str(caught.value) == "inverse needs an input 'features' of shape (n, 9); got none."
    with pytest.raises(InputError) as caught:
        encoder.inverse({"features": np.zeros((2, 8))})
    assert str(caught.value) == "inverse needs an input 'features' of shape (n, 9); got one of shape (2, 8)."
