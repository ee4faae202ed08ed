import sys

import numpy as np
import pytest
import statsmodels.api as sm

import chainrule as cr
from chainrule.errors import InputError, MissingPackageError
from explain.shops import class_run, deep_run, design, learned, linear_run, logistic_run, shops
from explain.tables import house_run


def test_ols_is_that_of_statsmodels_whatever_the_network_learned():
    right = sm.OLS(shops()["sales"][1:], design()).fit()
    for run in (linear_run(), deep_run()):
        found = run.effects(intervals=None, regression=True).regression
        np.testing.assert_allclose(found.effects[:, 0], right.params[1:], rtol=1e-9)
        np.testing.assert_allclose(found.std_errors[:, 0], right.bse[1:], rtol=1e-9)
        assert (found.name, found.rows) == ("OLS", 119)


def test_the_logit_has_average_marginal_effects_with_the_errors_of_the_delta_method():
    found = logistic_run().effects(intervals=None, regression=True).regression
    y = (np.asarray(shops()["back"][1:]) == "yes").astype(float)
    right = sm.Logit(y, design()).fit(disp=0).get_margeff(dummy=True)
    same = [0, 1, 4]  # a category's dummies are changed one by one there, and from the base level here
    np.testing.assert_allclose(found.effects[same, 0], right.margeff[same], rtol=1e-6)
    np.testing.assert_allclose(found.std_errors[same, 0], right.margeff_se[same], rtol=1e-6)
    own = logistic_run().effects(intervals=None)
    np.testing.assert_allclose(found.effects, own.effects, rtol=1e-6)


def test_the_multinomial_logit_has_an_effect_on_every_class():
    found = class_run().effects(intervals=None, regression=True).regression
    codes = np.searchsorted(["app", "card", "cash"], shops()["form"][1:])
    right = sm.MNLogit(codes, design()).fit(disp=0).get_margeff()
    np.testing.assert_allclose(found.effects[:2], right.margeff[:2], rtol=1e-6)
    np.testing.assert_allclose(found.std_errors[:2], right.margeff_se[:2], rtol=1e-6)
    np.testing.assert_allclose(found.effects.sum(axis=1), 0, atol=1e-12)
    assert (found.std_errors > 0).all()


def test_columns_that_are_not_shown_are_in_the_regression_too():
    found = linear_run().effects(columns=["price"], intervals=None, regression=True).regression
    right = sm.OLS(shops()["sales"][1:], design()).fit()
    np.testing.assert_allclose(found.effects, [[right.params[1]]], rtol=1e-9)


def test_rows_with_gaps_are_left_out_and_that_is_said():
    found = house_run().effects(intervals=None, regression=True)
    gaps = int(learned(house_run())["age"].is_null().sum())
    assert found.regression.notes[1] == f"OLS leaves out {gaps} rows with gaps."
    assert found.regression.rows == len(found.by_row) - gaps


def test_a_run_on_arrays_has_a_regression_on_its_training_rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    y = X @ [2.0, -1.0] + rng.normal(size=60)
    run = cr.fit(cr.Network([cr.Dense(1)]), X, y, epochs=1, dtype="float64", progress=False)
    found = run.effects(intervals=None, regression=True).regression
    np.testing.assert_allclose(found.effects[:, 0], sm.OLS(y, sm.add_constant(X)).fit().params[1:], rtol=1e-9)
    with pytest.raises(InputError) as caught:
        run.effects(X, regression=True)
    assert str(caught.value) == (
        "A regression needs what was observed, and arrays have no column of it: for a run on arrays it is fitted on "
        "the rows that it was trained on, run.effects(regression=True)."
    )


def test_what_cannot_be_told_apart_is_said_and_not_shown():
    table = {name: values[:4] for name, values in shops().items()}
    found = linear_run().effects(table, intervals=None, regression=True).regression
    assert found.notes[1] == "OLS cannot be fitted: 4 rows do not tell its 6 columns apart."
    assert np.isnan(found.effects).all()


def test_a_table_without_a_class_has_no_logit():
    table = learned(logistic_run()).filter(learned(logistic_run())["back"] == "yes")
    found = logistic_run().effects(table, intervals=None, regression=True).regression
    assert found.notes[1] == "logit cannot be fitted: the rows do not hold every class."


def test_a_table_without_the_target_is_refused():
    table = {name: values for name, values in shops().items() if name != "sales"}
    with pytest.raises(InputError) as caught:
        linear_run().effects(table, regression=True)
    assert str(caught.value) == (
        "A regression needs what was observed, and the table has no column 'sales'. Give a table that has it, or leave "
        "regression=True out."
    )


def test_without_statsmodels_the_package_is_named(monkeypatch):
    for name in [each for each in sys.modules if each.startswith("statsmodels")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "statsmodels", None)
    with pytest.raises(MissingPackageError) as caught:
        linear_run().effects(regression=True)
    assert str(caught.value) == (
        "A regression beside the effects is fitted by the package statsmodels, which is not installed. "
        "pip install 'chainrule[stats]'"
    )
    assert caught.value.package == "statsmodels"
