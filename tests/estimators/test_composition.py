"""The estimators inside scikit-learn's tools: pipelines, grids, cross-validation, calibration, stacking, copies."""

from io import BytesIO

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import StackingClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from chainrule import NetworkClassifier, NetworkRegressor, NetworkTransformer

QUICK = {"hidden_layers": (8,), "epochs": 12, "learning_rate": 0.02, "engine": "numpy", "random_state": 0}


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def test_pipelines_and_grids(iris):
    search = GridSearchCV(
        make_pipeline(StandardScaler(), NetworkClassifier(**QUICK)),
        {"networkclassifier__hidden_layers": [(), (8,)], "networkclassifier__learning_rate": [1e-5, 0.02]},
        cv=3,
    ).fit(*iris)
    assert search.best_params_["networkclassifier__learning_rate"] == 0.02
    assert search.best_score_ > 0.85


def test_cross_validation_in_two_processes_gives_what_one_gives(iris):
    one = cross_val_score(NetworkClassifier(**QUICK), *iris, cv=3)
    two = cross_val_score(NetworkClassifier(**QUICK), *iris, cv=3, n_jobs=2)
    np.testing.assert_array_equal(one, two)
    assert one.mean() > 0.85


def test_columns_of_a_table_go_through_a_column_transformer():
    table = pd.DataFrame({"size": np.linspace(0, 1, 40), "city": ["Rome", "Oslo"] * 20})
    y = 2 * table["size"] + (table["city"] == "Oslo")
    encode = ColumnTransformer([("city", OneHotEncoder(sparse_output=False), ["city"])], remainder="passthrough")
    model = make_pipeline(encode, NetworkRegressor(**(QUICK | {"epochs": 80}))).fit(table, y)
    assert model.score(table, y) > 0.9


def test_sparse_columns_are_refused_with_what_to_do():
    X = OneHotEncoder().fit_transform([["a"], ["b"], ["a"]])
    with pytest.raises(TypeError) as caught:
        NetworkClassifier(**QUICK).fit(X, [0, 1, 0])
    assert str(caught.value) == "Sparse data are not supported: networks here take dense rows. Pass X.toarray()."


def test_permutation_importance_finds_the_column_that_matters():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    model = NetworkRegressor(**(QUICK | {"epochs": 60})).fit(X, 3 * X[:, 1])
    assert permutation_importance(model, X, 3 * X[:, 1], n_repeats=3, random_state=0).importances_mean.argmax() == 1


def test_calibration_and_stacking(iris):
    calibrated = CalibratedClassifierCV(NetworkClassifier(**QUICK), cv=3).fit(*iris)
    stacked = StackingClassifier([("net", NetworkClassifier(**QUICK))], LogisticRegression(), cv=3).fit(*iris)
    assert min(calibrated.score(*iris), stacked.score(*iris)) > 0.85


def test_features_of_a_network_for_another_model(iris):
    X, y = iris
    model = make_pipeline(NetworkTransformer(**QUICK), LogisticRegression()).fit(X, y)
    assert model.score(X, y) > 0.9
    assert list(model[0].get_feature_names_out()) == [f"networktransformer{place}" for place in range(8)]
    frame = model[0].set_output(transform="pandas").transform(X)
    assert list(frame.columns) == [f"networktransformer{place}" for place in range(8)]


def test_clones_are_unfitted_and_equal(iris):
    model = NetworkClassifier(**QUICK, class_weight="balanced").fit(*iris)
    other = clone(model)
    assert other.get_params() == model.get_params()
    assert not hasattr(other, "run_")


def test_copies_on_disk_predict_the_same_and_hold_no_rows(iris):
    X, y = iris
    secret = 1234.56789
    X = X.copy()
    X[7, 2] = secret
    model = NetworkClassifier(**(QUICK | {"record": True})).fit(X, y)
    file = BytesIO()
    joblib.dump(model, file)
    assert np.float64(secret).tobytes() not in file.getvalue()
    loaded = joblib.load(BytesIO(file.getvalue()))
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert model.run_.trainer is not None


def test_sample_weights_are_routed(iris):
    X, y = iris
    weight = np.where(y == 0, 0.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        model = make_pipeline(StandardScaler(), NetworkClassifier(**QUICK).set_fit_request(sample_weight=True))
        model[0].set_fit_request(sample_weight=False)
        model.fit(X, y, sample_weight=weight)
    assert set(model.predict(X)) == {1, 2}
