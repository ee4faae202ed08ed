"""What each step of a pipeline makes of raw columns: straight lines and codes that give what the step gives."""

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

from chainrule.errors import InputError
from chainrule.interop.sklearn_columns import Feature, Missing, transformed

pd = pytest.importorskip("pandas")
NUMBERS = pd.DataFrame({"size": [1.0, 3.0, 8.0], "age": [-2.0, 4.0, 4.0]})
GAPS = pd.DataFrame({"size": [1.0, np.nan, 8.0], "city": ["Ulm", None, "Bonn"], "floor": [3, 1, 2]})


def made(step, frame=NUMBERS):
    """What a step that is fitted to a table makes of its columns."""
    return transformed(step.fit(frame), [Feature(name) for name in frame.columns])


def value(feature, cell):
    """What a cell becomes."""
    empty = cell is None or cell != cell
    if feature.codes is None:
        return feature.factor * (feature.fill if empty else cell) + feature.offset
    level = (feature.fill if feature.fill is not None else Missing) if empty else cell
    return feature.factor * feature.codes.get(level, feature.other) + feature.offset


def values(features, frame):
    return [[value(feature, row[feature.column]) for feature in features] for row in frame.to_dict("records")]


def check(step, frame=NUMBERS, new=None):
    """The features are those of the step itself, on the rows it is fitted to or on new ones."""
    found = made(step, frame)
    rows = frame if new is None else new
    expected = step.transform(rows)
    np.testing.assert_allclose(values(found, rows), np.asarray(expected, dtype=float), rtol=1e-14, atol=1e-15)


SCALERS = [
    StandardScaler(),
    StandardScaler(with_mean=False),
    StandardScaler(with_std=False),
    MinMaxScaler((-1, 3)),
    MaxAbsScaler(),
    RobustScaler(),
    RobustScaler(with_centering=False),
    RobustScaler(with_scaling=False),
    FunctionTransformer(),
    make_pipeline(MinMaxScaler(), "passthrough", StandardScaler(), None),
]


@pytest.mark.parametrize("step", SCALERS, ids=str)
def test_scalers_are_straight_lines(step):
    check(step)


def test_one_hot_encoders():
    one_hot = OneHotEncoder(sparse_output=False)
    check(one_hot, GAPS[["city"]])
    assert [feature.codes for feature in made(one_hot, GAPS[["city"]])] == [
        {"Bonn": 1, "Ulm": 0, Missing: 0},
        {"Bonn": 0, "Ulm": 1, Missing: 0},
        {"Bonn": 0, "Ulm": 0, Missing: 1},
    ]
    check(OneHotEncoder(sparse_output=False, drop="first"), GAPS[["city", "floor"]])
    assert {feature.other for feature in made(one_hot, GAPS[["city"]])} == {None}


def test_ordinal_encoders():
    check(OrdinalEncoder(encoded_missing_value=-1), GAPS[["city", "floor"]])


@pytest.mark.parametrize(
    "encoder",
    [
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=7),
    ],
)
def test_values_that_are_no_level(encoder):
    check(encoder, GAPS[["floor"]], new=pd.DataFrame({"floor": [9, 1]}))


def test_empty_cells_are_filled_in_raw_units():
    """The mean of 0 and 1 after scaling stands for 4.5 before it."""
    (feature,) = made(make_pipeline(MinMaxScaler(), SimpleImputer()), GAPS[["size"]])
    assert [feature.fill, value(feature, None)] == pytest.approx([4.5, 0.5], rel=1e-14)
    check(make_pipeline(SimpleImputer(strategy="most_frequent"), OrdinalEncoder()), GAPS[["city"]])
    levels = made(make_pipeline(SimpleImputer(strategy="constant", fill_value="Ulm"), OneHotEncoder()), GAPS[["city"]])
    assert [value(each, None) for each in levels] == [0, 1]


def test_the_first_fill_is_the_one_that_counts():
    twice = make_pipeline(SimpleImputer(strategy="median"), SimpleImputer(strategy="mean"))
    check(twice, pd.DataFrame({"size": [1.0, np.nan, 8.0, 9.0]}))


@pytest.mark.parametrize(
    "columns",
    [["age"], [1], [-1], slice(1, 2), [False, True], lambda frame: ["age"]],
    ids=["names", "places", "from the end", "slice", "mask", "function"],
)
def test_columns_are_chosen_by_name_or_place(columns):
    chosen = made(ColumnTransformer([("one", "passthrough", columns)]))
    assert [feature.column for feature in chosen] == ["age"]


