"""The chain rule through weighted sums: products of weights, and their sums over all ways, by hand."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.explain.effects.chain import Model, chain_of
from chainrule.explain.effects.columns import Cells
from chainrule.explain.effects.subject import Subject
from explain.effects.lines import model, subject
from messages import message_of

SUPPLY = model([0.5], ["chicken"], "fried", bias=1.0, learned=[[1.0], [3.0]], label="supply side")
"""fried = 1 + 0.5 · chicken."""
DEMAND = model([-3.0, 2.0], ["fried", "income"], "sales", bias=10.0, learned=[[1.5, 4.0], [2.5, 6.0]])
"""sales = 10 − 3 · fried + 2 · income."""


def test_the_derivative_is_the_product_of_the_slopes():
    """chicken 2, fried 2, income 5: sales 14."""
    found = chain_of([SUPPLY, DEMAND], None).derivative(at={"chicken": 2})
    assert [(factor.of, factor.wrt, factor.value) for factor in found.factors] == [
        ("sales", "fried", -3),
        ("fried", "chicken", 0.5),
    ]
    assert [factor.label for factor in found.factors] == ["how sales responds to fried", "supply side"]
    assert found.value == -1.5
    assert found.point == {"chicken": 2, "income": 5, "fried": 2, "sales": 14}
    np.testing.assert_allclose([factor.elasticity for factor in found.factors], [-3 * 2 / 14, 0.5], rtol=1e-15)
    assert found.elasticity == pytest.approx(-1.5 * 2 / 14, rel=1e-15)
    assert chain_of([SUPPLY, DEMAND], "chicken").elasticity({"chicken": 2}) == found.elasticity


def test_a_column_of_a_later_network_has_its_own_slope_alone():
    found = chain_of([SUPPLY, DEMAND], "income").derivative()
    assert found.value == 2
    assert len(found.factors) == 1


def test_all_ways_add_up():
    """c = 2a, d = 3a + 5c, e = 7c + 11d + 13a: by c, by d, by c and d, and straight."""
    models = [
        model([2.0], ["a"], "c"),
        model([3.0, 5.0], ["a", "c"], "d"),
        model([7.0, 11.0, 13.0], ["c", "d", "a"], "e"),
    ]
    chain = chain_of(models, "a")
    found = chain.derivative({"a": 1})
    assert sorted(np.prod([factor.value for factor in path]) for path in found.paths) == [13, 14, 33, 110]
    assert found.value == 170
    assert all(path[0].of == "e" and path[-1].wrt == "a" for path in found.paths)
    curve = chain.over(1, 2, points=2)
    assert curve.value.tolist() == [170, 170]
    assert curve.elasticity == pytest.approx([1, 1], rel=1e-14)  # all answers are proportional to a
    assert curve.predictions["e"].tolist() == [170, 340]
    assert list(curve.factors) == ["d e/d d", "d d/d c", "d c/d a", "d e/d c", "d d/d a", "d e/d a"]


def test_a_range_is_that_of_the_training_rows_where_none_is_given():
    curve = chain_of([SUPPLY, DEMAND], None).over(points=3)
    assert curve.x.tolist() == [1, 2, 3]
    assert curve.labels == ("1", "2", "3")
    assert curve.predictions["sales"].tolist() == [15.5, 14, 12.5]
    np.testing.assert_allclose(curve.elasticity, [-1.5 / 15.5, -3 / 14, -4.5 / 12.5], rtol=1e-14)
    given = chain_of([SUPPLY, DEMAND], None).over(0, points=2, at={"income": 0})
    assert given.x.tolist() == [0, 3]
    assert given.predictions["sales"].tolist() == [7, 2.5]


def test_values_outside_of_the_training_rows_are_told():
    notes = chain_of([SUPPLY, DEMAND], None).derivative(at={"chicken": 5}).notes
    assert notes == (
        "'chicken' of 1 of the 1 points lies outside of the training rows (1 to 3): there the network was never told "
        "what is right.",
        "'fried' of 1 of the 1 points lies outside of the training rows (1.5 to 2.5): there the network was never told "
        "what is right.",
    )


def test_an_answer_of_nought_has_no_elasticity():
    found = chain_of([SUPPLY, model([1.0], ["fried"], "sales", bias=-2.0)], None).derivative({"chicken": 2})
    assert found.point["sales"] == 0
    assert np.isnan(found.elasticity)


def homes(**kinds):
    """A network of a table: price by city and cost."""
    table = {"cost": [1.0, 2.0, 3.0, 2.0], "city": ["Ulm", "Bonn", "Bonn", "Ulm"], "price": [1.0, 3.0, 4.0, 2.0]}
    options = {"kinds": {"city": "category"} | kinds, "hidden_layers": (), "epochs": 0, "test": [1], "dtype": "float64"}
    run = cr.fit_table(table, "price", baselines=False, progress=False, **options)
    frame = run.reading.frame[[1, 2, 3]]
    return Subject(run.network, run.dtype, run.table, learned=Cells(run.table.transform(frame).inputs, frame))


def test_categories_are_at_their_most_frequent_level_or_the_one_given():
    costs = model([1.0], ["oil"], "cost", learned=[[1.0]])
    chain = chain_of([costs, Model(homes(), "price", 0, "")], None)
    assert chain.derivative().point["city"] == "Bonn"
    assert chain.derivative({"city": "Ulm"}).point["city"] == "Ulm"


FIRST = model([1.0], ["oil"], "cost")
MISTAKES = {
    "same output": (
        lambda: chain_of([SUPPLY, SUPPLY, DEMAND], None),
        "Networks 1 and 2 both predict 'fried'; call one of them otherwise: cr.Link(run, output='…').",
    ),
    "twice": (
        lambda: chain_of([DEMAND, DEMAND], "income"),
        "Network 1 predicts 'sales', which no later network takes; they take 'fried', 'income'. Where it is called "
        "otherwise: cr.Link(run, output='fried').",
    ),
    "names": (
        lambda: chain_of([model([1.0], ["chicken"], "fryed"), DEMAND], None),
        "Network 1 predicts 'fryed', which no later network takes; they take 'fried', 'income'. Did you mean 'fried'? "
        "Where it is called otherwise: cr.Link(run, output='fried').",
    ),
    "classes": (
        lambda: chain_of([Model(subject([1.0], loss="binary_cross_entropy_from_logits"), "P(1)", 0, ""), DEMAND], None),
        "Network 1 predicts classes, 'prediction'; only numbers are passed on. Put it last.",
    ),
    "category": (
        lambda: chain_of([model([1.0], ["oil"], "city"), Model(homes(), "price", 0, "")], None),
        "'city' is a number for network 1, and a category for the one that predicts 'price': train that with "
        "kinds={'city': 'number'}.",
    ),
    "which column": (
        lambda: chain_of([model([1.0, 1.0], ["flour", "oil"], "fried"), DEMAND], None),
        "Say by which column of the first network: wrt= one of 'flour', 'oil'.",
    ),
    "no column": (
        lambda: chain_of([SUPPLY, DEMAND], "chiken"),
        "No network of the chain takes a column 'chiken'; they take 'chicken', 'income'. Did you mean 'chicken'?",
    ),
    "computed column": (
        lambda: chain_of([SUPPLY, DEMAND], "fried"),
        "'fried' is computed by the chain; differentiate by a column that it takes: 'chicken', 'income'.",
    ),
    "levels": (
        lambda: chain_of([FIRST, Model(homes(), "price", 0, "")], "city"),
        "'city' has levels and no slope: run.effects() compares them.",
    ),
    "point": (
        lambda: chain_of([SUPPLY, DEMAND], None).derivative({"incomes": 1}),
        "No network of the chain takes a column 'incomes'; they take 'chicken', 'income'. Did you mean 'income'?",
    ),
    "computed point": (
        lambda: chain_of([SUPPLY, DEMAND], None).derivative({"fried": 1}),
        "'fried' is computed by the chain; leave it out of at=.",
    ),
    "not finite": (
        lambda: chain_of([SUPPLY, DEMAND], None).derivative({"chicken": float("inf")}),
        "at['chicken'] must be a finite number, since it is of the column 'chicken'; got inf.",
    ),
    "text": (
        lambda: chain_of([SUPPLY, DEMAND], None).derivative({"chicken": "dear"}),
        "at['chicken'] must be a finite number, since it is of the column 'chicken'; got 'dear'.",
    ),
    "level": (
        lambda: chain_of([FIRST, Model(homes(), "price", 0, "")], None).derivative({"oil": 1, "city": "Uln"}),
        "'city' has no level 'Uln'; it has 'Bonn', 'Ulm'. Did you mean 'Ulm'?",
    ),
    "no usual value": (
        lambda: chain_of([FIRST, model([1.0], ["cost"], "price")], None).derivative(),
        "Say where: at={'oil': …}. A run that was loaded does not have the rows that it was trained on, from which its "
        "usual value would be taken.",
    ),
    "no usual range": (
        lambda: chain_of([FIRST, model([1.0], ["cost"], "price")], None).over(1),
        "Say from where to where 'oil' goes: chain.over(start, stop). A run that was loaded does not have the rows "
        "that it was trained on.",
    ),
    "range": (
        lambda: chain_of([SUPPLY, DEMAND], None).over(3, 3),
        "A range of 'chicken' goes from a smaller to a larger value; got 3 to 3.",
    ),
    "points": (
        lambda: chain_of([SUPPLY, DEMAND], None).over(points=1),
        "points must be a whole number of at least 2; got 1.",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_does_not_fit_together_is_refused(mistake):
    make, message = MISTAKES[mistake]
    assert message_of(InputError, make) == message


def test_categories_have_no_slope_to_start_from():
    table = {"city": ["Bonn", "Ulm", "Bonn", "Ulm"], "fried": [1.0, 2.0, 1.5, 2.5]}
    run = cr.fit_table(table, "fried", kinds={"city": "category"}, epochs=0, test=[1], baselines=False, progress=False)
    with pytest.raises(InputError) as caught:
        chain_of([Model(Subject(run.network, run.dtype, run.table), "fried", 0, ""), DEMAND], None)
    assert str(caught.value) == "The first network takes categories alone, which have no slope."
