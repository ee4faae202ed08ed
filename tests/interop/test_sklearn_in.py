"""Fitted scikit-learn models as runs: the same labels and probabilities, from raw columns."""

import numpy as np
import openpyxl
import polars as pl
import pytest
import sklearn
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
    SGDRegressor,
)
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

import chainrule as cr
from chainrule.errors import InputError
from chainrule.runs.metrics import probabilities_of

pd = pytest.importorskip("pandas")
rng = np.random.default_rng(4)
N = 60
CITIES = np.array(["Bonn", "Ulm", "Köln"])[rng.integers(0, 3, N)]
FRAME = pd.DataFrame(
    {"size": rng.normal(80, 20, N), "city": CITIES, "age": rng.normal(30, 9, N), "floor": rng.integers(0, 5, N)}
)
GAPS = FRAME.copy()
GAPS.loc[[1, 5], "age"] = np.nan
GAPS.loc[[2, 7], "city"] = None
PRICE = FRAME["size"].to_numpy() * 3 + (CITIES == "Ulm") * 50 + rng.normal(size=N)
CLASSES = np.where(PRICE > 260, "high", np.where(PRICE > 220, "mid", "low"))
NUMBERS = ["size", "age", "floor"]


def mixed(scaler, one_hot=None, last=None):
    one_hot = one_hot or OneHotEncoder()
    return ColumnTransformer(
        [
            ("city", make_pipeline(SimpleImputer(strategy="most_frequent"), one_hot), ["city"]),
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), scaler), ["age", "size"]),
        ],
        remainder="passthrough",
    )


MODELS = {
    "linear": (LinearRegression(), NUMBERS, PRICE),
    "ridge": (make_pipeline(StandardScaler(), Ridge()), NUMBERS, PRICE),
    "no intercept": (make_pipeline(MinMaxScaler(), Ridge(fit_intercept=False)), NUMBERS, PRICE),
    "binary": (make_pipeline(RobustScaler(), LogisticRegression()), NUMBERS, PRICE > 240),
    "multinomial": (make_pipeline(MaxAbsScaler(), LogisticRegression()), NUMBERS, CLASSES),
    "mlp": (
        make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(4, 3), activation="tanh", max_iter=30)),
        NUMBERS,
        PRICE / 100,
    ),
    "mixed": (make_pipeline(mixed(StandardScaler()), LogisticRegression()), None, CLASSES),
    "dropped level": (make_pipeline(mixed(MinMaxScaler(), OneHotEncoder(drop="first")), Ridge()), None, PRICE),
    "scaled levels": (
        make_pipeline(mixed(RobustScaler(), OneHotEncoder(sparse_output=False)), StandardScaler(), Ridge()),
        None,
        PRICE,
    ),
    "ordinal": (make_pipeline(mixed(StandardScaler(), OrdinalEncoder()), MinMaxScaler(), Ridge()), None, PRICE),
    "missing is a code": (
        make_pipeline(
            ColumnTransformer(
                [("c", OrdinalEncoder(encoded_missing_value=-1), ["city"]), ("n", "passthrough", ["size"])]
            ),
            Ridge(),
        ),
        None,
        PRICE,
    ),
    "mlp of classes": (
        make_pipeline(mixed(StandardScaler()), MLPClassifier((5,), "logistic", max_iter=40)),
        None,
        CLASSES,
    ),
    "mlp of two": (make_pipeline(mixed(StandardScaler()), MLPClassifier((5,), max_iter=40)), None, PRICE > 240),
    "lasso of selected columns": (
        make_pipeline(StandardScaler(), SelectKBest(f_regression, k=2), Lasso()),
        NUMBERS,
        PRICE,
    ),
    "elastic net of two scalers": (
        make_pipeline(FeatureUnion([("a", StandardScaler()), ("b", MaxAbsScaler())]), ElasticNet()),
        *(NUMBERS, PRICE),
    ),
    "best of a search": (
        GridSearchCV(make_pipeline(StandardScaler(), SGDRegressor(random_state=0)), {"sgdregressor__alpha": [1]}, cv=2),
        *(NUMBERS, PRICE),
    ),
    "scaled target": (
        TransformedTargetRegressor(make_pipeline(RobustScaler(), Ridge()), transformer=StandardScaler()),
        *(NUMBERS, PRICE),
    ),
    "pipeline in a pipeline": (
        make_pipeline(mixed(StandardScaler()), make_pipeline(MinMaxScaler(), LogisticRegression())),
        *(None, CLASSES),
    ),
    "rare levels": (
        make_pipeline(mixed(StandardScaler(), OneHotEncoder(min_frequency=25, drop="first")), Ridge()),
        *(None, PRICE),
    ),
    "rare codes": (make_pipeline(mixed(StandardScaler(), OrdinalEncoder(max_categories=2)), Ridge()), None, PRICE),
    "missing is a level": (
        make_pipeline(
            ColumnTransformer([("c", OneHotEncoder(), ["city"]), ("n", "passthrough", ["size"])]), LogisticRegression()
        ),
        None,
        CLASSES,
    ),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", MODELS)
