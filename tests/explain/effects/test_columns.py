"""Raw columns: their values, how people write them, where they enter the network, and their levels."""

import datetime as dt

import narwhals as nw
import numpy as np
import polars as pl
import pytest

from chainrule.data.columns import BooleanEncoder, CategoryEncoder, MomentEncoder, NumberEncoder, WideEncoder
from chainrule.errors import InputError
from chainrule.explain.effects.columns import Cells, Column, array_columns, base_level, find_column
from messages import message_of

PRICE = Column("price", "features", slice(0, 1), NumberEncoder(name="price", mean=10.0, scale=4.0, had_gaps=False))
CITY = Column(
    "city", "features", slice(1, 3), CategoryEncoder(name="city", levels=("Bonn", "Ulm"), other=False, had_gaps=False)
)
TOWN = Column("town", "town", None, WideEncoder(name="town", levels=("a", "b"), had_unknown=False))


def moment(kind):
    encoder = MomentEncoder(kind=kind, name="at", mean=0.0, scale=86_400.0, cycles=("day",), had_gaps=False)
    return Column("at", "features", slice(0, 3), encoder)


def cells(**columns):
    """Rows of a table, whose encoded form does not matter."""
    frame = nw.from_native(pl.DataFrame(columns))
    return Cells({"features": np.zeros((len(frame), 3))}, frame)


def test_rows_are_called_by_their_own_numbers():
    given = Cells({"input": np.arange(8.0).reshape(4, 2)}, None)
    assert (given.rows, given.number(2)) == (4, 3)
    some = given.at(np.array([3, 1]))
    assert some.inputs["input"].tolist() == [[6, 7], [2, 3]]
    assert [some.number(row) for row in (0, 1)] == [4, 2]
    assert some.at(slice(1, 2)).number(0) == 2


def test_some_rows_of_a_table_keep_its_cells():
    some = cells(price=[1.0, 2.0, 3.0]).at(np.array([2, 0]))
    assert PRICE.values(some).tolist() == [3, 1]
    assert PRICE.values(cells(price=[1.0, 2.0]).at(slice(1, 2))).tolist() == [2]


def test_values_are_raw_numbers_and_gaps():
    np.testing.assert_array_equal(PRICE.values(cells(price=[1.5, None])), [1.5, np.nan])
    day = moment("date").values(cells(at=[dt.date(1970, 1, 3), None]))
    np.testing.assert_array_equal(day, [2 * 86_400, np.nan])
    plain = Column("x", "input", slice(1, 2), None)
    assert plain.values(Cells({"input": np.array([[1.0, 2.0], [3.0, 4.0]])}, None)).tolist() == [2, 4]


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        (PRICE, 2.5, "2.5"),
        (moment("date"), 86_400.0 * 365, "1971-01-01"),
        (moment("datetime"), 86_400.0 + 3600 * 8 + 60 * 5, "1970-01-02 08:05"),
        (moment("time"), 3600 * 8 + 60 * 5.0, "08:05"),
    ],
)
def test_values_are_told_as_people_write_them(column, value, told):
    assert column.told(value) == told


def test_what_users_pass_is_read():
    assert PRICE.number(3) == 3
    assert np.isnan([PRICE.number("3"), PRICE.number(True)]).all()
    assert moment("date").number("1970-01-02") == moment("date").number(dt.date(1970, 1, 2)) == 86_400


def test_slopes_go_through_the_encoder():
    np.testing.assert_array_equal(PRICE.slope(np.array([1.0, np.nan])), [[0.25], [0]])
    assert Column("x", "input", slice(0, 1), None).slope(np.zeros(2)).tolist() == [[1], [1]]
    # A day's sine begins with 2π a day, and its cosine level.
    np.testing.assert_allclose(
        moment("datetime").slope(np.zeros(1)) * 86_400, [[1, 2 * np.pi, 0]], rtol=1e-15, atol=1e-15
    )


def test_raw_values_are_put_where_they_enter():
    inputs = {"features": np.arange(6.0).reshape(2, 3), "town": np.array([1, 2], dtype=np.int32)}
    changed = CITY.put(inputs, CITY.encode(["Ulm"]))
    assert changed["features"].tolist() == [[0, 0, 1], [3, 0, 1]]
    assert changed["town"] is inputs["town"]
    assert inputs["features"][0].tolist() == [0, 1, 2]
    codes = TOWN.put(inputs, TOWN.encode(["b"]))["town"]
    assert (codes.tolist(), codes.dtype) == ([2, 2], np.int32)
    assert PRICE.put(inputs, PRICE.encode([14.0, 6.0]))["features"][:, 0].tolist() == [1, -1]
    assert CITY.part(inputs).tolist() == [[1, 2], [4, 5]]
    assert TOWN.part(inputs) is inputs["town"]


def test_levels_are_what_is_compared():
    truth = {"name": "garden", "true": "yes", "mean": 0.5, "had_gaps": False}
    assert Column("garden", "features", slice(0, 1), BooleanEncoder(false="no", **truth)).levels == ("no", "yes")
    assert Column("garden", "features", slice(0, 1), BooleanEncoder(false=None, **truth)).levels == ()
    assert (CITY.levels, TOWN.levels, PRICE.levels) == (("Bonn", "Ulm"), ("a", "b"), None)
    assert CITY.held(cells(city=["Ulm", None, "Rome", "Bonn"])) == ["Ulm", None, None, "Bonn"]
    assert (base_level(CITY), base_level(CITY, "Ulm")) == ("Bonn", "Ulm")


def test_units_of_points_in_time():
    assert [moment(kind).unit for kind in ("time", "date", "datetime")] == ["hour", "day", "day"]
    assert (moment("time").is_time, PRICE.is_time) == (True, False)


def test_columns_of_arrays_are_called_by_place_or_name():
    shapes = {"a": (2,), "b": (1,)}
    assert [column.name for column in array_columns(shapes, None)] == ["a[0]", "a[1]", "b[0]"]
    named = array_columns(shapes, ["x", "y", "z"])
    assert [(column.name, column.input, column.place) for column in named] == [
        ("x", "a", slice(0, 1)),
        ("y", "a", slice(1, 2)),
        ("z", "b", slice(0, 1)),
    ]


MISTAKES = {
    "shape": (
        lambda: array_columns({"input": (4, 4, 1)}, None),
        "Effects are of columns, and a row of the input 'input' has the shape (4, 4, 1): give effects of a network "
        "that takes rows of numbers, or one that was trained on a table.",
    ),
    "too few names": (
        lambda: array_columns({"input": (2,)}, ["a"]),
        "names must be 2 different names, one for each column of the network's input; got ['a'].",
    ),
    "same names": (
        lambda: array_columns({"input": (2,)}, ["a", "a"]),
        "names must be 2 different names, one for each column of the network's input; got ['a', 'a'].",
    ),
    "text": (
        lambda: array_columns({"input": (2,)}, "ab"),
        "names must be 2 different names, one for each column of the network's input; got 'ab'.",
    ),
    "column": (
        lambda: find_column([PRICE, CITY], "prise"),
        "The network takes no column 'prise'; it takes 'price', 'city'. Did you mean 'price'?",
    ),
    "level": (
        lambda: base_level(CITY, "Uln"),
        "'city' has no level 'Uln' to compare with; it has 'Bonn', 'Ulm'. Did you mean 'Ulm'?",
    ),
    "number": (
        lambda: base_level(PRICE, 2),
        "'price' holds numbers, which have a slope and no base; leave it out of base=.",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_cannot_be_meant_is_refused(mistake):
    make, message = MISTAKES[mistake]
    assert message_of(InputError, make) == message
