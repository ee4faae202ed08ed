"""Effects of every row: slopes of numbers, and changes from the base level to another."""

from functools import cache

import narwhals as nw
import numpy as np
import polars as pl
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.explain.effects import by_row
from chainrule.explain.effects.by_row import effects_by_row
from chainrule.explain.effects.columns import Cells
from chainrule.explain.effects.subject import Subject
from explain.effects.lines import rows, subject
from messages import message_of

TABLE = {
    "size": [1.0, 3.0, None, 2.0, 2.0],
    "city": ["Ulm", "Bonn", "Kiel", "Ulm", "Bonn"],
    "sold": pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 1, 5), eager=True),
    "one": ["x"] * 5,
    "price": [10.0, 30.0, 20.0, 20.0, 20.0],
}


@cache
def homes() -> tuple[Subject, Cells]:
    """A weighted sum: of size, whether it is missing, Bonn, Kiel, Ulm, time, and the one value of a column."""
    options = {"kinds": {"city": "category", "one": "category"}, "hidden_layers": (), "epochs": 0, "test": [1]}
    run = cr.fit_table(TABLE, "price", baselines=False, dtype="float64", progress=False, **options)
    names = run.table.feature_names
    weights = {"size": 2.0, "city = Bonn": 1.0, "city = Kiel": 4.0, "city = Ulm": -1.0, "sold": 3.0}
    weight = [[weights.get(name, 0.0)] for name in names]
    network = run.network.set({"dense1.weight": weight, "dense1.bias": [0.0]})
    frame = nw.from_native(pl.DataFrame(TABLE))
    return Subject(network, run.dtype, run.table), Cells(run.table.transform(frame).inputs, frame)


def spread(values):
    return float(np.std(values))


def test_a_number_has_its_slope_in_raw_units_and_none_at_a_gap():
    """Learned from the rows but the first: sizes 3, 2 and 2, prices 30, 20, 20 and 20."""
    found = effects_by_row(*homes())
    slope = 2 * spread([30, 20, 20, 20]) / spread([3, 2, 2])
    assert found.variables[0].name == "size"
    np.testing.assert_allclose(found.effects[:, 0, 0], [slope, slope, np.nan, slope, slope], rtol=1e-14)
    np.testing.assert_array_equal(found.values[:, 0], [1, 3, np.nan, 2, 2])


def test_levels_are_changes_from_the_base_whatever_the_row_holds():
    scale = spread([30, 20, 20, 20])
    found = effects_by_row(*homes(), wanted=["city"])
    assert [(each.name, each.note, each.is_level) for each in found.variables] == [
        ("city = Kiel", "against Bonn", True),
        ("city = Ulm", "against Bonn", True),
    ]
    np.testing.assert_allclose(found.effects[:, :, 0], [[3 * scale, -2 * scale]] * 5, rtol=1e-13)
    assert found.values.tolist() == [[0, 1], [0, 0], [1, 0], [0, 1], [0, 0]]
    other = effects_by_row(*homes(), wanted=["city"], base={"city": "Ulm"})
    assert [each.name for each in other.variables] == ["city = Bonn", "city = Kiel"]
    np.testing.assert_allclose(other.effects[:, :, 0], [[2 * scale, 5 * scale]] * 5, rtol=1e-13)


def test_points_in_time_move_by_a_day_or_what_is_asked_for():
    day = effects_by_row(*homes(), wanted=["sold"])
    week = effects_by_row(*homes(), wanted=["sold"], per={"sold": "week"})
    assert [each.variables[0].note for each in (day, week)] == ["a day", "a week"]
    slope = 3 * spread([30, 20, 20, 20]) / spread([2, 3, 4, 5])
    np.testing.assert_allclose(day.effects[:, 0, 0], slope, rtol=1e-12)
    np.testing.assert_allclose(week.effects, 7 * day.effects, rtol=1e-14)


def test_columns_are_in_the_order_asked_for_and_once():
    found = effects_by_row(subject([[2.0, 5.0], [3.0, 7.0]], names=["a", "b"]), rows([[1.0, 2.0]]), ["b", "a", "b"])
    assert [each.name for each in found.variables] == ["b", "a"]
    assert found.effects.tolist() == [[[3, 7], [2, 5]]]
    assert found.values.tolist() == [[2, 1]]
    assert found.answers.tolist() == [[8, 19]]


def test_what_has_nothing_to_compare_is_left_out_and_told():
    said = "'one' has one value in the training rows: there is nothing to compare."
    assert effects_by_row(*homes()).notes == (said,)
    assert effects_by_row(*homes(), wanted=["size"]).notes == ()
    with pytest.raises(InputError) as caught:
        effects_by_row(*homes(), wanted=["one"])
    assert str(caught.value) == said


def test_very_many_levels_are_compared_where_that_is_asked_for():
    table = {
        "town": [f"t{i % 40:02}" for i in range(80)],
        "size": [float(i) for i in range(80)],
        "price": [1.0, 2.0] * 40,
    }
    run = cr.fit_table(table, "price", hidden_layers=(), epochs=0, test=[1], baselines=False, progress=False)
    frame = nw.from_native(pl.DataFrame(table))[:3]
    given = Subject(run.network, run.dtype, run.table), Cells(run.table.transform(frame).inputs, frame)
    found = effects_by_row(*given)
    assert [each.name for each in found.variables] == ["size"]
    assert found.notes == ("'town' has 40 levels: columns=['town'] compares them.",)
    assert len(effects_by_row(*given, wanted=["town"]).variables) == 39


def test_levels_that_are_too_many_for_the_rows_are_refused(monkeypatch):
    """Three cities in five rows."""
    monkeypatch.setattr(by_row, "MOST_PREDICTIONS", 14)
    assert effects_by_row(*homes(), wanted=["size"]).values.shape == (5, 1)
    with pytest.raises(InputError) as caught:
        effects_by_row(*homes(), wanted=["size", "city"])
    assert str(caught.value) == (
        "'city' has 3 levels: to compare them in 5 rows takes 15 predictions, and at most 14 are made. Give fewer "
        "rows, up to 4: run.effects(rows)."
    )


MISTAKES = {
    "columns": ({"wanted": "size"}, "columns must be names of columns, ['size']; got 'size'."),
    "no columns": ({"wanted": []}, "columns must be names of columns, ['size']; got []."),
    "column": (
        {"wanted": ["sise"]},
        "The network takes no column 'sise'; it takes 'size', 'city', 'sold', 'one'. Did you mean 'size'?",
    ),
    "base of no column": (
        {"base": {"town": "Ulm"}},
        "The network takes no column 'town'; it takes 'size', 'city', 'sold', 'one'.",
    ),
    "unit": (
        {"per": {"sold": "weak"}},
        "The effect of 'sold' is given a 'second', 'minute', 'hour', 'day', 'week', 'year'; got 'weak'. "
        "Did you mean 'week'?",
    ),
    "unit of a number": (
        {"per": {"size": "day"}},
        "per= is for points in time, and 'size' holds none; leave it out.",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_cannot_be_meant_is_refused(mistake):
    options, message = MISTAKES[mistake]
    assert message_of(InputError, lambda: effects_by_row(*homes(), **options)) == message
