import datetime as dt
import re

import numpy as np
import polars as pl
import pytest

from chainrule.errors import InputError
from explain.shops import class_run, deep_run, learned, linear_run, shops
from explain.tables import house_run


def test_answers_and_effects_are_averages_over_the_rows_at_every_point():
    found = deep_run().effects(intervals=None).over("price", 1.2, 2.8, points=5)
    frame = learned(deep_run())
    for at, price in enumerate((1.2, 1.6, 2.0, 2.4, 2.8)):
        here, up, down = (
            deep_run().predict(frame.with_columns(price=pl.lit(price + h))).mean() for h in (0, 1e-5, -1e-5)
        )
        assert found.x[at] == pytest.approx(price, rel=1e-12)
        assert found.predictions[at, 0] == pytest.approx(here, rel=1e-12)
        assert found.effects[at, 0] == pytest.approx((up - down) / 2e-5, rel=1e-6)
    np.testing.assert_allclose(found.elasticities[:, 0], found.effects[:, 0] * found.x / found.predictions[:, 0])


def test_the_range_is_that_of_the_training_rows_where_none_is_given():
    found = deep_run().effects(intervals=None).over("price", points=3)
    prices = shops()["price"][1:]
    assert found.x[[0, 2]] == pytest.approx([prices.min(), prices.max()], rel=1e-12)
    assert found.notes == ()
    beyond = deep_run().effects(intervals=None).over("price", 2.5, 4.5, points=3)
    assert beyond.notes == (
        f"'price' of 2 of the 3 points lies outside of the training rows ({prices.min():.6g} to {prices.max():.6g}): "
        "there the network was never told what is right.",
    )


def test_standard_errors_are_those_of_a_mean_over_rows():
    found = deep_run().effects(intervals=None).over("price", points=2)
    frame = learned(deep_run())
    answers = deep_run().predict(frame.with_columns(price=pl.lit(found.x[0])))
    # 1,000 resamples: their standard deviation is right to about 2 %.
    assert found.prediction_errors[0, 0] == pytest.approx(answers.std() / np.sqrt(len(answers)), rel=0.1)


def test_a_single_row_has_a_curve_of_its_own():
    one = deep_run().effects(intervals=None).row(4).over("price", 1.5, 2.5, points=3)
    assert one.rows == 1
    assert np.isnan(one.effect_errors).all()
    frame = learned(deep_run())[4:5].with_columns(price=pl.lit(2.0))
    assert one.predictions[1, 0] == pytest.approx(deep_run().predict(frame)[0], rel=1e-12)
    assert "std. error" not in one.to_text()


def test_points_in_time_run_along_dates():
    found = house_run().effects(intervals=None).over("sold", "2020-06-01", dt.date(2021, 6, 1), points=3)
    assert found.labels == ("2020-06-01", "2020-11-30", "2021-06-01")
    frame = learned(house_run()).with_columns(sold=pl.lit(dt.date(2021, 6, 1)))
    assert found.predictions[2, 0] == pytest.approx(house_run().predict(frame).mean(), rel=1e-12)
    assert (found.unit, np.isnan(found.elasticities).all()) == ("day", True)
    assert "effect on price a day" in found.to_html()


def test_of_many_rows_some_are_averaged_and_that_is_said():
    found = deep_run().effects(intervals=None).over("price", rows=10, points=4)
    assert found.rows == 10
    assert "Averages over 10 rows, all else as it is in each." in found.to_text()


def test_every_answer_has_its_pictures_and_its_table():
    found = class_run().effects(intervals=None).over("price", points=30)
    assert found.to_html().count("<svg") == 6
    np.testing.assert_allclose(found.effects.sum(axis=1), 0, atol=1e-12)
    text = " ".join(found.to_text().split())
    assert re.search(r"effect on P\(form = card\): from .* at 1\.0\d+ to .* at 2\.9\d+; least .*, most", text)
    assert "18 more rows" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("city",), "'city' has levels, not a range; run.effects() compares them."),
        (
            ("prize",),
            "The network takes no column 'prize'; it takes 'price', 'temperature', 'city', 'promotion'. "
            "Did you mean 'price'?",
        ),
        (("price", 3, 2), "A range of 'price' goes from a smaller to a larger value; got 3 to 2."),
        (
            ("price", "cheap"),
            "start must be a finite number, since it is of the column 'price'; got 'cheap'.",
        ),
        (
            ("price", 1, float("nan")),
            "stop must be a finite number, since it is of the column 'price'; got nan.",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments, message):
    with pytest.raises(InputError) as caught:
        linear_run().effects(intervals=None).over(*arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"points": 1}, "points must be a whole number of at least 2; got 1."),
        ({"rows": 0}, "rows must be a whole number of at least 1; got 0."),
        (
            {"points": 5000},
            "5,000 points for 119 rows are too many: at most 1,000 points, and 2,000,000 points times rows.",
        ),
    ],
)
def test_sizes_are_checked(options, message):
    with pytest.raises(InputError) as caught:
        linear_run().effects(intervals=None).over("price", **options)
    assert str(caught.value) == message


def test_points_in_time_are_read_or_refused():
    with pytest.raises(InputError) as caught:
        house_run().effects(intervals=None).over("sold", "soon")
    assert str(caught.value) == "start must be a point in time, since it is of the column 'sold'; got 'soon'."
