import datetime as dt

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm

import chainrule as cr
from chainrule.errors import InputError
from chainrule.runs.refits import Refit
from explain.shops import class_run, deep_run, design, learned, linear_run, logistic_run, shops
from explain.tables import house_run, houses

COLUMNS = ["price", "temperature", "city = Kiel", "city = Ulm", "promotion = yes"]


def test_a_network_without_hidden_layers_has_the_coefficients_of_ols():
    # Gradient descent has converged: what is left is rounding, 1e-14 of the coefficients.
    found = linear_run().effects()
    right = sm.OLS(shops()["sales"][1:], design()).fit().params[1:]
    assert [variable.name for variable in found.variables] == COLUMNS
    np.testing.assert_allclose(found.effects[:, 0], right, rtol=1e-9)
    np.testing.assert_allclose(found.by_row[:, :, 0], np.tile(right, (119, 1)), rtol=1e-9)


def test_a_logistic_regression_has_the_average_marginal_effects_of_logit():
    found = logistic_run().effects()
    logit = sm.Logit((np.asarray(shops()["back"][1:]) == "yes").astype(float), design()).fit(disp=0)
    right = logit.get_margeff(dummy=True).margeff
    same = [0, 1, 4]  # statsmodels changes one dummy of a category and leaves the others as they are
    np.testing.assert_allclose(found.effects[same, 0], right[same], rtol=1e-7)
    for at, dummy in ((2, 3), (3, 4)):
        here, base = design(), design()
        here[:, 3:5] = base[:, 3:5] = 0
        here[:, dummy] = 1
        np.testing.assert_allclose(found.effects[at, 0], (logit.predict(here) - logit.predict(base)).mean(), rtol=1e-7)
    assert found.answers == ("P(back = yes)",)


@pytest.mark.parametrize("run", [deep_run, class_run, logistic_run])
def test_slopes_agree_with_central_differences_in_raw_units(run):
    # h = 1e-5 in double precision: differences are right to about 1e-9.
    run = run()
    found = run.effects(intervals=None)
    frame = learned(run)
    for at, name in enumerate(("price", "temperature")):
        up, down = (answers(run, frame.with_columns(pl.col(name) + h)) for h in (1e-5, -1e-5))
        np.testing.assert_allclose(found.by_row[:, at], (up - down) / 2e-5, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("run", [deep_run, class_run])
def test_levels_are_compared_with_the_base_all_else_equal(run):
    run = run()
    found = run.effects(base={"city": "Ulm"}, intervals=None)
    frame = learned(run)
    base = answers(run, frame.with_columns(city=pl.lit("Ulm")))
    names = [variable.name for variable in found.variables]
    for level in ("Bonn", "Kiel"):
        right = answers(run, frame.with_columns(city=pl.lit(level))) - base
        np.testing.assert_allclose(found.by_row[:, names.index(f"city = {level}")], right, atol=1e-12)


def test_effects_on_the_probabilities_of_classes_sum_to_zero():
    found = class_run().effects(intervals=None)
    assert found.answers == ("P(form = app)", "P(form = card)", "P(form = cash)")
    assert np.abs(found.by_row).max() > 0.05
    np.testing.assert_allclose(found.by_row.sum(axis=2), 0, atol=1e-12)


def test_elasticities_are_effects_times_value_over_answer():
    found = deep_run().effects(intervals=None)
    price = np.asarray(shops()["price"][1:])
    answer = deep_run().predict(learned(deep_run()))
    each = found.by_row[:, 0, 0] * price / answer
    np.testing.assert_allclose(found.elasticities_by_row[:, 0, 0], each, rtol=1e-12)
    np.testing.assert_allclose(found.elasticities[0, 0], each.mean(), rtol=1e-12)
    assert np.isnan(found.elasticities[2:]).all()


def test_rows_without_a_value_have_no_slope_and_count_for_nothing():
    found = house_run().effects(intervals=None)
    age = [variable.name for variable in found.variables].index("age")
    gaps = learned(house_run())["age"].is_null().to_numpy()
    assert gaps.any()
    np.testing.assert_array_equal(np.isnan(found.by_row[:, age, 0]), gaps)
    np.testing.assert_allclose(found.effects[age, 0], found.by_row[~gaps, age, 0].mean(), rtol=1e-12)


def test_points_in_time_move_by_a_day_unless_another_unit_is_asked_for():
    run = house_run()
    day, year = run.effects(intervals=None)["sold"], run.effects(per={"sold": "year"}, intervals=None)["sold"]
    assert year.effect == pytest.approx(365.2425 * day.effect, rel=1e-12)
    frame = learned(run)
    up, down = (run.predict(frame.with_columns(pl.col("sold") + dt.timedelta(days=days))) for days in (1, -1))
    # The features are waves of a week: a day's change is the derivative only roughly; here the trend is what counts.
    smooth = run.effects(intervals=None).by_row[:, -1, 0]
    assert np.corrcoef(smooth, (up - down) / 2)[0, 1] > 0.9


def test_a_slope_of_a_point_in_time_is_said_to_turn_with_its_cycles():
    """A day's slope may be many times a day's trend: the answer goes up and down with the week."""
    said = (
        "The effect of 'sold' is the slope at each row's own moment, in which the answer turns with the year and "
        "the week, too; effects.over('sold') shows its course."
    )
    assert said in house_run().effects(intervals=None).notes
    assert linear_run().effects(intervals=None).notes == ()


def test_one_row_has_effects_of_its_own_and_no_standard_errors():
    """Resamples of one row are all the same: their spread would be nothing but rounding."""
    run = deep_run()
    alone = run.effects(learned(run)[3:4])
    assert alone.how is None
    assert np.isnan(alone.std_errors).all()
    np.testing.assert_allclose(alone.by_row[0], run.effects(intervals=None).by_row[3], rtol=1e-12)
    assert alone.document().label == "on sales, row 1"
    assert "std. error" not in str(alone)


def test_rows_of_another_table_are_taken_and_read_as_the_first_was():
    table = houses().head(5)
    found = house_run().effects(table, intervals=None)
    assert found.predictions[:, 0] == pytest.approx(house_run().predict(table), rel=1e-12)
    assert len(found.by_row) == 5


def test_a_run_on_arrays_has_effects_under_the_names_given():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 2))
    y = X @ [2.0, -1.0] + 3
    run = cr.fit(cr.Network([cr.Dense(1)]), X, y, optimizer=cr.SGD(0.3), batch_size=50, epochs=300, dtype="float64")
    found = run.effects(names=["price", "income"])
    assert found["price"].effect == pytest.approx(2, abs=1e-9)
    assert found["income"].effect == pytest.approx(-1, abs=1e-9)
    assert [each.name for each in run.effects().variables] == ["input[0]", "input[1]"]


