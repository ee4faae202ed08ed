import json

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from explain.shops import class_run, deep_run, linear_run, logistic_run
from explain.tables import house_run
from messages import message_of


def test_the_table_shows_the_numbers_of_the_arrays():
    found = deep_run().effects(regression=True)
    table = json.loads(found.to_json())["sections"][0]["lines"][0]
    rows = {row[0]: row for row in table["rows"]}
    price = found["price"]
    shown = [found.values[:, 0].mean(), price.effect, price.std_error, price.low, price.high, price.elasticity]
    assert rows["price"][2:8] == pytest.approx(shown, rel=1e-12)
    assert rows["city = Ulm"][1] == "against Bonn"


def test_numbers_have_the_digits_that_say_something():
    found = linear_run().effects()
    cells = next(line.split() for line in found.to_text().splitlines() if line.strip().startswith("price"))
    assert cells[2] == "−3.678"
    assert f"−{-found['price'].effect:.9f}".rstrip("0") in found.to_text(decimals=9)


def test_a_row_has_its_own_effects_and_no_standard_error():
    found = deep_run().effects()
    one = found.row(4)
    np.testing.assert_array_equal(one.effects, found.by_row[4])
    assert np.isnan(one.std_errors).all()
    text = one.to_text()
    assert "row 6" in text  # the fifth of the rows that it learned from is the table's sixth
    assert "std. error" not in text


def test_what_standard_errors_are_of_is_said():
    assert "1,000 resamples of the rows averaged over, the network as it is" in " ".join(
        str(deep_run().effects()).split()
    )
    assert "std. error" not in str(deep_run().effects(intervals=None))


def test_an_answer_that_changes_sign_has_no_average_elasticity():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 1))
    run = cr.fit(cr.Network([cr.Dense(1)]), X, X[:, 0], epochs=20, dtype="float64", progress=False)
    found = run.effects()
    assert np.isnan(found.elasticities).all()
    assert np.isfinite(found.elasticities_by_row).all()


def test_of_several_answers_one_is_named():
    found = class_run().effects(intervals=None)
    assert found["price", "P(form = card)"].effect == found.effects[0, 1]
    with pytest.raises(InputError) as caught:
        _ = found["price"]
    assert str(caught.value) == "There are 3 answers; say which: effects['price', 'P(form = app)']."


MISTAKES = {
    "variable": (
        lambda: linear_run().effects(intervals=None)["prise"],
        "There is no variable 'prise'; there are 'price', 'temperature', 'city = Kiel', 'city = Ulm', "
        "'promotion = yes'. Did you mean 'price'?",
    ),
    "row": (lambda: linear_run().effects().row(500), "There is no row(500): there are 119 rows, row(0) to row(118)."),
    "column": (
        lambda: linear_run().effects(columns=["prise"]),
        "The network takes no column 'prise'; it takes 'price', 'temperature', 'city', 'promotion'. "
        "Did you mean 'price'?",
    ),
    "columns": (
        lambda: linear_run().effects(columns="price"),
        "columns must be names of columns, ['price']; got 'price'.",
    ),
    "unit": (
        lambda: house_run().effects(per={"sold": "yaer"}),
        "The effect of 'sold' is given a 'second', 'minute', 'hour', 'day', 'week', 'year'; got 'yaer'. "
        "Did you mean 'year'?",
    ),
    "unit of a number": (
        lambda: house_run().effects(per={"size": "day"}),
        "per= is for points in time, and 'size' holds none; leave it out.",
    ),
    "intervals": (
        lambda: linear_run().effects(intervals="row"),
        "intervals must be 'rows', 'bootstrap', 'restarts' or None; got 'row'. Did you mean 'rows'?",
    ),
    "names": (
        lambda: linear_run().effects(names=["a"]),
        "names= is for runs on arrays; this run's columns have the names of its table.",
    ),
    "not finite": (
        lambda: array_run().effects([[1.0, float("nan")]]),
        "Input 'input' is nan in row 1, place [1]: effects need finite numbers. Fill or leave out what is missing.",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_cannot_be_meant_is_refused(mistake):
    make, message = MISTAKES[mistake]
    assert message_of(InputError, make) == message


def test_pictures_have_no_columns():
    network = cr.Network([cr.Flatten(), cr.Dense(1)])
    run = cr.fit(network, np.ones((3, 4, 4, 1)), np.ones(3), epochs=0)
    with pytest.raises(InputError) as caught:
        run.effects()
    assert str(caught.value) == (
        "Effects are of columns, and a row of the input 'input' has the shape (4, 4, 1): give effects of a network "
        "that takes rows of numbers, or one that was trained on a table."
    )


def test_logits_have_effects_on_probabilities():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(30, 2))
    run = cr.fit(
        cr.Network([cr.Dense(3)], loss="cross_entropy_from_logits"),
        X,
        rng.integers(0, 3, 30),
        epochs=5,
        dtype="float64",
        progress=False,
    )
    found = run.effects(intervals=None)

    def shares(rows):
        logits = np.exp(run.predict(rows))
        return logits / logits.sum(axis=1, keepdims=True)

    right = (shares(X + np.array([1e-5, 0])) - shares(X - np.array([1e-5, 0]))) / 2e-5
    np.testing.assert_allclose(found.by_row[:, 0], right, atol=1e-9)
    assert found.answers == ("P(0)", "P(1)", "P(2)")


def test_the_other_of_two_classes_is_told():
    assert "The effect on the probability of the other class is the same with the other sign." in " ".join(
        str(logistic_run().effects()).split()
    )


def array_run() -> cr.Run:
    return cr.fit(cr.Network([cr.Dense(1)]), np.ones((4, 2)), np.ones(4), epochs=0)
