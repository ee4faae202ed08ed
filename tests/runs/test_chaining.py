from functools import cache

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError, InputTypeError
from explain.shops import class_run, deep_run, logistic_run
from messages import message_of

RNG = np.random.default_rng(5)
ROWS = 150


def array_run(X: np.ndarray, y: np.ndarray) -> cr.Run:
    network = cr.Network([cr.Dense(5, "tanh"), cr.Dense(1)], loss="mse")
    return cr.fit(network, X, y, epochs=30, optimizer=cr.Adam(0.02), dtype="float64", engine="numpy", progress=False)


@cache
def costs() -> cr.Run:
    """From flour and energy to cost, on arrays."""
    X = RNG.uniform(0.5, 2, (ROWS, 2))
    return array_run(X, X[:, 0] * X[:, 1] + 0.2 * RNG.normal(size=ROWS))


@cache
def prices() -> cr.Run:
    """From cost and flour to price: flour has two ways into it."""
    X = RNG.uniform(0.5, 3, (ROWS, 2))
    return array_run(X, 1 + X[:, 0] ** 2 + 0.5 * X[:, 1])


def shop_prices() -> cr.Link:
    """From cost to the price that the shops' network takes."""
    x = RNG.uniform(0, 1, (ROWS, 1))
    return cr.Link(array_run(x, 1.2 + 1.5 * x[:, 0] ** 2), inputs=["cost"], output="price")


def test_the_product_is_that_of_the_factors_and_agrees_with_central_differences_through_both():
    link = shop_prices()
    chain = cr.chain(link, deep_run(), wrt="cost")
    point = {"cost": 0.6, "temperature": 18.0, "city": "Ulm", "promotion": "no"}
    found = chain.derivative(at=point)
    assert found.value == found.factors[0].value * found.factors[1].value
    assert [factor.of for factor in found.factors] == ["sales", "price"]

    def sales(cost: float) -> float:
        price = link.run.predict([[cost]])[0]
        table = {name: [value] for name, value in point.items() if name != "cost"} | {"price": price}
        return float(deep_run().predict(table)[0])

    difference = (sales(0.6 + 1e-5) - sales(0.6 - 1e-5)) / 2e-5
    assert found.value == pytest.approx(difference, rel=1e-7)
    assert found.elasticity == pytest.approx(difference * 0.6 / sales(0.6), rel=1e-7)
    assert chain.elasticity(at=point) == found.elasticity
    assert found.point["sales"] == pytest.approx(sales(0.6), rel=1e-12)


def test_where_there_are_several_ways_their_products_add_up():
    first = cr.Link(costs(), inputs=["flour", "energy"], output="cost")
    second = cr.Link(prices(), inputs=["cost", "flour"], output="price")
    found = cr.chain(first, second, wrt="flour").derivative(at={"flour": 1.2, "energy": 0.8})

    def price(flour: float) -> float:
        cost = costs().predict([[flour, 0.8]])[0, 0]
        return float(prices().predict([[cost, flour]])[0, 0])

    assert len(found.paths) == 2
    assert found.value == pytest.approx((price(1.2 + 1e-5) - price(1.2 - 1e-5)) / 2e-5, rel=1e-7)
    whole = "d price/d flour, all ways = d price/d cost · d cost/d flour + d price/d flour"
    assert whole in " ".join(found.to_text().split())
    with pytest.raises(InputError) as caught:
        _ = found.factors
    assert str(caught.value) == "d price/d flour has 2 ways; see .paths."


def test_three_networks_are_chained_as_two_are():
    links = [cr.Link(costs(), ["flour", "energy"], "cost"), shop_prices(), deep_run()]
    found = cr.chain(*links, wrt="flour").derivative(at={"flour": 1.0})
    assert [factor.wrt for factor in found.factors] == ["price", "cost", "flour"]
    assert found.value == np.prod([factor.value for factor in found.factors])