def test_parts_stand_side_by_side_and_the_rest_behind():
    check(ColumnTransformer([("b", StandardScaler(), ["age"]), ("no", "drop", [])], remainder=MinMaxScaler()))


def refused(step, frame=NUMBERS):
    with pytest.raises(InputError) as caught:
        made(step, frame)
    return str(caught.value)


def test_steps_that_are_not_known():
    assert refused(PolynomialFeatures()) == (
        "from_sklearn does not know the step PolynomialFeatures. Supported are StandardScaler, MinMaxScaler, "
        "MaxAbsScaler, RobustScaler, SimpleImputer, OneHotEncoder, OrdinalEncoder, ColumnTransformer, FeatureUnion, "
        "Pipeline, 'passthrough' and what selects features."
    )
    assert refused(MinMaxScaler(clip=True)) == "MinMaxScaler(clip=True) is no straight line; fit it with clip=False."


RARE = pd.DataFrame(
    {"city": ["Ulm", "Ulm", "Rome", "Bonn", None, "Ulm", "Bonn", "Kiel"], "floor": [1, 1, 1, 2, 3, 3, 4, 3]}
)
NEW = RARE.assign(city="Oslo", floor=9)


@pytest.mark.filterwarnings("ignore:Found unknown categories")
@pytest.mark.parametrize("unknown", ["ignore", "infrequent_if_exist", "warn"])
@pytest.mark.parametrize("asked", [{"min_frequency": 2}, {"max_categories": 2}, {"max_categories": 9}])
@pytest.mark.parametrize("drop", [None, "first"])
def test_rare_levels_stand_together(unknown, asked, drop):
    for frame in (RARE, NEW):
        encoder = OneHotEncoder(sparse_output=False, handle_unknown=unknown, drop=drop, **asked)
        found = transformed(encoder.fit(RARE), [Feature(name) for name in RARE])
        np.testing.assert_array_equal(values(found, frame), encoder.transform(frame))


def test_codes_of_rare_levels():
    encoder = OrdinalEncoder(min_frequency=2, handle_unknown="use_encoded_value", unknown_value=-1)
    for frame in (RARE[["floor"]], NEW[["floor"]]):
        found = transformed(encoder.fit(RARE[["floor"]]), [Feature("floor")])
        np.testing.assert_array_equal(values(found, frame), encoder.transform(frame))


def test_unions_and_selected_features():
    parts = [("a", StandardScaler()), ("b", MinMaxScaler()), ("c", "passthrough"), ("d", "drop")]
    check(FeatureUnion(parts, transformer_weights={"b": 3}))
    check(VarianceThreshold(8.5))


def test_encoders_that_are_not_known():
    assert refused(OrdinalEncoder(), GAPS[["city"]]) == (
        "OrdinalEncoder makes NaN of some values of column 'city'; give it encoded_missing_value and unknown_value as "
        "numbers."
    )
    assert refused(make_pipeline(StandardScaler(), OneHotEncoder()), GAPS[["floor"]]) == (
        "OneHotEncoder comes after another step of column 'floor'; give it the raw column."
    )


@pytest.mark.filterwarnings("ignore:Skipping features")
def test_fills_that_are_not_known():
    assert refused(SimpleImputer(add_indicator=True)) == (
        "from_sklearn takes SimpleImputer for empty cells alone: missing_values=np.nan, add_indicator=False."
    )
    assert refused(SimpleImputer(), NUMBERS.assign(age=np.nan)) == (
        "SimpleImputer found no value in column 'age', and leaves it out. Fit it without the column."
    )


def test_text_is_no_number():
    with pytest.raises(InputError) as caught:
        Feature("city", fill="Ulm").scaled(2.0, 0.0)
    assert str(caught.value) == "Column 'city' holds text and is scaled as a number."


def test_columns_that_are_none_of_the_table():
    assert refused(ColumnTransformer([("n", StandardScaler(), slice("size", "size"))])) == (
        "from_sklearn takes a ColumnTransformer's columns by list or position, not by named slice."
    )
    first = ColumnTransformer([("s", StandardScaler(), ["age"])]).set_output(transform="pandas")
    assert refused(make_pipeline(first, ColumnTransformer([("m", MinMaxScaler(), ["s__age"])]))) == (
        "A ColumnTransformer takes 's__age', which is no raw column; give it columns of the table alone."
    )
