"""Rows on their way in: arrays and tables become the same inputs, and what does not fit is refused."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from chainrule import NetworkClassifier, NetworkRegressor, NetworkTransformer
from chainrule.data.target import NumberTarget
from chainrule.errors import DataError, InputError, InputTypeError
from chainrule.estimators.inputs import free_name, number_columns
from chainrule.network import predictor

QUICK = {"hidden_layers": (4,), "epochs": 3, "engine": "numpy", "random_state": 0}
TARGET = NumberTarget(name="y", mean=0.0, scale=1.0)


def shop():
    rng = np.random.default_rng(0)
    return {"size": rng.normal(size=40), "city": ["Rome", "Oslo", "Kyiv", None] * 10, "open": [True, False] * 20}


@pytest.mark.parametrize("gaps", [False, True])
def test_all_columns_at_once_is_what_each_encoder_says(gaps):
    X = np.random.default_rng(0).normal(5, 3, size=(30, 3))
    X[:, 2] = 7
    if gaps:
        X[4, 1] = np.nan
    columns = number_columns(X, ["a", "b", "c"], TARGET, None)
    import narwhals as nw

    frame = nw.from_native(pl.DataFrame(X, schema=["a", "b", "c"], nan_to_null=True), eager_only=True)
    np.testing.assert_array_equal(columns.inputs(X)["features"], columns.encoder.transform(frame).inputs["features"])


def test_rows_that_are_scaled_where_they_are_predicted_come_to_the_same(monkeypatch):
    X = np.random.default_rng(0).normal(5, 3, size=(40, 3))
    X[30, 1] = np.nan
    model = NetworkRegressor(**QUICK).fit(X[:20], X[:20, 0])
    whole = model.run_.predict_arrays(model.columns_.inputs(X))
    for size, value in {"SHARE": 1, "BYTES": 0, "FEWEST": 7, "CORES": 2}.items():
        monkeypatch.setattr(predictor, size, value)
    pieces = NetworkRegressor(**QUICK).fit(X[:20], X[:20, 0])
    np.testing.assert_allclose(pieces._outputs(X, "predict"), whole, rtol=1e-12)
    X[33, 2] = 1e300
    with pytest.raises(DataError) as caught:
        pieces.predict(X)
    assert str(caught.value).startswith("Column 'x2', row 34: 1e+300 is too far from the training rows' mean")


def test_warnings_are_of_the_line_that_called():
    frame = pd.DataFrame(shop()).fillna({"city": "Bern"}).assign(key=[f"key {row}" for row in range(40)])
    strange = frame.assign(city=["Bonn", *frame["city"][1:]])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = NetworkRegressor(**QUICK).fit(frame, np.arange(40.0))
        model.predict(strange)
        model.predict_frame(strange)
        NetworkTransformer(**QUICK).fit(frame, np.arange(40.0)).transform(strange)
    ours = [each for each in caught if str(each.message).startswith("Column")]
    assert [str(each.message).split("'")[1] for each in ours] == ["key", "city", "city", "key", "city"]
    assert {each.filename for each in ours} == {__file__}


def test_numbers_out_of_reach_are_named():
    columns = number_columns(np.array([[0.0], [1e-300]]), ["a"], TARGET, None)
    with pytest.raises(DataError, match="Column 'a', row 1: 1e\\+300 is too far from the training rows' mean"):
        columns.inputs(np.array([[1e300]]))


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_tables_of_every_library_are_one_table(make):
    y = np.arange(40) % 3
    model = NetworkClassifier(**QUICK).fit(make(shop()), y)
    reference = NetworkClassifier(**QUICK).fit(pd.DataFrame(shop()), y)
    np.testing.assert_array_equal(model.predict_proba(make(shop())), reference.predict_proba(pd.DataFrame(shop())))
    assert list(model.feature_names_in_) == ["size", "city", "open"]
    frame = model.predict_frame(make(shop()))
    assert type(frame) is type(make(shop()))


def test_columns_that_are_left_out_are_named():
    table = pd.DataFrame(shop() | {"same": ["x"] * 40})
    with pytest.warns(UserWarning, match="Column 'same' is left out: constant, 'x' in every row"):
        NetworkRegressor(**QUICK).fit(table, np.arange(40.0))


def test_what_training_did_not_know_is_said():
    table = pd.DataFrame(shop()).fillna({"city": "Rome"})
    model = NetworkRegressor(**QUICK).fit(table, np.arange(40.0))
    other = table.assign(city="Bern")
    with pytest.warns(UserWarning, match="Column 'city': 'Bern' in row 1"):
        model.predict(other)


def test_arrays_do_not_fit_where_texts_were():
    model = NetworkRegressor(**QUICK).fit(pd.DataFrame(shop()), np.arange(40.0))
    with pytest.raises(InputTypeError) as caught:
        model.predict(np.zeros((2, 3)))
    assert str(caught.value) == (
        "The estimator was fitted on a table with columns that are no numbers ('size', 'city', 'open'); pass a table "
        "with these columns."
    )
    numbers = NetworkRegressor(**QUICK).fit(np.zeros((3, 3)) + np.arange(3.0)[:, None], np.arange(3.0))
    with pytest.raises(InputTypeError) as caught:
        numbers.predict(pd.DataFrame(shop()))
    assert str(caught.value) == "The estimator was fitted on numbers; got a table with columns that are none."


def test_one_row_is_too_few():
    with pytest.raises(InputError) as caught:
        NetworkRegressor(**QUICK).fit([[1.0]], [1.0])
    assert str(caught.value) == "A network is fitted on two rows or more; got n_samples = 1."


def test_the_targets_name_is_free():
    assert free_name("y", ["x"]) == "y"
    assert free_name("y", ["y", "y (target)"]) == "y (target) (target)"


def test_a_target_named_like_a_column_is_no_trouble():
    table = pd.DataFrame({"price": np.arange(10.0), "y": np.arange(10.0) ** 2})
    model = NetworkRegressor(**QUICK).fit(table, pd.Series(np.arange(10.0), name="price"))
    assert model.columns_.encoder.target.name == "price (target)"