def test_predictions_are_scikit_learns(name):
    model, columns, y = MODELS[name]
    frame = GAPS if columns is None else FRAME[columns]
    model.fit(frame, y)
    run = cr.from_sklearn(model, target="price")
    expected = model.predict(frame)
    if not hasattr(model, "classes_"):
        np.testing.assert_allclose(run.predict(frame), expected, rtol=0, atol=1e-9)
        return
    assert run.predict(frame).tolist() == expected.tolist()
    output = run.predict_arrays(run.encode(run.read(frame)).inputs)
    np.testing.assert_allclose(probabilities_of(output), model.predict_proba(frame), rtol=0, atol=1e-9)


def fitted():
    return make_pipeline(mixed(StandardScaler()), LogisticRegression()).fit(GAPS, CLASSES)


def test_it_is_saved_loaded_and_opened(tmp_path):
    run = cr.from_sklearn(fitted(), target="price")
    run.save(tmp_path / "run")
    loaded = cr.load(tmp_path / "run")
    assert "LogisticRegression of scikit-learn" in repr(loaded)
    assert loaded.predict(GAPS).tolist() == run.predict(GAPS).tolist()
    trace = loaded.trace(FRAME.assign(price=CLASSES).iloc[:3])
    assert "softmax" in str(trace.worksheet())
    derivation = trace.derivation("dense1.weight[0, 1]")
    assert derivation.value == pytest.approx(trace.gradients["dense1.weight"][0, 1], abs=1e-12)
    loaded.to_excel(tmp_path / "book.xlsx", FRAME.assign(price=CLASSES).iloc[:3])
    names = openpyxl.load_workbook(tmp_path / "book.xlsx").defined_names
    assert "dense1_weight" in names
    assert "learning_rate" not in names
    page = cr.write_report(loaded, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "trained by</" in page
    for name, ask in {"at": lambda: loaded.at(0), "steps": lambda: loaded.steps("dense1.bias[0]")}.items():
        with pytest.raises(InputError) as caught:
            ask()
        assert str(caught.value) == (
            f"{name} makes the training again, and of a model that was trained elsewhere there is none here: this one "
            f"was trained by LogisticRegression of scikit-learn {sklearn.__version__}."
        )


def message(model):
    with pytest.raises(InputError) as caught:
        cr.from_sklearn(model)
    return str(caught.value)


def test_what_is_not_known():
    assert message(Ridge()) == (
        "from_sklearn takes a fitted scikit-learn model; got Ridge, which is not. Call fit first."
    )
    assert message(RidgeClassifier().fit(FRAME[NUMBERS], PRICE > 240)) == (
        "from_sklearn does not know the model RidgeClassifier. Known are LinearRegression, Ridge, RidgeCV, Lasso, "
        "LassoCV, ElasticNet, ElasticNetCV, BayesianRidge, HuberRegressor, SGDRegressor, LogisticRegression, "
        "LogisticRegressionCV, MLPClassifier and MLPRegressor, alone or at the end of a Pipeline."
    )
    liblinear = LogisticRegression(solver="liblinear").fit(FRAME[NUMBERS], PRICE > 240)
    liblinear.classes_ = np.arange(3)
    assert message(liblinear) == (
        "LogisticRegression was fitted as one model a class; from_sklearn takes the multinomial one."
    )


def test_columns_that_go_two_ways():
    both = ColumnTransformer([("o", OneHotEncoder(), ["floor"]), ("n", "passthrough", ["floor"])])
    assert message(make_pipeline(both, Ridge()).fit(FRAME, PRICE)) == (
        "Column 'floor' goes two ways, as a number and as levels or with different fills; from_sklearn takes one."
    )
    two = ColumnTransformer(
        [("a", OneHotEncoder(handle_unknown="ignore"), ["city"]), ("b", OrdinalEncoder(), ["city"])]
    )
    assert message(make_pipeline(two, Ridge()).fit(FRAME, PRICE)) == (
        "Column 'city' goes through two encoders that know other levels; from_sklearn takes one."
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_one_of_several_answers():
    both = np.stack([PRICE, -2 * PRICE], 1)
    model = make_pipeline(StandardScaler(), Ridge()).fit(FRAME[NUMBERS], both)
    run = cr.from_sklearn(model, output=1)
    np.testing.assert_allclose(run.predict(FRAME[NUMBERS]), model.predict(FRAME[NUMBERS])[:, 1], rtol=0, atol=1e-9)
    assert message(model) == (
        "Ridge predicts 2 numbers a row, and a run has one answer; pass output=0 to 1 to say which."
    )
    with pytest.raises(InputError) as caught:
        cr.from_sklearn(model, output=2)
    assert str(caught.value) == "output=2: Ridge predicts 2 a row, counted from 0."
    labels = MLPClassifier((4,), max_iter=20, random_state=0).fit(FRAME[NUMBERS], both > [[240, -480]])
    run = cr.from_sklearn(labels, output=0)
    assert run.predict(FRAME[NUMBERS]).tolist() == labels.predict(FRAME[NUMBERS])[:, 0].tolist()


@pytest.mark.skipif("loss" not in MLPRegressor().get_params(), reason="scikit-learn before 1.7 has one loss alone")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_network_that_ends_in_what_is_no_activation():
    poisson = MLPRegressor(max_iter=1, loss="poisson").fit(FRAME[NUMBERS], PRICE)
    assert message(poisson) == (
        "MLPRegressor ends in 'exp', which is no activation here; from_sklearn takes those with loss='squared_error'."
    )


def test_numbers_as_text():
    """scikit-learn turns them into numbers; a run's columns are one or the other."""
    texts = FRAME[["floor"]].astype(str).astype(object)
    filled = SimpleImputer(strategy="most_frequent")
    assert message(make_pipeline(filled, Ridge()).fit(texts, PRICE)) == (
        "Column 'floor' holds text and reaches the model without an encoder."
    )
    assert message(make_pipeline(filled, StandardScaler(), Ridge()).fit(texts, PRICE)) == (
        "Column 'floor' holds text and is scaled as a number."
    )


def test_arrays_have_columns_x0_and_so_on():
    X = FRAME[NUMBERS].to_numpy()
    model = LinearRegression().fit(X, PRICE)
    run = cr.from_sklearn(model)
    np.testing.assert_allclose(run.predict(pl.DataFrame(X, schema=["x0", "x1", "x2"])), model.predict(X), atol=1e-9)


def test_an_array_is_raw_rows_as_it_is_for_the_pipeline():
    X = FRAME[["size", "age", "floor"]].to_numpy(dtype=float)
    pipeline = make_pipeline(StandardScaler(), LinearRegression()).fit(X, PRICE)
    np.testing.assert_allclose(cr.from_sklearn(pipeline).predict(X), pipeline.predict(X), rtol=0, atol=1e-9)
