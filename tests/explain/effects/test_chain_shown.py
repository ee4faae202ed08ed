"""What comes of a chain, as it is shown: factors, their product, and a curve's table and pictures."""

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.explain.effects.chain_shown import ChainCurve, ChainDerivative, ChainFactor

DEMAND = ChainFactor("sales", "fried", -3.0, -0.75, "demand side")
SUPPLY = ChainFactor("fried", "chicken", 0.5, 0.25, "supply side")
STRAIGHT = ChainFactor("sales", "chicken", 4.0, 0.5, "")


def derivative(*paths, unit="", notes=()):
    return ChainDerivative("sales", "chicken", paths, {"chicken": 2.0, "city": "Ulm", "sales": 14.0}, unit, notes)


def test_one_way_is_the_product_of_its_factors():
    found = derivative((DEMAND, SUPPLY))
    assert (found.value, found.elasticity, found.factors) == (-1.5, -0.1875, (DEMAND, SUPPLY))
    text = " ".join(found.to_text().split())
    assert "d sales/d chicken = d sales/d fried · d fried/d chicken" in text
    assert "ε(sales, chicken) = ε(sales, fried) · ε(fried, chicken)" in text
    assert "At chicken = 2, city = Ulm, sales = 14." in text
    assert "By how many per cent sales moves when chicken grows by one per cent." in text


def test_several_ways_add_up_and_each_factor_is_shown_once():
    found = derivative((DEMAND, SUPPLY), (STRAIGHT,), (DEMAND, SUPPLY))
    assert found.value == -1.5 + 4 - 1.5
    assert found.elasticity == 0.5 - 2 * 0.1875
    sections = found.document().sections
    names = [section.lines[-1].symbol for section in sections]
    assert names == ["d sales/d chicken, all ways", "ε(sales, chicken), all ways"]
    for section, whole in zip(sections, (found.value, found.elasticity), strict=True):
        assert len(section.lines) == 4
        last = section.lines[-1]
        assert [term.value for term in last.terms] == [np.prod(term.factors) for term in last.terms]
        assert sum(term.value for term in last.terms) == last.result == whole
    with pytest.raises(InputError) as caught:
        _ = found.factors
    assert str(caught.value) == "d sales/d chicken has 3 ways; see .paths."


def test_without_an_elasticity_there_is_the_derivative_alone():
    moment = ChainFactor("fried", "chicken", 0.5, float("nan"), "")
    found = derivative((DEMAND, moment), unit="day", notes=("Far out.",))
    (section,) = found.document().sections
    assert section.title == "Derivative, a day"
    assert section.note == "At chicken = 2, city = Ulm, sales = 14. Far out."


def curve(factors, elasticity=(0.5, np.nan), **options):
    x = np.array([1.0, 2.0])
    predictions = {"fried": np.array([1.5, 2.0]), "sales": np.array([15.5, 14.0])}
    given = {name: np.array(values) for name, values in factors.items()}
    labels, unit = options.get("labels", ("1", "2")), options.get("unit", "")
    value = np.array([-1.5, -2.0])
    return ChainCurve(
        "sales", "chicken", x, labels, predictions, given, value, np.array(elasticity), unit, ("Far out.",)
    )


TWO = {"d sales/d fried": [-3.0, -4.0], "d fried/d chicken": [0.5, 0.5]}


def test_a_curves_table_has_all_its_numbers():
    (section,) = curve(TWO).document().sections
    *pictures, table = section.lines
    names = [column.name for column in table.columns]
    assert names == [
        "chicken",
        "fried",
        "sales",
        "d sales/d fried",
        "d fried/d chicken",
        "d sales/d chicken",
        "elasticity",
    ]
    assert table.rows == ((1, 1.5, 15.5, -3, 0.5, -1.5, 0.5), (2, 2, 14, -4, 0.5, -2, None))
    assert section.note == "Far out."
    assert [picture.text for picture in pictures] == [
        "sales: from 15.5 at 1 to 14 at 2.",
        "d sales/d chicken: from −1.5 at 1 to −2 at 2.",
        "d sales/d fried: from −3 at 1 to −4 at 2.",
        "d fried/d chicken: from 0.5 at 1 to 0.5 at 2.",
    ]


def test_a_way_of_one_factor_is_not_shown_twice():
    (section,) = curve({"d sales/d chicken": [-1.5, -2.0]}, elasticity=(np.nan, np.nan)).document().sections
    *pictures, table = section.lines
    assert [column.name for column in table.columns] == ["chicken", "fried", "sales", "d sales/d chicken"]
    assert table.rows == ((1, 1.5, 15.5, -1.5), (2, 2, 14, -2))
    assert len(pictures) == 2


def test_a_factor_is_not_taken_for_the_sum_over_all_ways():
    """Straight from chicken to sales there is 1, by fried −3 · 0.5 and −4 · 0.5 in addition."""
    factors = TWO | {"d sales/d chicken": [1.0, 1.0]}
    (section,) = curve(factors, elasticity=(np.nan, np.nan)).document().sections
    *pictures, table = section.lines
    assert [column.name for column in table.columns][3:] == [*factors, "d sales/d chicken, all ways"]
    assert [row[3:] for row in table.rows] == [(-3, 0.5, 1, -1.5), (-4, 0.5, 1, -2)]
    assert [picture.text for picture in pictures][1::3] == [
        "d sales/d chicken, all ways: from −1.5 at 1 to −2 at 2.",
        "d sales/d chicken: from 1 at 1 to 1 at 2.",
    ]


def test_points_in_time_are_dates():
    found = curve(TWO, labels=("1970-01-01", "1971-01-01"), unit="day")
    (section,) = found.document().sections
    *pictures, table = section.lines
    assert (table.columns[0].kind, [row[0] for row in table.rows]) == ("text", ["1970-01-01", "1971-01-01"])
    assert pictures[0].text == "sales: from 15.5 at 1970-01-01 to 14 at 1971-01-01."