def test_a_loaded_run_gives_effects_for_rows_that_are_passed(tmp_path):
    run = deep_run()
    loaded = cr.load(run.save(tmp_path / "run"))
    table = {name: values[:10] for name, values in shops().items()}
    np.testing.assert_array_equal(loaded.effects(table).by_row, run.effects(table).by_row)
    with pytest.raises(InputError) as caught:
        loaded.effects()
    assert str(caught.value) == (
        "The run was trained on a table in memory, which cannot be read again. Pass the table: "
        "run.with_data(table), on the command line --data FILE."
    )
    again = loaded.with_data({name: shops()[name] for name in ("price", "temperature", "city", "promotion", "sales")})
    np.testing.assert_array_equal(again.effects().by_row, run.effects().by_row)


def test_a_run_that_was_trained_on_a_file_reads_its_rows_again(tmp_path):
    file = tmp_path / "houses.csv"
    houses().write_csv(file)
    run = cr.fit_table(file, "price", epochs=2, hidden_layers=(3,), baselines=False, dtype="float64", progress=False)
    loaded = cr.load(run.save(tmp_path / "run"))
    np.testing.assert_array_equal(loaded.effects().by_row, run.effects().by_row)


def test_a_loaded_run_on_arrays_needs_rows(tmp_path):
    run = cr.fit(cr.Network([cr.Dense(1)]), np.ones((4, 2)), np.ones(4), epochs=1)
    with pytest.raises(InputError) as caught:
        cr.load(run.save(tmp_path / "run")).effects()
    assert str(caught.value) == (
        "A run that was loaded does not have the rows that it was trained on; say whose effects are wanted: "
        "run.effects(X)."
    )


def test_rows_outside_of_the_training_range_are_told():
    table = {name: values[:4] for name, values in shops().items()} | {"price": [1.5, 2.0, 3.5, 4.0]}
    note = linear_run().effects(table, intervals=None).notes[0]
    low, high = min(shops()["price"][1:]), max(shops()["price"][1:])
    assert note == (
        f"'price' of 2 of the 4 rows lies outside of the training rows ({low:.6g} to {high:.6g}): there the "
        "network was never told what is right."
    )


def answers(run: cr.Run, table: pl.DataFrame) -> np.ndarray:
    """Predictions in raw units, or the probabilities of classes, shape (n, answers)."""
    if run.table.target.kind == "number":
        return run.predict(table)[:, None]
    return run.predict_arrays(run.encode(run.read(table)).inputs)


def refused(run, **options):
    with pytest.raises(InputError) as caught:
        run.effects(**options)
    return str(caught.value)


def one_level():
    table = {"city": ["Bonn"] * 6, "shop": list("abcdef"), "sales": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}
    return cr.fit_table(
        table, "sales", kinds={"city": "category"}, drop=["shop"], epochs=0, test=[1], baselines=False, progress=False
    )


def test_a_column_with_one_value_has_nothing_to_compare():
    said = "'city' has one value in the training rows: there is nothing to compare."
    assert refused(one_level(), columns=["city"]) == said
    assert refused(one_level()) == f"There is no column to give effects of. {said}"


def test_effects_are_on_single_numbers():
    run = cr.fit(cr.Network([cr.Dense(4), cr.Reshape((2, 2))]), [[1.0]], [[[0.0] * 2] * 2], epochs=0, progress=False)
    assert refused(run) == (
        "Effects are on single numbers, and the network's output has the shape (2, 2) a row: give effects of a network "
        "whose output is one row of numbers."
    )


def test_sequences_of_unequal_length_are_no_columns():
    X = cr.Masked(np.zeros((2, 3, 1)), np.ones((2, 3), dtype=bool))
    run = cr.fit(cr.Network([cr.LSTM(2), cr.Dense(1)]), X, np.zeros(2), epochs=0, progress=False)
    assert refused(run) == "Effects are of columns, and the input 'input' is rows of unequal length."


def test_one_retraining_is_no_standard_error(monkeypatch):
    run = linear_run()
    one = [Refit(run.network, np.arange(119))]
    monkeypatch.setattr("chainrule.runs.effects.refits", lambda *_: iter(one))
    assert refused(run, intervals="restarts", repeats=3) == (
        "1 of 3 retrainings were finished without NaN or infinity; a standard error needs two."
    )


def test_what_takes_long_is_told(capsys):
    linear_run().effects(progress=True)
    assert capsys.readouterr().out == ""