def test_the_last_network_may_predict_the_probability_of_a_class():
    link = shop_prices()
    found = cr.chain(link, logistic_run()).derivative(at={"cost": 0.5})
    assert found.of == "P(back = yes)"
    card = cr.chain(link, cr.Link(class_run(), of="card"), wrt="cost").derivative(at={"cost": 0.5})
    assert card.of == "P(form = card)"
    total = sum(
        cr.chain(link, cr.Link(class_run(), of=name)).derivative(at={"cost": 0.5}).value
        for name in ("app", "card", "cash")
    )
    assert total == pytest.approx(0, abs=1e-12)
    assert abs(card.value) > 0.01


def test_over_a_range_every_point_is_the_derivative_there():
    chain = cr.chain(shop_prices(), deep_run())
    curve = chain.over(0.2, 0.8, points=4, at={"city": "Kiel"})
    for at, cost in enumerate((0.2, 0.4, 0.6, 0.8)):
        one = chain.derivative(at={"cost": cost, "city": "Kiel"})
        assert curve.value[at] == pytest.approx(one.value, rel=1e-12)
        assert curve.elasticity[at] == pytest.approx(one.elasticity, rel=1e-12)
        assert curve.factors["d price/d cost"][at] == pytest.approx(one.factors[1].value, rel=1e-12)
        assert curve.predictions["sales"][at] == pytest.approx(one.point["sales"], rel=1e-12)
    assert curve.to_html().count("<svg") == 4
    assert chain.over(points=3).x[[0, -1]] == pytest.approx([0, 1], abs=0.05)


MISTAKES = {
    "one": (
        lambda: cr.chain(deep_run()),
        "A chain is of two fitted networks or more: cr.chain(supply, demand); got 1.",
    ),
    "which class": (
        lambda: cr.chain(shop_prices(), class_run()),
        "Network 2 has 3 answers, 'P(form = app)', 'P(form = card)', 'P(form = cash)'; say of which class: "
        "cr.Link(run, of='…').",
    ),
    "no class": (
        lambda: cr.chain(shop_prices(), cr.Link(class_run(), of="cart")),
        "Network 2 has no probability 'P(form = cart)'; it has 'P(form = app)', 'P(form = card)', 'P(form = cash)'. "
        "Did you mean 'P(form = card)'?",
    ),
    "no classes": (
        lambda: cr.chain(shop_prices(), cr.Link(deep_run(), of="yes")),
        "Network 2 predicts a number: of= is for classes; leave it out.",
    ),
    "wrong names": (
        lambda: cr.chain(cr.Link(costs(), ["flour"], "price"), deep_run()),
        "names must be 2 different names, one for each column of the network's input; got ['flour'].",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_does_not_fit_together_is_refused(mistake):
    make, message = MISTAKES[mistake]
    assert message_of(InputError, make) == message


def test_only_runs_are_chained():
    with pytest.raises(InputTypeError) as caught:
        cr.chain(deep_run(), "demand")
    assert str(caught.value) == "A chain is of runs, cr.fit(…), or of cr.Link(run, …); number 2 is 'demand'."


def test_a_loaded_run_on_arrays_needs_a_point_and_a_range(tmp_path):
    loaded = cr.load(shop_prices().run.save(tmp_path / "run"))
    chain = cr.chain(cr.Link(loaded, ["cost"], "price"), deep_run())
    assert np.isfinite(chain.derivative(at={"cost": 0.5}).value)
    with pytest.raises(InputError) as caught:
        chain.derivative()
    assert str(caught.value) == (
        "Say where: at={'cost': …}. A run that was loaded does not have the rows that it was trained on, from which "
        "its usual value would be taken."
    )
    with pytest.raises(InputError) as caught:
        chain.over()
    assert str(caught.value) == (
        "Say from where to where 'cost' goes: chain.over(start, stop). A run that was loaded does not have the rows "
        "that it was trained on."
    )
